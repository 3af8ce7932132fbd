"""Figures: what is drawn is right, can be read by all, and nothing lies on anything."""

import io
import itertools
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from scipy.stats import spearmanr
from skimage.color import deltaE_ciede2000, rgb2lab

from bfrbench.benchmark.compare import Comparison
from bfrbench.benchmark.comparison.curves import Curves, SeverityCurve
from bfrbench.benchmark.comparison.differences import Difference
from bfrbench.benchmark.statistics.severity import Area, Curve, Point
from bfrbench.leaderboards.board import make_board
from bfrbench.leaderboards.figures import FIGURES, render, write_figures
from bfrbench.leaderboards.plots.correlation import correlations
from bfrbench.leaderboards.plots.differences import leads_of
from bfrbench.leaderboards.plots.placing import Box, place
from bfrbench.leaderboards.plots.plane import points_of
from bfrbench.leaderboards.plots.style import DARK, LIGHT, THEMES, Theme, drawing
from bfrbench.leaderboards.records import BoardDefinition, Published
from bfrbench.types import Entry, Score

METRICS = {"psnr/rgb": "higher", "lpips/alex": "lower", "identity/dlib": "lower", "niqe/y601": "lower"}
HEADLINE = ("lpips/alex", "identity/dlib", "psnr/rgb")
IMAGES, PEOPLE = 50, 10


def published_of(names: list[str], *, seed: int = 0, title: str = "Faces at 128 px") -> Published:
    """A board of drawn numbers, crowded at some places, with all that figures look at."""
    random = np.random.default_rng(seed)
    levels = [float(1 + k % 5) for k in range(IMAGES)]
    values, entries = {}, []
    for name in names:
        quality = random.choice([-1.0, 0.0, 0.05, 1.0]) + random.normal(0.0, 0.1)
        table = {}
        for metric, better in METRICS.items():
            sign, scale = (1.0 if better == "higher" else -1.0), 4.0 if metric == "psnr/rgb" else 0.1
            middle = 24.0 if metric == "psnr/rgb" else 0.5
            noise = random.normal(0.0, 0.3, IMAGES)
            table[metric] = middle + sign * scale * (0.2 * quality + noise - 0.2 * np.array(levels))
        values[name] = pd.DataFrame(table, index=[f"i{k}" for k in range(IMAGES)])
        entries.append(_entry(name, values[name]))
    board = make_board(entries, title=title)
    definition = BoardDefinition(
        "faces", title, "", "faces", "0" * 64, "strict@2", HEADLINE, (), by="severity"
    )
    comparison = Comparison(
        dataset="faces",
        protocol="strict@2",
        restorers=tuple(names),
        images=IMAGES,
        cluster="person_id",
        clusters=PEOPLE,
        by="",
        ties={},
        differences=tuple(_differences(values)),
        orders=None,
        curves=Curves(
            tuple(
                SeverityCurve(metric, name, _curve(values[name][metric], levels))
                for metric in METRICS
                for name in names
            )
        ),
        notes=(),
    )
    return Published(definition, Path(), {}, board, comparison, None, {}, pd.DataFrame(), values)


def _entry(name: str, table: pd.DataFrame) -> Entry:
    scores = []
    for metric, better in METRICS.items():
        mean, half = float(table[metric].mean()), 2.0 * float(table[metric].std()) / math.sqrt(IMAGES)
        scores.append(
            Score(metric, 1, better, IMAGES, IMAGES, mean, low=mean - half, high=mean + half)  # type: ignore[arg-type]
        )
    return Entry(
        name, "measured", tuple(scores), {"ok": IMAGES}, PEOPLE, "strict@2", "faces", "0" * 64, "1" * 64
    )


def _curve(values: "pd.Series[float]", levels: list[float]) -> Curve:
    groups = values.groupby(np.array(levels))
    points = [(level, float(own.mean()), float(own.std())) for level, own in groups]
    return Curve(
        tuple(Point(float(level), mean, mean - sd, mean + sd, 10, 10) for level, mean, sd in points),
        Area(0.0, None, None),
    )


def _differences(values: dict[str, pd.DataFrame]) -> list[Difference]:
    rows, place_of = [], {metric: place for place, metric in enumerate(METRICS)}
    arrays = {name: table[list(METRICS)].to_numpy() for name, table in values.items()}
    for first, second in itertools.combinations(values, 2):
        for metric, better in METRICS.items():
            gaps = arrays[first][:, place_of[metric]] - arrays[second][:, place_of[metric]]
            half = 2.0 * float(gaps.std(ddof=1)) / math.sqrt(IMAGES)
            gap = float(gaps.mean())
            row = Difference(metric, better, first, second, "", IMAGES, PEOPLE, difference=gap)  # type: ignore[arg-type]
            leads = (gap > 0.0) == (better == "higher")
            verdict = "unclear" if abs(gap) <= half else ("better" if leads else "worse")
            rows.append(replace(row, low=gap - half, high=gap + half, verdict=verdict))  # type: ignore[arg-type]
    return rows


