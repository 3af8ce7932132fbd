"""The figures of a board, for papers and pages: SVG whose text is text, and PNG; on light and on dark ground.

They are drawn by matplotlib (licence: PSF-style, compatible with BSD). The same board gives the same bytes
under one release of it.
"""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from bfrbench.files import make_folder, write_bytes
from bfrbench.leaderboards.plots.correlation import correlation
from bfrbench.leaderboards.plots.differences import differences
from bfrbench.leaderboards.plots.plane import plane
from bfrbench.leaderboards.plots.severity import severity
from bfrbench.leaderboards.plots.style import LIGHT, THEMES, Theme, drawing
from bfrbench.leaderboards.records import Published

FIGURES: Final[Mapping[str, Callable[[Published, Theme], Figure | None]]] = {
    "plane": plane,
    "severity": severity,
    "differences": differences,
    "correlation": correlation,
}
"""Every figure by the name of its file; each is None for a board that lacks what it shows."""

_DPI: Final = 300  # of PNG


def write_figures(published: Published, out: Path) -> list[Path]:
    """Write each figure that the board has numbers for: NAME.svg and NAME.png, and the same of NAME-dark."""
    written = []
    make_folder(out)
    for name in FIGURES:
        for theme in THEMES:
            stem = name if theme is LIGHT else f"{name}-{theme.name}"
            for kind, data in render(published, name, theme).items():
                path = out / f"{stem}.{kind}"
                write_bytes(path, data)
                written.append(path)
    return written


def render(published: Published, name: str, theme: Theme = LIGHT) -> dict[str, bytes]:
    """A figure as {"svg": ..., "png": ...}; empty when the board lacks what it shows."""
    with drawing(theme):
        figure = FIGURES[name](published, theme)
        if figure is None:
            return {}
        files = {}
        for kind, metadata in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
            file = BytesIO()
            figure.savefig(file, format=kind, dpi=_DPI, metadata=metadata)
            files[kind] = file.getvalue()
    return files
