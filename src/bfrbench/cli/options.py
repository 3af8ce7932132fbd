"""Options that several verbs share."""

from typing import Annotated

import typer

from bfrbench.parallel import default_workers

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
Workers = Annotated[
    int, typer.Option(min=0, help="Processes; 0 means one a core. Results never depend on it.")
]


def workers_or_all(workers: int) -> int:
    """0 means one worker a core."""
    return workers or default_workers()
