"""DifFace's training ranges, and everyone who took them over: one degradation under five names."""

from bfrbench.degradations.presets.chain import chain, grey_note, jpeg_note
from bfrbench.degradations.presets.preset import Preset

_DRAWS = chain(sigma=(0.1, 15), scale=(0.8, 32), noise=(0, 20), quality=(30, 100))
_KERNEL_NOTE = "Cut to 41 px, sigma 15 acts as 10.4. "


def _row(id: str, title: str, source: str, grey: str) -> Preset:  # noqa: A002  # the field's name
    notes = _KERNEL_NOTE + grey + jpeg_note(30, 100)
    return Preset(id=id, version=1, title=title, source=source, size=512, notes=notes, draws=_DRAWS)


_GREY = grey_note("1 %") + " "

ROWS = (
    _row(
        "difface", "DifFace, training", "zsyOAOA/DifFace 124bd2c, configs/training/swinir_ffhq512.yaml", _GREY
    ),
    _row(
        "pmrf",
        "PMRF, training (the draws of difface)",
        "ohayonguy/PMRF dc2ec0d, utils/create_degradation.py, 'difface'",
        _GREY,
    ),
    _row(
        "stablesr-face",
        "StableSR, faces (the draws of difface)",
        "IceClear/StableSR 60cdcb6, configs/stableSRNew/v2-finetune_face_T_512.yaml",
        _GREY,
    ),
    _row(
        "resshift-faceir",
        "ResShift, faces (the draws of difface)",
        "zsyOAOA/ResShift 8e2b517, configs/faceir_gfpgan512_lpips.yaml",
        _GREY,
    ),
    _row(
        "fos-syn",
        "FOS-syn, the test set of VFRxBenchmark (the draws of difface)",
        "ziyannchen/VFRxBenchmark bf7342d, scripts/make_synthetic_deg_data.py",
        "The published 3,150 LQs were drawn without a seed: this makes others like them. ",
    ),
    Preset(
        id="difface-128",
        version=1,
        title="difface, for faces of 128 px",
        source="difface@1, scaled by bfrbench",
        size=128,
        notes="Blur is in pixels, so sigma and kernel are those of 512 px divided by 4 (41 → 11, odd), and "
        "so is the end of the scale: 16 px are left at the least, as there. Noise and JPEG act on pixels "
        "whatever the size and stay. Cut to 11 px, sigma 3.75 acts as 2.7. " + _GREY + jpeg_note(30, 100),
        draws=chain(kernel=11, sigma=(0.025, 3.75), scale=(0.8, 8), noise=(0, 20), quality=(30, 100)),
    ),
)
