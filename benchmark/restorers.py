"""From what `--restorer` says to something that builds a restorer.

| spec                           | means                                                                     |
|--------------------------------|---------------------------------------------------------------------------|
| `nlm`, `tv`, ...               | a row of `baselines.RESTORERS`                                            |
| `realesrgan-x4plus`            | a row of `NAMED`: somebody else's model, its weights found by name        |
| `package.module:Name`          | your class, called without arguments; or a function of a batch of images |
| `command:"tool {lq} {out}"`    | your tool, run once per batch (`command.Command`)                         |
| `spandrel:FILE`                | an official checkpoint of many architectures (`contestants`)              |
| `onnx:FILE`                    | a network in the ONNX format; `?range=-1..1` where the file does not say  |
| `torchscript:FILE?range=-1..1` | a network saved by torch.jit                                              |
"""

import difflib
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from bfrbench.benchmark.attempt import describe
from bfrbench.benchmark.baselines import RESTORERS, builder
from bfrbench.benchmark.command import Command
from bfrbench.errors import InputError, RestorerFailed, UnknownName
from bfrbench.types import Image, Restorer

_CODE = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<attribute>[^\W\d]\w*)")


def _spandrel(rest: str, device: str) -> Callable[[], Restorer]:
    from bfrbench.benchmark.contestants.spandrel_model import load_spandrel  # noqa: PLC0415  # torch

    return partial(load_spandrel, Path(rest), device=device)


def _onnx(rest: str, device: str) -> Callable[[], Restorer]:
    from bfrbench.benchmark.contestants.onnx_model import load_onnx  # noqa: PLC0415  # onnxruntime

    return partial(load_onnx, rest, device=device)


def _torchscript(rest: str, device: str) -> Callable[[], Restorer]:
    from bfrbench.benchmark.contestants.torchscript_model import load_torchscript  # noqa: PLC0415  # torch

    return partial(load_torchscript, rest, device=device)


def _realesrgan(name: str, device: str) -> Callable[[], Restorer]:
    from bfrbench.benchmark.contestants.realesrgan import builder  # noqa: PLC0415  # torch

    return builder(name, device)


NAMED: Final[Mapping[str, Callable[[str, str], Callable[[], Restorer]]]] = {
    "realesrgan-x4plus": _realesrgan,
    "realesrgan-x4plus-quarter": _realesrgan,
}
"""Other people's models whose weights the table knows: name → (name, device) → what builds the restorer."""

CONTESTANTS: Final[Mapping[str, Callable[[str, str], Callable[[], Restorer]]]] = {
    "spandrel": _spandrel,
    "onnx": _onnx,
    "torchscript": _torchscript,
}
"""Files of other people's models: scheme → (what follows it, device) → what builds the restorer."""


def resolve(spec: str, device: str = "cpu") -> Callable[[], Restorer]:
    """What builds the restorer that `spec` means; it pickles, so that every worker builds its own.

    Looks the spec over at once: raises UnknownName with the nearest names, InputError for a command or
    a class that cannot work. A spec `package.module:Name` imports that module, so it runs its code.
    """
    if spec in RESTORERS:
        return builder(spec)
    if spec in NAMED:
        return NAMED[spec](spec, device)
    scheme, _, rest = spec.partition(":")
    if scheme == "command":
        Command(rest)  # looks it over
        return partial(Command, rest)
    if scheme in CONTESTANTS and rest:
        build = CONTESTANTS[scheme](rest, device)
        build()  # a wrong file is told before any work starts
        return build
    if _CODE.fullmatch(spec):
        _find(spec)
        return partial(load, spec)
    near = difflib.get_close_matches(spec, [*RESTORERS, *NAMED], cutoff=0.5)
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UnknownName(
        f"No restorer is called {spec!r}.{meant} There are: {', '.join([*RESTORERS, *NAMED])}; or "
        'your own as package.module:Class or command:"tool {lq} {out}".'
    )


@dataclass(frozen=True, slots=True)
class FromFunction:
    """A restorer from a function that takes a batch of images and returns as many."""

    name: str
    function: Callable[[Sequence[Image]], Sequence[Image]]

    def __call__(self, batch: Sequence[Image]) -> Sequence[Image]:
        """Restore a batch, in order."""
        return self.function(batch)


def load(spec: str) -> Restorer:
    """Build the restorer that `package.module:Name` means.

    Raises InputError when it is no restorer; what its own code raises passes through.
    """
    found = _find(spec)
    if not inspect.isclass(found):
        return FromFunction(found.__name__, found)
    restorer = found()
    if not callable(restorer):
        raise InputError(f"{spec} cannot be called: it needs __call__(self, batch) that returns images.")
    if not isinstance(getattr(restorer, "name", None), str):
        raise InputError(f"{spec} has no name: give the class `name`, a text that the board shows.")
    if not isinstance(getattr(restorer, "weights_sha256", {}), Mapping):
        raise InputError(f"{spec} has weights_sha256 that is no mapping from file name to sha256.")
    return cast("Restorer", restorer)


def _find(spec: str) -> Any:
    """Import the module and return its class or function."""
    module_name, _, attribute = spec.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # as with `python -m`, modules in the current folder count
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise RestorerFailed(
                f"{module_name} needs the module {error.name}, which is not here."
            ) from error
        raise InputError(
            f"There is no module {error.name!r} for the restorer {spec!r}. Install it, or run from the "
            "folder that holds it, or put that folder into PYTHONPATH."
        ) from error
    except Exception as error:  # whatever a contestant's code may raise
        raise RestorerFailed(f"Importing {module_name} failed: {describe(error)}") from error
    if not hasattr(module, attribute):
        near = difflib.get_close_matches(attribute, vars(module))
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownName(f"The module {module_name} has no {attribute!r}.{meant}")
    found = getattr(module, attribute)
    if not (inspect.isclass(found) or inspect.isroutine(found)):
        raise InputError(
            f"{spec} is a {type(found).__name__}; it should be a class that builds a restorer "
            "without arguments, or a function that takes a batch of images."
        )
    return found
