import json

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from bfrbench.pixels import read_image, to_tensor
from bfrbench.reference_model.losses import adversarial, components, identity, perceptual, pixel
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.discriminators import StyleGan2Discriminator
from bfrbench.reference_model.networks.vgg import Vgg


@pytest.fixture(scope="module")
def golden(shared):
    folder = shared / "golden" / "losses"
    arrays = np.load(folder / "losses.npz")
    tensors = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    return tensors, json.loads((folder / "losses.json").read_text())


def test_l1_is_the_mean_over_everything(golden):
    arrays, expected = golden
    loss = pixel.l1(arrays["pix_out"], arrays["pix_gt"])
    assert float(loss) == pytest.approx(10 * expected["pixel_l1_weight_0.1"], rel=1e-5)


def test_the_psnr_loss_is_minus_the_mean_psnr():
    random = torch.Generator().manual_seed(0)
    hq = torch.rand(4, 3, 16, 16, generator=random) * 2 - 1
    scale = torch.tensor([0.02, 0.1, 0.3, 0.9])[:, None, None, None]  # from nearly right to quite wrong
    image = hq + scale * torch.randn(hq.shape, generator=random)
    expected = [
        peak_signal_noise_ratio(y.numpy(), x.numpy(), data_range=2) for x, y in zip(image, hq, strict=True)
    ]
    assert float(pixel.minus_psnr(image, hq)) == pytest.approx(
        -np.mean(expected), abs=0.15
    )  # 50 dB are the end
    assert float(pixel.minus_psnr(image[1:], hq[1:])) == pytest.approx(-np.mean(expected[1:]), abs=0.01)
    assert float(pixel.minus_psnr(hq, hq)) == pytest.approx(-50)


def test_pyramid_loss_compares_each_level_with_the_halved_truth(golden):
    arrays, expected = golden
    pyramid = [arrays[f"pyr_pred_{side}"] for side in (8, 16, 32, 64)]
    loss = pixel.pyramid_l1(pyramid, arrays["pyr_gt_64"])
    assert float(loss) == pytest.approx(expected["pyramid_l1_total_weight_1"], rel=1e-5)


@pytest.mark.parametrize("scores", ["scalar", "extreme", "map"])
@pytest.mark.parametrize("kind", ["hinge", "wgan_softplus"])
def test_adversarial_losses_have_the_golden_values(golden, scores, kind):
    arrays, expected = golden
    fake, real = {
        "scalar": (arrays["gan_fake"], arrays["gan_real"]),
        "map": (arrays["gan_map_fake"], arrays["gan_map_real"]),
        "extreme": (arrays["gan_extreme"], arrays["gan_extreme"]),
    }[scores]
    generator, discriminator = {
        "hinge": (adversarial.hinge_generator, adversarial.hinge_discriminator),
        "wgan_softplus": (adversarial.logistic_generator, adversarial.logistic_discriminator),
    }[kind]
    wanted = expected["gan"][kind][scores]
    of_generator = wanted.get("g", wanted.get("g_fake_loss_weight_0p1"))
    assert 0.1 * float(generator(fake)) == pytest.approx(of_generator, rel=1e-5)
    assert float(discriminator(real, fake)) == pytest.approx(wanted["d_real"] + wanted["d_fake"], rel=1e-5)


def test_component_losses_are_the_logistic_ones(golden):
    """Binary cross entropy with logits towards "real" is softplus(-D)."""
    arrays, expected = golden
    wanted = expected["gan"]["vanilla"]["map"]["g_fake_loss_weight_0p1"]
    assert 0.1 * float(adversarial.logistic_generator(arrays["gan_map_fake"])) == pytest.approx(
        wanted, rel=1e-5
    )


def test_r1_and_its_gradients_are_those_of_the_reference(golden, shared):
    arrays, expected = golden
    config = GfpganConfig(out_size=64, channel_multiplier=1, narrow=0.0625, num_style_feat=32)
    network = StyleGan2Discriminator(config)
    path = shared / "golden" / "checkpoints" / "stylegan2_discriminator.pth"
    network.load_state_dict(torch.load(path, weights_only=True)["params"])
    real = arrays["r1_x"].requires_grad_()
    penalty = adversarial.r1_penalty(network(real), real)
    wanted = expected["r1"]
    assert float(penalty.detach()) == pytest.approx(wanted["penalty"], rel=1e-3)
    (80 * penalty).backward()  # γ/2 · k, with γ = 10 and k = 16
    for name, parameter in network.named_parameters():
        length, norm = wanted["param_grad_l2"].get(name), parameter.grad
        if length is not None and norm is not None:
            assert abs(float(norm.norm()) - length) / max(length, 1e-4) < 2e-3, name


def test_path_lengths_take_a_mean_over_layers_and_a_sum_over_the_code(golden):
    """Against a generator whose gradient is known: G(w) = Σ w · pattern."""
    arrays, _ = golden
    codes = arrays["path_latents"].clone().requires_grad_()
    pattern = torch.randn(
        codes.shape[1] * codes.shape[2], 3, 8, 8, generator=torch.Generator().manual_seed(0)
    )
    fake = torch.einsum("nk,kchw->nchw", codes.flatten(1), pattern)
    noise = torch.ones_like(fake)
    lengths = adversarial.path_lengths(fake, codes, noise)
    gradient = (pattern.sum(dim=(1, 2, 3)) / 8).view(codes.shape[1], codes.shape[2])
    assert lengths.tolist() == pytest.approx(
        [float(gradient.square().sum(1).mean().sqrt())] * len(codes), rel=1e-5
    )


