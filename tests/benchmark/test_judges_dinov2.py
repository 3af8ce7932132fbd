"""DINOv2: against torchvision's vision transformer on the same random weights."""

import numpy as np
import pytest
import torch
from skimage.data import astronaut
from torchvision.models.vision_transformer import VisionTransformer

from bfrbench.benchmark.judges import dinov2
from bfrbench.benchmark.judges.judge import picture_of
from bfrbench.benchmark.metrics import fd
from bfrbench.benchmark.metrics.fid import resize_clean

WIDTH, DEPTH, PATCH = 128, 3, 14


def drawn(side: int) -> dict[str, torch.Tensor]:
    """Random weights of a small network under DINOv2's names, positions learnt for side×side patches."""
    torch.manual_seed(0)
    shapes = {
        "cls_token": (1, 1, WIDTH),
        "pos_embed": (1, 1 + side**2, WIDTH),
        "mask_token": (1, WIDTH),  # in the files, and not used
        "patch_embed.proj.weight": (WIDTH, 3, PATCH, PATCH),
        "patch_embed.proj.bias": (WIDTH,),
        "norm.weight": (WIDTH,),
        "norm.bias": (WIDTH,),
    }
    for block in range(DEPTH):
        layers = {"attn.qkv": (3 * WIDTH, WIDTH), "attn.proj": (WIDTH, WIDTH)}
        layers |= {"mlp.fc1": (4 * WIDTH, WIDTH), "mlp.fc2": (WIDTH, 4 * WIDTH)}
        layers |= {"norm1": (WIDTH,), "norm2": (WIDTH,)}
        for name, shape in layers.items():
            shapes[f"blocks.{block}.{name}.weight"] = shape
            shapes[f"blocks.{block}.{name}.bias"] = shape[:1]
        for name in ("ls1", "ls2"):
            shapes[f"blocks.{block}.{name}.gamma"] = (WIDTH,)
    return {name: torch.randn(shape) * 0.1 for name, shape in shapes.items()}


def by_torchvision(state: dict[str, torch.Tensor], image: np.ndarray) -> np.ndarray:
    """The class token, with the scales after each part folded into the part's last layer."""
    net = VisionTransformer(
        image_size=image.shape[0], patch_size=PATCH, num_layers=DEPTH, num_heads=WIDTH // 64,
        hidden_dim=WIDTH, mlp_dim=4 * WIDTH,
    )  # fmt: skip
    net.heads = torch.nn.Identity()  # type: ignore[assignment]
    names = {
        "class_token": "cls_token",
        "encoder.pos_embedding": "pos_embed",
        "conv_proj.weight": "patch_embed.proj.weight",
        "conv_proj.bias": "patch_embed.proj.bias",
        "encoder.ln.weight": "norm.weight",
        "encoder.ln.bias": "norm.bias",
    }
    theirs = {theirs: state[ours] for theirs, ours in names.items()}
    for block in range(DEPTH):
        ours, layer = f"blocks.{block}", f"encoder.layers.encoder_layer_{block}"
        for kind in ("weight", "bias"):
            theirs[f"{layer}.ln_1.{kind}"] = state[f"{ours}.norm1.{kind}"]
            theirs[f"{layer}.ln_2.{kind}"] = state[f"{ours}.norm2.{kind}"]
            theirs[f"{layer}.self_attention.in_proj_{kind}"] = state[f"{ours}.attn.qkv.{kind}"]
            theirs[f"{layer}.mlp.0.{kind}"] = state[f"{ours}.mlp.fc1.{kind}"]
            for last, part, scale in (
                (f"{layer}.self_attention.out_proj.{kind}", "attn.proj", "ls1"),
                (f"{layer}.mlp.3.{kind}", "mlp.fc2", "ls2"),
            ):
                gamma = state[f"{ours}.{scale}.gamma"]
                theirs[last] = state[f"{ours}.{part}.{kind}"] * (
                    gamma[:, None] if kind == "weight" else gamma
                )
    net.load_state_dict(theirs)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (torch.from_numpy(image) - mean) / deviation
    with torch.no_grad():
        return net.eval()(x.permute(2, 0, 1)[None])[0].numpy()


def picture(side: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 1, (side, side, 3)).astype(np.float32)


def test_it_is_torchvisions_transformer_with_scaled_branches() -> None:
    state, image = drawn(4), picture(4 * PATCH)
    ours = dinov2.features_through(state, image)
    assert ours.shape == (WIDTH,)
    assert ours.dtype == np.float32
    assert ours == pytest.approx(by_torchvision(state, image), abs=1e-5)


def test_positions_are_resized_by_its_own_rule() -> None:
    # a factor of (2 + 0.1)/4 in place of 2/4: each sample lies at (i + 1/2) · 4/2.1 - 1/2 of the learnt ones
    learnt = torch.zeros(1, 17, 1)
    learnt[0, 1:, 0] = torch.arange(4.0).repeat_interleave(4)  # a ramp down the rows
    resized = dinov2._positions(learnt, 2, 2)[0, 1:, 0].reshape(2, 2)
    rows = [(i + 0.5) * 4 / 2.1 - 0.5 for i in range(2)]
    assert resized[:, 0].tolist() == pytest.approx(rows, abs=0.15)  # bicubic at the edge of a ramp
    assert resized[:, 0].tolist() == pytest.approx(resized[:, 1].tolist(), abs=1e-5)
    plain = torch.nn.functional.interpolate(
        torch.arange(4.0).repeat(1, 1, 4, 1).mT, size=(2, 2), mode="bicubic"
    )
    assert (resized - plain[0, 0]).abs().max() > 0.02


def test_an_image_of_another_size_than_it_learnt_has_its_own_answer() -> None:
    state = drawn(5)
    first, again = (dinov2.features_through(state, picture(3 * PATCH)) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.isfinite(first).all()


def test_weights_of_something_else_are_an_error() -> None:
    with pytest.raises(KeyError):
        dinov2.features_through({"conv1.weight": torch.zeros(64, 3, 7, 7)}, picture(28))


def test_the_judge_puts_the_image_before_it_resized_as_clean_fid_does(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(dinov2, "_weights", lambda: drawn(4))
    seen = picture_of(astronaut()).through(fd.DINOV2)
    assert np.array_equal(seen, dinov2.features_through(drawn(4), resize_clean(astronaut(), 224) / 255))
