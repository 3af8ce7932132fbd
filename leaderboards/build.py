"""Publish a board: read scores, rank them, write the table in all its forms."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bfrbench.errors import InputError
from bfrbench.files import make_folder, remove_leftovers, write_json, write_text
from bfrbench.leaderboards.board import Board, make_board
from bfrbench.leaderboards.entry import read_entry
from bfrbench.leaderboards.gallery import RUN_JSON, Gallery, make_gallery
from bfrbench.leaderboards.latex import latex_table
from bfrbench.leaderboards.page import html_page
from bfrbench.leaderboards.render import csv_text, markdown
from bfrbench.types import DataSet


def build_board(
    scores: Sequence[Path],
    out: Path,
    *,
    title: str,
    data: DataSet | None = None,
    runs: Mapping[str, Path] | None = None,
    images: int = 12,
    intervals: bool = True,
) -> Board:
    """Write board.md, board.tex, board.csv, board.json and index.html into `out`, and return the board.

    `scores` are places of entries (`read_entry` says which). The page shows up to `images` pairs of
    `data`, with the images of the restorers in `runs`, {name: run folder}; when `runs` is not given,
    these are all places in `scores` that are run folders. Without `data`, or with images=0, the page
    shows none: which page may show which photographs is the caller's matter. `intervals` says whether
    board.md and board.tex print them.

    Raises InputError for entries that cannot be compared, and for data or runs that were not scored.
    """
    if images < 0:
        raise InputError(f"A page cannot show {images} pairs of images; 0 shows none.")
    if images and runs and data is None:
        raise InputError("To show the images of runs, hand in the data set that holds their LQ and HQ.")
    entries = [read_entry(path) for path in scores]
    board = make_board(entries, title=title)
    gallery = None
    if images and data is not None:
        places = {entry.restorer: path for entry, path in zip(entries, scores, strict=True)}
        if runs is None:
            runs = {name: path for name, path in places.items() if (path / RUN_JSON).is_file()}
        gallery = make_gallery(board, data, runs, places, most=images)
    _write(board, gallery, out, intervals=intervals)
    return board


def _write(board: Board, gallery: Gallery | None, out: Path, *, intervals: bool) -> None:
    page = html_page(board, gallery)
    make_folder(out)
    remove_leftovers(out)
    write_json(out / "board.json", board)
    write_text(out / "board.csv", csv_text(board))
    write_text(out / "board.md", markdown(board, intervals=intervals))
    write_text(out / "board.tex", latex_table(board, intervals=intervals))
    write_text(out / "index.html", page)
