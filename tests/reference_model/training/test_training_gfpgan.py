"""The GFP-GAN trainer at 32 px: which losses act when, what trains, what its configurations say."""

import dataclasses

import numpy as np
import pytest
import torch

from bfrbench.degradations.presets import find_preset
from bfrbench.errors import InputError
from bfrbench.pixels import write_png
from bfrbench.reference_model.checkpoint import read_checkpoint
from bfrbench.reference_model.networks.gfpgan import Restoration, fresh
from bfrbench.reference_model.networks.vgg import Vgg
from bfrbench.reference_model.state_dict import load_network
from bfrbench.reference_model.training import ablation, augment, gfpgan
from bfrbench.reference_model.training.config import (
    Augmentation,
    LossWeights,
)
from bfrbench.reference_model.training.publish import publish
from bfrbench.reference_model.training.restoration_losses import Judges, fidelity

PRESET = find_preset("gfpgan-release-128")


def test_the_recogniser_sees_restored_and_truth_moved_and_coloured_alike(faces, tiny, plain, trainer_of):
    views = []

    def embed(images):
        views.append(images.detach())
        return images.mean(dim=(2, 3))

    moved = Augmentation(policy="diffaugment", cutout=0.0)
    alone = dataclasses.replace(plain, l1=0, pyramid=0, identity=1.0)
    config = dataclasses.replace(tiny, weights=alone, identity_view=moved)
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


def test_close_ups_are_of_the_same_pixels_of_restored_and_truth(faces, tiny, plain, trainer_of):
    seen = []

    def features(images):
        seen.append(images.detach())
        return [images]

    alone = dataclasses.replace(plain, l1=0, pyramid=0, perceptual=1.0)
    config = dataclasses.replace(tiny, weights=alone, perceptual_side=16, perceptual_close_up=0.5, batch=64)
    trainer = trainer_of(config, faces, judges=Judges(features=features, layers={"pixels": 1.0}))
    corners = trainer._draw(0).corners
    near = corners[:, 0] >= 0
    assert 15 < near.sum() < 49
    assert corners[near].max() == 16  # 32 - 16: the last corner, too
    trainer.step(0, 0)
    pairs = trainer_of(config, faces).feed.after(0)
    of_restored, of_truth = seen
    assert of_restored.shape == of_truth.shape == (64, 3, 16, 16)
    for view, hq, (top, left) in zip(of_truth, pairs.hq, corners.tolist(), strict=True):
        whole = torch.nn.functional.avg_pool2d(hq, 2)
        assert torch.equal(view, whole if top < 0 else hq[:, top : top + 16, left : left + 16])
    perfect = Restoration(pairs.hq, [])
    losses = fidelity(config, trainer.judges, perfect, pairs, 0, corners=corners)
    assert float(losses["perceptual"]) == 0
    assert torch.equal(seen[2], seen[3])


def test_lq_and_hq_change_their_colours_alike(faces, tiny, trainer_of):
    trainer = trainer_of(dataclasses.replace(tiny, recolour=0.1), faces)
    colour = trainer._draw(0).colour
    pairs = trainer.feed.after(0).part(slice(0, 4), trainer.device)
    same = dataclasses.replace(pairs, lq=pairs.hq).recoloured(colour)
    assert torch.equal(same.lq, same.hq)
    assert float(same.hq.abs().max()) <= 1
    assert (same.hq - pairs.hq).abs().mean() > 0.02
    grey = torch.zeros_like(pairs.hq)
    brightness = dataclasses.replace(pairs, lq=grey, hq=grey).recoloured(colour).hq[:, 0, 0, 0]
    assert 0.01 < float(brightness.abs().max()) <= 0.2  # a tenth of the range
    assert trainer_of(tiny, faces)._draw(0).colour is None
    rows, share = np.array([0, 1]), np.array([2, 3])  # the second process's
    given = trainer._draw(0).part(share[rows], trainer.device).on(pairs.part(rows, trainer.device))
    assert torch.equal(given.hq, pairs.part(rows, trainer.device).recoloured(colour[2:4]).hq)


def test_part_of_the_inputs_is_degraded_less(faces, tiny, trainer_of):
    config = dataclasses.replace(tiny, mild=0.5, batch=512)
    strength = trainer_of(config, faces)._draw(0).strength
    mild = strength[strength < 1]
    assert 200 < len(mild) < 312
    assert abs(float(mild.mean()) - 0.5) < 0.1
    assert bool((trainer_of(tiny, faces)._draw(0).strength == 1).all())
    pairs = trainer_of(tiny, faces).feed.after(0).part(slice(0, 3), torch.device("cpu"))
    lq = pairs.weakened(torch.tensor([0.0, 0.5, 1.0])).lq
    assert torch.equal(lq[0], pairs.hq[0])
    torch.testing.assert_close(lq[1], (pairs.hq[1] + pairs.lq[1]) / 2)
    assert torch.equal(lq[2], pairs.lq[2])


