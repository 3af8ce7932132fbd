"""Which photographs are near-duplicates, and which show one person; without holding all pairs in memory."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

MOST_BITS = 12
"""Of 256: photographs whose `look` differs in no more are near-duplicates. Among 1,915 aligned portraits of
1,440 people, two different photographs of one person differ in 13 and more, two people in 29; of copies at
half the size 97 % are found, of those at JPEG quality 40 62 %. Among 269 that are mostly from studios, one of
67 pairs of one person differs in 10 (`bench_align.py --thresholds`)."""

SAME_PERSON = 0.45
"""Distance of two dlib descriptors below which they count as one person. Among 464 photographs of 370 people
this finds 370, tears one of 94 pairs apart and joins two people into one. dlib's own 0.6 would chain 189 into
one (`bench_align.py --people`)."""

_TILE = 1024
"""Photographs that are compared with as many others at a time: some 12 MB, whatever their number."""

NONE = -1
Numbers = NDArray[np.int64]
Looks = NDArray[np.uint64]
"""N×4: 256 bits each."""


class Vectors(Protocol):
    """N×D float32, of which some rows are asked for at a time: an array, or a file."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]: ...


def near_duplicates(looks: Looks, order: Numbers) -> Numbers:
    """Of each photograph the one it nearly is, or NONE; of several alike, that is the first in `order`."""
    found = np.full(len(looks), NONE)
    for rows, columns in _tiles(len(order)):
        first = np.bitwise_count(looks[order[rows], 0, None] ^ looks[None, order[columns], 0])
        for row, earlier in _near(first <= MOST_BITS, rows, columns):  # few are, in their first 64 bits
            bits = np.bitwise_count(looks[order[row]] ^ looks[order[earlier]]).sum(axis=1)
            alike = order[earlier[bits <= MOST_BITS]]
            free = alike[found[alike] == NONE]
            if len(free) and found[order[row]] == NONE:
                found[order[row]] = free[0]
    return found


def people(vectors: Vectors, nearer: float = SAME_PERSON) -> Numbers:
    """A person's number for each vector, from 0 in the vectors' order.

    Two are one person when their Euclidean distance is below `nearer`, or when others link them. So whoever
    is one person is never torn apart by a chain's middle, and two who look alike may be joined: splits by
    person are safe rather than fine.
    """
    first = np.arange(len(vectors))  # of each the one it hangs on; a tree's root is the first of its people

    def root(item: int) -> int:
        while first[item] != item:
            first[item] = first[first[item]]
            item = int(first[item])
        return item

    with threadpool_limits(1, user_api="blas"):  # which rounds otherwise with another number of threads
        for rows, columns in _tiles(len(vectors)):
            near = _distances(vectors[rows], vectors[columns]) < np.float32(nearer**2)
            for row, earlier in _near(near, rows, columns):
                for other in np.unique(first[earlier]).tolist():
                    one, two = sorted((root(row), root(other)))
                    first[two] = one
    for item in range(len(first)):
        first[item] = root(item)
    return np.asarray(np.unique(first, return_inverse=True)[1])


def _distances(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared, of each to each."""
    one, two = ((x.astype(np.float64) ** 2).sum(axis=1).astype(np.float32) for x in (some, others))
    return np.asarray(one[:, None] + two[None] - 2 * some @ others.T)


def _tiles(count: int) -> Iterator[tuple[slice, slice]]:
    """All pairs of a later and an earlier one: rows from the first to the last, columns up to them."""
    for row in range(0, count, _TILE):
        for column in range(0, row + 1, _TILE):
            yield slice(row, min(row + _TILE, count)), slice(column, min(column + _TILE, count))


def _near(near: NDArray[np.bool_], rows: slice, columns: slice) -> Iterator[tuple[int, Numbers]]:
    """Of a tile, each photograph with the earlier ones that are near to it."""
    if rows == columns:
        near = np.tril(near, -1)
    for row in np.flatnonzero(near.any(axis=1)).tolist():
        yield rows.start + row, columns.start + np.flatnonzero(near[row])
