"""`board reproduce`: a board of ours from raw, and a paper's protocol from the input's row to FID."""

import contextlib
import io
import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
import torch
import typer

from bfrbench import weights
from bfrbench.benchmark.datasets.embedded import write_embedded_faces
from bfrbench.benchmark.judges import arcface_resnet18, fan, inception, vgg16
from bfrbench.benchmark.metrics import fid
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restored import find_restored
from bfrbench.benchmark.restorers import resolve
from bfrbench.benchmark.score import score_all
from bfrbench.cli.board_reproduce import reproduce
from bfrbench.degradations.dataset import make_dataset, plain_dataset
from bfrbench.errors import InputError, UnknownName
from bfrbench.files import make_folder, sha256_file, write_bytes, write_json
from bfrbench.leaderboards.records import BoardDefinition, Method, Publication
from bfrbench.leaderboards.reported import reported_table
from bfrbench.leaderboards.reproduce import board_cells, reported_cells, rules, used_set
from bfrbench.pixels import read_image, write_png
from bfrbench.types import Entry, Image, Score

Reproduce = Callable[..., tuple[int, str]]


@pytest.fixture
def verb() -> Reproduce:
    """`verb("lq-board", "--data", folder)`: exit status and what it printed."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(reproduce)

    def run(*words: object) -> tuple[int, str]:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = app([*map(str, words), "--workers", "1"], standalone_mode=False)
        return status or 0, printed.getvalue()

    return run


# ---- a reported table

CELEBA = "gfpgan-celeba-test"


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two faces in folders that are called as those of CelebA-Test's archives."""
    folder = tmp_path_factory.mktemp("CelebA-Test")
    astronaut = skimage.data.astronaut()
    for number in range(2):
        crop = np.ascontiguousarray(
            astronaut[4 * number : 200 + 4 * number, 120 + 3 * number : 320 + 3 * number]
        )
        face = np.asarray(cv2.resize(crop, (512, 512), interpolation=cv2.INTER_CUBIC), np.uint8)
        blurred = cv2.GaussianBlur(face, (0, 0), 3.0 + number)
        noise = np.random.default_rng(number).normal(0.0, 8.0, face.shape)
        for name, image in (("celeba_512_validation", face), ("celeba_512_validation_lq", blurred + noise)):
            picture: Image = np.clip(image, 0, 255).astype(np.uint8)
            write_png(make_folder(folder / name) / f"{number:08d}.png", picture)
    return folder


@pytest.fixture
def drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, Mapping[str, Any]], Path]]:
    """`drawn("fid-inception", state)`: a weight file of the table, of the right shape and drawn numbers."""
    folder = make_folder(tmp_path / "weights")
    monkeypatch.setenv("BFRBENCH_WEIGHTS", str(folder))
    monkeypatch.setattr(weights, "cache_folder", lambda: tmp_path / "none")
    networks = (inception._layers, arcface_resnet18._network, fan._network, vgg16._weights)

    def write(name: str, state: Mapping[str, Any]) -> Path:
        row = weights.WEIGHTS[name]
        path = folder / row.file
        if path.suffix == ".npz":
            np.savez(path, **state)
        else:
            torch.save(dict(state), path)
        known = replace(row, sha256=sha256_file(path), bytes=path.stat().st_size)
        monkeypatch.setitem(weights.WEIGHTS, name, known)
        return path

    for network in networks:
        network.cache_clear()
    yield write
    for network in networks:
        network.cache_clear()


@cache
def inception_state() -> dict[str, torch.Tensor]:
    """An Inception of drawn convolutions, each keeping the variance of what comes in."""
    import torchvision

    with torch.device("meta"):
        net = torchvision.models.inception_v3(
            weights=None, num_classes=1008, aux_logits=False, init_weights=False
        )
    random = torch.Generator().manual_seed(0)
    state = {}
    for key, value in net.state_dict().items():
        if value.ndim == 4:
            state[key] = torch.randn(value.shape, generator=random) * math.sqrt(2.0 / value[0].numel())
        else:
            state[key] = torch.full(value.shape, float(key.endswith((".weight", "running_var"))))
    return state


SIGMA = 1e-3


