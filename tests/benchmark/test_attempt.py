"""Calling a contestant: what it may do wrong, and what then becomes of which image."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from bfrbench.benchmark.attempt import attempt, describe, start
from bfrbench.benchmark.restorers import FromFunction
from bfrbench.errors import OutputError, RestorerFailed, WeightsUnavailable
from bfrbench.types import Image, Restorer

LQ = {name: np.full((4, 6, 3), value, dtype=np.uint8) for name, value in (("a", 10), ("b", 20), ("c", 30))}


def run(function: Callable[[Sequence[Image]], Any]) -> dict[str, Image | str]:
    return attempt(FromFunction("theirs", function), LQ)


def double(batch: Sequence[Image]) -> list[Image]:
    return [2 * image for image in batch]


def assert_doubled(outputs: dict[str, Image | str], *names: str) -> None:
    for name in names:
        assert np.array_equal(outputs[name], 2 * LQ[name])


def test_outputs_belong_to_the_names_in_order() -> None:
    outputs = run(double)
    assert list(outputs) == ["a", "b", "c"]
    assert_doubled(outputs, "a", "b", "c")


def test_an_array_of_images_is_as_good_as_a_list() -> None:
    assert_doubled(run(lambda batch: np.stack(double(batch))), "a", "b", "c")


def test_a_crash_on_one_image_costs_only_that_image() -> None:
    def crash(batch: Sequence[Image]) -> list[Image]:
        if any(image[0, 0, 0] == 20 for image in batch):
            raise ValueError("no face\nhere")
        return double(batch)

    outputs = run(crash)
    assert_doubled(outputs, "a", "c")
    assert isinstance(outputs["b"], str)
    assert outputs["b"].startswith("ValueError: no face here (test_attempt.py:")


def test_a_wrong_number_of_images_is_tried_one_by_one() -> None:
    outputs = run(lambda batch: double(batch[:2]))
    assert_doubled(outputs, "a", "b", "c")
    outputs = run(lambda batch: [])
    assert set(outputs.values()) == {"theirs returned 0 images for 1."}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda image: None, "is a NoneType, not a numpy array"),
        (lambda image: image.astype(np.float32) / 255, r"is float32 of shape (4, 6, 3), not H×W×3 uint8"),
        (lambda image: image[:, :, 0], "is uint8 of shape (4, 6)"),
        (lambda image: image.transpose(2, 0, 1), "is uint8 of shape (3, 4, 6)"),
        (lambda image: image[:0], "is uint8 of shape (0, 6, 3)"),
    ],
)
def test_a_wrong_output_says_what_was_expected(wrong: Callable[[Image], Any], says: str) -> None:
    def one_wrong(batch: Sequence[Image]) -> list[Any]:
        return [wrong(image) if image[0, 0, 0] == 20 else 2 * image for image in batch]

    outputs = run(one_wrong)
    assert_doubled(outputs, "a", "c")
    assert isinstance(outputs["b"], str)
    assert says in outputs["b"]
    assert "RGB from 0 to 255" in outputs["b"]


def test_no_output_at_all_is_the_fault_of_every_image() -> None:
    outputs = run(lambda batch: None)
    assert all(isinstance(output, str) and "TypeError" in output for output in outputs.values())


def test_a_size_other_than_the_input_is_the_judges_business() -> None:
    outputs = run(lambda batch: [np.zeros((8, 12, 3), dtype=np.uint8) for _ in batch])
    assert all(isinstance(output, np.ndarray) for output in outputs.values())


def test_views_come_back_contiguous() -> None:
    outputs = run(lambda batch: [image[:, ::-1, ::-1] for image in batch])
    assert all(isinstance(o, np.ndarray) and o.flags.c_contiguous for o in outputs.values())


def test_writing_into_the_input_does_not_spoil_the_second_attempt() -> None:
    def spoil(batch: Sequence[Image]) -> list[Image]:
        for image in batch:
            np.multiply(image, 2, out=image)
        if len(batch) > 1:
            raise ValueError("one at a time, please")
        return list(batch)

    assert_doubled(run(spoil), "a", "b", "c")
    assert LQ["a"][0, 0, 0] == 10


def test_leaving_the_program_is_no_way_out() -> None:
    def leave(batch: Sequence[Image]) -> list[Image]:
        raise SystemExit(0)

    assert all("SystemExit" in str(output) for output in run(leave).values())


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")], ids=["host", "gpu"]
)
def test_a_lack_of_memory_is_nobodys_fault_and_stops_the_run(error: Exception) -> None:
    def greedy(batch: Sequence[Image]) -> list[Image]:
        raise error

    with pytest.raises(RestorerFailed, match="smaller batch"):
        run(greedy)


@pytest.mark.parametrize("error", [OutputError("the disk is full"), KeyboardInterrupt()])
def test_a_full_disk_and_control_c_stop_the_run(error: BaseException) -> None:
    def stop(batch: Sequence[Image]) -> list[Image]:
        raise error

    with pytest.raises(type(error)):
        run(stop)


def test_what_a_restorer_prints_keeps_out_of_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    def chatter(batch: Sequence[Image]) -> list[Image]:
        print("progress 100 %")
        return double(batch)

    run(chatter)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "progress" in printed.err


def test_a_stochastic_restorer_gives_the_same_images_every_time() -> None:
    def gamble(batch: Sequence[Image]) -> list[Image]:
        noise = [np.random.randint(0, 99, i.shape) + random.randint(0, 99) for i in batch]  # noqa: S311
        return [n.astype(np.uint8) for n in noise]

    first, second = run(gamble), run(gamble)
    assert all(np.array_equal(first[name], second[name]) for name in LQ)
    assert not np.array_equal(first["a"], first["b"])


def test_what_fails_while_building_is_a_sentence() -> None:
    def build() -> Restorer:
        raise KeyError("params_ema")

    with pytest.raises(RestorerFailed, match=r"could not be built: KeyError: 'params_ema' \(test_attempt"):
        start(build)


def test_our_own_errors_while_building_pass_as_they_are() -> None:
    def build() -> Restorer:
        raise WeightsUnavailable("not here")

    with pytest.raises(WeightsUnavailable, match="not here"):
        start(build)


def test_long_messages_are_cut() -> None:
    assert len(describe(ValueError("x" * 10_000))) == 601
