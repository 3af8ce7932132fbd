"""Real-ESRGAN's second-order degradation, and DiffBIR's use of it."""

from math import pi

from bfrbench.degradations.draws import (
    Chance,
    Choice,
    Draw,
    DrawKernel,
    DrawNoise,
    DrawRescale,
    Maybe,
    OneOf,
    Range,
    ResizeBack,
    ResizeTo,
    Seed,
    Uniform,
    step,
)
from bfrbench.degradations.ops.blur import Kind, Sinc
from bfrbench.degradations.ops.diffjpeg import DiffJpeg
from bfrbench.degradations.ops.noise import PoissonNoise
from bfrbench.degradations.ops.resample import Interpolation
from bfrbench.degradations.ops.unsharp import UnsharpMask
from bfrbench.degradations.presets.preset import Preset

_SIZES = (7, 9, 11, 13, 15, 17, 19, 21)
_KINDS: tuple[tuple[Kind, float], ...] = (
    ("isotropic", 0.45),
    ("anisotropic", 0.25),
    ("generalised_isotropic", 0.12),
    ("generalised_anisotropic", 0.03),
    ("plateau_isotropic", 0.12),
    ("plateau_anisotropic", 0.03),
)
_MODES: tuple[Interpolation, ...] = ("adaptive", "linear", "cubic")
_QUARTER = 4  # Real-ESRGAN restores at four times the LQ's size


def _blur(sigma: Range) -> Draw:
    """A tenth sinc, whose cut-off goes lower for kernels of 13 px and more; else a mixed kernel."""
    kernel = DrawKernel(_SIZES, _KINDS, sigma, beta_generalised=(0.5, 4), beta_plateau=(1, 2))
    small = step(Sinc, size=Choice(_SIZES[:3]), omega=Uniform(pi / 3, pi))
    large = step(Sinc, size=Choice(_SIZES[3:]), omega=Uniform(pi / 5, pi))
    return OneOf(((small,), (large,), (kernel,)), weights=(0.1 * 3 / 8, 0.1 * 5 / 8, 0.9))


def _noise(sigma: Range, scale: Range) -> Draw:
    """Gaussian or Poisson noise, each with 40 % of grey."""
    poisson = step(PoissonNoise, scale=Uniform(*scale), grey=Chance(0.4), seed=Seed())
    return OneOf(((DrawNoise(sigma, grey=0.4),), (poisson,)))


_JPEG = step(DiffJpeg, quality=Uniform(30, 95))
_TO_LQ: tuple[Draw, ...] = (
    ResizeTo(_QUARTER, _MODES),
    Maybe(0.8, (step(Sinc, size=Choice(_SIZES), omega=Uniform(pi / 3, pi)),)),
)
_DRAWS: tuple[Draw, ...] = (
    step(UnsharpMask),
    _blur((0.2, 3)),
    DrawRescale(scale=(0.15, 1.5), weights=(0.2, 0.7, 0.1), interpolations=_MODES, by_factor=True),
    _noise((1, 30), (0.05, 3)),
    _JPEG,
    Maybe(0.8, (_blur((0.2, 1.5)),)),
    DrawRescale(scale=(0.3, 1.2), weights=(0.3, 0.4, 0.3), interpolations=_MODES, divide=_QUARTER),
    _noise((1, 25), (0.05, 2.5)),
    OneOf(((*_TO_LQ, _JPEG), (_JPEG, *_TO_LQ))),
    ResizeBack("cubic"),
)
_NOTES = (
    "LQs come from the sharpened HQ (unsharp mask); the HQ, which the source sharpens as well as the target "
    "of some losses, stays as it is. JPEG is the source's codec-free one, at real qualities without int(). "
)

ROWS = (
    Preset(
        id="realesrgan",
        version=1,
        title="Real-ESRGAN, second order, brought back to the HQ's size",
        source="xinntao/Real-ESRGAN 0011624, options/train_realesrgan_x4plus.yml, "
        "realesrgan/data/realesrgan_dataset.py and realesrgan/models/realesrgan_model.py",
        size=512,
        notes=_NOTES + "Meant for crops of 256 px out of whole photographs at a quarter of the size; the LQ "
        "is enlarged to the HQ's size (cubic), as DiffBIR and StableSR do it.",
        draws=_DRAWS,
    ),
    Preset(
        id="diffbir-v2",
        version=1,
        title="DiffBIR v2.1, second order (the draws of realesrgan)",
        source="XPixelGroup/DiffBIR 185ada0, configs/train/train_stage2_v2.1.yaml and "
        "diffbir/dataset/batch_transform.py",
        size=512,
        notes=_NOTES + "For faces DiffBIR v2 restores with DifFace's network first (difface).",
        draws=_DRAWS,
    ),
)
