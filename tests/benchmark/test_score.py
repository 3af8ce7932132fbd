"""Scoring: every state, nothing gained by a missing image, the same bytes from any number of workers."""

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

from bfrbench.benchmark.judges.judge import Judge, NoFaceSeen, Picture, picture_of
from bfrbench.benchmark.metrics.frechet import frechet
from bfrbench.benchmark.metrics.metric import ImageMetric, SetMetric, of_images
from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocol import Protocol
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restored import find_restored
from bfrbench.benchmark.score import score, score_all
from bfrbench.engine import LocalEngine
from bfrbench.errors import InputError, NameMismatch, OutputError
from bfrbench.files import sha256_file
from bfrbench.leaderboards.entry import read_entry
from bfrbench.pixels import read_image, write_png
from bfrbench.types import Card, DataSet, Entry, Image, Pair, Score

SIZE = 192
PEOPLE = ("ann", "ann", "bob", "bob", "cem", "dua")
STRICT = protocol("strict")
SETS = {metric.id for metric in STRICT.metrics if isinstance(metric, SetMetric)}
FAST = replace(STRICT, metrics=(METRICS["psnr/rgb"], METRICS["ssim/rgb"]))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> DataSet:  # type: ignore[no-untyped-def]
    """Six pieces of the astronaut as HQ, of four people."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "hq").mkdir()
    pairs = []
    for number, person in enumerate(PEOPLE):
        name, corner = f"face-{number}", 30 * number
        path = folder / f"hq/{name}.png"
        write_png(path, np.ascontiguousarray(astronaut()[corner : corner + SIZE, 140 : 140 + SIZE]))
        pairs.append(Pair(name, "", f"hq/{name}.png", "", sha256_file(path), person, None))
    card = Card("pieces", len(pairs), 4, None, "", None, 1, "astronaut", "public domain", "d" * 64)
    return DataSet(folder, card, tuple(pairs))


def blur_into(folder: Path, data: DataSet) -> Path:
    """A plain folder of restored images: each HQ, blurred, the later the more."""
    folder.mkdir(parents=True)
    for number, pair in enumerate(data.pairs):
        hq = read_image(data.folder / str(pair.hq))
        write_png(folder / f"{pair.name}.png", cv2.GaussianBlur(hq, (0, 0), 1.0 + 0.4 * number))
    return folder


@pytest.fixture(scope="module")
def strict(data, tmp_path_factory) -> tuple[Entry, Path]:  # type: ignore[no-untyped-def]
    """Blurred images under the strict protocol, scored once for all tests that only look."""
    place = tmp_path_factory.mktemp("strict")
    out = place / "scores"
    return score(blur_into(place / "mine", data), data, out, protocol=STRICT), out


@pytest.fixture
def mine(data, tmp_path) -> Path:  # type: ignore[no-untyped-def]
    return blur_into(tmp_path / "mine", data)


def of(entry: Entry, metric: str) -> Score:
    return next(score for score in entry.scores if score.metric == metric)


def rows(out: Path) -> pd.DataFrame:
    return pd.read_parquet(out / "scores.parquet").set_index(["name", "metric"])


def test_the_entry_says_what_was_scored_and_how(strict, data) -> None:  # type: ignore[no-untyped-def]
    entry, out = strict
    assert read_entry(out) == entry
    assert (entry.restorer, entry.status, entry.protocol) == ("mine", "measured", "strict@2")
    assert (entry.dataset, entry.dataset_sha256) == ("pieces", data.card.manifest_sha256)
    assert (entry.states, entry.people) == ({"ok": 6}, 4)
    assert set(entry.judge_weights_sha256) >= {"lpips-alex", "dlib-face", "niqe-pristine"}
    assert [(s.metric, s.version) for s in entry.scores] == [(m.id, m.version) for m in STRICT.metrics]
    for found in entry.scores:
        if found.metric not in SETS:
            assert (found.n, found.expected, found.state, found.reason) == (6, 6, "ok", "")
            assert found.low <= found.mean <= found.high  # type: ignore[operator]
            assert found.p5 <= found.median <= found.p95  # type: ignore[operator]


def test_every_image_and_metric_has_a_row(strict, data) -> None:  # type: ignore[no-untyped-def]
    entry, out = strict
    table = pd.read_parquet(out / "scores.parquet")
    assert list(table.columns) == ["name", "person_id", "metric", "value", "state", "message"]
    assert len(table) == len(data.pairs) * len(STRICT.metrics)
    assert table.equals(table.sort_values(["name", "metric"], ignore_index=True))
    values = table[table["metric"] == "lpips/alex"]["value"]
    assert of(entry, "lpips/alex").mean == pytest.approx(values.mean())
    assert set(table[table["name"] == "face-4"]["person_id"]) == {"cem"}


def test_values_are_those_of_the_metrics_by_themselves(strict, data) -> None:  # type: ignore[no-untyped-def]
    _, out = strict
    pair = data.pairs[3]
    hq = read_image(data.folder / str(pair.hq))
    restored = cv2.GaussianBlur(hq, (0, 0), 2.2)
    for metric in STRICT.metrics:
        if metric.id in SETS:
            continue
        pictures = [picture_of(image) for image in (restored, hq)]
        alone = metric.value(*pictures[: 1 + metric.needs_hq])
        assert rows(out).loc[(pair.name, metric.id), "value"] == alone


def test_fid_without_its_weights_is_said_and_not_replaced(strict) -> None:  # type: ignore[no-untyped-def]
    entry, out = strict
    fid = of(entry, "fid/clean")
    if fid.state == "ok":
        pytest.skip("FID's own weights are here")
    assert (fid.mean, fid.n, fid.expected, fid.state) == (None, 0, 6, "weights_unavailable")
    assert "`bfrbench weights get fid-inception` downloads it" in fid.reason
    assert "fid-inception" not in entry.judge_weights_sha256
    assert rows(out).loc[("face-0", "fid/clean"), "state"] == "weights_unavailable"


def test_two_workers_write_the_same_bytes_as_one(strict, mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    _, alone = strict
    score(mine, data, tmp_path / "out", protocol=STRICT, engine=LocalEngine(2))
    for file in ("scores.json", "scores.parquet"):
        assert (tmp_path / "out" / file).read_bytes() == (alone / file).read_bytes()


def test_nothing_of_this_machine_is_written(strict) -> None:  # type: ignore[no-untyped-def]
    _, out = strict
    text = (out / "scores.json").read_text()
    assert str(out.parent) not in text
    assert str(Path.home()) not in text
    assert not pd.read_parquet(out / "scores.parquet")["message"].str.contains(str(Path.home())).any()


def test_hq_scores_perfect_on_every_metric_that_compares(data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    entry = score(data.folder / "hq", data, tmp_path / "out", protocol=STRICT, name="hq")
    for metric in STRICT.metrics:
        if metric.perfect is not None and of(entry, metric.id).state == "ok":
            found = of(entry, metric.id)
            of_images = () if metric.id in SETS else (found.median, found.p5, found.p95)
            for value in (found.mean, found.low, found.high, *of_images):
                assert value == pytest.approx(metric.perfect, abs=1e-12)
    assert read_entry(tmp_path / "out") == entry  # infinity survives the file


def test_missing_unreadable_and_wrongly_sized_images_have_states(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (mine / "face-0.png").unlink()
    (mine / "face-1.png").write_bytes(b"\x89PNG")
    write_png(mine / "face-2.png", np.zeros((SIZE, SIZE + 1, 3), np.uint8))
    entry = score(mine, data, tmp_path / "out", protocol=FAST)
    assert entry.states == {"ok": 3, "missing": 1, "unreadable": 1, "wrong_size": 1}
    assert entry.people == 3  # bob, cem, dua
    psnr = of(entry, "psnr/rgb")
    assert (psnr.n, psnr.expected, psnr.coverage, psnr.state) == (3, 6, 0.5, "ok")
    for words in ("1 missing", "1 unreadable: face-1.png", "1 wrong_size: It is 193×192 px, its HQ 192×192"):
        assert words in psnr.reason
    found = rows(tmp_path / "out").loc[(slice(None), "psnr/rgb"), :].droplevel("metric")
    assert found["state"].tolist() == ["missing", "unreadable", "wrong_size", "ok", "ok", "ok"]
    assert found["value"].isna().tolist() == [True, True, True, False, False, False]


def test_a_missing_image_never_completes_or_changes_the_others(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    whole = score(mine, data, tmp_path / "whole", protocol=FAST)
    before = rows(tmp_path / "whole")
    for pair in data.pairs:
        path = mine / f"{pair.name}.png"
        kept = path.read_bytes()
        path.unlink()
        entry = score(mine, data, tmp_path / pair.name, protocol=FAST)
        path.write_bytes(kept)
        assert entry.states == {"ok": 5, "missing": 1}
        assert entry.run_sha256 != whole.run_sha256
        assert all(found.coverage < 1.0 for found in entry.scores)
        after = rows(tmp_path / pair.name).drop(pair.name)
        assert after["value"].equals(before.drop(pair.name)["value"])


def test_a_metric_that_fails_on_one_image_says_so_and_goes_on(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_png(mine / "face-3.png", np.full((SIZE, SIZE, 3), 77, np.uint8))
    chosen = replace(STRICT, metrics=(METRICS["niqe/y601"], METRICS["psnr/rgb"]))
    entry = score(mine, data, tmp_path / "out", protocol=chosen)
    niqe = of(entry, "niqe/y601")
    assert (niqe.n, niqe.expected, niqe.state) == (5, 6, "ok")
    assert "1 metric_error: NIQE needs two 96×96 blocks" in niqe.reason
    assert of(entry, "psnr/rgb").n == 6
    assert entry.states == {"ok": 6}
    assert rows(tmp_path / "out").loc[("face-3", "niqe/y601"), "state"] == "metric_error"


def test_images_too_small_for_a_metric_are_said(data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "hq").mkdir()
    path = tmp_path / "hq/a.png"
    write_png(path, np.ascontiguousarray(astronaut()[:128, 100:260]))
    pairs = (Pair("a", "", "hq/a.png", "", sha256_file(path), "ann", None),)
    small = replace(data, folder=tmp_path, pairs=pairs)
    entry = score(tmp_path / "hq", small, tmp_path / "out", protocol=STRICT)
    niqe = of(entry, "niqe/y601")
    assert (niqe.mean, niqe.n, niqe.expected, niqe.state) == (None, 0, 1, "metric_error")
    assert niqe.reason == "niqe/y601 is defined from 192×192 px; this is 160×128."
    assert of(entry, "ms-ssim/luma").state == "metric_error"
    assert "is not a square" in of(entry, "identity/dlib").reason
    assert of(entry, "psnr/rgb").mean == math.inf
    assert (of(entry, "psnr/rgb").low, of(entry, "psnr/rgb").high) == (None, None)  # one person
    assert entry.states == {"ok": 1}


def test_without_hq_only_metrics_that_need_none_are_computed(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    wild = replace(data, pairs=tuple(replace(pair, hq=None, hq_sha256=None) for pair in data.pairs))
    entry = score(mine, wild, tmp_path / "out", protocol=STRICT)
    assert of(entry, "niqe/y601").n == 6
    psnr = of(entry, "psnr/rgb")
    assert (psnr.mean, psnr.n, psnr.expected) == (None, 0, 0)
    assert psnr.reason == "psnr/rgb compares with HQ images, and the data set has none."
    assert set(pd.read_parquet(tmp_path / "out/scores.parquet")["metric"]) == {"niqe/y601", "brisque/live"}


class Moody:
    """Gives back what it gets, but for the third image."""

    name = "moody"

    def __call__(self, batch: list[Image]) -> list[Image]:
        if any(int(image[0, 0, 0]) == 3 for image in batch):
            raise RuntimeError("not this one")
        return batch


@pytest.fixture
def run(data, tmp_path) -> tuple[DataSet, Path]:  # type: ignore[no-untyped-def]
    """A run with one restorer_error, over the data set with LQ images."""
    pairs = []
    for number, pair in enumerate(data.pairs):
        lq = read_image(data.folder / str(pair.hq))
        lq[0, 0, 0] = number
        path = tmp_path / f"{pair.name}.png"
        write_png(path, lq)
        pairs.append(replace(pair, lq=str(path), lq_sha256=sha256_file(path)))
    with_lq = replace(data, pairs=tuple(pairs))
    restore(with_lq, tmp_path / "run", Moody, spec="moody")
    return with_lq, tmp_path / "run"


def test_what_the_run_could_not_make_keeps_its_state(run) -> None:  # type: ignore[no-untyped-def]
    with_lq, folder = run
    entry = score(folder, with_lq, folder, protocol=FAST)
    assert entry.restorer == "moody"
    assert entry.states == {"ok": 5, "restorer_error": 1}
    assert "1 restorer_error: See the run's run.json." in of(entry, "psnr/rgb").reason
    assert read_entry(folder) == entry


def test_what_was_scored_before_is_not_scored_again(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    out, seen = tmp_path / "out", []

    def again(**options: object) -> Entry:
        seen.clear()
        options = {"protocol": FAST, "name": "mine", **options}
        return score(mine, data, out, on_progress=lambda *step: seen.append(step), **options)  # type: ignore[arg-type]

    first = again()
    assert seen == [(4, 6), (6, 6)]
    assert again() == first
    assert not seen
    again(name="another")
    assert seen
    again(protocol=replace(FAST, metrics=(replace(FAST.metrics[0], version=2), FAST.metrics[1])))
    assert seen
    again()
    write_png(mine / "face-5.png", np.zeros((SIZE, SIZE, 3), np.uint8))
    assert of(again(), "psnr/rgb").mean < of(first, "psnr/rgb").mean  # type: ignore[operator]
    assert seen
    (out / "scores.json").write_text("{ cut sho")
    again()
    assert seen
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"PAR1")):
        spoil(out / "scores.parquet")
        assert again() == again()
        assert len(pd.read_parquet(out / "scores.parquet")) == 12


def test_names_of_no_pair_are_an_error_and_a_suffix_is_a_way_out(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    plain = score(mine, data, tmp_path / "plain", protocol=FAST)
    for path in sorted(mine.iterdir()):
        path.rename(mine / f"{path.stem}_out.png")
    with pytest.raises(NameMismatch, match="Add `--suffix _out`"):
        score(mine, data, tmp_path / "out", protocol=FAST)
    assert not (tmp_path / "out").exists()
    assert score(mine, data, tmp_path / "out", protocol=FAST, suffix="_out") == plain


@pytest.mark.parametrize("harm", ["change", "remove"])
def test_an_hq_that_is_not_the_data_sets_is_an_error(mine, data, tmp_path, harm) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "hq").mkdir()
    for pair in data.pairs:
        (tmp_path / str(pair.hq)).write_bytes((data.folder / str(pair.hq)).read_bytes())
    moved = replace(data, folder=tmp_path)
    if harm == "change":
        write_png(tmp_path / "hq/face-2.png", np.zeros((SIZE, SIZE, 3), np.uint8))
    else:
        (tmp_path / "hq/face-2.png").unlink()
    with pytest.raises(InputError, match=r"face-2.png (is not the file|cannot be read)"):
        score(mine, moved, tmp_path / "out", protocol=FAST)


def corner_colours(picture: Picture) -> np.ndarray:
    return picture.image[:8:4, :8:4].astype(np.float32).ravel()


COLOURS = SetMetric(
    id="colours/frechet",
    version=1,
    better="lower",
    group="distribution",
    judge=Judge("colours/corner", 1, corner_colours),
    distance=frechet,
    title="a set metric without weights",
    source="these tests",
)


def test_metrics_of_sets_go_through_the_same_pass(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    both: Protocol = replace(FAST, metrics=(COLOURS, METRICS["psnr/rgb"]))
    entry = score(mine, data, tmp_path / "out", protocol=both)
    found = of(entry, "colours/frechet")
    assert found.mean is not None
    assert found.mean > 0.0
    assert (found.n, found.expected, found.median, found.state) == (6, 6, None, "ok")
    table = rows(tmp_path / "out")
    assert table.loc[("face-0", "colours/frechet"), "state"] == "ok"
    assert np.isnan(table.loc[("face-0", "colours/frechet"), "value"])
    alone = replace(data, pairs=data.pairs[:1])
    for pair in data.pairs[1:]:
        (mine / f"{pair.name}.png").unlink()
    found = of(score(mine, alone, tmp_path / "one", protocol=both), "colours/frechet")
    assert (found.mean, found.n, found.state) == (None, 0, "metric_error")
    assert found.reason


def test_a_missing_image_stays_in_the_reference_of_sets(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    seen = []

    def distance(restored, reference):  # type: ignore[no-untyped-def]
        seen.append((len(restored), len(reference)))
        return frechet(restored, reference)

    (mine / "face-5.png").unlink()
    chosen = replace(FAST, metrics=(replace(COLOURS, distance=distance),))
    entry = score(mine, data, tmp_path / "out", protocol=chosen)
    assert seen == [(5, 6)]
    assert (entry.scores[0].n, entry.scores[0].expected) == (5, 6)


def counting(seen: list[str]) -> tuple[ImageMetric, SetMetric]:
    """A metric of images and one of sets that look through one judge, which notes whom it looks at."""

    def look(picture: Picture) -> np.ndarray:
        seen.append(picture.name.rpartition("/")[2])
        return corner_colours(picture)

    judge = Judge("colours/counted", 1, look)

    def value(restored: Picture, hq: Picture) -> float:
        return float(np.abs(restored.through(judge) - hq.through(judge)).mean())

    one = replace(
        METRICS["psnr/rgb"], id="colours/distance", value=value, judges=(judge,), better="lower", perfect=0.0
    )
    return one, replace(COLOURS, judge=judge)  # type: ignore[return-value]


def test_each_judge_looks_at_each_image_once_for_all_metrics_restorers_and_runs(data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    seen: list[str] = []
    chosen = replace(FAST, metrics=counting(seen))
    first, second = (blur_into(tmp_path / name, data) for name in ("first", "second"))
    for path in second.iterdir():
        write_png(path, 255 - read_image(path))
    score(first, data, tmp_path / "one", protocol=chosen)
    assert len(seen) == 12  # six restored, six HQ
    seen.clear()
    score(second, data, tmp_path / "two", protocol=chosen)
    assert len(seen) == 6  # the HQ are known
    seen.clear()
    score(first, data, tmp_path / "again", protocol=chosen)
    assert not seen
    assert (tmp_path / "again/scores.json").read_bytes() == (tmp_path / "one/scores.json").read_bytes()


def test_restorers_scored_together_score_as_they_do_alone(data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    seen: list[str] = []
    chosen = replace(FAST, metrics=(*counting(seen), METRICS["ssim/rgb"]))
    folders = [blur_into(tmp_path / name, data) for name in ("first", "second")]
    for path in folders[1].iterdir():
        write_png(path, 255 - read_image(path))
    (folders[1] / "face-2.png").unlink()
    alone = [
        score(
            folder,
            data,
            tmp_path / f"alone-{folder.name}",
            protocol=chosen,
            memory=tmp_path / folder.name / "m",
        )
        for folder in folders
    ]
    seen.clear()
    found = [find_restored(folder, data, name=None, suffix="") for folder in folders]
    outs = [tmp_path / "together/1", tmp_path / "together/2"]
    assert score_all(found, data, outs, protocol=chosen, memory=tmp_path / "m") == alone
    assert len(seen) == 6 + 5 + 6
    for folder, out in zip(folders, outs, strict=True):
        for file in ("scores.json", "scores.parquet"):
            assert (out / file).read_bytes() == (tmp_path / f"alone-{folder.name}" / file).read_bytes()


def test_an_interrupted_scoring_goes_on_where_it_stopped(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    seen: list[str] = []
    chosen = replace(FAST, metrics=counting(seen))

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(mine, data, tmp_path / "out", protocol=chosen, on_progress=stop)
    assert len(seen) == 8  # a chunk of four pairs
    assert not (tmp_path / "out").exists()
    score(mine, data, tmp_path / "out", protocol=chosen)
    assert len(seen) == 12


def test_a_damaged_memory_is_begun_anew(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    first = score(mine, data, tmp_path / "one", protocol=FAST, memory=tmp_path / "m.sqlite")
    whole = (tmp_path / "m.sqlite").read_bytes()
    (tmp_path / "m.sqlite").write_bytes(whole[:16] + b"damaged" * 1000)
    assert score(mine, data, tmp_path / "two", protocol=FAST, memory=tmp_path / "m.sqlite") == first


def test_a_file_that_is_no_memory_stays_as_it_is(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    notes = tmp_path / "notes.txt"
    notes.write_text("Somebody's. " * 100)
    with pytest.raises(OutputError, match=r"notes\.txt cannot be used .* BFRBENCH_CACHE"):
        score(mine, data, tmp_path / "out", protocol=FAST, memory=notes)
    assert notes.read_text() == "Somebody's. " * 100


def test_a_face_that_a_judge_does_not_find_is_a_state(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    def value(restored: Picture, hq: Picture) -> float:
        raise NoFaceSeen("No face is in it.")

    metric = replace(METRICS["psnr/rgb"], id="face/none", value=value)
    entry = score(mine, data, tmp_path / "out", protocol=replace(FAST, metrics=(metric,)))
    assert (entry.scores[0].state, entry.scores[0].reason) == ("no_face", "No face is in it.")


def test_a_value_that_is_not_a_number_is_an_error_of_the_metric(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    nan = replace(METRICS["psnr/rgb"], id="nan/nan", value=of_images(lambda a, b: math.nan))
    entry = score(mine, data, tmp_path / "out", protocol=replace(FAST, metrics=(nan,)))
    assert entry.scores[0].state == "metric_error"
    assert entry.scores[0].reason == "The value is not a number on this image."


def test_a_failed_write_leaves_no_entry_beside_rows_of_other_images(mine, data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    score(mine, data, out, protocol=FAST)
    (out / "scores.parquet").unlink()
    (out / "scores.parquet").mkdir()
    with pytest.raises(OutputError):
        score(mine, data, out, protocol=FAST)
    assert not (out / "scores.json").exists()
