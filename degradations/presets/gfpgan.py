"""GFP-GAN's ranges, from its paper and its code, and the methods that were trained on them."""

from bfrbench.degradations.draws import Maybe, ResizeBack, step
from bfrbench.degradations.ops.rounding import Round
from bfrbench.degradations.presets.chain import COLOUR, JPEG_NOTE, chain, grey_note, jpeg_note
from bfrbench.degradations.presets.preset import Preset

_SMALL_NOTE = (
    "Blur is in pixels, so sigma and kernel are those of 512 px divided by 4 (41 → 11, odd). The scale "
    "ends at 4, which leaves 32 px: at 8, 16 px hold no face to restore. Noise and JPEG act on pixels "
    "whatever the size and stay."
)
_RELEASED = chain(sigma=(0.1, 10), scale=(0.8, 8), noise=(0, 20), quality=(60, 100))

ROWS = (
    Preset(
        id="gfpgan-paper",
        version=1,
        title="GFP-GAN, as its paper says",
        source="Wang et al., Towards Real-World Blind Face Restoration with Generative Facial Prior, "
        "CVPR 2021, arXiv:2101.04061",
        size=512,
        notes="Ranges read in a translation of the paper. It names colour jitter without ranges or "
        "probabilities: those of the released code stand in. " + JPEG_NOTE,
        draws=chain(sigma=(0.2, 10), scale=(1, 8), noise=(0, 15), quality=(60, 100), colour=COLOUR),
    ),
    Preset(
        id="gfpgan-release",
        version=1,
        title="GFP-GAN, as its released code does",
        source="TencentARC/GFPGAN 7552a77, options/train_gfpgan_v1.yml and "
        "gfpgan/data/ffhq_degradation_dataset.py",
        size=512,
        notes="Noise up to 20, sigma from .1 and scale from .8 differ from the paper. " + JPEG_NOTE,
        draws=(*_RELEASED, *COLOUR),
    ),
    Preset(
        id="gfpgan-paper-128",
        version=1,
        title="gfpgan-paper, for faces of 128 px",
        source="gfpgan-paper@1, scaled by bfrbench",
        size=128,
        notes=_SMALL_NOTE + " " + JPEG_NOTE,
        draws=chain(
            kernel=11, sigma=(0.05, 2.5), scale=(1, 4), noise=(0, 15), quality=(60, 100), colour=COLOUR
        ),
    ),
    Preset(
        id="gfpgan-release-128",
        version=1,
        title="gfpgan-release, for faces of 128 px",
        source="gfpgan-release@1, scaled by bfrbench",
        size=128,
        notes=_SMALL_NOTE + " " + JPEG_NOTE,
        draws=chain(
            kernel=11, sigma=(0.025, 2.5), scale=(0.8, 4), noise=(0, 20), quality=(60, 100), colour=COLOUR
        ),
    ),
    Preset(
        id="gfpgan-nocolour",
        version=1,
        title="GFP-GAN's code with its colour changes off",
        source="TencentARC/GFPGAN 7552a77, options/train_gfpgan_v1.yml, the commented alternative",
        size=512,
        notes=grey_note("1 %") + " " + jpeg_note(60, 100),
        draws=_RELEASED,
    ),
    Preset(
        id="vqfr-v1",
        version=1,
        title="VQFR, version 1",
        source="TencentARC/VQFR, options/train/VQFR/train_vqfr_v1_B16_200K.yml",
        size=512,
        notes="An option of the code (recon_prob) returns the HQ itself as LQ; it is not used here. "
        + jpeg_note(60, 100),
        draws=_RELEASED,
    ),
    Preset(
        id="vqfr-v2",
        version=1,
        title="VQFR, version 2",
        source="TencentARC/VQFR, train_vqfr_v2_B16_200K.yml",
        size=512,
        notes=jpeg_note(30, 90),
        draws=chain(sigma=(1, 15), scale=(1, 30), noise=(0, 20), quality=(30, 90)),
    ),
    Preset(
        id="gpen-release",
        version=1,
        title="GPEN, as its released training script does",
        source="yangxy/GPEN 553857d, training/data_loader/dataset_face.py",
        size=512,
        notes="A comment in the script says that it is GFP-GAN's degradation 'for simplicity' and differs "
        "from the paper's, which was never released. It rounds to 8 bits before the last enlargement "
        "(right after JPEG, where that changes nothing) and not after it. HQs are shrunk with "
        "INTER_AREA first. " + grey_note("20 %") + " " + jpeg_note(60, 100),
        draws=(*_RELEASED[:-1], step(Round), ResizeBack()),
    ),
    Preset(
        id="diffbir-v1-face",
        version=1,
        title="DiffBIR v1, faces",
        source="XPixelGroup/DiffBIR 18fc52a, configs/dataset/face_train.yaml (removed later)",
        size=512,
        notes="Conflict: a README quoted in the project's issue 87 says that faces were trained with "
        "DifFace's ranges instead (difface). No flip, no rounding of the LQ. " + jpeg_note(60, 100),
        draws=_RELEASED,
    ),
    Preset(
        id="diffbir-v1-general",
        version=1,
        title="DiffBIR v1, any picture",
        source="XPixelGroup/DiffBIR 39fe6f0, configs/dataset/general_deg_codeformer_train.yaml",
        size=512,
        notes=jpeg_note(30, 100),
        draws=chain(sigma=(0.1, 12), scale=(1, 12), noise=(0, 15), quality=(30, 100)),
    ),
    Preset(
        id="bfrffusion",
        version=1,
        title="BFRffusion, as its options say",
        source="chenxx89/BFRffusion aa1c8d9, options/train.yaml",
        size=512,
        notes="The options leave 1 % of the faces undegraded (no_degradation_prob); the released data set "
        "class never reads that option. " + jpeg_note(60, 100),
        draws=(Maybe(0.99, _RELEASED),),
    ),
    Preset(
        id="faceme",
        version=1,
        title="FaceMe",
        source="modyu-liu/FaceMe 86a89f1, dataset.py",
        size=512,
        notes="No flip, no rounding of the LQ. " + jpeg_note(30, 100),
        draws=chain(sigma=(0.2, 10), scale=(1, 16), noise=(0, 15), quality=(30, 100)),
    ),
)
