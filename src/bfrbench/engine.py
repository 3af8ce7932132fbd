"""Where work is done: every verb hands a function and its items to an engine, and gets results in order.

What is handed over is small and pickles: names, paths, hashes, rows; a function reads its files and writes
its own, each whole or not at all, so that doing an item twice does no harm. What a verb makes of results in
order is the same on any engine and for any number of workers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from bfrbench.parallel import parallel_map

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    """The local processes, or Ray's."""

    @property
    def workers(self) -> int:
        """How many items are worked on at a time."""
        ...

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item], *, together: int = 1
    ) -> Iterator[Result]:
        """Yield `function(item)` for each item, in the items' order.

        Items are taken as they are needed: a bounded number is under way, whatever their number.
        `together` is how many in a row a far worker gets at a time, where each of them is soon done.
        An error that `function` raises arrives as itself. Raises WorkerDied.
        """
        ...

    def once(self, function: Callable[[Item], Result], item: Item) -> Result:
        """`function(item)`, once, on a machine of the kind that the work is done on."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Processes of this machine; with one worker, this process."""

    workers: int = 1

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        together: int = 1,  # noqa: ARG002  # an item costs nothing to hand over here
    ) -> Iterator[Result]:
        """See `parallel_map`."""
        return parallel_map(function, items, self.workers)

    def once(self, function: Callable[[Item], Result], item: Item) -> Result:
        """In this process: its machine is the one."""
        return function(item)


HERE: Final = LocalEngine()
"""This process alone."""