def test_what_was_trained_loads_as_a_restorer(faces, tmp_path, tiny, train):
    trainer = train(tiny, faces, tmp_path)
    loaded = load_network(tmp_path / "last.pth")
    assert loaded.config == tiny.network
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, trainer.averaged.state_dict()[name])


def test_a_run_is_given_away_as_halves_of_its_network_and_discriminators(faces, tmp_path, tiny, plain, train):
    weights = dataclasses.replace(plain, adversarial=0.1, component=0.1)
    trainer = train(dataclasses.replace(tiny, weights=weights), faces, tmp_path / "run")
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


def test_the_identity_loss_counts_from_when_it_is_told(faces, tiny, plain, trainer_of):
    config = dataclasses.replace(
        tiny, weights=dataclasses.replace(plain, identity=1.0), identity_from=tiny.batch
    )
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    trainer = trainer_of(config, faces, judges=judges)
    assert "identity" not in trainer.step(0, 0)
    assert "identity" in trainer.step(1, 4)


def test_every_loss_of_the_paper_acts(faces, tiny, trainer_of):
    weights = dataclasses.replace(LossWeights(), perceptual=0.1, style=0.1)
    judges = Judges(
        features=Vgg("vgg16", ("conv1_2", "conv2_2")),
        layers={"conv1_2": 0.1, "conv2_2": 0.1},
        embed=lambda images: images.mean(dim=(2, 3)),
    )
    losses = trainer_of(dataclasses.replace(tiny, weights=weights), faces, judges=judges).step(0, 0)
    wanted = {"l1", "pyramid", "perceptual", "style", "identity", "adversarial", "component"}
    assert wanted | {"component_style", "components", "discriminator", "r1"} <= losses.keys()


def test_discriminators_join_in_when_they_are_told(faces, tiny, trainer_of):
    config = dataclasses.replace(
        tiny, weights=LossWeights(perceptual=0, style=0, identity=0), adversarial_from=4
    )
    trainer = trainer_of(config, faces)
    assert "adversarial" not in trainer.step(0, 0)
    assert "adversarial" in trainer.step(1, 4)


def test_the_pyramid_loss_ends_where_it_is_told(faces, tiny, trainer_of):
    trainer = trainer_of(dataclasses.replace(tiny, pyramid_until=4), faces)
    assert "pyramid" in trainer.step(0, 0)
    assert "pyramid" not in trainer.step(1, 4)


@pytest.mark.parametrize(("prior", "moves"), [("frozen", False), ("trained", True)])
def test_a_frozen_prior_stays_and_a_trained_one_moves(faces, prior, moves, tiny, trainer_of):
    weights = fresh(tiny.network, seed=3).stylegan_decoder.state_dict()
    trainer = trainer_of(dataclasses.replace(tiny, prior=prior), faces, prior=weights)
    before = {name: value.clone() for name, value in trainer.generator.stylegan_decoder.state_dict().items()}
    trainer.step(0, 0)
    after = trainer.generator.stylegan_decoder.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before) == moves


def test_training_begins_at_the_mean_face_of_the_prior(tiny):
    network = fresh(tiny.network, seed=0)
    weights = fresh(tiny.network, seed=3).stylegan_decoder.state_dict()
    gfpgan.put_prior(network, weights)
    codes = network.latent_codes(torch.zeros(1, tiny.network.unet_width(4), 4, 4))
    torch.testing.assert_close(codes[0, 0], network.stylegan_decoder.mean_code()[0])


def test_a_prior_of_another_size_is_refused(faces, tiny, trainer_of):
    other = fresh(dataclasses.replace(tiny.network, out_size=64), seed=0).stylegan_decoder.state_dict()
    with pytest.raises(InputError, match="does not fit"):
        trainer_of(tiny, faces, prior=other)


def test_gradients_add_up_over_small_parts_of_a_batch(faces, tiny, trainer_of):
    near = {"perceptual_side": 16, "perceptual_close_up": 0.5}
    judges = Judges(features=lambda images: [images], layers={"pixels": 1.0})
    weights = dataclasses.replace(tiny.weights, perceptual=1.0)
    config = dataclasses.replace(tiny, **near, weights=weights)
    whole, parts = (
        trainer_of(dataclasses.replace(config, at_once=n), faces, judges=judges) for n in (None, 1)
    )
    a, b = whole.step(0, 0), parts.step(0, 0)
    assert a == pytest.approx(b, rel=1e-4)
    for name, value in whole.generator.state_dict().items():
        torch.testing.assert_close(value, parts.generator.state_dict()[name], rtol=0, atol=1e-4)


