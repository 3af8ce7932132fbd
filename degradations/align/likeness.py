"""Which photographs are near-duplicates, and which show one person; without holding all pairs in memory."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_BITS = 12
"""Of 256: photographs whose `look` differs in no more are near-duplicates. Among 1,915 aligned portraits of
1,440 people, two different photographs of one person differ in 13 and more, two people in 29; a copy at half
the size in 11 at most, at JPEG quality 40 in 10 mostly."""

SAME_PERSON = 0.45
"""Distance of two dlib descriptors below which they count as one person. Among 464 photographs of 370 people
this finds 370, tears one of 94 pairs apart and joins two people to others. dlib's own 0.6 would chain half of
them into one."""

_AT_ONCE = 2**21
"""Pairs that are compared at a time: some 20 MB, whatever the number of photographs."""

Looks = NDArray[np.uint64]
"""N×4: 256 bits each."""


def near_duplicates(looks: Looks, order: Sequence[int]) -> dict[int, int]:
    """{photograph: the one it nearly is}; of several that are alike, the first in `order` is the one."""
    ranked = looks[list(order)]
    found: dict[int, int] = {}
    rows = _rows_at_once(len(ranked))
    for start in range(0, len(ranked), rows):
        block = ranked[start : start + rows]
        for row, column in _near(block, ranked[: start + len(block)], start):
            if order[column] not in found:
                found.setdefault(order[row], order[column])
    return found


def _rows_at_once(count: int) -> int:
    """Rows of a block that is compared with all."""
    return max(1, _AT_ONCE // max(1, count))


def _near(block: Looks, upto: Looks, start: int) -> Iterator[tuple[int, int]]:
    """Pairs of rows (later, earlier) within MOST_BITS, by the later one and then the earlier one."""
    bits = np.zeros((len(block), len(upto)), np.uint16)
    for word in range(4):
        bits += np.bitwise_count(block[:, word, None] ^ upto[None, :, word])
    rows, columns = np.nonzero(bits <= MOST_BITS)
    for row, column in zip((rows + start).tolist(), columns.tolist(), strict=True):
        if column < row:
            yield row, column


def people(vectors: NDArray[np.float32], nearer: float = SAME_PERSON) -> list[int]:
    """A person's number for each vector, from 0 in the vectors' order.

    Two are one person when their Euclidean distance is below `nearer`, or when others link them. So whoever
    is one person is never torn apart by a chain's middle, and two who look alike may be joined: splits by
    person are safe rather than fine.
    """
    parent = list(range(len(vectors)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    squares = (vectors.astype(np.float64) ** 2).sum(axis=1).astype(np.float32)
    rows = _rows_at_once(len(vectors))
    for start in range(0, len(vectors), rows):
        block = vectors[start : start + rows]
        upto = slice(0, start + len(block))
        distance = (
            squares[start : start + len(block), None] + squares[None, upto] - 2 * block @ vectors[upto].T
        )
        for row, column in zip(*np.nonzero(distance < np.float32(nearer**2)), strict=True):
            one, other = sorted((root(start + int(row)), root(int(column))))
            parent[other] = one
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(item), len(numbers)) for item in range(len(vectors))]
