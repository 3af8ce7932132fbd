"""A wider network begun with a trained narrower one: the same images at first, and all of it learns."""

import dataclasses

import pytest
import torch

from bfrbench.errors import InputError
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import GfpganNetwork, fresh
from bfrbench.reference_model.networks.stylegan2 import seeded_noise
from bfrbench.reference_model.state_dict import load_network
from bfrbench.reference_model.training.widen import put_weights

NARROW = GfpganConfig(
    out_size=128,
    narrow=1 / 16,
    channel_multiplier=0.5,
    num_style_feat=16,
    num_mlp=2,
    full_size_skip=True,
    input_gate=True,
)


def trained(config: GfpganConfig) -> GfpganNetwork:
    """As after training: no weight is at the zero or the one that it began with."""
    network, random = fresh(config, seed=1), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn(weight.shape, generator=random) * 0.03)
    return network


@pytest.mark.parametrize(
    "wider",
    [
        {"channel_multiplier": 1.0},
        {"channel_multiplier": 2.0},
        {"narrow": 1 / 8},
        {"narrow": 1 / 8, "channel_multiplier": 0.375},
        {},
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"sft_half": False},
        {"sft": False},
        {"resample": "fir"},
        {"different_w": False, "input_is_latent": False},
    ],
)
def test_a_wider_network_gives_the_images_of_the_one_it_begins_with(wider, kind):
    begun = trained(dataclasses.replace(NARROW, **kind))
    network = fresh(dataclasses.replace(begun.config, **wider), seed=3)
    lq = torch.rand(3, 3, 128, 128, generator=torch.Generator().manual_seed(4)) * 2 - 1
    noise = seeded_noise(begun.config, seed=5)
    with torch.no_grad():
        expected = begun(lq, noise)
        assert not torch.allclose(network(lq, noise).image, expected.image, atol=1e-2)
        put_weights(network, begun)
        for batch in (lq, lq[:1]):  # the prior convolves a single image another way
            got = network(batch, noise)
            scale = expected.image.abs().max()
            assert (got.image - expected.image[: len(batch)]).abs().max() < 1e-5 * scale
        for ours, theirs in zip(network(lq, noise).pyramid, expected.pyramid, strict=True):
            assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()


def test_what_is_new_in_a_wider_network_learns():
    begun = trained(NARROW)
    network = fresh(dataclasses.replace(NARROW, channel_multiplier=1.0), seed=3)
    put_weights(network, begun)
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    adam = torch.optim.Adam(network.parameters(), 1e-3)
    lq = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(4)) * 2 - 1
    for _ in range(3):  # columns that begin at 0 move first, then what they listen to
        adam.zero_grad()
        restored = network(lq)
        sum(image.square().mean() for image in (restored.image, *restored.pyramid)).backward()
        adam.step()
    for name, weight in network.named_parameters():
        if weight.shape == dict(begun.named_parameters())[name].shape:
            continue
        still = (weight == before[name]).float().mean()
        assert still < 0.02, f"{name}: {still:.0%} of the weights did not move"


def test_a_training_may_begin_with_a_narrower_one(faces, tmp_path, *, tiny, train, trainer_of):
    train(tiny, faces, tmp_path / "first")
    begun = load_network(tmp_path / "first/last.pth")
    twice = dataclasses.replace(tiny.network, narrow=2 * tiny.network.narrow)
    wide = dataclasses.replace(tiny, network=twice)
    lq = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(4)) * 2 - 1
    trainer = trainer_of(wide, faces, begun=begun)
    with torch.no_grad():
        for network in (trainer.generator, trainer.averaged):
            assert (network(lq).image - begun(lq).image).abs().max() < 1e-5
    train(wide, faces, tmp_path / "second", begun=begun)
    assert load_network(tmp_path / "second/last.pth").config.narrow == twice.narrow


@pytest.mark.parametrize("narrower", [{"narrow": 1 / 32}, {"narrow": 1 / 8, "channel_multiplier": 0.125}])
def test_a_network_is_not_made_narrower(narrower):
    network = fresh(dataclasses.replace(NARROW, **narrower), seed=3)
    with pytest.raises(InputError, match=r"has \d+ channels at \d+ px, .* wider, not narrower"):
        put_weights(network, trained(NARROW))
