import numpy as np
import pytest
import torch

from bfrbench.errors import InputError
from bfrbench.pixels import read_image, to_tensor
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.discriminators import (
    ComponentDiscriminator,
    StyleGan2Discriminator,
    batch_deviation,
)
from bfrbench.reference_model.networks.mobilefacenet import crop, load_mobilefacenet
from bfrbench.reference_model.networks.projected import TAPS, ProjectedDiscriminator
from bfrbench.reference_model.networks.vgg import Vgg, load_vgg16


def _golden(shared, name):
    folder = shared / "golden" / "checkpoints"
    weights = torch.load(folder / f"{name}.pth", weights_only=True)["params"]
    arrays = np.load(folder / f"{name}.io.npz")
    return {key: value.float() for key, value in weights.items()}, {
        key: torch.from_numpy(arrays[key]) for key in arrays.files
    }


def test_the_global_discriminator_is_the_official_one_for_any_batch(shared):
    weights, arrays = _golden(shared, "stylegan2_discriminator")
    network = StyleGan2Discriminator(GfpganConfig(out_size=64, channel_multiplier=1, narrow=0.0625))
    network.load_state_dict(weights)
    x = arrays["x"]
    batches = {"batch1": x[:1], "batch2": x[:2], "batch4": x, "batch8": torch.cat((x, 0.7 * x.flip(3)))}
    with torch.no_grad():
        for name, batch in batches.items():
            torch.testing.assert_close(network(batch), arrays[f"out_{name}"], rtol=0, atol=1e-5)


def test_the_component_discriminator_is_the_official_one(shared):
    weights, arrays = _golden(shared, "facial_component_discriminator_fp16")
    network = ComponentDiscriminator()
    network.load_state_dict(weights)
    with torch.no_grad():
        for name in ("eye", "mouth", "small"):
            scores, features = network(arrays[name])
            torch.testing.assert_close(scores, arrays[f"out_{name}"], rtol=0, atol=1e-4)
    for i, feature in enumerate(features):
        torch.testing.assert_close(feature, arrays[f"feat{i}_small"], rtol=0, atol=1e-4)


def test_full_size_discriminators_have_the_official_names_and_shapes(shared):
    import json

    networks = {
        "stylegan2discriminator_512_cm1": StyleGan2Discriminator(GfpganConfig(channel_multiplier=1)),
        "facialcomponentdiscriminator": ComponentDiscriminator(),
    }
    for name, network in networks.items():
        shapes = json.loads((shared / "golden" / "state_dict_shapes" / f"{name}.json").read_text())["shapes"]
        assert {key: list(value.shape) for key, value in network.state_dict().items()} == shapes


def test_equal_images_have_no_deviation():
    same = torch.ones(4, 3, 4, 4)
    assert batch_deviation(same, 4).max() == pytest.approx(1e-4)  # √ε
    varied = torch.stack((torch.zeros(3, 4, 4), torch.full((3, 4, 4), 2.0)))
    torch.testing.assert_close(batch_deviation(varied, 4), torch.ones(2, 1, 4, 4))


def test_the_projected_discriminator_trains_its_heads_alone():
    network = ProjectedDiscriminator(size=32, width=8)
    vgg = Vgg("vgg16", TAPS)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)).requires_grad_()
    scores = network(network.mixing(vgg(images)))
    assert [score.shape for score in scores] == [(2, 1, 4, 4), (2, 1, 4, 4), (2, 1, 4, 4), (2, 1, 2, 2)]
    torch.stack([score.sum() for score in scores]).sum().backward()
    assert images.grad is not None
    trained = {name.split(".")[0] for name, p in network.named_parameters() if p.grad is not None}
    assert trained == {"heads"}
    assert all(parameter.grad is None for parameter in vgg.parameters())


def test_every_tap_of_vgg_is_before_or_after_its_relu():
    before, after = Vgg("vgg16", ("conv2_1", "relu2_1"))(torch.rand(1, 3, 16, 16))
    assert before.min() < 0
    torch.testing.assert_close(before.relu(), after)
    assert before.shape == (1, 128, 8, 8)


def test_a_file_that_is_no_vgg_is_refused(tmp_path):
    (tmp_path / "no.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="VGG16"):
        load_vgg16(tmp_path / "no.npz", TAPS)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(InputError, match="not the VGG"):
        load_vgg16(tmp_path / "other.npz", TAPS)


def test_the_recogniser_agrees_with_onnxruntime_and_tells_people_apart(shared):
    onnxruntime = pytest.importorskip("onnxruntime")
    path = shared / "weights" / "fr_feature.onnx"
    recogniser = load_mobilefacenet(path)
    files = sorted((shared / "data" / "faces128").glob("*.jpg"))[:6]
    faces = to_tensor([read_image(file) for file in files])
    with torch.no_grad():
        embeddings = recogniser(faces)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        official = session.run(None, {"input": (crop(faces[:1]) * (127.5 / 128)).numpy()})[0]
        mirrored = recogniser(faces.flip(3))
    torch.testing.assert_close(embeddings[:1], torch.from_numpy(official), rtol=0, atol=1e-5)
    own = torch.cosine_similarity(embeddings, mirrored)
    others = torch.cosine_similarity(embeddings, embeddings.roll(1, 0))
    assert own.min() > others.max()
