"""The site as files: complete, true to its numbers, safe with hostile texts, the same bytes every time."""

import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import typer
from PIL import Image as Pillow
from typer.testing import CliRunner

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.cli.board_serve import site as site_verb
from bfrbench.degradations.dataset import open_dataset
from bfrbench.errors import BfrError, InputError, OutputError
from bfrbench.files import read_json
from bfrbench.leaderboards.pages import axes, curves, matrix, plane
from bfrbench.leaderboards.pages.cases import pack
from bfrbench.leaderboards.pages.frame import POLICY, slug
from bfrbench.leaderboards.pages.methods import method_views, plain
from bfrbench.leaderboards.pages.papers import across
from bfrbench.leaderboards.pages.pictures import FOLDER
from bfrbench.leaderboards.pages.site import build_site
from bfrbench.leaderboards.records import Publication, Published, ReportedTable
from bfrbench.leaderboards.render import number_text
from bfrbench.leaderboards.reported import reported_tables
from bfrbench.pixels import read_image
from bfrbench.types import DataSet

ATTACK = """<script>alert("1")</script>'"><img src=x onerror=alert(2)>"""


class Elements(HTMLParser):
    """All elements of a page with their attributes, and all its text."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [str(attributes[name]) for _, attributes in self.found if attributes.get(name) is not None]


@pytest.fixture(scope="module")
def published(board_read: Published) -> Published:
    return board_read


@pytest.fixture(scope="module")
def data(scored: Path) -> DataSet:
    return open_dataset(scored / "data")


@pytest.fixture(scope="module")
def runs(scored: Path) -> dict[str, Path]:
    return {run.name: run for run in (scored / "runs").iterdir()}


@pytest.fixture(scope="module")
def tables() -> tuple[ReportedTable, ...]:
    return tuple(reported_tables().values())


@pytest.fixture(scope="module")
def site(
    published: Published,
    tables: tuple[ReportedTable, ...],
    data: DataSet,
    runs: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    board = published.definition.id
    build_site([published], folder, reported=tables, images={board: data}, runs={board: runs})
    return folder


def pages(site: Path) -> Iterator[tuple[Path, Elements]]:
    for file in sorted(site.rglob("*.html")):
        yield file, Elements(file)


def with_publication(one: Published, name: str, **changes: object) -> Published:
    changed = replace(one.publications[name], **changes)
    return replace(one, publications={**one.publications, name: changed})


def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path) -> None:
    places = {file.resolve(): set(page.values("id")) for file, page in pages(site)}
    checked = 0
    for file, page in pages(site):
        for link in (*page.values("href"), *page.values("src")):
            if link.startswith(("https://", "data:")):
                continue
            path, _, place = link.partition("#")
            target = (file.parent / unquote(path)).resolve() if path else file.resolve()
            assert target.is_file(), f"{file.name}: {link}"
            assert target.is_relative_to(site.resolve())
            if place and not place.startswith("image="):
                assert unquote(place) in places[target], f"{file}: {link}"
            checked += 1
    assert checked > 500


def test_there_is_a_page_of_every_kind(site: Path, published: Published, tables) -> None:
    board = f"boards/{published.definition.id}"
    files = {str(file.relative_to(site)) for file in site.rglob("*")}
    wanted = {"index.html", "methods.html", "metrics.html", "protocols.html", "papers.html", "reading.html"}
    wanted |= {f"{board}/{name}.html" for name in ("index", "compare", "images")}
    wanted |= {f"{board}/level-{level.label}.html" for level in published.levels}
    wanted |= {f"{board}/values/of-{name}.js" for name in published.values}
    wanted |= {f"methods/{name}.html" for name in published.publications}
    wanted |= {f"papers/{table.id}.html" for table in tables}
    assert wanted <= files
    assert len(published.levels) == 5


def test_every_number_of_the_board_stands_on_its_page(site: Path, published: Published) -> None:
    text = Elements(site / f"boards/{published.definition.id}/index.html").text
    for row in published.board.rows:
        for column in published.board.columns:
            score = row.score(column)
            if score is not None and score.mean is not None:
                assert number_text(score.mean, column.digits) in text
    for word in (published.definition.title, published.definition.licence, *published.definition.attribution):
        assert word in text


def test_every_printed_number_stands_on_its_paper_s_page(site: Path, tables) -> None:
    for table in tables:
        text = Elements(site / f"papers/{table.id}.html").text
        for row in table.rows:
            assert row.method in text
            assert all(number in text for number in row.values.values())


def test_every_metric_is_explained(site: Path) -> None:
    page = Elements(site / "metrics.html")
    ids = page.values("id")
    for metric in METRICS.values():
        assert ids.count(slug(metric.id)) == 1
        assert metric.title in page.text


def test_the_same_input_gives_the_same_bytes(
    site: Path, published: Published, scored: Path, tables: tuple[ReportedTable, ...], tmp_path: Path
) -> None:
    data = open_dataset(scored / "data")
    runs = {run.name: run for run in (scored / "runs").iterdir()}
    board = published.definition.id
    again = tmp_path / "again"
    build_site([published], again, reported=tables, images={board: data}, runs={board: runs})
    files = {file.relative_to(site) for file in site.rglob("*") if file.is_file()}
    assert files == {file.relative_to(again) for file in again.rglob("*") if file.is_file()}
    assert all((site / file).read_bytes() == (again / file).read_bytes() for file in files)


def test_no_page_names_an_address_to_load_from_and_all_carry_the_policy(site: Path) -> None:
    for file, page in pages(site):
        policies = [a["content"] for tag, a in page.found if tag == "meta" and a.get("http-equiv")]
        assert policies == [POLICY], file
        for tag, attributes in page.found:
            assert not {name for name in attributes if name.startswith("on") or name == "style"}, (file, tag)
            if tag in ("script", "link", "img"):
                source = attributes.get("src") or attributes.get("href") or ""
                assert source == "data:," or not re.match(r"[a-z]+:|//", source), (file, source)
        assert "<style" not in file.read_text()
    for script in (site / "assets").glob("*.js"):
        assert not re.search(r"\b(fetch|XMLHttpRequest|innerHTML|eval|document\.write)\b", script.read_text())


def test_hostile_texts_are_shown_and_do_nothing(published: Published, tmp_path: Path) -> None:
    name = next(row.entry.restorer for row in published.board.rows if row.ranked)
    publication: Publication = published.publications[name]
    method = replace(
        publication.method, summary=ATTACK, paper="javascript:alert(1)", code="http://plain.example"
    )
    hostile = with_publication(
        published,
        name,
        method=method,
        links={"bad": "javascript:alert(2)", "good": "https://good.example/a"},
        provenance={ATTACK: ATTACK},
    )
    hostile = replace(hostile, definition=replace(hostile.definition, title=ATTACK, summary=ATTACK))
    build_site([hostile], tmp_path / "site")
    for file, page in pages(tmp_path / "site"):
        assert "img" not in {tag for tag, _ in page.found}, file
        assert not [link for link in page.values("href") if re.match(r"(javascript|http):", link)], file
        assert all(attributes.get("src") for tag, attributes in page.found if tag == "script"), file
    shown = Elements(tmp_path / f"site/methods/{slug(name)}.html")
    assert ATTACK in shown.text
    assert "https://good.example/a" in shown.values("href")


@pytest.mark.parametrize("name", ["../up", "A B", "ünï", "", "x" * 200, "con/..", "GFPGAN", "<b>"])
def test_addresses_are_made_of_safe_characters_and_never_meet(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9._+-]*", slug(name))
    assert ".." not in slug(name).split("/")
    others = ["up", "a-b", "a b", "gfpgan", "b", "x" * 199]
    assert slug(name) not in [slug(other) for other in others]


def test_a_second_build_removes_what_is_no_longer_there_and_nothing_else(published, tmp_path: Path) -> None:
    out = tmp_path / "site"
    build_site([published], out)
    (out / "mine.txt").write_text("mine")
    old = out / f"boards/{published.definition.id}/index.html"
    assert old.is_file()
    build_site([], out)
    assert not old.exists()
    assert (out / "mine.txt").read_text() == "mine"
    assert "No board is published yet" in (out / "index.html").read_text()


def test_a_list_of_files_that_leads_out_removes_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    out = tmp_path / "site"
    build_site([], out)
    (out / "site.json").write_text('["../precious", "index.html"]')
    build_site([], out)
    assert (tmp_path / "precious").read_text() == "kept"


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(OutputError, match="something else than a site"):
        build_site([], tmp_path)


def test_pictures_are_the_ones_that_were_scored_each_once(site: Path, published, data: DataSet) -> None:
    files = sorted((site / FOLDER).iterdir())
    assert all(file.suffix == ".webp" for file in files)
    hq = {pair.hq_sha256 for pair in data.pairs}
    assert len(hq) == 3  # of five LQs each
    for pair in data.pairs[:3]:
        for path, sha in ((pair.lq, pair.lq_sha256), (str(pair.hq), str(pair.hq_sha256))):
            shown = np.asarray(Pillow.open(site / FOLDER / f"{sha[:16]}.webp").convert("RGB"), float)
            there = read_image(data.folder / path).astype(float)
            assert shown.shape == there.shape
            assert np.abs(shown - there).mean() < 6.0


def test_pictures_of_another_data_set_are_refused(published, data: DataSet, tmp_path: Path) -> None:
    other = replace(data, card=replace(data.card, manifest_sha256="0" * 64))
    with pytest.raises(InputError, match="is not the data set of these scores"):
        build_site([published], tmp_path / "site", images={published.definition.id: other})
    with pytest.raises(InputError, match="No board is called nowhere"):
        build_site([published], tmp_path / "site", images={"nowhere": data})
    with pytest.raises(InputError, match="hand in the data set"):
        build_site([published], tmp_path / "site", runs={published.definition.id: {}})


def test_without_pictures_the_page_of_images_has_numbers_and_says_so(published, tmp_path: Path) -> None:
    build_site([published], tmp_path / "site")
    page = Elements(tmp_path / f"site/boards/{published.definition.id}/images.html")
    assert "without the pictures of this board" in page.text
    assert not (tmp_path / "site" / FOLDER).exists()


def unpacked(packed: tuple[int, int, str], digits: int) -> list[str]:
    """What the browser prints (assets/values.js), in Python."""
    import base64

    least, size, text = packed
    codes = np.frombuffer(base64.b64decode(text), f"<u{size}").astype(int)
    return ["–" if c == 0 else "∞" if c == 1 else f"{(c - 2 + least) / 10**digits:.{digits}f}" for c in codes]


@pytest.mark.parametrize("digits", [0, 2, 4, 6])
def test_packed_values_come_back_as_they_are_printed(digits: int) -> None:
    draw = np.random.default_rng(digits)
    values = [*draw.normal(scale=30.0, size=400), 0.125, 2.675, 1.005, -0.015, math.nan, math.inf, 0.0]
    shown = [
        text.replace("-0." + "0" * digits, "0." + "0" * digits)
        for text in unpacked(pack(values, digits), digits)
    ]
    assert shown == [number_text(value, digits) for value in values]


def test_packed_values_take_two_bytes_where_they_can() -> None:
    assert pack([0.1234, 0.9], 4)[1] == 2
    assert pack([0.0, 7.0], 4)[1] == 4
    assert pack([], 2) == (0, 2, "")
    assert unpacked(pack([math.nan, math.nan], 2), 2) == ["–", "–"]
    with pytest.raises(ValueError, match="cannot be stored"):
        pack([-math.inf], 2)


@pytest.mark.parametrize(
    ("verdict", "back"),
    [("better", "worse"), ("perhaps better", "perhaps worse"), ("unclear", "unclear"), ("same", "same")],
)
def test_the_matrix_says_the_same_of_a_pair_from_both_sides(
    published: Published, verdict: str, back: str
) -> None:
    assert published.comparison
    rows = tuple(replace(row, verdict=verdict) for row in published.comparison.differences)
    told = replace(published, comparison=replace(published.comparison, differences=rows))
    for one in matrix.matrices(told):
        count = len(one.names)
        for i, row in enumerate(one.marks):
            assert row[i] is None
            for j, mark in enumerate(row[:i]):
                other = one.marks[j][i]
                assert mark
                assert other
                assert {mark.verdict, other.verdict} == {verdict, back}
        won, lost = (sum(numbers) for numbers in zip(*one.tallies, strict=True))
        assert won == lost == (count * (count - 1) // 2 if verdict == "better" else 0)


def test_every_pair_is_listed_once_with_its_slices(published: Published) -> None:
    for one in matrix.matrices(published):
        pairs = {frozenset((pair.first, pair.second)) for pair in one.pairs}
        assert len(pairs) == len(one.pairs) == len(one.names) * (len(one.names) - 1) // 2
        assert all(len(pair.slices) == 5 for pair in one.pairs if one.column.headline)


def test_differences_keep_their_sign_when_a_pair_is_turned(published: Published) -> None:
    assert published.comparison
    known = {(row.metric, row.first, row.second): row for row in published.comparison.differences}
    for one in matrix.matrices(published):
        for pair in one.pairs:
            row = known.get((one.column.metric, pair.first, pair.second))
            back = known.get((one.column.metric, pair.second, pair.first))
            value = row.difference if row else -back.difference  # type: ignore[union-attr,operator]
            assert float(pair.difference.replace("∞", "inf")) == pytest.approx(
                value, abs=0.51 * 10**-one.column.digits
            )


def test_points_of_the_plane_are_better_up_and_right(published: Published) -> None:
    drawings = plane.planes(published.board)
    assert drawings
    rows = {row.entry.restorer: row for row in published.board.rows}
    for drawing in drawings:
        for column, place, way in ((drawing.x, "x", 1.0), (drawing.y, "y", -1.0)):
            sign = 1.0 if column.better == "higher" else -1.0
            points = sorted(drawing.points, key=lambda point: way * getattr(point, place))
            means = [sign * rows[point.name].score(column).mean for point in points]  # type: ignore[union-attr]
            assert means == sorted(means)
        assert any(point.best for point in drawing.points)
        assert "hq" not in {point.name for point in drawing.points}


def test_labels_touch_no_other_label(published: Published) -> None:
    for chart in curves.charts(published):
        heights = sorted(line.label_y for line in chart.lines)
        assert all(b - a >= 13.9 for a, b in pairwise(heights))


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (26.1, 28.4), (-3.0, 1e5), (0.1234, 0.1236), (5.0, 5.0)]
)
def test_ticks_are_round_few_and_on_the_axis(low: float, high: float) -> None:
    made = axes.axis([low, high], 0.0, 100.0)
    ticks = made.ticks(6)
    assert 2 <= len(ticks) <= 7
    assert all(0.0 <= tick.at <= 100.0 for tick in ticks)
    assert all(made.at(float(tick.text)) == pytest.approx(tick.at, abs=0.11) for tick in ticks)


def test_numbers_across_papers_are_those_that_were_printed(tables) -> None:
    measures = across(tables)
    assert {"FID", "PSNR", "LPIPS"} <= {measure.name for measure in measures}
    fid = next(m for m in measures if (m.test_set, m.name) == ("CelebA-Test", "FID"))
    ours = {
        row.method: dict(zip([s.table.id for s in fid.sources], row.numbers, strict=True)) for row in fid.rows
    }
    by_id = {table.id: table for table in tables}
    rows = {row.method: row for row in by_id["pmrf-celeba-test"].rows}
    assert ours["RestoreFormer"]["pmrf-celeba-test"] == rows["RestoreFormer"].values["fid"]
    assert ours["RestoreFormer++"]["pmrf-celeba-test"] == rows["RestoreFormer++"].values["fid"]
    assert ours["RestoreFormer"] != ours["RestoreFormer++"]
    identity = next(m for m in measures if (m.test_set, m.name) == ("CelebA-Test", "Identity"))
    assert {row.spread for row in identity.rows} == {""}  # degrees and radians


def test_methods_of_one_name_share_a_page_and_others_do_not(published: Published, tables) -> None:
    assert plain("GFP-GAN") == plain("GFPGAN")
    assert plain("RestoreFormer") != plain("RestoreFormer++")
    assert plain("OSEDiff") != plain("OSEDiff*")
    views = method_views([published], tables)
    names = [view.method.name for view in views]
    assert len(names) == len(set(map(slug, names)))
    assert set(published.publications) <= set(names)
    assert "Input" not in names
    assert all(view.appearances or view.papers for view in views)


def test_a_withdrawn_entry_and_a_leak_are_told(published: Published, tmp_path: Path) -> None:
    name = next(row.entry.restorer for row in published.board.rows if row.ranked)
    told = with_publication(
        published,
        name,
        trained=True,
        training_data=("FFHQ",),
        judges_used_in_training=("lpips",),
        saw_test_people=True,
    )
    build_site([told], tmp_path / "site")
    page = Elements(tmp_path / f"site/boards/{told.definition.id}/index.html")
    assert "It was trained with what judges it here: lpips." in page.text
    assert "People of the data set were among its training images." in page.text
    assert "#note-1" in page.values("href")
    assert "FFHQ" in Elements(tmp_path / f"site/methods/{name}.html").text


def test_building_the_site_needs_no_torch() -> None:
    modules = "bfrbench.leaderboards.pages.site, bfrbench.leaderboards.pages.server"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_verb_builds_the_site_with_pictures(
    published_results: Path, scored: Path, tmp_path: Path
) -> None:
    app = typer.Typer()
    app.command()(site_verb)
    board = "three-faces-128"
    call: Callable[..., object] = CliRunner().invoke
    out = tmp_path / "site"
    folders = ["--data", f"{board}={scored / 'data'}", "--runs", f"{board}={scored / 'runs'}"]
    done = call(app, ["--results", str(published_results), "--out", str(out), *folders, "--json"])
    assert done.exit_code == 0, done.output  # type: ignore[attr-defined]
    assert (out / FOLDER).is_dir()
    assert "index.html" in read_json(out / "site.json", list[str], "a list")
    for wrong, words in (
        (["--data", "nothing"], "takes BOARD=FOLDER"),
        (["--runs", f"{board}={tmp_path / 'nowhere'}"], "is not a folder"),
        ([*folders[:2], *folders[:2]], "twice"),
    ):
        failed = call(app, ["--results", str(published_results), "--out", str(out), *wrong])
        assert isinstance(failed.exception, BfrError)  # type: ignore[attr-defined]
        assert words in str(failed.exception)  # type: ignore[attr-defined]
