"""What every verb shares: progress, notes, JSON, and text that is never taken for markup."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bfrbench.files import to_json

__all__ = ["err", "escape", "out", "print_json", "progress", "warn"]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar with time left on stderr; yields the `on_progress(done, total)` that the parts call."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task(f"{escape(title):<24}", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_json(value: Any) -> None:
    """Print a dataclass or plain value as JSON on stdout."""
    sys.stdout.write(to_json(value))


def warn(sentence: str) -> None:
    """A sentence the user should read, without stopping."""
    err.print(f"[yellow]Note:[/] {escape(sentence)}")
