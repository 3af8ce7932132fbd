"""GFP-GAN's chain, stage by stage, against arrays that its own code made (`golden/degradations`)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bfrbench import pixels
from bfrbench.degradations.ops import UnitImage
from bfrbench.degradations.ops.blur import Blur, blur
from bfrbench.degradations.ops.colour import ColourShift, Grey, colour_shift, grey
from bfrbench.degradations.ops.jpeg import Jpeg, jpeg
from bfrbench.degradations.ops.noise import GaussianNoise, add_field, noise_field
from bfrbench.degradations.ops.resample import Resample, resample
from bfrbench.types import Image


@dataclass(frozen=True)
class Golden:
    """One image's parameters and stored stages; arrays are handed out as RGB."""

    row: dict[str, Any]
    kernel: dict[str, Any]
    hq: Image
    arrays: dict[str, NDArray[Any]]

    @property
    def crop(self) -> slice:
        size = self.row["size"]
        return slice(None) if size == 128 else slice(size // 2 - 48, size // 2 + 48)

    def stage(self, name: str) -> NDArray[Any]:
        """A stage, whole or the crop of it that is stored."""
        found = self.arrays[name] if name in self.arrays else self.arrays[f"{name}_crop"]
        return found[:, :, ::-1] if found.ndim == 3 else found

    def blurred(self) -> UnitImage:
        k = self.kernel
        kind: Any = {"iso": "isotropic", "aniso": "anisotropic"}[k["type"]]
        step = Blur(
            kind=kind,
            size=k["size"],
            sigma_x=k["sigma_x"],
            sigma_y=k.get("sigma_y", k["sigma_x"]),
            theta=k.get("theta", 0.0),
        )
        return blur(pixels.to_unit(self.hq), step)

    def shrunk(self, image: UnitImage) -> UnitImage:
        side = int(self.row["size"] // self.row["scale"])
        return resample(image, Resample(height=side, width=side))

    def back(self, image: UnitImage) -> UnitImage:
        return resample(image, Resample(height=self.row["size"], width=self.row["size"]))

    def shift(self) -> ColourShift:
        blue, green, red = (255 * value for value in self.row["shift"])
        return ColourShift(red=red, green=green, blue=blue)


@pytest.fixture(scope="module", params=[0, 1, 2])
def golden(shared: Path, request: pytest.FixtureRequest) -> Golden:
    folder = shared / "golden" / "degradations"
    name = f"ops{request.param}"
    row = json.loads((folder / "ops.json").read_text())[name]
    kernel = json.loads((folder / "kernels.json").read_text())[row["kernel"]]
    with np.load(folder / "ops.npz") as stored:
        arrays = {
            key.removeprefix(f"{name}_"): stored[key] for key in stored.files if key.startswith(f"{name}_")
        }
    return Golden(row, kernel, pixels.read_image(folder / row["image"]), arrays)


def test_golden_blur(golden: Golden) -> None:
    ours = golden.blurred()[golden.crop, golden.crop]
    np.testing.assert_allclose(ours, golden.stage("blur"), atol=2e-5, rtol=0)


def test_golden_downsample(golden: Golden) -> None:
    np.testing.assert_allclose(
        golden.shrunk(golden.blurred()), golden.stage("small"), atol=2e-5 + 1e-5, rtol=0
    )


def test_golden_noise_and_rounding_before_jpeg(golden: Golden) -> None:
    noisy = add_field(golden.stage("small"), golden.stage("noise"))
    np.testing.assert_array_equal(pixels.from_unit(noisy), golden.stage("jpeg_in_u8"))


def test_golden_noise_field_has_the_strength_and_shape_of_ours(golden: Golden) -> None:
    stored = golden.stage("noise")
    step = GaussianNoise(sigma=golden.row["sigma"], grey=golden.row["gray_noise"], seed=5)
    ours = np.broadcast_to(noise_field(*stored.shape[:2], step), stored.shape)
    assert ours.dtype == stored.dtype
    assert ours.std() == pytest.approx(stored.std(), rel=0.05)
    assert (np.ptp(ours, axis=2).max() == 0) == (np.ptp(stored, axis=2).max() == 0)


def test_golden_jpeg(golden: Golden) -> None:
    decoded = jpeg(pixels.to_unit(golden.stage("jpeg_in_u8")), Jpeg(quality=golden.row["q"]))
    np.testing.assert_array_equal(pixels.from_unit(decoded), golden.stage("jpeg_out_u8"))


def test_golden_final_image_from_the_stored_jpeg(golden: Golden) -> None:
    up = golden.back(pixels.to_unit(golden.stage("jpeg_out_u8")))
    np.testing.assert_allclose(up[golden.crop, golden.crop], golden.stage("up"), atol=1e-5, rtol=0)
    off = np.abs(_final_part(golden, pixels.from_unit(up)) - golden.stage("final_u8").astype(int))
    assert off.max() <= 1
    assert (off > 0).mean() <= 0.002


def test_golden_final_image_over_the_whole_chain(golden: Golden) -> None:
    noisy = add_field(golden.shrunk(golden.blurred()), golden.stage("noise"))
    final = pixels.from_unit(golden.back(jpeg(noisy, Jpeg(quality=golden.row["q"]))))
    off = np.abs(_final_part(golden, final) - golden.stage("final_u8").astype(int))
    assert off.mean() <= 0.05
    assert off.max() <= 12


def test_golden_colour_shift_and_grey(golden: Golden) -> None:
    up = np.ascontiguousarray(golden.stage("up"))
    if "gray" in golden.arrays:  # of the three images, two store this
        np.testing.assert_allclose(grey(up, Grey())[:, :, 0], golden.stage("gray"), atol=1e-6, rtol=0)
    if "shift_u8" in golden.arrays:  # and one this
        ours = pixels.from_unit(colour_shift(up, golden.shift())).astype(int)
        assert np.abs(ours - golden.stage("shift_u8")).max() <= 1


def _final_part(golden: Golden, image: Image) -> NDArray[np.int64]:
    part = slice(128, 384) if "final_u8_crop" in golden.arrays else slice(None)
    return image[part, part].astype(np.int64)
