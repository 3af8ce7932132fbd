"""Degradations of the field that are no presets here, each with the reason: nothing is invented."""

from collections.abc import Mapping

_BFR = (
    "the published LQs (EDFace-Celeb, by track: blur, noise, SR, JPEG, full) are archives without their "
    "parameters; bfr-benchmark-blur, -noise, -jpeg, -lr and -full draw the same factors from ranges that "
    "are not the paper's."
)

LEFT_OUT: Mapping[str, str] = {
    "codeformer-inpainting": "its brush masks ask for inpainting, which is another task.",
    "celeba-test-gfpgan": "GFP-GAN's 3,000 LQs were saved once without their parameters; gfpgan-paper draws "
    "others from the ranges that the paper names for them. VQFR, RestoreFormer, BFRffusion and PMRF report "
    "on that same archive.",
    "celeba-test-codeformer": "CodeFormer's LQs were never released. Its reported numbers imply a heavier "
    "degradation than GFP-GAN's; which one is not established.",
    "celeba-test-resshift": "ResShift's archive comes without its parameters.",
    "self-celeba-512-v2": "DAEFR's 3,000 LQs, which OSDFace and others report on, come without their "
    "parameters; that they are drawn from DAEFR's training ranges (daefr) is a guess.",
    "psfr-celeba-test": "PSFRGAN's synthetic test set was never saved; psfrgan draws such LQs.",
    "bfr128": _BFR,
    "bfr512": _BFR,
    "ntire-rwfr": "its faces are real photographs; nothing was degraded.",
    "gpen-paper": "the degradation of GPEN's paper was never released; gpen-release is its script's.",
    "gfpgan-1.2": "the degradations that GFP-GAN 1.2 to 1.4 were trained with are unpublished.",
    "dfdnet": "DFDNet's and DMDNet's repositories hold no training degradation; 32 motion kernels are all.",
    "osdface": "OSDFace's repository holds no training data code.",
    "interlcm": "InterLCM's repository holds no training data code.",
    "dt-bfr": "its noise goes through a camera pipeline whose constants are not at hand; `iso` noise is an "
    "operator of its own.",
}
"""Name → why, as a clause that follows a colon."""
