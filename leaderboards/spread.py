"""Why reported numbers of one method differ: each cause in a sentence or two, with numbers that show it.

All numbers in the sentences are looked up in the tables, so that they cannot say what the tables do not.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from bfrbench.leaderboards.records import ReportedTable
from bfrbench.leaderboards.side_by_side import ALIASES, columns_of

Tables = Mapping[str, ReportedTable]

_SAME: Final = 0.01  # numbers that differ by no more may be one, cut or rounded by two hands


def causes(tables: Tables) -> Iterator[str]:
    """The causes, the plainest first, as Markdown."""
    every: tuple[Callable[[Tables], str], ...] = (
        _same_images_and_scripts,
        _other_lq_images,
        _another_reference,
        _identity,
        _not_explained,
        _no_intervals,
    )
    return (cause(tables) for cause in every)


def _same_images_and_scripts(tables: Tables) -> str:
    gap = {measure: _gaps(tables, "gfpgan", "pmrf", measure) for measure in ("LPIPS", "PSNR", "FID")}
    vqfr = _told(tables, "VQFR", "psnr", ("gfpgan", "pmrf"), " and ")
    return (
        "**The same images through the same script agree.** BFRffusion's table and PMRF's share GFP-GAN's "
        f"archive of LQ images and VQFR's script for LPIPS: over the {len(gap['LPIPS'])} methods that both "
        f"have, LPIPS differs by {median(gap['LPIPS']):.4f} (median). PSNR differs by "
        f"{median(gap['PSNR']):.2f} dB, for one of them first matches means and deviations to the HQ "
        f"(VQFR: {vqfr} dB); FID by {median(gap['FID']):.2f}, for they resize otherwise and take other "
        "statistics of FFHQ."
    )


def _other_lq_images(tables: Tables) -> str:
    def from_to(method: str, column: str, *sources: str) -> str:
        return _told(tables, method, column, sources, " to ")

    return (
        "**Other LQ images under the same name move everything.** With DAEFR's LQs in place of GFP-GAN's, "
        f"CodeFormer's LMD goes from {from_to('CodeFormer', 'lmd', 'gfpgan', 'osdface')} pixels, its "
        f"identity from {from_to('CodeFormer', 'deg', 'gfpgan', 'osdface')} degrees. In DMDP-FR's table, "
        "which does not name its LQ images, "
        f"its PSNR goes from {from_to('CodeFormer', 'psnr', 'gfpgan', 'dmdp-fr')} dB, GFP-GAN's from "
        f"{from_to('GFP-GAN', 'psnr', 'gfpgan', 'dmdp-fr')} dB. All of these are called CelebA-Test."
    )


def _another_reference(tables: Tables) -> str:
    to_ffhq, to_hq = columns_of([tables["osdface-celeba-test"]], "FID")
    ours, theirs = to_ffhq.values, to_hq.values
    moved = max(ours, key=lambda method: abs(to_ffhq.place(method) - to_hq.place(method)))
    ratios = sorted(float(ours[method]) / float(theirs[method]) for method in ours)
    return (
        "**Another reference set is another distance, and another order.** OSDFace prints FID twice for "
        f"the same images: CodeFormer's is {ours['CodeFormer']} to FFHQ and {theirs['CodeFormer']} to the "
        f"test set's own HQ. The one is {ratios[0]:.1f} to {ratios[-1]:.1f} times the other, so no factor "
        f"converts them; {moved} is {ordinal(to_ffhq.place(moved))} by the one and "
        f"{ordinal(to_hq.place(moved))} of {len(ours)} by the other."
    )


def _identity(tables: Tables) -> str:
    degrees = cell(tables["pmrf-celeba-test"], "BFRffusion", "deg")
    radians = cell(tables["dmdp-fr-celeba-test"], "BFRffusion", "ida")
    return (
        "**Identity is a family of measures.** It comes in degrees and in radians, through recognisers "
        f"that are not always named, with near-identical pairs left out or kept. BFRffusion's {degrees} "
        f"and {radians} are both angles; but {radians} radians are {math.degrees(float(radians)):.1f} "
        "degrees, so the unit alone does not bridge them."
    )


def _not_explained(tables: Tables) -> str:
    def both(column: str) -> str:
        return _told(tables, "CodeFormer", column, ("gfpgan", "pmrf"), " and ")

    musiq = _alike(tables, "webphoto", "MUSIQ")
    theirs, ours = (
        columns_of([tables[f"{name}-webphoto-test"]], "FID")[0].values for name in ("dmdp-fr", "osdface")
    )
    apart = sorted(100.0 * abs(float(theirs[method]) / float(ours[method]) - 1.0) for method in musiq)
    niqe = _told(tables, "CodeFormer", "niqe", ("osdface", "dmdp-fr"), " and ")
    lpips = _told(tables, "CodeFormer", "lpips", ("osdface", "dmdp-fr"), " and ")
    return (
        "**Some of it cannot be explained from what is printed.** On one archive, with PSNR "
        f"{both('psnr')} and LPIPS {both('lpips')}, CodeFormer's identity is {both('deg')} degrees and its "
        f"LMD {both('lmd')}. On WebPhoto-Test, MUSIQ of {joined(musiq)} agrees to {_SAME:g}, as that of "
        f"the same images would, and their FID differs by {apart[0]:.0f} to {apart[-1]:.0f} %. "
        f"OSDFace and DMDP-FR print one NIQE for CodeFormer, {niqe}, and two LPIPS, {lpips}."
    )


def _no_intervals(tables: Tables) -> str:
    return (
        f"**None of the {len(tables)} tables prints an interval, a seed or the number of failed images.** "
        "Which of the small differences between methods are differences, nobody can tell."
    )


def cell(table: ReportedTable, method: str, column: str) -> str:
    """A number as a table printed it, the method by its common name."""
    return next(row.values[column] for row in table.rows if ALIASES.get(row.method, row.method) == method)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, ... 11th."""
    is_teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _told(tables: Tables, method: str, column: str, sources: Sequence[str], between: str) -> str:
    """A method's numbers in the CelebA-Test tables of some sources."""
    return between.join(cell(tables[f"{source}-celeba-test"], method, column) for source in sources)


def _gaps(tables: Tables, first: str, second: str, measure: str) -> list[float]:
    """How far two sources are apart on CelebA-Test, over the methods that both have."""
    one, two = (columns_of([tables[f"{name}-celeba-test"]], measure)[0].values for name in (first, second))
    return [abs(float(one[method]) - float(two[method])) for method in one if method in two]


def _alike(tables: Tables, name: str, measure: str) -> list[str]:
    """The methods whose numbers OSDFace and DMDP-FR print alike on a set of photographs."""
    one, two = (columns_of([tables[f"{of}-{name}-test"]], measure)[0].values for of in ("osdface", "dmdp-fr"))
    shared = (method for method in one if method in two)
    return sorted(method for method in shared if abs(float(one[method]) - float(two[method])) <= _SAME)
