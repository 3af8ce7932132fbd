"""The whole site: which pages there are, and what is written for them.

index.html                      the boards
boards/BOARD/index.html         one board; level-3.html: the same at one level
boards/BOARD/compare.html       who is surely better than whom; compare-METRIC.html
boards/BOARD/images.html        single images; values/: what it loads
methods.html, methods/M.html    methods
metrics.html, protocols.html    what is measured, and by which rules
papers.html, papers/TABLE.html  what papers printed
reading.html                    how to read all this
assets/, pictures/              styles, scripts, pictures
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import PROTOCOLS
from bfrbench.errors import InputError, OutputError
from bfrbench.files import few, make_folder, read_json, remove_leftovers, write_json, write_text
from bfrbench.leaderboards.pages.boards import board_pages, board_scripts, home_page
from bfrbench.leaderboards.pages.frame import SITE, Page, environment, html, slug
from bfrbench.leaderboards.pages.methods import MethodView, method_views
from bfrbench.leaderboards.pages.papers import across
from bfrbench.leaderboards.pages.pictures import Pictures, copy_pictures
from bfrbench.leaderboards.pages.table import GROUPS
from bfrbench.leaderboards.records import Published, ReportedTable
from bfrbench.types import DataSet

ASSETS: Final = (
    "base.css",
    "site.css",
    "theme.js",
    "table.js",
    "board-page.js",
    "find.js",
    "values.js",
    "list.js",
    "stage.js",
    "images.js",
)
_WRITTEN: Final = "site.json"  # names every file of the site, so that the next one can remove what is old

Progress = Callable[[int, int], None]


def build_site(
    published: Sequence[Published],
    out: Path,
    *,
    reported: Sequence[ReportedTable] = (),
    causes: Sequence[str] = (),
    images: Mapping[str, DataSet] = MappingProxyType({}),
    runs: Mapping[str, Mapping[str, Path]] = MappingProxyType({}),
    on_progress: Progress = lambda _done, _total: None,
) -> None:
    """Write the site into `out`; the same input gives the same bytes.

    causes: why numbers of several papers differ, in sentences with **bold** words (`spread.causes`);
    images: the data set of a board whose pictures are to be shown, by board; runs: the run folders of its
    restorers, by board and restorer. Which pictures a site may show is the caller's matter.

    Raises InputError for pictures that are not those that were scored, or of a board that is not there, and
    OutputError when `out` holds something else than a site.
    """
    _check(published, out, images, runs)
    make_folder(out)
    before = _files_before(out)
    write_json(out / _WRITTEN, sorted(before))  # a site from here on, should this build not come to its end
    pictures = {
        one.definition.id: copy_pictures(
            one, images[one.definition.id], runs.get(one.definition.id, {}), out, on_progress
        )
        for one in published
        if one.definition.id in images
    }
    files = {file for of in pictures.values() for file in of.files}
    for path, text in _texts(published, reported, causes, pictures):
        make_folder((out / path).parent)
        write_text(out / path, text)
        files.add(path)
    for path in before - files:
        (out / path).unlink(missing_ok=True)
    remove_leftovers(out)
    write_json(out / _WRITTEN, sorted(files))


def _check(
    published: Sequence[Published],
    out: Path,
    images: Mapping[str, DataSet],
    runs: Mapping[str, Mapping[str, Path]],
) -> None:
    boards = {one.definition.id for one in published}
    if unknown := sorted((set(images) | set(runs)) - boards):
        raise InputError(f"No board is called {few(unknown)}. There are: {few(sorted(boards)) or 'none'}.")
    if without := sorted(set(runs) - set(images)):
        raise InputError(
            f"To show pictures of runs on {few(without)}, hand in the data set with their LQ and HQ."
        )
    if out.is_dir() and any(out.iterdir()) and not (out / _WRITTEN).is_file():
        raise OutputError(f"{out} holds something else than a site: choose another folder, or empty it.")


def _files_before(out: Path) -> set[str]:
    """The files that the last build wrote here; only names that stay inside the folder."""
    if not (out / _WRITTEN).is_file():
        return set()
    names = read_json(out / _WRITTEN, list[str], "the list of a site's files")
    return {name for name in names if (out / name).resolve().is_relative_to(out.resolve())}


def _texts(
    published: Sequence[Published],
    reported: Sequence[ReportedTable],
    causes: Sequence[str],
    pictures: Mapping[str, Pictures],
) -> Iterator[tuple[str, str]]:
    templates = environment()
    for name in ASSETS:
        yield f"assets/{name}", (SITE / name).read_text(encoding="utf-8")
    for page in _pages(published, reported, causes, pictures):
        yield page.path, html(templates, page)
    for one in published:
        yield from board_scripts(one, pictures.get(one.definition.id))


def _pages(
    published: Sequence[Published],
    reported: Sequence[ReportedTable],
    causes: Sequence[str],
    pictures: Mapping[str, Pictures],
) -> Iterator[Page]:
    views = method_views(published, reported)
    measures = across(reported)
    yield home_page(published, reported, pictures)
    for one in published:
        yield from board_pages(one, pictures.get(one.definition.id))
    yield Page(
        "methods.html", "methods", "Methods", "Every restorer with a score, and what it is.", {"views": views}
    )
    for view in views:
        yield _method_page(view)
    yield Page(
        "metrics.html",
        "metrics",
        "Metrics",
        "What each metric measures, how, and after whom.",
        {"groups": _metrics(published)},
    )
    yield Page(
        "protocols.html",
        "protocols",
        "Protocols",
        "Named sets of metrics with the rules of one school.",
        {"protocols": list(PROTOCOLS.values())},
    )
    yield Page(
        "papers.html",
        "papers",
        "Numbers from papers",
        "The same method and measure in several papers' tables, side by side.",
        {"tables": reported, "measures": measures, "causes": causes},
    )
    for table in reported:
        yield Page(f"papers/{slug(table.id)}.html", "paper", table.title, table.source, {"table": table})
    yield Page("reading.html", "reading", "How to read", "What intervals, ranks and verdicts say.", {})


def _method_page(view: MethodView) -> Page:
    about = view.method.summary or f"{view.method.name} on the boards of bfrbench."
    return Page(f"methods/{slug(view.method.name)}.html", "method", view.method.name, about, {"view": view})


def _metrics(published: Sequence[Published]) -> list[tuple[str, list[dict[str, object]]]]:
    """Metrics by group, each with the protocols and boards that it is on."""
    on_boards = {
        metric: [one.definition for one in published if any(c.metric == metric for c in one.board.columns)]
        for metric in METRICS
    }
    return [
        (
            title,
            [
                {
                    "row": row,
                    "protocols": [
                        p.name for p in PROTOCOLS.values() if any(each.id == row.id for each in p.metrics)
                    ],
                    "boards": on_boards[row.id],
                }
                for row in METRICS.values()
                if row.group == key
            ],
        )
        for key, title in GROUPS.items()
        if any(row.group == key for row in METRICS.values())
    ]
