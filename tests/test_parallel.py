"""Parallel map: order, flat memory, and workers that die with their parent."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from math import factorial

import pytest

from bfrbench.errors import InputError, WorkerDied
from bfrbench.parallel import parallel_map


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(parallel_map(factorial, range(20), workers)) == [factorial(n) for n in range(20)]


def test_only_a_window_of_items_is_taken_at_a_time() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(1, 101):
            taken = number
            yield number

    results = parallel_map(factorial, items(), 2)
    next(results)
    assert taken <= 8
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_arrives_as_itself(workers: int) -> None:
    with pytest.raises(ValueError, match="'three'"):
        list(parallel_map(int, ["1", "2", "three", "4"], workers))


def test_a_killed_worker_is_a_sentence() -> None:
    with pytest.raises(WorkerDied, match="fewer --workers"):
        list(parallel_map(os._exit, range(2), 2))


def test_no_workers_is_refused() -> None:
    with pytest.raises(InputError, match="1 or more"):
        list(parallel_map(factorial, [1], 0))


def test_workers_end_when_their_parent_is_killed() -> None:
    script = (
        "import multiprocessing, os, time\n"
        "from bfrbench.parallel import parallel_map\n"
        "if __name__ == '__main__':\n"
        "    results = parallel_map(os.getpgid, iter([0] * 10**6), 2)\n"
        "    next(results)\n"
        "    print(*[child.pid for child in multiprocessing.active_children()], flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(workers) == 2
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().split()[2] != "Z"
    except FileNotFoundError:
        return False