def test_channels_last_changes_the_order_in_memory_alone(faces, tiny, trainer_of, tmp_path, train):
    config = dataclasses.replace(tiny, channels_last=True)
    plain, ordered = trainer_of(tiny, faces), trainer_of(config, faces)
    assert plain.step(0, 0) == pytest.approx(ordered.step(0, 0), rel=1e-4)
    for network in (ordered.generator, ordered.averaged):
        assert network.conv_body_down[0].conv1.weight.is_contiguous(memory_format=torch.channels_last)
    for name, value in plain.generator.state_dict().items():
        torch.testing.assert_close(value, ordered.generator.state_dict()[name], rtol=0, atol=1e-4)
    whole = train(config, faces, tmp_path / "whole")
    half = dataclasses.replace(config.schedule, images=8)
    train(dataclasses.replace(config, schedule=half), faces, tmp_path / "half")
    on = train(config, faces, tmp_path / "on", start=tmp_path / "half/checkpoint.pt")
    for name, value in whole.generator.state_dict().items():
        assert torch.equal(value, on.generator.state_dict()[name]), name
    publish(tmp_path / "on", tmp_path / "given", name="ordered")
    assert load_network(tmp_path / "given/ordered.safetensors").config == tiny.network


def test_a_step_that_nothing_would_teach_is_refused(faces, tiny, plain, trainer_of):
    late = dataclasses.replace(plain, l1=0, pyramid=0, identity=1)
    config = dataclasses.replace(tiny, weights=late, identity_from=4)
    judges = Judges(embed=lambda images: images.mean(dim=(2, 3)))
    with pytest.raises(InputError, match="No loss counts here"):
        trainer_of(config, faces, judges=judges).step(0, 0)
    assert "identity" in trainer_of(config, faces, judges=judges).step(1, 4)  # as after another stage


def test_the_stylegan2_discriminator_may_see_faces_at_half_their_size(faces, tiny, plain, trainer_of):
    config = dataclasses.replace(
        tiny,
        network=dataclasses.replace(tiny.network, out_size=64),
        weights=dataclasses.replace(plain, adversarial=0.1),
        augmentation=Augmentation(view=32),
    )
    larger = {name: path.with_name(f"{name}-64.png") for name, path in faces.items()}
    for path in larger.values():
        write_png(path, np.full((64, 64, 3), 128, dtype=np.uint8))
    assert "r1" in trainer_of(config, larger).step(0, 0)


def test_ada_follows_the_discriminator_of_a_gfpgan_too(faces, tiny, plain, trainer_of):
    weights = dataclasses.replace(plain, adversarial=0.1)
    wanted = Augmentation("ada", target=-0.95, adapt_over=8)
    trainer = trainer_of(dataclasses.replace(tiny, weights=weights, augmentation=wanted), faces)
    up = trainer.step(0, 0)["real_sign"] > wanted.target
    assert trainer.numbers["ada"] == (0.5 if up else 0.0)
    assert augment.adapted(wanted, 0.5, -0.9, 2) == 0.75
    assert augment.adapted(wanted, 0.5, -1.0, 2) == 0.25
    assert augment.adapted(wanted, 0.9, 1.0, 2) == 1.0
    assert augment.adapted(Augmentation(), 0.5, 1.0, 2) == 0.5


def test_a_network_of_the_papers_resampling_is_written_as_what_it_is(faces, tmp_path, tiny, train):
    network = dataclasses.replace(tiny.network, resample="fir", channel_multiplier=1)
    train(dataclasses.replace(tiny, network=network), faces, tmp_path / "run")
    (published,) = publish(tmp_path / "run", tmp_path / "out", "fir-32")[:1]
    assert load_network(published).config.resample == "fir"


def test_without_l1_in_the_recipe_the_row_of_l1_alone_has_the_papers(tiny, plain):
    recipe = dataclasses.replace(tiny, weights=dataclasses.replace(plain, l1=0))
    assert ablation.rows(recipe, 1)["l1-only-seed0"].weights.l1 == 0.1


def test_each_ablation_changes_what_its_name_says_and_trains(faces, tiny, trainer_of):
    table = ablation.rows(
        dataclasses.replace(tiny, weights=LossWeights(perceptual=0, style=0, identity=0)), 2
    )
    assert len(table) == 2 * len(ablation.ABLATIONS)
    assert table["no-sft-seed1"].seed == 1
    prior = fresh(tiny.network, seed=3).stylegan_decoder.state_dict()
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
