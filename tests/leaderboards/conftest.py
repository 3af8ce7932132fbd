"""What the tests of boards share: entries from a few numbers, and pictures with runs and scores."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import skimage.data
from skimage.metrics import peak_signal_noise_ratio

from bfrbench.files import make_folder, sha256_bytes, write_json, write_parquet
from bfrbench.pixels import write_png
from bfrbench.types import Card, DataSet, Direction, Entry, Image, ImageState, Pair, Run, Score

DATASET_SHA256 = sha256_bytes(b"the manifest")
BETTER: dict[str, Direction] = {
    "lpips/alex": "lower",
    "identity/dlib": "lower",
    "niqe/matlab": "lower",
    "fid/clean": "lower",
}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium (browser.py), where one is installed."""
    spec = importlib.util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
    assert spec
    assert spec.loader
    driver = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(driver)
    program = driver.find_chromium()
    if program is None:
        pytest.skip("no chromium on PATH: pages are not tried in a real browser")
    with driver.chromium(program, tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="session")
def score_of() -> Callable[..., Score]:
    """Make a score: score_of("psnr/rgb", 24.1, spread=0.5, n=50)."""

    def make(metric: str, mean: float | None, *, spread: float | None = None, **changes: Any) -> Score:
        n = 0 if mean is None else 50
        score = Score(
            metric=metric, version=1, better=BETTER.get(metric, "higher"), n=n, expected=50, mean=mean
        )  # type: ignore[arg-type]
        if mean is not None and spread is not None:
            score = replace(score, low=mean - spread, high=mean + spread)
        return replace(score, **changes)

    return make


@pytest.fixture(scope="session")
def entry_of(score_of: Callable[..., Score]) -> Callable[..., Entry]:
    """Make an entry: entry_of("gfpgan", {"psnr/rgb": 24.1}, protocol="strict@1")."""

    def make(restorer: str, values: Mapping[str, float | Score | None], **changes: Any) -> Entry:
        scores = [
            value if isinstance(value, Score) else score_of(metric, value) for metric, value in values.items()
        ]
        entry = Entry(
            restorer=restorer,
            status="measured",
            scores=tuple(scores),
            states={"ok": 50},
            people=50,
            protocol="strict@1",
            dataset="faces",
            dataset_sha256=DATASET_SHA256,
            run_sha256=sha256_bytes(restorer.encode()),
            judge_weights_sha256={"lpips-alex": sha256_bytes(b"alex")},
        )
        return replace(entry, **changes)

    return make


@dataclass(frozen=True)
class Published:
    """A data set of pictures with scored runs, ready for build_board."""

    data: DataSet
    runs: dict[str, Path]


RESTORERS: dict[str, Callable[[Image], Image]] = {
    "lq": lambda lq: lq,
    "bilateral": lambda lq: cv2.bilateralFilter(lq, 7, 40, 5).astype(np.uint8),
    "median": lambda lq: cv2.medianBlur(lq, 3).astype(np.uint8),
    "non-local-means": lambda lq: cv2.fastNlMeansDenoisingColored(lq, None, 6, 8, 5, 15).astype(np.uint8),
}


@pytest.fixture(scope="session")
def publish(entry_of: Callable[..., Entry], score_of: Callable[..., Score]) -> Callable[..., Published]:
    """Make pictures, runs and scores in a folder: publish(folder, side=96, count=4)."""

    def make(
        folder: Path, *, side: int = 96, count: int = 4, broken: str = "median", stem: str = "astronaut"
    ) -> Published:
        faces = {f"{stem}-{i:02d}": face(i, side) for i in range(count)}
        data = _write_pairs(folder / "data", faces)
        runs = {}
        for name, restore in (*RESTORERS.items(), ("hq", None)):
            run = folder / "runs" / name
            _write_run(run, name, restore, data, fails={data.pairs[1].name} if name == broken else set())
            _write_scores(run, name, data, entry_of, score_of)
            runs[name] = run
        return Published(data, runs)

    return make


def face(i: int, side: int) -> Image:
    """The astronaut's face, moved and mirrored a little for each i."""
    crop = skimage.data.astronaut()[4 * (i % 3) : 196 + 4 * (i % 3), 128 + 3 * i : 320 + 3 * i]
    crop = crop[:, ::-1] if i % 2 else crop
    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _write_pairs(folder: Path, faces: Mapping[str, Image]) -> DataSet:
    pairs = []
    for kind in ("lq", "hq"):
        make_folder(folder / kind)
    for i, (name, hq) in enumerate(faces.items()):
        noise = np.random.default_rng(i).normal(0, 7 + 2 * i, hq.shape)
        lq = np.clip(np.rint(cv2.GaussianBlur(hq, (0, 0), 1.2 + 0.3 * i) + noise), 0, 255).astype(np.uint8)
        hashes = [sha256_bytes(write_png(folder / k / f"{name}.png", x)) for k, x in (("lq", lq), ("hq", hq))]
        pairs.append(Pair(name, f"lq/{name}.png", f"hq/{name}.png", hashes[0], hashes[1], name, None))
    card = Card(
        name="faces",
        count=len(pairs),
        people=len(pairs),
        preset="gfpgan-release@1",
        preset_source="",
        seed=0,
        copies=1,
        source="scikit-image's astronaut, NASA",
        licence="public domain",
        manifest_sha256=DATASET_SHA256,
    )
    return DataSet(folder, card, tuple(pairs))