THREE = ["lq", "gfpgan", "nlm", "hq"]
TWELVE = ["lq", *(f"restorer-{number}" for number in range(10)), "a name that is very long indeed v2.1-final"]


@pytest.fixture(scope="module")
def boards() -> dict[str, Published]:
    return {"three": published_of(THREE), "twelve": published_of(TWELVE, seed=1)}


@pytest.mark.parametrize("size", ["three", "twelve"])
@pytest.mark.parametrize("name", list(FIGURES))
def test_svg_holds_its_text_as_text_and_png_has_the_width_of_print(size, name, boards) -> None:  # type: ignore[no-untyped-def]
    files = render(boards[size], name)
    root = ET.fromstring(files["svg"])  # noqa: S314  # our own
    texts = [
        text for node in root.iter("{http://www.w3.org/2000/svg}text") if (text := "".join(node.itertext()))
    ]
    if name != "correlation":
        assert any("gfpgan" in text or "restorer-3" in text for text in texts)
    assert any("Faces at 128 px" in text for text in texts)
    assert "Date" not in files["svg"].decode()
    image = Image.open(io.BytesIO(files["png"]))
    assert image.size[0] == 2010
    assert len(np.unique(np.asarray(image.convert("L")))) > 20


def test_the_same_board_gives_the_same_bytes(boards) -> None:  # type: ignore[no-untyped-def]
    for name in ("plane", "severity"):
        assert render(boards["three"], name, DARK) == render(published_of(THREE), name, DARK)


def overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    return max(width, 0.0) * max(min(one[3], other[3]) - max(one[1], other[1]), 0.0)


def is_inside(one: Box, other: Box, slack: float = 0.0) -> bool:
    over = (other[0] - one[0], other[1] - one[1], one[2] - other[2], one[3] - other[3])
    return max(over) <= slack


def texts_of(figure: Figure) -> list[tuple[str, Box]]:
    """Every visible text, where it stands."""
    figure.draw_without_rendering()
    found, unseen = [], _labels_beyond_the_axes(figure)
    for text in figure.findobj(Text):
        if (
            isinstance(text, Text)
            and text.get_visible()
            and text.get_text().strip()
            and text.get_rotation() in (0, 90)  # the extent of another would be that of an upright box
            and id(text) not in unseen
        ):
            extent = text.get_window_extent()
            found.append((text.get_text(), (extent.x0, extent.y0, extent.x1, extent.y1)))
    return found


def _labels_beyond_the_axes(figure: Figure) -> set[int]:
    """Tick labels that matplotlib keeps and does not draw."""
    unseen = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        unseen |= {id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    return unseen


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("size", ["three", "twelve"])
@pytest.mark.parametrize("name", list(FIGURES))
def test_no_text_lies_on_another_or_leaves_the_picture(name, size, theme, boards) -> None:  # type: ignore[no-untyped-def]
    with drawing(theme):
        figure = FIGURES[name](boards[size], theme)
        texts = texts_of(figure)
        width, height = figure.get_size_inches() * figure.dpi
    page = (0.0, 0.0, width, height)
    for text, box in texts:
        assert is_inside(box, page, 1.0), text
    for (one, box), (other, its_box) in itertools.combinations(texts, 2):
        assert overlap(box, its_box) < 1.0, (one, other)


def test_names_hide_no_point_on_the_plane_and_many_restorers_still_give_a_picture(boards) -> None:  # type: ignore[no-untyped-def]
    many = published_of(["lq", *(f"r{number}" for number in range(40))], seed=2)
    for published in (boards["twelve"], many):
        with drawing(LIGHT):
            figure = FIGURES["plane"](published, LIGHT)
            axes = figure.axes[0]
            names = {text.get_text() for text in axes.texts}
            assert 1 < len(names) <= 24
            spots = [
                axes.transData.transform(line.get_xydata()[0])
                for line in axes.lines
                if line.get_marker() in "oD"
            ]
            for _, box in ((t, b) for t, b in texts_of(figure) if t in names):
                assert not any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in spots)
    assert "The first 12 of 41 restorers" in render(many, "severity")["svg"].decode()


def test_hostile_names_are_only_text() -> None:
    published = published_of(["$\\frac{$", "<script>alert(1)</script>", "nlm"], title="</svg> $x^")
    for name in FIGURES:
        svg = render(published, name)["svg"].decode()
        ET.fromstring(svg)  # noqa: S314
        assert "<script" not in svg
        assert "$x^" in svg


def test_what_a_board_lacks_is_not_drawn(boards, tmp_path) -> None:  # type: ignore[no-untyped-def]
    alone = replace(published_of(["nlm"]), comparison=None)
    files = write_figures(alone, tmp_path)
    assert {path.name for path in files} == {
        f"{name}{ground}.{kind}"
        for name in ("plane", "correlation")
        for ground in ("", "-dark")
        for kind in ("svg", "png")
    }
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files}


