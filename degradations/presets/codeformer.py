"""CodeFormer's stages."""

from bfrbench.degradations.presets.chain import COLOUR, chain, jpeg_note
from bfrbench.degradations.presets.preset import Preset

_LARGE = chain(sigma=(1, 15), scale=(4, 30), noise=(0, 20), quality=(30, 80))
_CORRUPT_NOTE = (
    "The code's motion blur (32 kernels, probability .001) is switched off in the code itself. "
    + jpeg_note(30, 80)
)
_JOINT_NOTE = (
    "Stage 3 makes a small and a large LQ of every HQ. Up to iteration 40,000 it learns from the small "
    "one (w = 1), to 80,000 likewise (w = 1.3), to 120,000 from the large one with code losses only, "
    "then from the small one every 15th time. "
)

ROWS = (
    Preset(
        id="codeformer-stage2",
        version=1,
        title="CodeFormer, stage 2",
        source="sczhou/CodeFormer, options/CodeFormer_stage2.yml",
        size=512,
        notes=_CORRUPT_NOTE,
        draws=_LARGE,
    ),
    Preset(
        id="codeformer-stage3-small",
        version=1,
        title="CodeFormer, stage 3, the small degradation",
        source="sczhou/CodeFormer, options/CodeFormer_stage3.yml and "
        "basicsr/data/ffhq_blind_joint_dataset.py",
        size=512,
        notes=_JOINT_NOTE + jpeg_note(60, 100),
        draws=chain(sigma=(0.1, 10), scale=(1, 12), noise=(0, 15), quality=(60, 100)),
    ),
    Preset(
        id="codeformer-stage3-large",
        version=1,
        title="CodeFormer, stage 3, the large degradation",
        source="sczhou/CodeFormer, options/CodeFormer_stage3.yml and "
        "basicsr/data/ffhq_blind_joint_dataset.py",
        size=512,
        notes=_JOINT_NOTE + _CORRUPT_NOTE,
        draws=_LARGE,
    ),
    Preset(
        id="codeformer-colourisation",
        version=1,
        title="CodeFormer, colourisation",
        source="sczhou/CodeFormer, options/CodeFormer_colorization.yml",
        size=512,
        notes="Grey comes in 1 % of the LQs only, as in the options. " + _CORRUPT_NOTE,
        draws=(*_LARGE, *COLOUR),
    ),
)