def closed_fid(folder: Path, sigma: float) -> float:
    """FID of the LQs to a set of mean 0 and covariance sigma·I, without the square root of a matrix."""
    files = sorted((folder / "celeba_512_validation_lq").iterdir())
    seen = np.stack([inception.features(fid.resize_legacy(read_image(file))) for file in files]).astype(float)
    centred = seen - seen.mean(axis=0)
    spectrum = np.linalg.eigvalsh(centred @ centred.T / (len(seen) - 1)).clip(0.0)
    trace = spectrum.sum() + sigma * seen.shape[1] - 2.0 * np.sqrt(spectrum * sigma).sum()
    return float((seen.mean(axis=0) ** 2).sum() + trace)


def cells_of(printed: str) -> dict[str, dict[str, Any]]:
    return {cell["column"]: cell for cell in json.loads(printed)["cells"]}


def test_what_a_table_takes_is_told_with_licence_and_way(verb, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    status, printed = verb(CELEBA)
    assert status == 0
    for told in (
        "celeba_512_validation_lq",
        "CelebA: NON-COMMERCIAL research only",
        "not here",
        "GFPGANv1.pth",
        "S-Lab License 1.0: NON-COMMERCIAL",
        "judge",
        "`bfrbench weights get fid-inception`",
        "name the test set with --data",
    ):
        assert told in printed, told
    requirements = json.loads(verb(CELEBA, "--json")[1])["requirements"]
    kinds = [each["need"]["kind"] for each in requirements]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "test set": 1,
        "reference statistics": 1,
        "checkpoint": 11,
        "judge": 4,  # Inception, VGG16, ResNet-18, FAN
    }