# ---- the numbers behind


def test_the_front_is_what_nobody_beats_in_both(boards) -> None:  # type: ignore[no-untyped-def]
    board = boards["twelve"].board
    across, up = (next(c for c in board.columns if c.metric == name) for name in ("psnr/rgb", "niqe/y601"))
    points = points_of(board, across, up)
    ranked = [point for point in points if point.row.ranked]
    for point in points:
        beaten = any(
            other.x.mean >= point.x.mean and other.y.mean <= point.y.mean and other.at != point.at
            for other in ranked
        )
        assert point.on_front == (point.row.ranked and not beaten)
    assert not any(point.on_front for point in points if point.row.anchor)


@pytest.mark.parametrize("metric", ["psnr/rgb", "lpips/alex"])
def test_a_lead_is_positive_where_the_first_is_better(metric, boards) -> None:  # type: ignore[no-untyped-def]
    published = boards["twelve"]
    column = next(c for c in published.board.columns if c.metric == metric)
    means = {name: float(table[metric].mean()) for name, table in published.values.items()}
    for first in ("restorer-0", "restorer-7"):
        leads = leads_of(published.comparison.differences, first, column)
        assert {lead.other for lead in leads} == set(TWELVE) - {first}
        for lead in leads:
            gap = means[first] - means[lead.other]
            assert lead.value == pytest.approx(gap if metric == "psnr/rgb" else -gap)
            assert lead.low < lead.value < lead.high
            if lead.verdict != "unclear":
                assert lead.verdict == ("better" if lead.value > 0 else "worse")


def test_correlations_are_scipys_turned_so_that_more_is_better(boards) -> None:  # type: ignore[no-untyped-def]
    published = boards["three"]
    columns, matrix = correlations(published)
    names = [column.metric for column in columns]
    i, j = names.index("psnr/rgb"), names.index("lpips/alex")
    expected = np.mean(
        [
            -spearmanr(published.values[n]["psnr/rgb"], published.values[n]["lpips/alex"]).statistic
            for n in ("gfpgan", "nlm")
        ]
    )
    assert matrix[i, j] == pytest.approx(expected)
    assert np.allclose(matrix, matrix.T)
    assert np.allclose(np.diag(matrix), 1.0)


def test_a_metric_of_one_value_correlates_with_nothing(boards) -> None:  # type: ignore[no-untyped-def]
    flat = {name: table.assign(**{"niqe/y601": 1.0}) for name, table in boards["three"].values.items()}
    columns, matrix = correlations(replace(boards["three"], values=flat))
    assert "niqe/y601" not in [column.metric for column in columns]
    assert not np.isnan(matrix).any()


@given(
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 400)), min_size=1, max_size=8, unique=True),
    st.integers(20, 60),
)
@settings(max_examples=40, deadline=None)
def test_where_there_is_room_no_name_lies_on_anything(points, width) -> None:  # type: ignore[no-untyped-def]
    spots = [(float(x) + 100.0, float(y) + 100.0) for x, y in points]
    marks = [(x - 4, y - 4, x + 4, y + 4) for x, y in spots]
    page = (0.0, 0.0, 900.0, 600.0)
    boxes = place(spots, [(float(width), 10.0)] * len(spots), marks, page, 6.0)
    for box in boxes:
        assert is_inside(box, page)
        assert (box[2] - box[0], box[3] - box[1]) == pytest.approx((width, 10.0))
    for one, other in itertools.combinations([*boxes, *marks], 2):
        if one in boxes or other in boxes:
            assert overlap(one, other) < 1e-6


# ---- colours


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_and_lines_stand_out_from_the_ground(theme: Theme) -> None:
    assert contrast(theme.ink, theme.ground) > 7.0
    assert contrast(theme.faint, theme.ground) > 4.5
    for colour in (*theme.series, theme.good, theme.bad):
        assert contrast(colour, theme.ground) > 3.0, colour
    for full in (theme.good, theme.bad):
        assert contrast(full, theme.ground) > 3.0  # numbers in full cells are written in the ground's colour


# Machado, Oliveira, Fernandes 2009, severity 1; of linear RGB
SEEN_BY = {
    "all cones": np.eye(3),
    "no red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "no green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "no blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def lab(colour: str, seen_by: str) -> np.ndarray:
    rgb = np.array([int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = (np.array(SEEN_BY[seen_by]) @ linear).clip(0.0, 1.0)
    back = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(back))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("seen_by", list(SEEN_BY))
def test_lines_are_told_apart_by_every_kind_of_eye(theme, seen_by) -> None:  # type: ignore[no-untyped-def]
    for one, other in itertools.combinations(theme.series, 2):
        assert deltaE_ciede2000(lab(one, seen_by), lab(other, seen_by)) > 8.0, (one, other)
    assert deltaE_ciede2000(lab(theme.good, seen_by), lab(theme.bad, seen_by)) > 25.0
