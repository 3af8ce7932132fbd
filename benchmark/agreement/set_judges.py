"""Do the networks behind the metrics of sets agree with somebody else's, on the same drawn weights?

FID's Inception against stored features of pytorch-fid's; and, where they are installed, the whole way from
an image to its features against pytorch-fid and torch-fidelity, DINOv2 against transformers. The last at the
size that positions were learnt for: at 224 px transformers resizes them by another rule than DINOv2's code.
"""

import importlib.util
import json
import math
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bfrbench.benchmark.agreement.comparison import Comparison
from bfrbench.benchmark.judges import dinov2, inception
from bfrbench.benchmark.metrics import fid
from bfrbench.pixels import read_image


def comparisons(golden: Path | None) -> Iterator[Comparison]:
    """Against what is installed; and, with the folder, against golden features."""
    if importlib.util.find_spec("transformers"):
        yield _transformers()
    if golden is not None:
        yield from _golden_inception(golden)
        if importlib.util.find_spec("pytorch_fid") and importlib.util.find_spec("torch_fidelity"):
            yield from _inceptions(golden)


def furthest_off(
    what: str,
    subject: str,
    *,
    ours: NDArray[np.floating[Any]],
    theirs: NDArray[np.floating[Any]],
    by: str,
    tolerance: float,
) -> Comparison:
    """Of many numbers, the one that differs most."""
    k = int(np.abs(ours - theirs).argmax())
    subject = f"{subject}, number {k}, the furthest off"
    return Comparison(what, subject, float(ours[k]), float(theirs[k]), by, tolerance)


def _transformers() -> Comparison:
    """DINOv2's class token through two blocks, the picture of the size that positions were learnt for."""
    from transformers import Dinov2Config, Dinov2Model  # noqa: PLC0415

    torch.manual_seed(0)
    sizes = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
    net = Dinov2Model(Dinov2Config(**sizes, image_size=56, patch_size=14)).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(0.0, 0.1)
    image = np.random.default_rng(1).uniform(0.0, 1.0, (56, 56, 3)).astype(np.float32)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        x = ((torch.from_numpy(image) - mean) / deviation).permute(2, 0, 1)[None]
        theirs = net(x).pooler_output[0].numpy()
    ours = dinov2.features_through(_official_names(net.state_dict()), image)
    what, by = "DINOv2, drawn weights", f"transformers {version('transformers')}"
    return furthest_off(what, "56×56 noise", ours=ours, theirs=theirs, by=by, tolerance=1e-5)


def _official_names(theirs: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """transformers' names, those of version 5, as DINOv2's own."""
    state = {
        "cls_token": theirs["embeddings.cls_token"],
        "pos_embed": theirs["embeddings.position_embeddings"],
    }
    for kind in ("weight", "bias"):
        state[f"patch_embed.proj.{kind}"] = theirs[f"embeddings.patch_embeddings.projection.{kind}"]
        state[f"norm.{kind}"] = theirs[f"layernorm.{kind}"]
    for block in range(sum(name.endswith("layer_scale1.lambda1") for name in theirs)):
        layer, ours = f"encoder.layer.{block}", f"blocks.{block}"
        for scale in (1, 2):
            state[f"{ours}.ls{scale}.gamma"] = theirs[f"{layer}.layer_scale{scale}.lambda1"]
        for kind in ("weight", "bias"):
            parts = [theirs[f"{layer}.attention.{part}_proj.{kind}"] for part in "qkv"]
            state[f"{ours}.attn.qkv.{kind}"] = torch.cat(parts)
            state[f"{ours}.attn.proj.{kind}"] = theirs[f"{layer}.attention.o_proj.{kind}"]
            for same in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
                state[f"{ours}.{same}.{kind}"] = theirs[f"{layer}.{same}.{kind}"]
    return state


def _golden_inception(golden: Path) -> Iterator[Comparison]:
    """FID's Inception with drawn weights on two images, by pytorch-fid, and the legacy resizing before it."""
    by = f"pytorch-fid {_json(golden / 'fid/fid.json')['versions']['pytorch-fid']}"
    layers = inception.fold(drawn_inception(golden))
    with np.load(golden / "fid/inception_recipe.npz") as file:
        pooled = file["pool3"].reshape(2, -1)
    for name, theirs in zip(_json(golden / "fid/inception_recipe.json")["inputs"], pooled, strict=True):
        ours = inception.features_through(layers, fid.resize_legacy(read_image(golden / name)))
        what, tolerance = "fid's Inception, drawn weights, legacy", 1e-3 * float(theirs.max())
        yield furthest_off(what, Path(name).name, ours=ours, theirs=theirs, by=by, tolerance=tolerance)


def _inceptions(golden: Path) -> Iterator[Comparison]:
    """From an image to its features, by pytorch-fid and torch-fidelity."""
    from pytorch_fid.inception import FID_WEIGHTS_URL, InceptionV3  # noqa: PLC0415
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3  # noqa: PLC0415

    state = drawn_inception(golden)
    layers = inception.fold(state)
    image = read_image(golden / "metrics/dist_0.png")
    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "checkpoints" / Path(FID_WEIGHTS_URL).name
        file.parent.mkdir()
        torch.save(state, file)
        torch.hub.set_dir(folder)
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # both build torchvision's network in ways that it warns of
            legacy = InceptionV3([3]).eval()(batch / 255.0)[0].flatten().numpy()
            extract = FeatureExtractorInceptionV3(
                "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(file)
            )
            tf1 = extract(batch)[0].flatten().numpy()
    for variant, resized, theirs, by in (
        ("legacy", fid.resize_legacy(image), legacy, f"pytorch-fid {version('pytorch-fid')}"),
        ("tf1", (fid.resize_tf1(image) - 128.0) / 128.0, tf1, f"torch-fidelity {version('torch-fidelity')}"),
    ):
        ours = inception.features_through(layers, resized)
        what, tolerance = f"fid's Inception, drawn weights, {variant}", 1e-3 * float(theirs.max())
        yield furthest_off(what, "dist_0.png", ours=ours, theirs=theirs, by=by, tolerance=tolerance)


def drawn_inception(golden: Path) -> dict[str, torch.Tensor]:
    """A state dict of FID's Inception with random weights, drawn as golden/fid/inception_recipe.json says."""
    shapes = _json(golden / "state_dict_shapes/pytorch_fid_inception_v3.json")["shapes"]
    random = np.random.RandomState(_json(golden / "fid/inception_recipe.json")["seed"])
    state = {}
    for key in sorted(key for key in shapes if not key.endswith("num_batches_tracked")):
        z, shape = random.standard_normal(shapes[key]), shapes[key]
        if len(shape) > 1:
            z *= math.sqrt((2.0 if len(shape) == 4 else 1.0) / math.prod(shape[1:]))
        elif key.endswith("running_var"):
            z = np.exp(0.2 * z)
        else:
            z = 0.1 * z + (1.0 if key.endswith("weight") else 0.0)
        state[key] = torch.from_numpy(z.astype(np.float32))
    return state


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
