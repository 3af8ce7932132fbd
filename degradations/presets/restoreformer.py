"""RestoreFormer and the methods built on its data code, whose kernel has 39 or 41 pixels."""

from bfrbench.degradations.draws import Maybe, OneOf, Uniform, step
from bfrbench.degradations.draws.patch import DrawPatch
from bfrbench.degradations.ops.haze import Haze
from bfrbench.degradations.presets.chain import chain, grey_note, jpeg_note
from bfrbench.degradations.presets.preset import Preset

_KERNELS = (39, 41)
_SMALL = chain(kernel=_KERNELS, sigma=(0.1, 10), scale=(0.8, 8), noise=(0, 20), quality=(60, 100))
_HAZY = (_SMALL[0], Maybe(0.008, (step(Haze, alpha=Uniform(0.75, 0.95)),)), *_SMALL[1:])

ROWS = (
    Preset(
        id="restoreformer",
        version=1,
        title="RestoreFormer",
        source="wzhouxiff/RestoreFormerPlusPlus, configs/RestoreFormer.yaml",
        size=512,
        notes=jpeg_note(60, 100),
        draws=_SMALL,
    ),
    Preset(
        id="restoreformer++",
        version=1,
        title="RestoreFormer++, extended degrading model",
        source="wzhouxiff/RestoreFormerPlusPlus 304d392, configs/RestoreFormerPlusPlus.yaml and "
        "RestoreFormer/data/ffhq_uneven_degradation_dataset.py",
        size=512,
        notes="10 % are uneven: two whole degradations of a face, one of which shows in a square of 128 to "
        "256 px. A degradation is hazy with probability .008. The shift of up to 32 px (20 %) moves the "
        "HQ as well and is left out, like the flip; exposure is off in the options. "
        + grey_note("0.8 %")
        + " "
        + jpeg_note(60, 100),
        draws=(OneOf(((DrawPatch(side=(128, 256), draws=_HAZY),), _HAZY), weights=(0.1, 0.9)),),
    ),
    Preset(
        id="daefr",
        version=1,
        title="DAEFR, final stage",
        source="LIAGM/DAEFR, configs/DAEFR.yaml",
        size=512,
        notes=jpeg_note(30, 100),
        draws=chain(kernel=_KERNELS, sigma=(0.1, 15), scale=(0.8, 30), noise=(0, 20), quality=(30, 100)),
    ),
    Preset(
        id="daefr-codebooks",
        version=1,
        title="DAEFR, codebooks and association",
        source="LIAGM/DAEFR, configs/LQ_codebook.yaml and HQ_codebook.yaml",
        size=512,
        notes=jpeg_note(60, 100),
        draws=_SMALL,
    ),
)