def test_the_inputs_row_goes_from_images_to_fid_under_the_papers_protocol(
    verb, drawn, stand_in, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    drawn("fid-inception", inception_state())
    drawn("ffhq512-fid-stats", {"mean": torch.zeros(2048), "cov": SIGMA * torch.eye(2048)})
    words = (CELEBA, "--data", stand_in, "--rows", "Input", "--out", tmp_path / "out", "--json")
    status, printed = verb(*words)
    assert status == 0
    found, cells = json.loads(printed), cells_of(printed)
    assert found["protocol"] == "gfpgan@1"
    assert found["used"]["stand_in"]
    assert "2 images where it has 3,000" in found["used"]["said"]
    assert list(cells) == ["LPIPS", "FID", "Deg", "LMD", "PSNR", "SSIM"]
    assert [cells[name]["stated"] for name in cells] == [
        "0.4866",
        "143.98",
        "47.94",
        "3.76",
        "25.35",
        "0.6848",
    ]
    expected = closed_fid(stand_in, SIGMA)
    assert cells["FID"]["metric"] == "fid/legacy@ffhq512"
    assert cells["FID"]["measured"] == pytest.approx(expected, rel=1e-4)
    assert cells["FID"]["difference"] == pytest.approx(expected - 143.98, rel=1e-4)
    for name, file in (("LPIPS", "lpips_vgg16"), ("Deg", "arcface_resnet18"), ("LMD", "alignment_WFLW_4HG")):
        assert cells[name]["verdict"] == "not measured"
        assert file in cells[name]["reason"]
    assert cells["PSNR"]["low"] < cells["PSNR"]["measured"] < cells["PSNR"]["high"]
    assert (tmp_path / "out/runs/input/run.json").is_file()
    assert verb(*words) == (0, printed)  # goes on, to the same
    # a reference of the user's takes FFHQ's place, and the metric says so
    np.savez(tmp_path / "mine.npz", mu=np.zeros(2048), sigma=2 * SIGMA * np.eye(2048, dtype=np.float32))
    printed = verb(*words, "--reference", tmp_path / "mine.npz")[1]
    assert json.loads(printed)["protocol"] == "gfpgan+mine@1"
    cell = cells_of(printed)["FID"]
    assert cell["metric"] == "fid/legacy@mine"
    assert cell["measured"] == pytest.approx(closed_fid(stand_in, 2 * SIGMA), rel=1e-4)


@pytest.mark.slow
def test_every_column_of_the_inputs_row_is_measured_where_all_weights_are(
    verb, drawn, stand_in, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    drawn("fid-inception", inception_state())
    drawn("ffhq512-fid-stats", {"mean": torch.zeros(2048), "cov": SIGMA * torch.eye(2048)})
    drawn("arcface-resnet18", arcface_resnet18.ArcFaceResNet18().state_dict())
    drawn("facexlib-fan98", {"state_dict": fan.FAN().state_dict()})
    drawn("lpips-vgg16", vgg_state())
    _, printed = verb(CELEBA, "--data", stand_in, "--rows", "Input", "--out", tmp_path / "out", "--json")
    cells = cells_of(printed)
    assert all(cell["measured"] is not None for cell in cells.values())
    assert {cell["metric"] for cell in cells.values()} == {
        metric.id for metric in protocol("gfpgan@1").metrics
    } - {"niqe/y601"}


def vgg_state() -> dict[str, np.ndarray]:
    random, state, channels = np.random.default_rng(0), {}, 3
    sizes = [64, 64, 128, 128, *[256] * 3, *[512] * 6]
    for layer, out in enumerate(sizes):
        scale = np.sqrt(2.0 / (9 * channels))
        state[f"conv{layer}.weight"] = random.normal(0.0, scale, (out, channels, 3, 3)).astype(np.float16)
        state[f"conv{layer}.bias"] = np.zeros(out, np.float16)
        channels = out
    for tap, out in enumerate((64, 128, 256, 512, 512)):
        state[f"lin{tap}"] = np.abs(random.normal(0.0, 0.1, (1, out, 1, 1))).astype(np.float16)
    return state


def test_images_made_elsewhere_are_measured_as_a_papers_method(verb, stand_in, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    made = make_folder(tmp_path / "restored_faces")
    for path in (stand_in / "celeba_512_validation").iterdir():
        write_bytes(made / f"{path.stem}_00.png", path.read_bytes())
    words = ("--data", stand_in, "--out", tmp_path / "out", "--runs", f"GFP-GAN={made}", "--suffix", "_00")
    _, printed = verb(CELEBA, *words, "--rows", "Input,GFP-GAN,GPEN", "--json")
    found = json.loads(printed)
    ssim = {cell["row"]: cell for cell in found["cells"] if cell["column"] == "SSIM"}
    assert ssim["GFP-GAN"]["measured"] == 1.0
    assert ssim["GFP-GAN"]["stated"] == "0.6777"
    assert ssim["GFP-GAN"]["verdict"] == "differs"
    assert found["not_run"] == ["GPEN: name its images with --runs or its model with --restorer."]
    told = {each["need"]["method"]: each["found"] for each in found["requirements"]}
    assert told["GFP-GAN"] == "named by --runs or --restorer"
    assert told["GPEN"] == ""


def test_a_table_without_a_published_script_is_not_measured_and_says_why(verb, stand_in, tmp_path) -> None:  # type: ignore[no-untyped-def]
    status, printed = verb("dmdp-fr-celeba-test", "--data", stand_in, "--out", tmp_path / "out")
    assert status == 0
    assert "neither which script nor which reference made it" in printed
    assert not (tmp_path / "out").exists()


def test_photographs_without_hq_are_opened_as_they_are(verb, stand_in, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv("BFRBENCH_WEIGHTS", raising=False)
    photos = stand_in / "celeba_512_validation_lq"
    words = ("osdface-lfw-test", "--data", photos, "--out", tmp_path / "out", "--runs", f"VQFR={photos}")
    _, printed = verb(*words, "--rows", "VQFR", "--json")
    cells = cells_of(printed)
    assert {cell["verdict"] for cell in cells.values()} == {"not measured"}
    assert all(cell["reason"] for cell in cells.values())


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("nobodys-table",), UnknownName, "No table or board is called 'nobodys-table'. There are: dmdp-fr"),
        (
            (CELEBA, "--rows", "Input,SwinIR"),
            UnknownName,
            "There is no row SwinIR. There are: Input, HiFaceGAN",
        ),
        ((CELEBA, "--runs", "GPEN"), InputError, "--runs 'GPEN' should be ROW=FOLDER"),
        ((CELEBA, "--restorer", "=nlm"), InputError, "--restorer '=nlm' should be ROW=RESTORER"),
    ],
)
def test_what_cannot_be_is_told_before_any_work(words, error, said, verb) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=said):
        verb(*words)


def test_the_list_names_every_table(verb, tmp_path) -> None:  # type: ignore[no-untyped-def]
    listed = json.loads(verb("--list", "--json", "--results", tmp_path)[1])
    assert len(listed["reported"]) == 10
    assert listed["boards"] == {}
    assert CELEBA in verb("--list")[1]


# ---- what may be said of a number


def entry(*scores: Score) -> Entry:
    return Entry("lq", "measured", scores, {"ok": 9}, 9, "gfpgan@1", "faces", "0" * 64, "1" * 64)