def test_path_penalty_moves_its_mean_first(golden):
    _, expected = golden
    wanted = expected["path_length"]
    mean = adversarial.path_mean(wanted["mean_path_length_in"], wanted["mean_of_lengths"])
    assert mean == pytest.approx(wanted["mean_path_length_out"], rel=1e-6)
    lengths = torch.tensor([mean - 0.25, mean + 0.75])
    assert float(adversarial.path_penalty(lengths, mean)) == pytest.approx((0.25**2 + 0.75**2) / 2)


def test_gram_matrices_and_component_style_are_golden(golden):
    arrays, expected = golden
    for i in (0, 1):
        torch.testing.assert_close(
            perceptual.gram(arrays[f"gram_f{i}"]), arrays[f"gram_of_f{i}"], rtol=1e-5, atol=1e-7
        )
    image, hq = ([arrays[f"gram_{side}{i}"] for i in (0, 1)] for side in "fg")
    loss = components.component_style(image, hq)
    assert float(loss) == pytest.approx(expected["component_style_one_part"], rel=1e-5)


def test_grey_faces_for_the_recogniser_are_golden(golden):
    arrays, _ = golden
    torch.testing.assert_close(
        identity.grey(arrays["pix_out"], 48), arrays["id_gray_small"], rtol=0, atol=1e-6
    )


def test_identity_losses_are_zero_for_one_person_and_ignore_gradients_of_hq(golden):
    arrays, expected = golden
    hq = arrays["arcface_emb_gt"].clone().requires_grad_()
    out = arrays["arcface_emb_out"].clone().requires_grad_()
    loss = identity.identity_l1(out, hq)
    assert loss.item() == pytest.approx(expected["arcface_recipe"]["identity_l1"], rel=1e-5)
    loss.backward()
    assert hq.grad is None
    cosine = identity.identity_cosine(out, hq)
    assert 1 - cosine.item() == pytest.approx(expected["arcface_recipe"]["cosine"], rel=1e-5)
    assert identity.identity_cosine(hq, hq).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("flipped", [False, True])
def test_boxes_of_eyes_and_mouth_are_the_official_ones(golden, flipped):
    arrays, expected = golden
    centres, half_sides = _components(expected)
    if flipped:
        centres, half_sides = components.mirrored(centres, half_sides, 512)
    found = components.boxes(centres[0], half_sides[0], 512)
    torch.testing.assert_close(
        found, arrays["roi_boxes_hflip" if flipped else "roi_boxes"], rtol=0, atol=1e-3
    )


def test_boxes_scale_with_the_face(golden):
    centres, half_sides = _components(golden[1])
    small = components.boxes(centres[0] / 4, half_sides[0] / 4, 128)
    torch.testing.assert_close(small, components.boxes(centres[0], half_sides[0], 512) / 4)


def test_crops_of_components_are_golden(golden, shared):
    arrays, expected = golden
    centres, half_sides = _components(expected)
    found = components.boxes(centres[0], half_sides[0], 512)
    for image, side in (("dist_1", "out"), ("ref_1", "gt")):
        face = to_tensor([read_image(shared / "golden" / "metrics" / f"{image}.png")])
        for box, name, key in zip(found, components.CROP, ("left_eyes", "right_eyes", "mouths"), strict=True):
            if f"roi_{key}_{side}" not in arrays:
                continue
            crop = components.cut(face, box[None], components.side_of(name, 512))
            torch.testing.assert_close(crop, arrays[f"roi_{key}_{side}"], rtol=0, atol=5e-5)


def test_perceptual_loss_with_the_recipe_weights_is_golden(golden):
    arrays, expected = golden
    recipe = expected["perceptual_vgg19_recipe"]
    network = Vgg("vgg19", tuple(perceptual.VGG19))
    _fill_by_recipe(network, recipe["seed"])
    weights = tuple(perceptual.VGG19.values())
    with torch.no_grad():
        image, hq = network(arrays["pix_out"]), network(arrays["pix_gt"])
        loss, of_style = perceptual.perceptual(image, hq, weights), perceptual.style(image, hq, weights)
    wanted = arrays["vgg_conv5_4"]
    assert float((image[-1][:1] - wanted).abs().max()) < 1e-3 * float(wanted.abs().max())
    assert float(loss) == pytest.approx(recipe["perceptual"], rel=1e-3)
    assert 50 * float(of_style) == pytest.approx(recipe["style"], rel=1e-3)


def _components(expected):
    rows = torch.tensor([expected["roi"]["centres_and_half_len"]])
    return rows[..., :2], rows[..., 2] * torch.tensor(list(components.ENLARGED.values()))


def _fill_by_recipe(network, seed):
    """golden/losses: every tensor of torchvision's VGG19 in the order of its sorted names."""
    places = [(i, place) for i, place in enumerate(network.places)]
    index, named = 0, {}
    for i, place in places:
        index += place.endswith("_1") and place != "1_1"
        named[f"features.{index}.weight"] = network.convolutions[i].weight
        named[f"features.{index}.bias"] = network.convolutions[i].bias
        index += 2
    random = np.random.RandomState(seed)
    for name in sorted(named):
        value = random.standard_normal(tuple(named[name].shape))
        scale = np.sqrt(2 / np.prod(value.shape[1:])) if value.ndim == 4 else 0.1
        named[name].data = torch.from_numpy((value * scale).astype(np.float32))
