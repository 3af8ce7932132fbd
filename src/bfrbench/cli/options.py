"""Options that several verbs share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import typer

from bfrbench.engine import Engine, LocalEngine
from bfrbench.errors import InputError
from bfrbench.parallel import default_workers

_RAY = "On a Ray cluster"

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
Workers = Annotated[
    int, typer.Option(min=0, help="Processes; 0 means one a core. Results never depend on it.")
]
EngineName = Annotated[
    Literal["local", "ray"],
    typer.Option("--engine", help="This machine's processes, or a Ray cluster's.", rich_help_panel=_RAY),
]
Address = Annotated[
    str | None,
    typer.Option(
        help="Of the cluster, one of whose machines this is: HOST:PORT. [default: one that starts here]",
        rich_help_panel=_RAY,
    ),
]
Gpus = Annotated[
    float | None,
    typer.Option(
        "--gpus-per-worker",
        min=0.0,
        help="GPUs that each worker holds; a half lets two share one. [default: 1 with --device cuda]",
        rich_help_panel=_RAY,
    ),
]


def workers_or_all(workers: int) -> int:
    """0 means one worker a core."""
    return workers or default_workers()


@contextmanager
def engine_of(name: str, address: str | None, workers: int, *, gpus: float = 0.0) -> Iterator[Engine]:
    """The engine that the options mean; 0 workers are as many as there are cores, or GPUs for them.

    Raises InputError for options that do not go together, ClusterUnfit.
    """
    if name == "local":
        if address is not None:
            raise InputError("--address is that of a Ray cluster: say --engine ray, too.")
        yield LocalEngine(workers_or_all(workers))
        return
    from bfrbench.ray_engine import connected

    with connected(address, workers=workers, gpus=gpus) as engine:
        yield engine
