"""The GFP-GAN trainer at 32 px: which losses act when, what trains, and what a second stage counts."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from bfrbench.alignment import template
from bfrbench.degradations.presets import find_preset
from bfrbench.errors import InputError, UnreadableImage
from bfrbench.pixels import write_png
from bfrbench.reference_model.checkpoint import read_checkpoint
from bfrbench.reference_model.losses import components
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import Restoration, fresh
from bfrbench.reference_model.networks.vgg import Vgg
from bfrbench.reference_model.state_dict import load_network
from bfrbench.reference_model.training import ablation, gfpgan, loop
from bfrbench.reference_model.training.config import (
    Adam,
    Augmentation,
    GfpganTraining,
    LossWeights,
    PriorTraining,
    Schedule,
    read_config,
)
from bfrbench.reference_model.training.journal import read_journal
from bfrbench.reference_model.training.pairs import ComponentPairs, validation_pairs
from bfrbench.reference_model.training.processes import Processes
from bfrbench.reference_model.training.publish import publish
from bfrbench.reference_model.training.restoration_losses import Judges, fidelity

NETWORK = GfpganConfig(out_size=32, narrow=1 / 32, num_style_feat=16, num_mlp=2)
PRESET = find_preset("gfpgan-release-128")
PLAIN = LossWeights(
    l1=1, pyramid=1, perceptual=0, style=0, adversarial=0, component=0, component_style=0, identity=0
)
TINY = GfpganTraining(
    schedule=Schedule(images=16, log_every=4, checkpoint_every=8, validate_every=8),
    preset=PRESET.id,
    network=NETWORK,
    batch=4,
    weights=PLAIN,
    component_width=1 / 16,
    generator=Adam(rate=1e-3, beta1=0.9),
)


@pytest.fixture
def faces(tmp_path):
    folder = tmp_path / "faces"
    folder.mkdir()
    random = np.random.default_rng(0)
    for i in range(6):
        write_png(folder / f"{i}.png", random.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    return {path.stem: path for path in sorted(folder.iterdir())}


def trainer_of(config, faces, *, judges=None, prior=None, processes=None):
    return gfpgan.build(
        config,
        ComponentPairs(faces, PRESET, seed=config.seed, landmarks={}),
        judges or Judges(),
        prior=prior,
        vgg=None,
        processes=processes or Processes(),
        device=torch.device("cpu"),
    )


def train(config, faces, folder, *, start=None, **parts):
    trainer = trainer_of(config, faces, **parts)
    lq, hq = validation_pairs(faces, PRESET, most=3)
    loop.train(
        trainer,
        folder,
        config=config,
        schedule=config.schedule,
        batch=config.batch,
        see=lambda: gfpgan.see(trainer, lq, hq, lambda a, b: {"lpips": 1.0}),
        start=start,
    )
    return trainer


def test_a_resumed_run_is_the_uninterrupted_one(faces, tmp_path):
    whole = train(TINY, faces, tmp_path / "whole")
    # the schedule's end is part of the configuration, so the first half is run step by step
    first = trainer_of(TINY, faces)
    for step in (0, 1):
        first.step(step, 4 * step)
    loop.make_folder(tmp_path / "halves")
    loop.save(first, tmp_path / "halves" / "checkpoint.pt", loop.Reached(step=2, images=8))
    second = train(TINY, faces, tmp_path / "halves")
    for name, value in whole.generator.state_dict().items():
        assert torch.equal(value, second.generator.state_dict()[name]), name


def test_a_second_stage_goes_on_from_the_first_with_its_own_configuration(faces, tmp_path):
    train(TINY, faces, tmp_path / "first")
    longer = dataclasses.replace(TINY, schedule=dataclasses.replace(TINY.schedule, images=24))
    second = trainer_of(longer, faces)
    train(longer, faces, tmp_path / "second", start=tmp_path / "first" / "checkpoint.pt")
    state = torch.load(tmp_path / "second" / "checkpoint.pt", weights_only=True)
    assert state["step"] == 6
    second.optimisers["generator"].load_state_dict(state["optimisers"]["generator"])
    steps = {int(value["step"]) for value in second.optimisers["generator"].state.values()}
    assert steps == {6}
    assert (tmp_path / "second" / "best.pth").is_file()
    with pytest.raises(InputError, match=r"checkpoint\.pt of another run"):
        train(longer, faces, tmp_path / "third", start=tmp_path / "nowhere.pt")
    with pytest.raises(InputError, match=r"has seen 16 images already, .* ends at 16"):
        train(
            dataclasses.replace(TINY, seed=5),
            faces,
            tmp_path / "done",
            start=tmp_path / "first/checkpoint.pt",
        )


def test_the_recogniser_sees_restored_and_truth_moved_and_coloured_alike(faces):
    views = []

    def embed(images):
        views.append(images.detach())
        return images.mean(dim=(2, 3))

    moved = Augmentation(policy="diffaugment", cutout=0.0)
    alone = dataclasses.replace(PLAIN, l1=0, pyramid=0, identity=1.0)
    config = dataclasses.replace(TINY, weights=alone, identity_view=moved)
    trainer = trainer_of(config, faces, judges=Judges(embed=embed))
    trainer.step(0, 0)
    assert len(views) == 2  # truth and restored
    pairs = trainer.feed.after(0).part(slice(0, 4), trainer.device)
    perfect = Restoration(pairs.hq, [])
    drawn = trainer._draw(0).views[2]
    losses = fidelity(config, trainer.judges, perfect, pairs, 0, for_recogniser=drawn)
    assert torch.equal(views[2], views[0])
    assert torch.equal(views[3], views[2])
    assert not torch.equal(views[3], pairs.hq)
    assert abs(float(losses["identity"])) < 1e-6
    still = dataclasses.replace(config, identity_view=Augmentation("none"))
    fidelity(still, trainer.judges, perfect, pairs, 0, for_recogniser=drawn)
    assert torch.equal(views[5], pairs.hq)


def test_lq_and_hq_change_their_colours_alike(faces):
    trainer = trainer_of(dataclasses.replace(TINY, recolour=0.1), faces)
    colour = trainer._draw(0).colour
    pairs = trainer.feed.after(0).part(slice(0, 4), trainer.device)
    same = dataclasses.replace(pairs, lq=pairs.hq).recoloured(colour)
    assert torch.equal(same.lq, same.hq)
    assert float(same.hq.abs().max()) <= 1
    assert (same.hq - pairs.hq).abs().mean() > 0.02
    grey = torch.zeros_like(pairs.hq)
    brightness = dataclasses.replace(pairs, lq=grey, hq=grey).recoloured(colour).hq[:, 0, 0, 0]
    assert 0.01 < float(brightness.abs().max()) <= 0.2  # a tenth of the range
    assert trainer_of(TINY, faces)._draw(0).colour is None
    rows, share = np.array([0, 1]), np.array([2, 3])  # the second process's
    given = trainer._part(pairs, rows, share, trainer._draw(0))
    assert torch.equal(given.hq, pairs.part(rows, trainer.device).recoloured(colour[2:4]).hq)


def test_part_of_the_inputs_is_degraded_less(faces):
    config = dataclasses.replace(TINY, mild=0.5, batch=512)
    strength = trainer_of(config, faces)._draw(0).strength
    mild = strength[strength < 1]
    assert 200 < len(mild) < 312
    assert abs(float(mild.mean()) - 0.5) < 0.1
    assert bool((trainer_of(TINY, faces)._draw(0).strength == 1).all())
    pairs = trainer_of(TINY, faces).feed.after(0).part(slice(0, 3), torch.device("cpu"))
    lq = pairs.weakened(torch.tensor([0.0, 0.5, 1.0])).lq
    assert torch.equal(lq[0], pairs.hq[0])
    torch.testing.assert_close(lq[1], (pairs.hq[1] + pairs.lq[1]) / 2)
    assert torch.equal(lq[2], pairs.lq[2])


@pytest.mark.parametrize("part", ["full_size_skip", "input_gate"])
def test_a_stage_may_add_a_part_that_does_nothing_yet(faces, tmp_path, part):
    first = train(TINY, faces, tmp_path / "first")
    start = tmp_path / "first" / "checkpoint.pt"
    grown = dataclasses.replace(
        TINY,
        network=dataclasses.replace(TINY.network, **{part: True}),
        schedule=dataclasses.replace(TINY.schedule, images=24),
    )
    began = trainer_of(grown, faces)
    assert loop._resume(began, tmp_path / "nothing", grown.schedule, start).images == 16
    for name, value in first.averaged.state_dict().items():
        assert torch.equal(value, began.averaged.state_dict()[name]), name
    second = train(grown, faces, tmp_path / "second", start=start)
    assert all(p.any() for name, p in second.generator.named_parameters() if part in name)
    shrunk = dataclasses.replace(TINY, schedule=dataclasses.replace(TINY.schedule, images=32))
    with pytest.raises(InputError, match=part):
        train(shrunk, faces, tmp_path / "third", start=tmp_path / "second" / "checkpoint.pt")


HALVED = dataclasses.replace(
    TINY,
    batch=2,
    weights=dataclasses.replace(PLAIN, identity=1.0),
    identity_from=20,
    schedule=dataclasses.replace(TINY.schedule, images=24),
)


@pytest.mark.parametrize("old", [False, True])
def test_images_count_on_in_a_stage_of_another_batch(faces, tmp_path, old):
    train(TINY, faces, tmp_path / "first")
    checkpoint = tmp_path / "first" / "checkpoint.pt"
    if old:  # as written before images were kept
        state = torch.load(checkpoint, weights_only=True)
        del state["images"]
        torch.save(state, checkpoint)
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    second = train(HALVED, faces, tmp_path / "second", start=checkpoint, judges=judges)
    state = torch.load(tmp_path / "second" / "checkpoint.pt", weights_only=True)
    assert (state["images"], state["step"]) == (24, 4 + 4)
    assert second.feed.at == 24
    with_identity = [row["images"] for row in read_journal(tmp_path / "second") if "identity" in row]
    assert with_identity == [24]  # of 20 and 24; at 16 the first stage had ended
    assert [row["images"] for row in read_journal(tmp_path / "second")] == [20, 24, 24]
    assert sorted(path.name for path in (tmp_path / "second/samples").iterdir()) == ["000000024.png"]


def test_a_stage_of_another_batch_goes_on_exactly_after_a_kill(faces, tmp_path):
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    train(TINY, faces, tmp_path / "first")
    start = tmp_path / "first" / "checkpoint.pt"
    whole = train(HALVED, faces, tmp_path / "whole", start=start, judges=judges)
    half = trainer_of(HALVED, faces, judges=judges)
    reached = loop._resume(half, tmp_path / "nothing", HALVED.schedule, start)
    assert reached == loop.Reached(step=4, images=16)
    for i in range(2):
        half.step(reached.step + i, reached.images + 2 * i)
    loop.make_folder(tmp_path / "killed")
    loop.save(half, tmp_path / "killed" / "checkpoint.pt", loop.Reached(step=6, images=20))
    resumed = train(HALVED, faces, tmp_path / "killed", start=start, judges=judges)
    for name, value in whole.generator.state_dict().items():
        assert torch.equal(value, resumed.generator.state_dict()[name]), name


def test_an_old_checkpoint_without_its_configuration_is_refused(faces, tmp_path):
    trainer = trainer_of(TINY, faces)
    torch.save({"step": 3, "best": 1.0}, tmp_path / "checkpoint.pt")
    with pytest.raises(
        InputError, match=r"config\.json is not there .* the configuration beside checkpoint\.pt"
    ):
        loop._resume(trainer, tmp_path / "out", TINY.schedule, tmp_path / "checkpoint.pt")


def test_what_was_trained_loads_as_a_restorer(faces, tmp_path):
    trainer = train(TINY, faces, tmp_path)
    loaded = load_network(tmp_path / "last.pth")
    assert loaded.config == NETWORK
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, trainer.averaged.state_dict()[name])


def test_a_run_is_given_away_as_halves_of_its_network_and_discriminators(faces, tmp_path):
    weights = dataclasses.replace(PLAIN, adversarial=0.1, component=0.1)
    trainer = train(dataclasses.replace(TINY, weights=weights), faces, tmp_path / "run")
    best, critic, components = publish(tmp_path / "run", tmp_path / "out", "tiny-32")
    loaded = load_network(best)
    for name, value in load_network(tmp_path / "run" / "best.pth").state_dict().items():
        assert torch.equal(value.half().float(), loaded.state_dict()[name])
    for path, network in ((critic, trainer.critic.network), (components, trainer.components)):
        stored = read_checkpoint(path).weights
        assert {key: value.half() for key, value in network.state_dict().items()}.keys() == stored.keys()
        assert all(torch.equal(stored[key], value.half()) for key, value in network.state_dict().items())
    with pytest.raises(InputError, match=r"holds no best\.pth"):
        publish(tmp_path / "out", tmp_path / "again", "tiny")


def test_the_identity_loss_counts_from_when_it_is_told(faces):
    config = dataclasses.replace(
        TINY, weights=dataclasses.replace(PLAIN, identity=1.0), identity_from=TINY.batch
    )
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    trainer = trainer_of(config, faces, judges=judges)
    assert "identity" not in trainer.step(0, 0)
    assert "identity" in trainer.step(1, 4)


def test_every_loss_of_the_paper_acts(faces):
    weights = dataclasses.replace(LossWeights(), perceptual=0.1, style=0.1)
    judges = Judges(
        features=Vgg("vgg16", ("conv1_2", "conv2_2")),
        layers={"conv1_2": 0.1, "conv2_2": 0.1},
        embed=lambda images: images.mean(dim=(2, 3)),
    )
    losses = trainer_of(dataclasses.replace(TINY, weights=weights), faces, judges=judges).step(0, 0)
    wanted = {"l1", "pyramid", "perceptual", "style", "identity", "adversarial", "component"}
    assert wanted | {"component_style", "components", "discriminator", "r1"} <= losses.keys()


def test_discriminators_join_in_when_they_are_told(faces):
    config = dataclasses.replace(
        TINY, weights=LossWeights(perceptual=0, style=0, identity=0), adversarial_from=4
    )
    trainer = trainer_of(config, faces)
    assert "adversarial" not in trainer.step(0, 0)
    assert "adversarial" in trainer.step(1, 4)


def test_the_pyramid_loss_ends_where_it_is_told(faces):
    trainer = trainer_of(dataclasses.replace(TINY, pyramid_until=4), faces)
    assert "pyramid" in trainer.step(0, 0)
    assert "pyramid" not in trainer.step(1, 4)


@pytest.mark.parametrize(("prior", "moves"), [("frozen", False), ("trained", True)])
def test_a_frozen_prior_stays_and_a_trained_one_moves(faces, prior, moves):
    weights = fresh(NETWORK, seed=3).stylegan_decoder.state_dict()
    trainer = trainer_of(dataclasses.replace(TINY, prior=prior), faces, prior=weights)
    before = {name: value.clone() for name, value in trainer.generator.stylegan_decoder.state_dict().items()}
    trainer.step(0, 0)
    after = trainer.generator.stylegan_decoder.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before) == moves


def test_training_begins_at_the_mean_face_of_the_prior(faces):
    network = fresh(NETWORK, seed=0)
    weights = fresh(NETWORK, seed=3).stylegan_decoder.state_dict()
    gfpgan.put_prior(network, weights)
    codes = network.latent_codes(torch.zeros(1, NETWORK.unet_width(4), 4, 4))
    torch.testing.assert_close(codes[0, 0], network.stylegan_decoder.mean_code()[0])


def test_a_prior_of_another_size_is_refused(faces):
    other = fresh(dataclasses.replace(NETWORK, out_size=64), seed=0).stylegan_decoder.state_dict()
    with pytest.raises(InputError, match="does not fit"):
        trainer_of(TINY, faces, prior=other)


def test_gradients_add_up_over_small_parts_of_a_batch(faces):
    whole, parts = (trainer_of(dataclasses.replace(TINY, at_once=n), faces) for n in (None, 1))
    a, b = whole.step(0, 0), parts.step(0, 0)
    assert a == pytest.approx(b, rel=1e-4)
    for name, value in whole.generator.state_dict().items():
        torch.testing.assert_close(value, parts.generator.state_dict()[name], rtol=0, atol=1e-4)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_face_that_breaks_during_training_is_named(faces, workers):
    faces["3"].write_bytes(b"no picture")
    trainer = trainer_of(dataclasses.replace(TINY, workers=workers), faces)
    with pytest.raises(UnreadableImage, match=r"^\S+3\.png [^\n]*It was whole when the training began"):
        _ = [trainer.step(step, 4 * step) for step in range(3)]  # two epochs


def test_components_lie_on_the_eyes_and_mouth_of_the_template():
    points = torch.tensor(template(512), dtype=torch.float32)[None]
    centres, half_sides = components.from_landmarks(points)
    assert centres[0, 0].tolist() == pytest.approx([193, 240], abs=1)
    assert centres[0, 2].tolist() == pytest.approx([257, 371], abs=1)
    assert half_sides[0].tolist() == pytest.approx([37, 37, 42], abs=2)


def test_components_of_a_mirrored_face_are_mirrored(faces):
    points = template(32) + np.array([[1, 0], [0, 1], [0, 0], [2, 0], [0, 1]])
    pairs = ComponentPairs(faces, PRESET, seed=0, landmarks=dict.fromkeys(faces, points))
    seen = {pairs.faces[i].flipped: pairs[i] for i in range(12)}
    straight, flipped = seen[False], seen[True]
    assert flipped.centres[0, 0, 0] == pytest.approx(32 - float(straight.centres[0, 1, 0]))
    assert flipped.centres[0, 2, 1] == pytest.approx(float(straight.centres[0, 2, 1]))


def test_shipped_configurations_are_valid():
    folder = "reference_model/training/configs"
    for path in sorted((Path(__file__).parents[2] / folder).glob("*.toml")):
        kind = PriorTraining if path.name.startswith("prior") else GfpganTraining
        assert read_config(path, kind).schedule.images > 0, path


def test_a_misspelt_setting_is_named(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("bach = 3\n[schedule]\nimages = 3\n")
    with pytest.raises(InputError, match="bach"):
        read_config(path, PriorTraining)


def test_each_ablation_changes_what_its_name_says_and_trains(faces):
    table = ablation.rows(
        dataclasses.replace(TINY, weights=LossWeights(perceptual=0, style=0, identity=0)), 2
    )
    assert len(table) == 2 * len(ablation.ABLATIONS)
    assert table["no-sft-seed1"].seed == 1
    prior = fresh(NETWORK, seed=3).stylegan_decoder.state_dict()
    steps = {
        name: trainer_of(table[f"{name}-seed0"], faces, prior=None if name == "no-prior" else prior).step(
            0, 0
        )
        for name in ablation.ABLATIONS
    }
    assert steps["l1-only"].keys() == {"l1", "generator_gradient"}
    assert "pyramid" not in steps["no-pyramid"]
    assert "component" not in steps["no-components"]
    assert steps["full"].keys() == steps["no-prior"].keys() == steps["no-sft"].keys()
