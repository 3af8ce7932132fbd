"""Training configurations: found, whole, and refused with the setting named."""

import dataclasses
from pathlib import Path

import pytest

from bfrbench.degradations.presets import find_preset
from bfrbench.errors import InputError
from bfrbench.reference_model.networks.gfpgan import fresh
from bfrbench.reference_model.training.config import (
    Augmentation,
    GfpganTraining,
    PriorTraining,
    read_config,
)

PRESET = find_preset("gfpgan-release-128")


def test_shipped_configurations_are_valid():
    folder = "reference_model/training/configs"
    for path in sorted((Path(__file__).parents[3] / folder).glob("*.toml")):
        kind = PriorTraining if path.name.startswith("prior") else GfpganTraining
        assert read_config(path, kind).schedule.images > 0, path


@pytest.mark.parametrize("name", ["gfpgan-128", "gfpgan-128.toml"])
def test_a_configuration_that_comes_along_is_found_by_its_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert read_config(Path(name), GfpganTraining).network.out_size == 128
    Path(name).write_text("schedule.images = 3\n")  # a file of one's own counts first
    assert read_config(Path(name), GfpganTraining).schedule.images == 3
    for wrong in ("gfpgan-129", "elsewhere/gfpgan-128"):
        with pytest.raises(
            InputError, match=rf"{wrong} is neither .* comes with bfrbench: ablation-128, gfp"
        ):
            read_config(Path(wrong), GfpganTraining)


def test_a_misspelt_setting_is_named(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("bach = 3\n[schedule]\nimages = 3\n")
    with pytest.raises(InputError, match="bach"):
        read_config(path, PriorTraining)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("mild = 2.0", "mild"),
        ("recolour = nan", "recolour"),
        ("batch = 0", "batch"),
        ("at_once = -2", "at_once"),
        ("workers = -1", "workers"),
        ("r1_every = 0", "r1_every"),
        ("average_over = 0", "average_over"),
        ("schedule.log_every = 0", "schedule.log_every"),
        ("weights.l1 = -1", "weights.l1"),
        ("generator.beta1 = 1.0", "generator.beta1"),
    ],
)
def test_a_number_out_of_its_range_is_named(tmp_path, text, place):
    path = tmp_path / "a.toml"
    path.write_text(f"{text}\nschedule.images = 3\n")
    with pytest.raises(InputError, match=rf"no training configuration: {place}: Input should be"):
        read_config(path, GfpganTraining)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"perceptual_side": 24}, "perceptual_side is 24"),
        ({"perceptual_close_up": 0.5}, "perceptual_side, which is not set"),
        ({"identity_view": Augmentation("ada")}, "identity_view"),
        ({"prior": "fresh"}, "leave one of them out"),
        ({"discriminator": "stylegan2", "augmentation": Augmentation(view=24)}, "out_size is 24"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(faces, tiny, trainer_of, change, sentence):
    prior = fresh(tiny.network, seed=3).stylegan_decoder.state_dict()
    with pytest.raises(InputError, match=sentence):
        trainer_of(dataclasses.replace(tiny, **change), faces, prior=prior)