def verdict(mean: float, low: float | None = None, high: float | None = None) -> str:
    table = reported_table(CELEBA)
    score = Score("psnr/rgb-matched", 1, "higher", 9, 9, mean, low=low, high=high)
    cells = reported_cells(
        table, table.rows[0], entry(score), {"psnr": "psnr/rgb-matched"}
    )  # 25.35 is printed
    return next(cell.verdict for cell in cells if cell.column == "PSNR")


@pytest.mark.parametrize(
    ("mean", "low", "high", "expected"),
    [
        (25.35, None, None, "agrees"),
        (25.3549, None, None, "agrees"),
        (25.345, None, None, "agrees"),
        (25.356, None, None, "differs"),
        (25.9, 25.34, 26.4, "within the interval"),
        (25.9, 25.3549, 26.4, "within the interval"),
        (25.9, 25.356, 26.4, "differs"),
        (float("inf"), None, None, "differs"),
    ],
)
def test_a_printed_number_is_worth_its_digits(mean, low, high, expected) -> None:  # type: ignore[no-untyped-def]
    assert verdict(mean, low, high) == expected


def test_a_column_without_our_metric_says_why() -> None:
    table = reported_table("pmrf-celeba-test")
    measure, measured_by = rules(table, None)
    assert measure.name == "pmrf@1"
    assert set(measured_by) == {"niqe", "psnr", "ssim", "lpips", "deg", "lmd"}
    cells = {cell.column: cell for cell in reported_cells(table, table.rows[0], entry(), measured_by)}
    assert "name your own copy with --reference" in cells["FID"].reason
    assert "None of our metrics is known to be the same measure (torch-fidelity's mean" in cells["KID"].reason


def test_with_a_reference_a_metric_of_sets_is_named_after_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_bytes(tmp_path / "mine.npz", b"looked at later")
    measure, measured_by = rules(reported_table("osdface-celeba-test"), tmp_path / "mine.npz")
    assert measured_by["fid"] == "fid/legacy@mine"
    assert measured_by["fid-hq"] == "fid/legacy"  # against the test set's own HQ, as before
    assert {metric.id for metric in measure.metrics} == set(measured_by.values())
    _, measured_by = rules(reported_table("pmrf-celeba-test"), tmp_path / "mine.npz")
    assert measured_by["fid"] == "fid/tf1@mine"


def test_a_set_of_the_right_count_and_size_is_not_called_proved(stand_in) -> None:  # type: ignore[no-untyped-def]
    table = reported_table(CELEBA)
    data = plain_dataset(hq=stand_in / "celeba_512_validation")
    whole = replace(data, card=replace(data.card, count=3000))
    assert not used_set(table, whole, 512).stand_in
    assert "nobody publishes checksums" in used_set(table, whole, 512).said
    assert "256 pixels wide where it is 512" in used_set(table, whole, 256).said
    assert used_set(table, whole, 256).stand_in


# ---- a board of ours


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data set of embedded faces, and a board on it with lq, nlm and somebody's own model."""
    folder = tmp_path_factory.mktemp("own")
    index = write_embedded_faces(folder / "faces", 64)
    data = make_dataset(folder / "faces", folder / "data", preset="gfpgan-release-128", seed=1, index=index)
    specs = {"lq": "lq", "nlm": "nlm", "tv": "evil.module:Model"}
    runs = {name: folder / "runs" / name for name in specs}
    for name, run in runs.items():
        restore(data, run, resolve(name), spec=specs[name])
    found = [find_restored(run, data, name=None, suffix="") for run in runs.values()]
    measure = protocol("strict@1")
    score_all(found, data, list(runs.values()), protocol=measure, memory=folder / "memory.sqlite")
    board = make_folder(folder / "results/faces-64")
    definition = BoardDefinition(
        id="faces-64",
        title="Faces",
        summary="Seven faces.",
        dataset=data.card.name,
        dataset_sha256=data.card.manifest_sha256,
        protocol="strict@1",
        headline=("lpips/alex",),
        make=("bfrbench degrade faces data --preset gfpgan-release-128 --seed 1",),
    )
    write_json(board / "board.json", definition)
    for name, run in runs.items():
        place = make_folder(board / name)
        for file in ("scores.json", "scores.parquet", "sets.parquet"):
            if (run / file).is_file():
                write_bytes(place / file, (run / file).read_bytes())
        method = Method(name)
        files = {path.name: sha256_file(path) for path in place.iterdir()}
        write_json(
            place / "entry.json",
            Publication("faces-64", method, "measured", files, trained=False, spec=specs[name]),
        )
    return folder / "results", folder / "data"


