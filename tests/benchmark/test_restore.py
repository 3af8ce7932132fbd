"""Restoring a data set: the same run whatever happens on the way, and no image lost in silence."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from bfrbench.benchmark.restore import open_run, restore
from bfrbench.benchmark.restorers import FromFunction, resolve
from bfrbench.degradations.dataset import plain_dataset
from bfrbench.engine import LocalEngine
from bfrbench.errors import InputError, OutputError, RestorerFailed
from bfrbench.files import sha256_bytes, sha256_file
from bfrbench.pixels import read_image, write_png
from bfrbench.types import DataSet, Image, Run


def files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "restored").iterdir())}


def states(run: Run) -> dict[str, str]:
    return {image.name: image.state for image in run.images}


def go(
    data: DataSet, out: Path, function: Callable[[Sequence[Image]], Sequence[Image]], batch: int = 3
) -> Run:
    """Restore with a function."""
    return restore(data, out, partial(FromFunction, "theirs", function), spec="tests:theirs", batch=batch)


def invert(batch: Sequence[Image]) -> list[Image]:
    return [255 - image for image in batch]


def is_third(data: DataSet) -> Callable[[Image], bool]:
    third = read_image(data.folder / "lq/face-2.png")
    return lambda image: bool(np.array_equal(image, third))


def test_a_run_holds_every_image_and_its_hash(small_data: DataSet, tmp_path: Path) -> None:
    run = go(small_data, tmp_path / "run", invert)
    assert states(run) == {f"face-{n}": "ok" for n in range(7)}
    for image in run.images:
        path = tmp_path / f"run/restored/{image.name}.png"
        assert image.sha256 == sha256_file(path)
        assert np.array_equal(read_image(path), 255 - read_image(small_data.folder / f"lq/{image.name}.png"))
    assert open_run(tmp_path / "run", check_images=True) == run


def test_a_run_tells_where_it_comes_from_and_what_it_cost(small_data: DataSet, tmp_path: Path) -> None:
    run = go(small_data, tmp_path / "run", invert)
    assert run.dataset_sha256 == small_data.card.manifest_sha256
    assert run.spec == "tests:theirs"
    assert {"bfrbench", "python", "platform", "numpy", "opencv-python", "batch"} <= run.provenance.keys()
    assert run.cost["images"] == 7
    assert run.cost["images_per_second"] > 0
    assert run.cost["wall_seconds"] >= run.cost["restore_seconds"] > 0
    assert run.cost["peak_memory_bytes"] > 10e6


def test_weights_are_recorded_and_part_of_the_run(small_data: DataSet, tmp_path: Path) -> None:
    class Weighty:
        name = "theirs"
        weights_sha256: Mapping[str, str] = MappingProxyType({"net.pth": "00"})

        def __call__(self, batch: Sequence[Image]) -> list[Image]:
            return invert(batch)

    weighty = restore(small_data, tmp_path / "a", Weighty, spec="tests:theirs", batch=3)
    assert weighty.weights_sha256 == {"net.pth": "00"}
    assert weighty.sha256 != go(small_data, tmp_path / "b", invert).sha256


def test_workers_and_batches_change_neither_bytes_nor_the_run(small_data: DataSet, tmp_path: Path) -> None:
    runs = {
        (workers, batch): restore(
            small_data,
            tmp_path / f"{workers}-{batch}",
            resolve("unsharp"),
            spec="unsharp",
            batch=batch,
            engine=LocalEngine(workers),
        )
        for workers, batch in ((1, 1), (1, 3), (2, 2))
    }
    assert len({run.sha256 for run in runs.values()}) == 1
    assert files(tmp_path / "1-1") == files(tmp_path / "1-3") == files(tmp_path / "2-2")


def test_batches_are_cut_from_the_sorted_names(small_data: DataSet, tmp_path: Path) -> None:
    sizes = []

    def watch(batch: Sequence[Image]) -> list[Image]:
        sizes.append(len(batch))
        return invert(batch)

    shuffled = replace(small_data, pairs=small_data.pairs[::-1])
    run = go(shuffled, tmp_path / "run", watch)
    assert sizes == [3, 3, 1]
    assert list(states(run)) == sorted(states(run))


def test_a_batch_holds_images_of_one_size(small_data: DataSet, tmp_path: Path) -> None:
    wide = write_png(small_data.folder / "lq/face-1.png", np.zeros((24, 30, 3), dtype=np.uint8))
    pairs = [replace(p, lq_sha256=sha256_bytes(wide)) if p.name == "face-1" else p for p in small_data.pairs]

    sizes = []

    def stack(batch: Sequence[Image]) -> list[Image]:
        sizes.append(len(batch))
        return list(255 - np.stack(batch))

    run = go(replace(small_data, pairs=tuple(pairs)), tmp_path / "run", stack)
    assert sizes == [2, 1, 3, 1]
    assert set(states(run).values()) == {"ok"}


def test_progress_counts_images(small_data: DataSet, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    restore(
        small_data,
        tmp_path / "run",
        resolve("lq"),
        spec="lq",
        batch=3,
        on_progress=lambda *both: seen.append(both),
    )
    assert seen == [(3, 7), (6, 7), (7, 7)]


def test_a_crash_on_one_image_is_recorded_and_leaves_no_file(small_data: DataSet, tmp_path: Path) -> None:
    guilty = is_third(small_data)

    def crash(batch: Sequence[Image]) -> list[Image]:
        if any(map(guilty, batch)):
            raise RuntimeError("glasses")
        return invert(batch)

    run = go(small_data, tmp_path / "run", crash)
    whole = go(small_data, tmp_path / "whole", invert)
    assert states(run) == states(whole) | {"face-2": "restorer_error"}
    assert "glasses" in run.images[2].message
    assert run.images[2].sha256 is None
    # never the input in its place
    assert files(tmp_path / "run") == {
        k: v for k, v in files(tmp_path / "whole").items() if k != "face-2.png"
    }


def test_failed_images_are_tried_again_and_the_run_is_as_if_they_never_failed(
    small_data: DataSet, tmp_path: Path
) -> None:
    guilty = is_third(small_data)
    sizes = []

    def crash(batch: Sequence[Image]) -> list[Image]:
        return [image[0] if guilty(image) else 255 - image for image in batch]

    def mended(batch: Sequence[Image]) -> list[Image]:
        sizes.append(len(batch))
        return invert(batch)

    assert states(go(small_data, tmp_path / "run", crash))["face-2"] == "restorer_error"
    run = go(small_data, tmp_path / "run", mended)
    assert sizes == [3], "batches that were finished are not restored again"
    assert run.sha256 == go(small_data, tmp_path / "whole", invert).sha256
    assert files(tmp_path / "run") == files(tmp_path / "whole")


def test_an_image_that_fails_the_second_time_loses_its_file(small_data: DataSet, tmp_path: Path) -> None:
    go(small_data, tmp_path / "run", invert)
    (tmp_path / "run/restored/face-0.png").unlink()
    run = go(small_data, tmp_path / "run", lambda batch: [])
    assert [name for name, state in states(run).items() if state == "ok"] == [
        f"face-{n}" for n in range(3, 7)
    ]
    assert len(files(tmp_path / "run")) == 4


def test_running_a_finished_run_again_changes_nothing(small_data: DataSet, tmp_path: Path) -> None:
    first = go(small_data, tmp_path / "run", invert)
    before = (tmp_path / "run/run.json").read_bytes()
    assert go(small_data, tmp_path / "run", invert) == first
    assert (tmp_path / "run/run.json").read_bytes() == before


def test_a_file_that_was_cut_short_is_made_again(small_data: DataSet, tmp_path: Path) -> None:
    first = go(small_data, tmp_path / "run", invert)
    (tmp_path / "run/restored/face-4.png").write_bytes(b"\x89PNG")
    assert go(small_data, tmp_path / "run", invert).sha256 == first.sha256
    open_run(tmp_path / "run", check_images=True)


SLOW = """
import time

