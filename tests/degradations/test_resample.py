import numpy as np
import pytest
import skimage.data
import torch

from bfrbench.degradations.ops.resample import INTERPOLATIONS, Resample, resample

FACE = (skimage.data.astronaut()[:96, 150:270] / 255).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), [(35, 44), (96, 120), (120, 150), (1, 1)])
def test_linear_is_bilinear_without_antialiasing(height: int, width: int) -> None:
    ours = resample(FACE, Resample(height=height, width=width))
    batch = torch.from_numpy(FACE.transpose(2, 0, 1).copy())[None]
    theirs = torch.nn.functional.interpolate(
        batch, size=(height, width), mode="bilinear", align_corners=False, antialias=False
    )
    np.testing.assert_allclose(ours, theirs[0].numpy().transpose(1, 2, 0), atol=1e-5)


def test_area_averages_where_linear_does_not() -> None:
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, ::4] = 1
    small = {
        name: resample(stripes, Resample(height=64, width=16, interpolation=name)) for name in INTERPOLATIONS
    }
    np.testing.assert_allclose(small["area"], 0.25)
    np.testing.assert_allclose(small["linear"], 0)  # the stripes fall between the four nearest pixels


@pytest.mark.parametrize("name", list(INTERPOLATIONS))
def test_the_same_size_gives_the_same_values(name: str) -> None:
    same = resample(FACE, Resample(height=96, width=120, interpolation=name))  # type: ignore[arg-type]
    assert same.tobytes() == FACE.tobytes()
