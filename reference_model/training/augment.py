"""Augmentation before the discriminator, the same kind for real and generated images, differentiable.

Parameters are drawn first and applied after: `draw` makes tables of N rows for a whole batch, whatever part
of it a device works on, and `apply` is plain sampling and arithmetic. Two policies (see
`config.Augmentation`):

- DiffAugment: Zhao, Liu, Lin, Zhu, Han: Differentiable Augmentation for Data-Efficient GAN Training.
  NeurIPS 2020, arXiv:2006.10738.
- ADA: Karras, Aittala, Hellsten, Laine, Lehtinen, Aila: Training Generative Adversarial Networks with
  Limited Data. NeurIPS 2020, arXiv:2006.06676. Appendix B, pixel blitting, general geometry and colour.
"""

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from bfrbench.reference_model.training.config import Augmentation
from bfrbench.reference_model.training.processes import Rows

_LUMA = torch.full((3,), 1 / math.sqrt(3))  # the axis of grey


@dataclass(frozen=True, slots=True)
class Drawn:
    """What happens to each of N images."""

    geometry: Tensor  # N×2×3: where a view's pixel is taken from; both in [-1, 1]
    colour: Tensor  # N×3×4: matrix and offset on RGB in [-1, 1]
    hole: Tensor  # N×3: centre x, y and half side of the grey square, all in [-1, 1]

    def __getitem__(self, rows: Rows) -> "Drawn":
        return Drawn(*(getattr(self, item.name)[rows] for item in fields(self)))

    def where(self, mask: Tensor, others: "Drawn") -> "Drawn":
        """These where the mask (N) says so, else the others."""
        pairs = ((getattr(self, item.name), getattr(others, item.name)) for item in fields(self))
        return Drawn(*(torch.where(mask.view(-1, *[1] * (a.dim() - 1)), a, b) for a, b in pairs))

    def to(self, device: torch.device) -> "Drawn":
        """The same on a device."""
        return Drawn(*(getattr(self, item.name).to(device) for item in fields(self)))


def draw(config: Augmentation, count: int, probability: float, random: torch.Generator) -> Drawn:
    """Draw for `count` images; `probability` is ADA's and means nothing to the others."""
    match config.policy:
        case "none":
            geometry, colour = _same(count)
            return Drawn(geometry, colour, torch.zeros(count, 3))
        case "diffaugment":
            return _diffaugment(config, count, random)
        case "ada":
            return _ada(count, probability, random)


def adapted(config: Augmentation, probability: float, real_sign: float, batch: int) -> float:
    """ADA's probability after a batch: up where real images score too well (section 3.1); else as it is.

    real_sign: mean sign of the discriminator's scores of real images, -1 to 1.
    """
    if config.policy != "ada":
        return probability
    step = batch / config.adapt_over
    return min(1.0, max(0.0, probability + (step if real_sign > config.target else -step)))


def apply(drawn: Drawn, images: Tensor, view: int | None = None) -> Tensor:
    """N×3×S×S in [-1, 1] → N×3×view×view; grey (0) comes from outside."""
    side = view or images.shape[-1]
    grid = F.affine_grid(drawn.geometry, [len(images), 3, side, side], align_corners=False)
    seen = F.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    seen = recolour(drawn.colour, seen)
    places = (torch.arange(side, device=seen.device) + 0.5) * (2 / side) - 1
    x, y, half = drawn.hole[:, :, None].unbind(1)
    inside = ((places - y).abs() < half)[:, :, None] & ((places - x).abs() < half)[:, None, :]
    return seen.masked_fill(inside[:, None], 0.0)


def recolour(colour: Tensor, images: Tensor) -> Tensor:
    """N×3×4 (`Drawn.colour`) on N×3×S×S in [-1, 1]; what leaves the range is not cut."""
    return torch.einsum("nij,njhw->nihw", colour[:, :, :3], images) + colour[:, :, 3, None, None]


def _same(count: int) -> tuple[Tensor, Tensor]:
    return torch.eye(2, 3).repeat(count, 1, 1), torch.eye(3, 4).repeat(count, 1, 1)


