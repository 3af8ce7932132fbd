"""`bfrbench sheet` and `bfrbench draw`: the right faces in the right places, and people from a prior."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.open_scores import open_scores
from bfrbench.benchmark.protocols import protocol
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve
from bfrbench.benchmark.score import score
from bfrbench.benchmark.sheet import CAPTION, GAP, HEAD, extremes
from bfrbench.degradations.dataset import make_dataset, open_dataset
from bfrbench.engine import HERE
from bfrbench.errors import InputError
from bfrbench.pixels import read_image, write_png
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.gfpgan import fresh
from bfrbench.reference_model.state_dict import save_network
from bfrbench.reference_model.training.sheets import draw_people, draw_walks

SIDE = 64


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/: six faces; runs/bilateral, scored; runs/lq, not scored."""
    folder = tmp_path_factory.mktemp("sheet")
    (folder / "faces").mkdir()
    for number in range(6):
        corner = astronaut()[12 * number : 12 * number + 64, 180:244]
        write_png(folder / f"faces/face-{number}.png", np.ascontiguousarray(corner))
    data = make_dataset(folder / "faces", folder / "data", preset="ladder-noise-128-3")
    for name in ("lq", "bilateral"):
        restore(data, folder / "runs" / name, resolve(name), spec=name, batch=8, engine=HERE)
    fast = replace(protocol("strict"), metrics=(METRICS["psnr/rgb"],))
    score(folder / "runs/bilateral", data, folder / "runs/bilateral", protocol=fast)
    return folder


@pytest.fixture
def here(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)


def tile(sheet: np.ndarray, row: int, column: int) -> np.ndarray:
    top, left = HEAD + row * (SIDE + CAPTION + GAP), GAP + column * (SIDE + GAP)
    return sheet[top : top + SIDE, left : left + SIDE]


def test_rows_are_the_worst_then_the_best_and_columns_lq_restorers_hq(cli, here, made: Path) -> None:  # type: ignore[no-untyped-def]
    done = cli(
        "sheet", "data", "sheet.png", "--run", "runs/bilateral", "--run", "runs/lq",
        "-m", "psnr/rgb", "--worst", "2", "--best", "1", "--side", str(SIDE),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    values = open_scores(made / "runs/bilateral").values["psnr/rgb"].sort_values()
    sheet = read_image(made / "sheet.png")
    pairs = {pair.name: pair for pair in open_dataset(made / "data").pairs}
    for row, name in enumerate([values.index[0], values.index[1], values.index[-1]]):
        for column, file in enumerate((
            f"data/{pairs[name].lq}", f"runs/bilateral/restored/{name}.png",
            f"runs/lq/restored/{name}.png", f"data/{pairs[name].hq}",
        )):  # fmt: skip
            np.testing.assert_array_equal(tile(sheet, row, column), read_image(made / file))
    assert len(sheet) == HEAD + 3 * (SIDE + CAPTION + GAP)


def test_an_image_that_is_gone_is_a_grey_tile_and_names_can_be_chosen(cli, here, made: Path) -> None:  # type: ignore[no-untyped-def]
    gone = made / "data" / open_dataset(made / "data").pairs[0].lq
    kept = gone.read_bytes()
    gone.unlink()
    done = cli("sheet", "data", "one.png", "--run", "runs/lq", "--name", "face-0", "--side", str(SIDE))
    gone.write_bytes(kept)
    assert done.returncode == 0, done.stderr
    assert np.ptp(tile(read_image(made / "one.png"), 0, 0)) < 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--run", "runs/lq"], "has no scores yet"),
        (["--run", "runs/bilateral"], "score it with `-m lpips/alex`"),
        (["--run", "runs/lq", "--name", "nobody"], "no image 'nobody'"),
        (["--run", "elsewhere"], "elsewhere"),
    ],
)
def test_what_cannot_be_drawn_is_said(cli, here, arguments, words) -> None:  # type: ignore[no-untyped-def]
    done = cli("sheet", "data", "none.png", *arguments)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert not Path("none.png").exists()


def test_the_best_by_a_lower_is_better_metric_have_the_least(made: Path) -> None:
    scores = open_scores(made / "runs/bilateral")
    entry = replace(scores.entry, scores=(replace(scores.entry.scores[0], better="lower"),))
    turned = replace(scores, entry=entry)
    assert extremes(turned, "psnr/rgb", worst=1, best=0) == extremes(scores, "psnr/rgb", worst=0, best=1)
    with pytest.raises(InputError, match="ssim/rgb"):
        extremes(scores, "ssim/rgb", worst=1, best=1)


def test_a_walk_begins_and_ends_at_people(tmp_path: Path, cli) -> None:  # type: ignore[no-untyped-def]
    network = fresh(GfpganConfig(out_size=32, narrow=1 / 32, num_style_feat=16, num_mlp=2), seed=0)
    torch.manual_seed(0)
    for noise in network.stylegan_decoder.noises.buffers():
        noise.zero_()
    prior = network.stylegan_decoder
    people, walks = draw_people(prior, 3, seed=4), draw_walks(prior, 2, 5, seed=4)
    assert len(walks) == 10
    assert np.abs(walks[0].astype(int) - people[0]).max() <= 1
    assert np.abs(walks[4].astype(int) - walks[5]).mean() < np.abs(walks[0].astype(int) - walks[4]).mean()
    save_network(network, tmp_path / "tiny.pth")
    done = cli("draw", tmp_path / "tiny.pth", tmp_path / "people.png", "--people", "6", "--columns", "3")
    assert done.returncode == 0, done.stderr
    assert read_image(tmp_path / "people.png").shape == (64, 96, 3)