def test_a_board_of_ours_is_the_same_to_the_last_digit_from_raw(own, verb, tmp_path) -> None:  # type: ignore[no-untyped-def]
    results, data = own
    status, printed = verb(
        "faces-64", "--results", results, "--data", data, "--out", tmp_path / "out", "--json"
    )
    found = json.loads(printed)
    assert status == 0
    assert {cell["row"] for cell in found["cells"]} == {"lq", "nlm"}
    assert {cell["verdict"] for cell in found["cells"]} == {"same"}
    assert all(cell["difference"] == 0.0 for cell in found["cells"] if cell["measured"] is not None)
    assert sum(cell["measured"] is not None for cell in found["cells"]) == 12
    assert found["notes"] == ["The same images, bit for bit: lq, nlm."]
    # what an entry says of itself may be any command: it is not run
    assert found["not_run"] == [
        "tv: made by evil.module:Model; name its model with --restorer or its images with --runs."
    ]


def test_what_the_user_names_is_run(own, verb, tmp_path) -> None:  # type: ignore[no-untyped-def]
    results, data = own
    words = ("--results", results, "--data", data, "--out", tmp_path / "out", "--only", "tv", "--json")
    status, printed = verb("faces-64", *words, "--restorer", "tv=tv")
    found = json.loads(printed)
    assert status == 0
    assert {cell["verdict"] for cell in found["cells"]} == {"same"}
    assert found["not_run"] == []


@pytest.mark.parametrize("field", ["mean", "high", "n"])
def test_a_stored_number_that_was_changed_is_found(field, own, verb, tmp_path) -> None:  # type: ignore[no-untyped-def]
    shutil.copytree(own[0], tmp_path / "results")
    file = tmp_path / "results/faces-64/nlm/scores.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    score = next(each for each in stored["scores"] if each["metric"] == "psnr/rgb")
    score[field] += -1 if field == "n" else 0.02
    file.write_text(json.dumps(stored), encoding="utf-8")
    words = ("--results", tmp_path / "results", "--data", own[1], "--out", tmp_path / "out", "--only", "nlm")
    status, printed = verb("faces-64", *words, "--json")
    assert status == 1
    cells = cells_of(printed)
    assert [name for name, cell in cells.items() if cell["verdict"] == "differs"] == ["psnr/rgb"]
    assert field in cells["psnr/rgb"]["reason"]


def test_another_data_set_is_refused_with_the_way_to_the_right_one(own, verb, tmp_path) -> None:  # type: ignore[no-untyped-def]
    results, _ = own
    index = write_embedded_faces(tmp_path / "faces", 64)
    make_dataset(tmp_path / "faces", tmp_path / "data", preset="gfpgan-release-128", seed=2, index=index)
    with pytest.raises(
        InputError, match=r"is not the data set of faces-64.*Make that one with: bfrbench degrade"
    ):
        verb("faces-64", "--results", results, "--data", tmp_path / "data", "--out", tmp_path / "out")
    status, printed = verb("faces-64", "--results", results)
    assert status == 0
    assert "bfrbench degrade faces data" in printed


def test_numbers_that_differ_behind_the_printed_digits_agree_and_versions_are_not_mixed() -> None:
    stored = Score("psnr/rgb", 1, "higher", 9, 9, 24.12)
    (cell,) = board_cells(entry(stored), entry(replace(stored, mean=24.120001)))
    assert cell.verdict == "agrees"
    (cell,) = board_cells(entry(stored), entry(replace(stored, version=2)))
    assert (cell.verdict, cell.measured) == ("not measured", None)
    assert "of version 1, and here is 2" in cell.reason
    (cell,) = board_cells(entry(stored), entry())
    assert cell.verdict == "not measured"
    missing = replace(stored, mean=None, n=0, reason="No weights.")
    assert next(board_cells(entry(missing), entry(missing))).verdict == "same"
    assert next(board_cells(entry(stored), entry(missing))).reason == "No weights."
    infinite = replace(stored, mean=float("inf"))
    assert next(board_cells(entry(infinite), entry(infinite))).difference == 0.0