def _write_run(
    folder: Path, name: str, restore: Callable[[Image], Image] | None, data: DataSet, *, fails: set[str]
) -> None:
    images = []
    make_folder(folder / "restored")
    for pair in data.pairs:
        if pair.name in fails:
            images.append(ImageState(pair.name, "restorer_error", message="ValueError: too dark"))
            continue
        picture = _read(data.folder / (pair.lq if restore else str(pair.hq)))
        output = restore(picture) if restore else picture
        written = write_png(folder / "restored" / f"{pair.name}.png", output)
        images.append(ImageState(pair.name, "ok", sha256_bytes(written)))
    run = Run(name, name, DATASET_SHA256, tuple(images), sha256=sha256_bytes(name.encode()))
    write_json(folder / "run.json", run)


def _read(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path))[:, :, ::-1], np.uint8)


def _write_scores(
    folder: Path, name: str, data: DataSet, entry_of: Callable[..., Entry], score_of: Callable[..., Score]
) -> None:
    rows = []
    for pair in data.pairs:
        path = folder / "restored" / f"{pair.name}.png"
        for metric in ("psnr/rgb", "lpips/alex", "identity/dlib"):
            value, state, message = None, "restorer_error", "too dark"
            if path.exists():
                value = _value(metric, _read(path), _read(data.folder / str(pair.hq)))
                state, message = "ok", ""
            rows.append((pair.name, pair.person_id, metric, value, state, message))
    table = pd.DataFrame(rows, columns=["name", "person_id", "metric", "value", "state", "message"])
    write_parquet(folder / "scores.parquet", table)
    count = len(data.pairs)
    scores = {}
    for metric, group in table.groupby("metric", sort=False):
        values = group["value"].dropna().to_numpy(float)
        mean = float(values.mean())
        spread = float(2 * values.std() / len(values) ** 0.5) if np.isfinite(mean) else None
        scores[metric] = score_of(metric, mean, spread=spread, n=len(values), expected=count)
    missing = "fid-inception-2015.pt is not here; `bfrbench weights get fid-inception` fetches it"
    scores["fid/clean"] = score_of(
        "fid/clean", None, expected=count, state="weights_unavailable", reason=missing
    )
    failed = count - int(table[table["metric"] == "psnr/rgb"]["value"].notna().sum())
    states = {"ok": count - failed, "restorer_error": failed}
    write_json(folder / "scores.json", entry_of(name, scores, states=states, people=count))


def _value(metric: str, image: Image, hq: Image) -> float:
    """A stand-in for a judge, monotone in the error: boards only print it."""
    with np.errstate(divide="ignore"):
        psnr = float(peak_signal_noise_ratio(hq, image))
    error = 10 ** (-psnr / 20)
    return {"psnr/rgb": psnr, "lpips/alex": 4 * error, "identity/dlib": 3 * error}[metric]


BOARD = "three-faces-128"


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data` (three embedded faces at five severities) and scored `runs` over it."""
    from bfrbench.benchmark.adopt import adopt_hq
    from bfrbench.benchmark.baselines import builder
    from bfrbench.benchmark.datasets.embedded import LICENCE, SOURCE, write_embedded_faces
    from bfrbench.benchmark.protocols import protocol
    from bfrbench.benchmark.restore import restore
    from bfrbench.benchmark.restored import find_restored
    from bfrbench.benchmark.score import score_all
    from bfrbench.degradations.dataset import make_dataset

    folder = tmp_path_factory.mktemp("scored")
    index = write_embedded_faces(folder / "faces")
    data = make_dataset(
        folder / "faces",
        folder / "data",
        preset="ladder-all-128",
        copies=5,
        limit=3,
        index=index,
        source=SOURCE,
        licence=LICENCE,
    )
    runs = {name: folder / "runs" / name for name in ("lq", "bilateral", "unsharp", "hq")}
    for name, run in runs.items():
        if name == "hq":
            adopt_hq(data, run)
        else:
            restore(data, run, builder(name), spec=name, batch=8)
    found = [find_restored(run, data, name=None, suffix="") for run in runs.values()]
    memory = folder / "scores.sqlite"
    score_all(found, data, list(runs.values()), protocol=protocol("strict@2"), memory=memory)
    return folder


@pytest.fixture(scope="session")
def published_results(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with one board, `three-faces-128`, and four entries; not to be changed."""
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.files import write_bytes
    from bfrbench.leaderboards.records import BOARD_JSON, BoardDefinition
    from bfrbench.leaderboards.results import open_home
    from bfrbench.leaderboards.submission import About, add, pack
    from bfrbench.leaderboards.unpacking import zipped

    root = tmp_path_factory.mktemp("results")
    board, card = root / BOARD, open_dataset(scored / "data").card
    make_folder(board / "data")
    for name in ("dataset.json", "manifest.parquet"):
        write_bytes(board / "data" / name, (scored / "data" / name).read_bytes())
    definition = BoardDefinition(
        id=BOARD,
        title="Three faces at 128 px",
        summary="Faces that every install has, at five severities.",
        dataset=card.name,
        dataset_sha256=card.manifest_sha256,
        protocol="strict@2",
        headline=("lpips/alex", "identity/dlib", "psnr/rgb"),
        make=("bfrbench degrade faces data --preset ladder-all-128 --copies 5 --limit 3",),
        by="severity",
        licence=card.licence,
        attribution=(card.source,),
    )
    write_json(board / BOARD_JSON, definition)
    for run in sorted((scored / "runs").iterdir()):
        archive = root.with_name(f"{run.name}.zip")
        write_bytes(archive, zipped(pack(run, open_home(board), About(trained=False))))
        add(archive, root)
    return root


@pytest.fixture(scope="session")
def board_read(published_results: Path) -> Any:
    """The board of `published_results`, read and proved: a `Published`."""
    from bfrbench.leaderboards.results import read_results

    (board,) = read_results(published_results)
    return board


@pytest.fixture
def results(published_results: Path, tmp_path: Path) -> Path:
    """A copy of the results, to be broken."""
    return Path(shutil.copytree(published_results, tmp_path / "results"))
