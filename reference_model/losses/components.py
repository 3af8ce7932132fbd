"""Facial component loss: eyes and mouth, cut out of the face, before discriminators of their own.

Wang et al., CVPR 2021, section 3.5. Boxes and sizes are parts of the face's side, so that they serve any
resolution; at 512 px they are the official ones, 80 px for an eye and 120 for the mouth.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torchvision.ops import roi_align

from bfrbench.reference_model.losses.perceptual import style

CROP: Mapping[str, float] = {"left_eye": 80 / 512, "right_eye": 80 / 512, "mouth": 120 / 512}
"""Side of the square that a component is sampled at, as a part of the face's side."""

ENLARGED: Mapping[str, float] = {"left_eye": 1.4, "right_eye": 1.4, "mouth": 1.0}
"""What a component's half side is multiplied by, to take in what is around it."""

STYLE_WEIGHTS = (0.5, 1.0)  # of the discriminator's two feature maps


def from_landmarks(points: Tensor) -> tuple[Tensor, Tensor]:
    """Five points in px, N×5×2 (eyes, nose, mouth corners) → centres N×3×2 and half sides N×3.

    The half sides are parts of the distance of the eyes: of those that GFP-GAN's example file has, which
    were read off the 68 landmarks of each face, the eyes' are enlarged as in training.
    """
    distance = (points[:, 0] - points[:, 1]).norm(dim=1, keepdim=True)
    centres = torch.stack((points[:, 0], points[:, 1], points[:, 3:5].mean(dim=1)), dim=1)
    return centres, distance * torch.tensor([0.21 * 1.4, 0.21 * 1.4, 0.335]).to(points)


def boxes(centres: Tensor, half_sides: Tensor, size: int) -> Tensor:
    """Squares (x1, y1, x2, y2) in px, N×4, from centres N×2 and half sides N, as the official training cuts.

    Its squares begin one pixel of 512 late; at another `size` that offset is scaled.
    """
    offset = size / 512
    return torch.cat((centres - half_sides[:, None] + offset, centres + half_sides[:, None]), dim=1)


def mirrored(centres: Tensor, half_sides: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Components of the mirror image, N×3×2 and N×3 in the order of `CROP`: x → size - x, eyes exchanged."""
    order = [1, 0, 2]
    turned = torch.stack((size - centres[..., 0], centres[..., 1]), dim=-1)
    return turned[:, order], half_sides[:, order]


def cut(images: Tensor, of: Tensor, side: int) -> Tensor:
    """One square of each image by RoI alignment (He et al. 2017): N×3×H×W and N×4 → N×3×side×side."""
    numbers = torch.arange(len(images), device=images.device, dtype=of.dtype)
    crops: Tensor = roi_align(images, torch.cat((numbers[:, None], of), dim=1), side)
    return crops


def side_of(component: str, size: int) -> int:
    """Pixels of a component's crop on faces of `size` px: a multiple of 4, which the discriminator needs."""
    return 4 * round(CROP[component] * size / 4)


def component_style(image: Sequence[Tensor], hq: Sequence[Tensor]) -> Tensor:
    """.5 · L1 of the Gram matrices of the first features + those of the second, hq's without gradient."""
    return style(image, [features.detach() for features in hq], STYLE_WEIGHTS)
