"""PSFRGAN's degradation, which imgaug 0.4 carries out on 8-bit images."""

from bfrbench.degradations.draws import (
    Chance,
    DrawSide,
    DrawStep,
    DrawWholeBlur,
    ImgaugQuality,
    Maybe,
    OddUp,
    OneOf,
    ResizeBack,
    Seed,
    Uniform,
    Whole,
    step,
)
from bfrbench.degradations.draws.blur import imgaug_kernel
from bfrbench.degradations.ops.blur import AverageBlur, MotionBlur
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.median import MedianBlur
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.ops.rounding import Round
from bfrbench.degradations.presets.preset import Preset

_ROUND: DrawStep = step(Round)

_BLURS = OneOf(
    (
        (DrawWholeBlur(sigma=(3, 15), kernel=imgaug_kernel), _ROUND),
        (step(AverageBlur, size=Whole(3, 15)), _ROUND),
        (step(MedianBlur, size=OddUp(3, 15)), _ROUND),
        (
            step(MotionBlur, size=OddUp(5, 25), angle_degrees=Uniform(0, 360), direction=Uniform(-1, 1)),
            _ROUND,
        ),
    )
)

ROWS = (
    Preset(
        id="psfrgan",
        version=1,
        title="PSFRGAN, training and its random test sets",
        source="chaofengc/PSFRGAN 1be0497, data/ffhq_dataset.py, with imgaug 0.4's definitions",
        size=512,
        notes="imgaug works on 8 bits, so there is a rounding after every step; its fixed-point resizes "
        "are done in floating point here. Its JPEG compression strength c is quality "
        "round(1 + 99·(1 - c/101)), so 10..65 are 90..36. The last resize is imgaug's default, cubic. "
        "Before all that 30 % of the faces turn grey, HQ and LQ alike: left out, since a preset makes LQs "
        "only. The paper's synthetic test set was never saved.",
        draws=(
            Maybe(0.5, (_BLURS,)),
            DrawSide(side=(32, 255), interpolations=("nearest", "linear", "area", "cubic")),
            _ROUND,
            Maybe(
                0.2,
                (step(GaussianNoise, sigma=Uniform(0, 25.5), grey=Chance(0.5), seed=Seed()), _ROUND),
            ),
            Maybe(0.7, (step(Jpeg, quality=ImgaugQuality(10, 65)),)),
            ResizeBack("cubic"),
        ),
    ),
)
