"""The field's protocols, quirks and all, so that old tables can be bridged to new ones.

Each is what a school's scripts compute, as far as they are public; what they leave open is under `beyond`.
Rules that only lose images (pairing by sort order, a missing image that raises the mean) are not imitated:
pairs go by name, and a missing image has a state.
"""

from typing import Final

from bfrbench.benchmark.metrics.table import metric
from bfrbench.benchmark.protocol import Protocol

_RAW: Final = "None: whole aligned 512×512 images go into the recogniser and the landmarker as they are."
_BY_NAME: Final = "Their scripts pair files by sort order; here pairs go by name."


def _school(
    name: str, metrics: str, *, reference: str, rules: str, source: str, beyond: tuple[str, ...] = ()
) -> Protocol:
    rows = tuple(metric(each) for each in metrics.split())
    return Protocol(
        id=name,
        version=1,
        metrics=rows,
        headline=tuple(row.id for row in rows[:3]),
        reference=reference,
        alignment=_RAW,
        rules=rules,
        source=source,
        beyond=beyond,
    )


SCHOOLS: Final[tuple[Protocol, ...]] = (
    _school(
        "gfpgan",
        "fid/legacy@ffhq512 niqe/y601 lpips/vgg identity/deg-vqfr lmd/fan98 psnr/rgb-matched "
        "ssim/rgb-matched",
        reference="HQ of each pair; FID against FFHQ at 512 px, statistics published by BasicSR.",
        rules=(
            "PSNR and SSIM after the output's channel means and deviations were matched to the HQ's, which "
            "their script cannot turn off; identity pairs below 1° are left out of the mean. Their FID takes "
            f"the first 3,000 images. {_BY_NAME}"
        ),
        source="TencentARC/VQFR metric_paper/, to which GFP-GAN's authors point (GFPGAN issue 262)",
        beyond=(
            (
                "The statistics that they used (inception_FFHQ_512.pth) are not those that BasicSR published "
                "(-f7b384ab, 50,000 images): how many images theirs hold is not documented."
            ),
        ),
    ),
    _school(
        "pmrf",
        "psnr/rgb ssim/rgb lpips/vgg identity/deg-vqfr lmd/fan98 niqe/y601",
        reference="HQ of each pair; sets against all 70,000 images of FFHQ at 512 px.",
        rules=f"Plain PSNR and SSIM. Names must be equal in their script too. {_BY_NAME}",
        source="ohayonguy/PMRF evaluation/, torch-fidelity for sets",
        beyond=(
            (
                "FID, KID and precision against FFHQ: no statistics are published. `-m fid/tf1 --reference "
                "FFHQ_FOLDER` computes FID against your own copy; their KID resizes as fid/tf1 does."
            ),
        ),
    ),
    _school(
        "restoreformer",
        "fid/legacy@ffhq512 psnr/rgb ssim/rgb lpips/vgg-bgr lpips/vgg-bgr01 identity/restoreformer-rad",
        reference="HQ of each pair; FID against FFHQ's published statistics for every test set.",
        rules=(
            "LPIPS and identity see red and blue exchanged; identity is an angle in radians of images in "
            "[0, 1]. Their script divides by the number of HQs even when outputs are missing, so that a "
            f"missing image improves the mean: not imitated. {_BY_NAME}"
        ),
        source="wzhouxiff/RestoreFormer and RestoreFormerPlusPlus scripts/metrics/; DAEFR copies them",
    ),
    _school(
        "difface",
        "fid/legacy psnr/rgb pyiqa/ssim lpips/vgg identity/deg-vqfr",
        reference="HQ of each pair; FID against the test set's own HQ.",
        rules="No script is published; as the author describes it.",
        source="zsyOAOA/DifFace issue 4 (pytorch-fid, IQA-PyTorch, PerceptualSimilarity, VQFR's script)",
        beyond=("LMD and the sign of IDS: their script is not named.",),
    ),
    _school(
        "codeformer",
        "fid/legacy@ffhq512 niqe/y601 lpips/vgg psnr/rgb ssim/rgb",
        reference="HQ of each pair; FID against FFHQ.",
        rules="LPIPS is printed times 100. No script is published.",
        source="sczhou/CodeFormer issues 41, 234, 313",
        beyond=(
            (
                "IDS, a cosine times 100: which ArcFace gave it was never published (issues 234 and 313), so "
                "no number here is called by that name."
            ),
        ),
    ),
    _school(
        "osdface",
        "lpips/vgg dists/vgg pyiqa/musiq pyiqa/niqe identity/deg-vqfr lmd/fan98 fid/legacy@ffhq512 "
        "fid/legacy pyiqa/maniqa pyiqa/clipiqa",
        reference="HQ of each pair; FID twice, against FFHQ and against the test set's own HQ.",
        rules="No script is published; metrics as the tables' columns name them.",
        source="jkwang28/OSDFace README, tables on CelebA-Test (DAEFR's LQs) and real photographs",
        beyond=("Which LPIPS network, NIQE colour and identity model their tables used is not stated.",),
    ),
    _school(
        "ntire-rwfr",
        "pyiqa/clipiqa pyiqa/maniqa pyiqa/musiq pyiqa/niqe pyiqa/qalign fid/legacy@ffhq512",
        reference="None for images; FID against FFHQ's published statistics.",
        rules=(
            "Score = CLIPIQA + MANIQA + MUSIQ/100 + max(0, (10 - NIQE)/10) + QALIGN/5 + max(0, "
            "(100 - FID)/100); the sum is not computed, a board shows its parts."
        ),
        source="NTIRE 2025 and 2026 challenges on real-world face restoration",
        beyond=(
            (
                "The identity gate: cosine of AdaFace IR-50 between the LQ and the output, landmarks from a "
                "file of theirs; README and code name different thresholds. AdaFace's weights are not in our "
                "table."
            ),
        ),
    ),
)
