"""Map a function over many items in processes: in order, with flat memory, dying together."""

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from bfrbench.errors import InputError, WorkerDied

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_workers() -> int:
    """As many workers as the process may use cores."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def parallel_map(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Yield `function(item)` for each item, in the items' order, whatever the number of workers.

    With one worker everything runs in this process. With more, at most four items a worker are under
    way at any time, so memory does not grow with their number; `function` and the items must pickle.
    A worker whose parent is killed ends itself.
    """
    if workers < 1:
        raise InputError(f"The number of workers is {workers}; it must be 1 or more.")
    if workers == 1:
        keep_freed_memory()
        with threadpool_limits(1, user_api="blas"):
            yield from map(function, items)
        return
    # spawn, not fork: torch's and OpenCV's threads do not survive a fork
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerDied(
            "A worker process was killed, most often because memory ran out. What was finished is kept: "
            "run the same command again, with fewer --workers."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def keep_freed_memory() -> None:
    """Let glibc keep freed memory up to 64 MiB instead of handing each image's pages back to the system.

    glibc sets its thresholds by the largest block that was freed (mallopt(3), M_MMAP_THRESHOLD). This one is
    never touched, so it costs nothing; fresh pages for every buffer cost a seventh of all time at 512 px.
    Elsewhere it does nothing.
    """
    block = np.empty(2**25 - 2**13, dtype=np.uint8)
    del block


def settle_worker() -> None:
    """What a process does first that is one of many: one thread, and freed memory stays its own."""
    keep_freed_memory()
    cv2.setNumThreads(1)  # processes already fill the cores
    threadpool_limits(1, user_api="blas")  # and BLAS rounds otherwise with another number of threads


def _start_worker() -> None:
    settle_worker()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