class Slow:
    name = "slow"

    def __call__(self, batch):
        time.sleep(0.2)
        return [255 - image for image in batch]
"""

RUN_SLOW = """
import pickle, sys
from pathlib import Path
from types import MappingProxyType
from bfrbench.benchmark.restore import restore
from bfrbench.benchmark.restorers import resolve

data = pickle.loads(Path(sys.argv[1]).read_bytes())
restore(data, Path(sys.argv[2]), resolve("slow_one:Slow"), spec="slow_one:Slow", batch=2)
"""


def test_a_killed_run_goes_on_to_the_same_result(
    small_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_one.py").write_text(SLOW)
    (tmp_path / "data.pickle").write_bytes(pickle.dumps(small_data))
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN_SLOW), tmp_path / "data.pickle", tmp_path / "run"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    first = tmp_path / "run/restored/face-2.png"
    deadline = time.monotonic() + 60
    while not first.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert first.exists()
    assert not (tmp_path / "run/run.json").exists()
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "run/restored").glob("face-[01].png")}
    assert len(finished) == 2
    (tmp_path / "run/restored/.writing-half.png").write_bytes(b"half")

    monkeypatch.syspath_prepend(tmp_path)
    runs = [
        restore(small_data, tmp_path / out, resolve("slow_one:Slow"), spec="slow_one:Slow", batch=2)
        for out in ("run", "whole")
    ]
    assert runs[0].sha256 == runs[1].sha256
    assert files(tmp_path / "run") == files(tmp_path / "whole")
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert 0 < runs[0].cost["images"] < 7


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spec": "nlm"}, "spec 'lq', not 'nlm'"),
        ({"build": resolve("tv")}, "restorer 'lq', not 'tv'"),
        ({"dataset": "ff"}, "data set '"),
    ],
)
def test_a_folder_with_another_run_is_refused(
    small_data: DataSet, tmp_path: Path, change: dict[str, object], says: str
) -> None:
    restore(small_data, tmp_path / "run", resolve("lq"), spec="lq")
    before = files(tmp_path / "run")
    build = change.get("build", resolve("lq"))
    spec = str(change.get("spec", "lq"))
    sha256 = str(change.get("dataset", small_data.card.manifest_sha256))
    data = replace(small_data, card=replace(small_data.card, manifest_sha256=sha256))
    with pytest.raises(OutputError, match=says):
        restore(data, tmp_path / "run", build, spec=spec)  # type: ignore[arg-type]
    assert files(tmp_path / "run") == before


def test_a_folder_with_anything_else_is_refused(small_data: DataSet) -> None:
    with pytest.raises(OutputError, match="holds something that is no run"):
        go(small_data, small_data.folder, invert)


def test_a_file_in_the_place_of_the_folder_is_refused(small_data: DataSet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a file stands where a folder should be"):
        go(small_data, tmp_path / "file", invert)


def test_an_lq_file_that_is_not_the_one_of_the_data_set_is_refused(
    small_data: DataSet, tmp_path: Path
) -> None:
    write_png(small_data.folder / "lq/face-4.png", np.zeros((24, 24, 3), dtype=np.uint8))
    with pytest.raises(InputError, match=r"face-4\.png is not the file that the data set names"):
        go(small_data, tmp_path / "run", invert)
    assert "face-2.png" in files(tmp_path / "run"), "what was finished is kept"
    assert not (tmp_path / "run/run.json").exists()


def test_an_lq_file_that_is_gone_is_refused(small_data: DataSet, tmp_path: Path) -> None:
    (small_data.folder / "lq/face-4.png").unlink()
    with pytest.raises(InputError, match=r"face-4\.png cannot be read.*not whole"):
        go(small_data, tmp_path / "run", invert)


def test_an_lq_file_that_is_no_picture_is_recorded(small_data: DataSet, tmp_path: Path) -> None:
    data = b"\x89PNG and then nothing"
    (small_data.folder / "lq/face-4.png").write_bytes(data)
    pairs = [replace(p, lq_sha256=sha256_bytes(data)) if p.name == "face-4" else p for p in small_data.pairs]
    run = go(replace(small_data, pairs=tuple(pairs)), tmp_path / "run", invert)
    assert states(run) == {f"face-{n}": "unreadable" if n == 4 else "ok" for n in range(7)}
    assert "face-4.png" in run.images[4].message
    assert len(files(tmp_path / "run")) == 6


def test_another_size_is_written_for_the_judge_to_see(small_data: DataSet, tmp_path: Path) -> None:
    run = go(small_data, tmp_path / "run", lambda batch: [image[:12] for image in batch])
    assert set(states(run).values()) == {"ok"}
    assert read_image(tmp_path / "run/restored/face-0.png").shape == (12, 24, 3)


def test_a_restorer_that_cannot_be_built_writes_nothing(small_data: DataSet, tmp_path: Path) -> None:
    def build() -> FromFunction:
        raise FileNotFoundError("net.pth")

    with pytest.raises(RestorerFailed, match=r"could not be built: FileNotFoundError: net\.pth"):
        restore(small_data, tmp_path / "run", build, spec="tests:theirs")
    assert not (tmp_path / "run").exists()


def test_a_data_set_without_lq_images_is_refused(small_data: DataSet, tmp_path: Path) -> None:
    bare = plain_dataset(small_data.folder / "hq")
    with pytest.raises(InputError, match="has no LQ images"):
        go(bare, tmp_path / "run", invert)


def test_plain_folders_are_a_data_set_too(small_data: DataSet, tmp_path: Path) -> None:
    plain = plain_dataset(small_data.folder / "hq", small_data.folder / "lq")
    go(plain, tmp_path / "plain", invert)
    go(small_data, tmp_path / "run", invert)
    assert files(tmp_path / "plain") == files(tmp_path / "run")


def test_a_batch_of_none_is_refused(small_data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="batch size is 0"):
        go(small_data, tmp_path / "run", invert, batch=0)


def test_a_command_restores_a_data_set_but_for_the_image_it_fails_on(
    small_data: DataSet, tmp_path: Path
) -> None:
    script = tmp_path / "tool.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom PIL import Image, ImageOps\n"
        "for path in Path(sys.argv[1]).iterdir():\n"
        "    image = Image.open(path)\n"
        "    if image.size[0] != 24: sys.exit('only 24 pixels, please')\n"
        "    ImageOps.invert(image).save(Path(sys.argv[2]) / path.name)\n"
    )
    wide = write_png(small_data.folder / "lq/face-1.png", np.zeros((24, 30, 3), dtype=np.uint8))
    pairs = [replace(p, lq_sha256=sha256_bytes(wide)) if p.name == "face-1" else p for p in small_data.pairs]
    data = replace(small_data, pairs=tuple(pairs))
    spec = f"command:'{sys.executable}' '{script}' {{lq}} {{out}}"
    run = restore(data, tmp_path / "run", resolve(spec), spec=spec, batch=7)
    assert states(run) == {f"face-{n}": "restorer_error" if n == 1 else "ok" for n in range(7)}
    assert "only 24 pixels, please" in run.images[1].message