def _diffaugment(config: Augmentation, count: int, random: torch.Generator) -> Drawn:
    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=random) * 2 - 1

    geometry, colour = _same(count)
    near = torch.rand(count, generator=random) < config.close_up
    scale = torch.where(near, 0.5, 1.0)
    # a close-up lies anywhere within the image, a whole view is shifted
    shift = uniform(2) * torch.where(near, 0.5, 2 * config.translation)[:, None]
    geometry = torch.cat((geometry[:, :, :2] * scale[:, None, None], shift[:, :, None]), dim=2)
    brightness, contrast, saturation = (config.colour * uniform(3)).unbind(1)
    grey = torch.outer(_LUMA, _LUMA)
    keep = (1 + 2 * saturation)[:, None, None]
    matrix = (1 + 2 * contrast)[:, None, None] * (keep * torch.eye(3) + (1 - keep) * grey)
    colour = torch.cat((matrix, (2 * brightness)[:, None, None].expand(-1, 3, 1)), dim=2)
    hole = torch.cat((uniform(2), torch.full((count, 1), config.cutout)), dim=1)
    return Drawn(geometry, colour, hole)


def _ada(count: int, probability: float, random: torch.Generator) -> Drawn:
    """Appendix B of the paper without its filtering and corruptions: each step with `probability`."""

    def gate(value: Tensor, neutral: float) -> Tensor:
        chosen = torch.rand(count, generator=random) < probability
        return torch.where(chosen, value, torch.full_like(value, neutral))

    def normal(deviation: float) -> Tensor:
        return torch.randn(count, generator=random) * deviation

    def uniform() -> Tensor:
        return torch.rand(count, generator=random) * 2 - 1

    flip = gate(torch.sign(uniform()), 1.0)
    quarter = gate(torch.randint(4, (count,), generator=random) * (math.pi / 2), 0.0)
    blit_x, blit_y = gate(uniform() * 0.25, 0.0), gate(uniform() * 0.25, 0.0)
    zoom = gate(torch.exp2(normal(0.2)), 1.0)
    turn = gate(uniform() * math.pi, 0.0)
    stretch = gate(torch.exp2(normal(0.2)), 1.0)
    shift_x, shift_y = gate(normal(0.25), 0.0), gate(normal(0.25), 0.0)
    cos, sin = torch.cos(quarter + turn), torch.sin(quarter + turn)
    rows = (
        torch.stack((flip * zoom * stretch * cos, -zoom * sin, blit_x + shift_x), dim=1),
        torch.stack((flip * zoom * sin, zoom / stretch * cos, blit_y + shift_y), dim=1),
    )
    grey = torch.outer(_LUMA, _LUMA)
    brightness, contrast = gate(normal(0.2), 0.0), gate(torch.exp2(normal(0.5)), 1.0)
    negative = gate((uniform() > 0).float(), 0.0)
    hue = gate(uniform() * math.pi, 0.0)
    saturation = gate(torch.exp2(normal(1.0)), 1.0)[:, None, None]
    matrix = (torch.eye(3) - 2 * negative[:, None, None] * grey) * contrast[:, None, None]
    matrix = (saturation * torch.eye(3) + (1 - saturation) * grey) @ _about_grey(hue) @ matrix
    colour = torch.cat((matrix, (matrix @ brightness[:, None].expand(-1, 3)[:, :, None])), dim=2)
    return Drawn(torch.stack(rows, dim=1), colour, torch.zeros(count, 3))


def _about_grey(angle: Tensor) -> Tensor:
    """Rotations of RGB about the axis of grey, N×3×3 (Rodrigues)."""
    cross = torch.linalg.cross(torch.eye(3), _LUMA.expand(3, 3), dim=1).T
    cos, sin = (f(angle)[:, None, None] for f in (torch.cos, torch.sin))
    turned: Tensor = cos * torch.eye(3) + sin * cross + (1 - cos) * torch.outer(_LUMA, _LUMA)
    return turned
