"""The pages of one board, and the first page with all boards."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bfrbench.benchmark.statistics.slices import cut
from bfrbench.leaderboards import bars, page, render
from bfrbench.leaderboards.board import Column, Row
from bfrbench.leaderboards.pages import curves, plane
from bfrbench.leaderboards.pages.cases import index_script, shelf, values_script
from bfrbench.leaderboards.pages.cost import COSTS
from bfrbench.leaderboards.pages.frame import Page, slug
from bfrbench.leaderboards.pages.matrix import MARKS, matrices
from bfrbench.leaderboards.pages.pictures import Pictures, credit, strips
from bfrbench.leaderboards.pages.table import make_table, places_text
from bfrbench.leaderboards.records import Level, Published, ReportedTable

_STRIPS = 12  # pairs that the page of images shows without a script
_BEST = 3  # restorers in a strip


@dataclass(frozen=True, slots=True)
class Leader:
    """One of the best rows of a board, on its card."""

    name: str
    value: str
    places: str
    bar: bars.Bar | None


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A board on the first page."""

    published: Published
    column: Column | None
    leaders: tuple[Leader, ...]
    strip: tuple[tuple[str, str], ...]  # caption and file of LQ, winner and HQ
    credit: str  # whose face that is


def home_page(
    published: Sequence[Published], reported: Sequence[ReportedTable], pictures: Mapping[str, Pictures]
) -> Page:
    """The first page."""
    cards = [_card(one, pictures.get(one.definition.id)) for one in published]
    return Page(
        "index.html",
        "home",
        "Blind face restoration, measured",
        "Boards of blind face restoration: every number with its interval, traced to its images.",
        {"cards": cards, "tables": reported},
    )


def _card(one: Published, pictures: Pictures | None) -> BoardCard:
    column = one.board.sort_column
    rows = [row for row in one.board.rows if row.ranked][:5]
    leaders = tuple(_leaders(one, column, rows)) if column else ()
    strip: tuple[tuple[str, str], ...] = ()
    if pictures and leaders:
        best = next((leader.name for leader in leaders if leader.name in pictures.restored), "")
        middle = _typical(one, column, sorted(pictures.lq)) if column else ""
        tiles = dict(strips(pictures, [middle], [best] if best else []))[middle]
        strip = tuple(tile for tile in tiles if tile[1])
    return BoardCard(one, column, leaders, strip, credit(pictures, one.definition) if pictures else "")


def _typical(one: Published, column: Column, names: Sequence[str]) -> str:
    """The image whose LQ is in the middle of all by a metric, or simply the middle one by name."""
    values = one.values.get("lq")
    if values is None or column.metric not in values:
        return names[len(names) // 2]
    order = values[column.metric].reindex(pd.Index(names)).sort_values(kind="stable")
    return str(order.index[len(order) // 2])


def _leaders(one: Published, column: Column, rows: Sequence[Row]) -> Iterator[Leader]:
    cells, place = page.cells(one.board), one.board.columns.index(column)
    for row in rows:
        name = row.entry.restorer
        cell = cells[name][place]
        yield Leader(name, cell.text, places_text(one.ranks.get(column.metric, {}).get(name)), cell.bar)


def board_pages(one: Published, pictures: Pictures | None) -> Iterator[Page]:
    """The board itself, its levels, its comparisons, its images."""
    made = matrices(one)
    common: dict[str, Any] = {
        "one": one,
        "board": one.board,
        "base": f"boards/{one.definition.id}",
        "levels": [level.label for level in one.levels],
        "compared": bool(made),
        "has_images": bool(one.values),
        "cost_columns": COSTS,
        "plane_size": (plane.WIDTH, plane.HEIGHT),
        "chart_size": (curves.WIDTH, curves.HEIGHT),
    }
    title, about = one.definition.title, one.definition.summary
    extra = {
        "level": None,
        "table": make_table(one.board, one.publications, one.ranks),
        "planes": plane.planes(one.board),
        "charts": curves.charts(one),
        "order": render.order_text(one.board),
    }
    yield Page(f"{common['base']}/index.html", "site_board", title, about, common | extra)
    for level in one.levels:
        yield _level_page(one, level, common)
    compare = {"matrices": made, "legend": MARKS, "href": compare_href}
    for number, matrix in enumerate(made):
        path = f"{common['base']}/{compare_href(number, matrix.column)}"
        named = f"{title}: who is better by {matrix.column.label}"
        yield Page(path, "compare", named, about, common | compare | {"matrix": matrix})
    if one.values:
        yield _images_page(one, pictures, common)


def compare_href(number: int, column: Column) -> str:
    """The file of a matrix; the first metric's is the one that others link to."""
    return "compare.html" if number == 0 else f"compare-{slug(column.metric)}.html"


def _level_page(one: Published, level: Level, common: Mapping[str, Any]) -> Page:
    board = level.board
    return Page(
        f"{common['base']}/level-{slug(level.label)}.html",
        "site_board",
        f"{one.definition.title}, {one.definition.by} {level.label}",
        one.definition.summary,
        {
            **common,
            "board": board,
            "level": level,
            "table": make_table(board, one.publications, level.ranks),
            "planes": plane.planes(board),
            "charts": [],
            "order": render.order_text(board),
        },
    )


def _images_page(one: Published, pictures: Pictures | None, common: Mapping[str, Any]) -> Page:
    ranked = [row.entry.restorer for row in one.board.rows if row.anchor is None]
    shown: list[Any] = []
    if pictures:
        names = sorted(pictures.lq)
        count = min(_STRIPS, len(names))
        some = [names[(2 * i + 1) * len(names) // (2 * count)] for i in range(count)]
        best = [name for name in ranked if name in pictures.restored][:_BEST]
        shown = list(strips(pictures, some, best))
    return Page(
        f"{common['base']}/images.html",
        "images",
        f"{one.definition.title}: single images",
        f"Every image of {one.definition.title}, by any restorer.",
        {
            **common,
            "pictures": pictures,
            "credit": credit,
            "strips": shown,
            "restorers": ranked,
        },
    )


def board_scripts(one: Published, pictures: Pictures | None) -> Iterator[tuple[str, str]]:
    """What the page of images loads: an index, and the values of each restorer."""
    if not one.values:
        return
    base = f"boards/{one.definition.id}"
    values = shelf(one)
    yield f"{base}/values/index.js", index_script(values, pictures, _slice_of(one))
    for restorer in one.values:
        yield f"{base}/values/of-{slug(restorer)}.js", values_script(values, restorer, pictures)


def _slice_of(one: Published) -> dict[str, str]:
    """The slice of each image, by name; none where the board has no slices."""
    if not one.definition.by or one.sliced is None:
        return {}
    return {name: part.label for part in cut(one.factors[one.definition.by]) for name in part.names}
