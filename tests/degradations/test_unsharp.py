import cv2
import numpy as np
import skimage.data

from bfrbench.degradations.ops.unsharp import UnsharpMask, unsharp

FACE = (skimage.data.astronaut()[:160, 130:280] / 255).astype(np.float32)


def test_unsharp_is_real_esrgans_in_plain_opencv() -> None:
    blurred = cv2.GaussianBlur(FACE, (51, 51), 0)
    detail = FACE - blurred
    mask = cv2.GaussianBlur((np.abs(detail) * 255 > 10).astype(np.float32), (51, 51), 0)
    theirs = mask * np.clip(FACE + 0.5 * detail, 0, 1) + (1 - mask) * FACE
    np.testing.assert_allclose(unsharp(FACE, UnsharpMask()), theirs, atol=2e-5)


def test_an_even_size_means_one_more() -> None:
    assert unsharp(FACE, UnsharpMask(radius=50)).tobytes() == unsharp(FACE, UnsharpMask(radius=51)).tobytes()


def test_no_weight_or_a_threshold_that_nothing_reaches_changes_nothing() -> None:
    np.testing.assert_allclose(unsharp(FACE, UnsharpMask(weight=0)), FACE, atol=1e-6)
    assert unsharp(FACE, UnsharpMask(threshold=255)).tobytes() == FACE.tobytes()


def test_more_weight_sharpens_more_and_stays_in_range() -> None:
    sharp = [unsharp(FACE, UnsharpMask(weight=weight)) for weight in (0, 0.5, 1, 2)]
    detail = [cv2.Laplacian(image, cv2.CV_32F).std() for image in sharp]
    assert detail == sorted(detail)
    strong = unsharp(FACE, UnsharpMask(weight=100, threshold=0))
    assert 0 <= strong.min() <= strong.max() <= 1
