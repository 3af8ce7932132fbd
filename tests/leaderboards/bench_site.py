"""How large and how quick a site of many methods and images is, in numbers that are made up.

    python tests/leaderboards/bench_site.py [METHODS] [IMAGES]

Writes a site of one board (200 methods, 3,000 images by default), opens its pages from disk in a headless
Chromium, and prints what building took, what each page weighs and how long it and its controls take.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from browser import Browser, chromium, find_chromium

from bfrbench.benchmark.compare import Comparison
from bfrbench.benchmark.comparison.curves import Curves, SeverityCurve
from bfrbench.benchmark.comparison.differences import Difference, Verdict
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.statistics.ranks import Rank
from bfrbench.benchmark.statistics.severity import Area, Curve, Point
from bfrbench.files import sha256_bytes
from bfrbench.leaderboards.board import make_board
from bfrbench.leaderboards.pages.site import build_site
from bfrbench.leaderboards.records import BoardDefinition, Level, Method, Publication, Published
from bfrbench.types import Entry, Score

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
HEADLINE = ("lpips/alex", "identity/dlib", "psnr/rgb")
TYPICAL = {"psnr": (26.0, 3.0), "brisque": (45.0, 12.0), "niqe": (8.0, 2.0), "fid": (60.0, 9.0)}


def made_up(methods: int, images: int, *, seed: int = 0) -> Published:
    """A board whose numbers are drawn: intervals are ± 1.96 standard errors, verdicts follow from them."""
    draw = np.random.default_rng(seed)
    names = ["lq", "hq", *(f"method-{i:03d}" for i in range(methods - 2))]
    pictures = [f"face-{i // 5:05d}-{i % 5 + 1}" for i in range(images)]
    levels = np.array([LEVELS[i % 5] for i in range(images)])
    metrics = protocol("strict@2").metrics
    values = {name: _values(draw, metrics, pictures, levels) for name in names}
    entries = [_entry(name, metrics, values[name], images) for name in names]
    board = make_board(entries, title="Made up", headline=HEADLINE)
    order = {row.entry.restorer: place for place, row in enumerate(board.rows, 1)}
    ranks = {
        metric.id: {name: Rank(place, max(1, place - 2), place + 2) for name, place in order.items()}
        for metric in metrics
    }
    curves = [
        SeverityCurve(metric, name, _curve(values[name][metric], levels))
        for metric in HEADLINE
        for name in names
    ]
    factors = pd.DataFrame(
        {"person_id": [name.rpartition("-")[0] for name in pictures], "severity": levels}, index=pictures
    )
    whole = _comparison(board.rows, values, factors, Curves(tuple(curves)))
    return Published(
        definition=_definition(board.dataset_sha256),
        folder=Path("made-up"),
        publications={name: _publication(name) for name in names},
        board=board,
        comparison=whole,
        sliced=replace(whole, differences=(), by="severity"),
        ranks=ranks,
        factors=factors,
        values=values,
        levels=tuple(Level(f"{level:g}", board, ranks) for level in LEVELS),
    )


def _values(
    draw: np.random.Generator, metrics: Sequence, pictures: Sequence[str], levels: np.ndarray
) -> pd.DataFrame:
    table = {}
    for metric in metrics:
        mean, spread = TYPICAL.get(metric.id.partition("/")[0], (0.5, 0.1))
        worse = -1.0 if metric.better == "higher" else 1.0
        own = mean + 0.3 * spread * draw.normal()
        table[metric.id] = (
            own + worse * 0.4 * spread * (levels - 3.0) + spread * draw.normal(size=len(pictures))
        )
    return pd.DataFrame(table, index=list(pictures)).abs()


def _entry(name: str, metrics: Sequence, values: pd.DataFrame, images: int) -> Entry:
    def score(metric) -> Score:
        own = values[metric.id]
        mean, reach = float(own.mean()), 1.96 * float(own.std()) / images**0.5
        return Score(
            metric.id,
            metric.version,
            metric.better,
            images,
            images,
            mean,
            low=mean - reach,
            high=mean + reach,
        )

    return Entry(
        restorer=name,
        status="measured",
        scores=tuple(map(score, metrics)),
        states={"ok": images},
        people=images // 5,
        protocol="strict@2",
        dataset="made-up",
        dataset_sha256=sha256_bytes(b"made up"),
        run_sha256=sha256_bytes(name.encode()),
    )


def _curve(values: pd.Series, levels: np.ndarray) -> Curve:
    points = []
    for level in LEVELS:
        own = values[levels == level]
        mean, reach = float(own.mean()), 1.96 * float(own.std()) / max(1, len(own)) ** 0.5
        points.append(Point(level, mean, mean - reach, mean + reach, len(own), len(own)))
    return Curve(tuple(points), Area(float(values.mean()), None, None))


def _comparison(
    rows: Sequence, values: dict[str, pd.DataFrame], factors: pd.DataFrame, curves: Curves
) -> Comparison:
    names = [row.entry.restorer for row in rows]
    better = {score.metric: score.better for score in rows[0].entry.scores}
    means = {name: values[name].mean() for name in names}
    found = [
        _difference(metric, better[metric], (a, b), float(means[a][metric] - means[b][metric]), len(factors))
        for metric in HEADLINE
        for a, b in combinations(names, 2)
    ]
    people = factors["person_id"].nunique()
    return Comparison(
        "made-up",
        "strict@2",
        tuple(names),
        len(factors),
        "person_id",
        people,
        "",
        {},
        tuple(found),
        None,
        curves,
        (),
    )


def _difference(metric: str, better: str, pair: tuple[str, str], gap: float, images: int) -> Difference:
    reach = 0.02
    leads = (gap > 0.0) == (better == "higher")
    verdict: Verdict = "unclear" if abs(gap) < reach else "better" if leads else "worse"
    return Difference(
        metric=metric,
        better=better,  # type: ignore[arg-type]
        first=pair[0],
        second=pair[1],
        slice="",
        images=images,
        people=images // 5,
        difference=gap,
        low=gap - reach,
        high=gap + reach,
        p_holm=0.01,
        wins=images // 2,
        ties=0,
        losses=images - images // 2,
        rank_biserial=0.3,
        verdict=verdict,
    )


def _definition(sha256: str) -> BoardDefinition:
    return BoardDefinition(
        id="made-up",
        title="Made up",
        summary="Numbers that were drawn, to see how many a site can hold.",
        dataset="made-up",
        dataset_sha256=sha256,
        protocol="strict@2",
        headline=HEADLINE,
        make=("python tests/leaderboards/bench_site.py",),
        by="severity",
    )


def _publication(name: str) -> Publication:
    return Publication(
        board="made-up",
        method=Method(name, summary="Draws its numbers."),
        status="measured",
        files={},
        trained=False,
        cost={"restore_seconds": 1.0, "images": 10.0, "peak_memory_bytes": 1e9},
    )


PAGES = {
    "home": "index.html",
    "board": "boards/made-up/index.html",
    "who is better": "boards/made-up/compare.html",
    "single images": "boards/made-up/images.html",
    "methods": "methods.html",
    "one method": "methods/method-000.html",
    "metrics": "metrics.html",
}
TIMED = """new Promise(done => {{
    const start = performance.now();
    const part = (id) => document.getElementById(id);
    const tell = (each, kind) => each.dispatchEvent(new Event(kind));
    {act};
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
}})"""
ACTS = {
    ("board", "sort by another column"): "document.querySelectorAll('thead button')[3].click()",
    ("board", "find a row"): "part('find').value = '07'; tell(part('find'), 'input')",
    ("board", "hide a group of columns"): "document.querySelector('input[data-group=fidelity]').click()",
    ("board", "show intervals"): "document.querySelector('input[data-show=intervals]').click()",
    ("single images", "next image"): "part('after').click()",
    ("single images", "another metric"): "part('metric').selectedIndex = 2; tell(part('metric'), 'change')",
    ("single images", "scroll to the end"): "part('list').scrollTop = 1e9",
}
OTHER = (
    "{ const b = document.getElementById('b'); b.selectedIndex = 9; b.dispatchEvent(new Event('change')) }"
)
SEEN = "document.getElementById('numbers').tHead.rows[0].cells[2].textContent"


def measure(browser: Browser, site: Path) -> None:
    """Open each page, and print its weight and times."""
    print("\n| page | KB | files | loaded after, ms | of which at work, ms |\n|:--|--:|--:|--:|--:|")
    browser.prelude = (("Performance.enable", {"timeDomain": "threadTicks"}),)
    for name, path in PAGES.items():
        browser.open(site / path)
        if name == "single images":
            browser.wait("document.querySelectorAll('#list [role=option]').length > 0")
        loaded = browser.run("performance.getEntriesByType('navigation')[0].loadEventEnd")
        asked = [url for url in browser.requests() if url.startswith("file:")]
        weight = sum(Path(url.removeprefix("file://").partition("#")[0]).stat().st_size for url in asked)
        found = {each["name"]: each["value"] for each in browser.call("Performance.getMetrics")["metrics"]}
        busy = 1000 * found["TaskDuration"]
        print(f"| {name} | {weight / 1000:,.0f} | {len(asked)} | {loaded:,.0f} | {busy:,.0f} |")
    print("\n| act | ms to the second frame |\n|:--|--:|")
    for (name, act), code in ACTS.items():
        browser.open(site / PAGES[name])
        if name == "single images":
            browser.wait("document.querySelectorAll('#list [role=option]').length > 0")
        print(f"| {name}: {act} | {browser.run(TIMED.format(act=code)):,.0f} |")
    start, before = time.perf_counter(), browser.run(SEEN)
    browser.run(OTHER)
    browser.wait(f"{SEEN} !== {before!r}")
    print(f"| single images: values of another restorer | {1000 * (time.perf_counter() - start):,.0f} |")


def main() -> None:
    """Build, open, print."""
    methods, images = (int(text) for text in (*sys.argv[1:], *("200", "3000")[len(sys.argv) - 1 :]))
    program = find_chromium()
    with TemporaryDirectory() as folder:
        board, site = made_up(methods, images), Path(folder) / "site"
        start, cpu = time.perf_counter(), time.process_time()
        build_site([board], site)
        built = time.perf_counter() - start
        files = [file for file in site.rglob("*") if file.is_file()]
        print(
            f"{methods} methods, {images:,} images, {len(board.board.columns)} metrics: built in "
            f"{built:.1f} s "
            f"({time.process_time() - cpu:.1f} s of CPU), {len(files)} files, "
            f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"
        )
        if program is None:
            sys.exit("no chromium on PATH: pages are not opened")
        (Path(folder) / "profile").mkdir()
        with chromium(program, Path(folder) / "profile") as browser:
            measure(browser, site)


if __name__ == "__main__":
    main()
