"""Unsharp mask: Real-ESRGAN sharpens its HQ before it degrades them."""

from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from bfrbench.degradations.ops import STEP, UnitImage


@dataclass(frozen=True, kw_only=True, config=STEP)
class UnsharpMask:
    """Weight of the detail added; the Gaussian's size in pixels (even: one more); threshold in levels of 255.

    The Gaussian has OpenCV's own sigma for its size: 0.3·((size - 1)/2 - 1) + 0.8, 8.0 for 51.
    """

    op: Literal["unsharp"] = "unsharp"
    weight: Annotated[float, Field(ge=0, le=100)] = 0.5
    radius: Annotated[int, Field(ge=1, le=255)] = 50
    threshold: Annotated[float, Field(ge=0)] = 10.0


def unsharp(image: UnitImage, step: UnsharpMask) -> UnitImage:
    """I + B(m)·(clip(I + w·r) - I), with r = I - B(I), m = [|r| > threshold] and B a Gaussian blur.

    Source: Real-ESRGAN (Wang et al. 2021), BasicSR's img_process_util.py, USMSharp; border reflect-101.
    """
    detail = image - _smooth(image, step.radius)
    mask = _smooth((255 * np.abs(detail) > step.threshold).astype(np.float32), step.radius)
    sharp = np.clip(image + np.float32(step.weight) * detail, 0, 1)
    sharpened: UnitImage = mask * sharp + (1 - mask) * image
    return sharpened


def _smooth(image: UnitImage, radius: int) -> UnitImage:
    size = radius + 1 - radius % 2
    column = cv2.getGaussianKernel(size, 0, cv2.CV_64F)
    smooth = cv2.sepFilter2D(image, -1, column, column, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(smooth, dtype=np.float32)
