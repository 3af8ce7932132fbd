"""`bfrbench restore`."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer
from rich.table import Table

from bfrbench.cli.console import err, escape, out, print_json, progress
from bfrbench.cli.options import Address, EngineName, Gpus, Json, Workers, engine_of
from bfrbench.engine import Engine
from bfrbench.errors import InputError
from bfrbench.storage import open_place
from bfrbench.types import DataSet, Restorer, Run

if TYPE_CHECKING:
    from bfrbench.reference_model.original import Architecture
    from bfrbench.reference_model.restorer import Noise

_GFPGAN: Final = "With gfpgan:FILE"


def _list_restorers(wanted: bool) -> None:
    if not wanted:
        return
    from bfrbench.benchmark.baselines import RESTORERS

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("--restorer", "what", "source"):
        table.add_column(column)
    for name, row in RESTORERS.items():
        table.add_row(name, row.title, row.source)
    for spec, what, source in (
        ("hq", "the HQ images themselves: the board's upper anchor", ""),
        ("realesrgan-x4plus", "Real-ESRGAN on the LQ, its output averaged back", "Wang et al. 2021"),
        ("realesrgan-x4plus-quarter", "Real-ESRGAN on the LQ at a quarter of its sides", "Wang et al. 2021"),
        (
            "gfpgan-128",
            "the reference GFP-GAN for faces of 128 px, which comes with bfrbench",
            "docs/model-card.md",
        ),
        (
            "gfpgan:FILE",
            "a GFP-GAN checkpoint: v1, v1.2, v1.3, v1.4, bilinear, or trained here",
            "reference_model",
        ),
        ("spandrel:FILE", "checkpoints of many architectures, by the spandrel library", "their authors"),
        ("onnx:FILE", "a network in the ONNX format; add ?range=-1..1 if it does not say", "your file"),
        ("torchscript:FILE?range=-1..1", "a network saved by torch.jit", "your file"),
        ("package.module:Class", "your class: called with a batch, returns a batch", "your code"),
        ('command:"tool {lq} {out}"', "your program: reads a folder, fills a folder", "your program"),
        ("folder:DIR", "images that you made elsewhere, by name", "your folder"),
    ):
        table.add_row(escape(spec), what, source)
    out.print(table)
    raise typer.Exit


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model runs, as the options say; all but the device are the reference model's."""

    device: str = "cpu"
    dtype: str = "float32"
    strength: float = 1.0
    noise: str = "stored"
    prior: Path | None = None
    architecture: str | None = None

    def words(self) -> str:
        """What is not as by default, for the record of a run."""
        told = [
            f"{field.name}={getattr(self, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f" ({', '.join(told)})" if told else ""


def _gfpgan(file: str, options: ModelOptions) -> Callable[[], Restorer]:
    from bfrbench.reference_model.restorer import load_gfpgan

    if not (options.noise in ("stored", "off") or options.noise.isdecimal()):
        raise InputError(f"--noise is {options.noise!r}: say stored, off, or a number to draw it from.")
    return partial(
        load_gfpgan,
        Path(file),
        device=options.device,
        dtype=options.dtype,
        strength=options.strength,
        noise=int(options.noise) if options.noise.isdecimal() else cast("Noise", options.noise),
        prior=options.prior,
        architecture=cast("Architecture | None", options.architecture),
    )


REFERENCES: Final = ("gfpgan-128",)
"""The suite's own models, which come with it: `gfpgan:FILE` of weights of that name."""

# Schemes that `benchmark` must not know, because the judge never imports the contestant.
SCHEMES: dict[str, Callable[[str, ModelOptions], Callable[[], Restorer]]] = {"gfpgan": _gfpgan}


def build_restorer(spec: str, options: ModelOptions = ModelOptions()) -> Callable[[], Restorer]:
    """The factory that `--restorer` means; raises InputError for options that it has no use for."""
    from bfrbench.benchmark.restorers import resolve

    if spec in REFERENCES:
        from bfrbench.weights import find

        spec = f"gfpgan:{find(spec)}"
    scheme, _, rest = spec.partition(":")
    if scheme in SCHEMES and rest:
        return SCHEMES[scheme](rest, options)
    if options != ModelOptions(device=options.device):
        raise InputError(
            "--dtype, --strength, --noise, --prior and --architecture are for `gfpgan:FILE` alone."
        )
    return resolve(spec, options.device)


def run_restorer(
    data: DataSet,
    folder: Path,
    spec: str,
    *,
    batch: int,
    engine: Engine,
    on_progress: Callable[[int, int], None],
    name: str | None = None,
    options: ModelOptions = ModelOptions(),
) -> Run:
    """Restore with whatever `spec` means: a restorer, the HQ anchor, or a folder made elsewhere."""
    from bfrbench.benchmark.adopt import adopt, adopt_hq
    from bfrbench.benchmark.restore import restore

    if spec == "hq":
        return adopt_hq(data, folder, engine=engine, on_progress=on_progress)
    if spec.startswith("folder:"):
        made = Path(spec.removeprefix("folder:"))
        shown = name or made.resolve().name
        return adopt(data, folder, made, name=shown, engine=engine, on_progress=on_progress)
    build = build_restorer(spec, options)
    return restore(
        data,
        folder,
        build,
        spec=spec + options.words(),
        batch=batch,
        engine=engine,
        on_progress=on_progress,
    )


def restore(
    data: Annotated[
        Path,
        typer.Argument(parser=open_place, metavar="DATA", help="A data set, or a plain folder of LQ images."),
    ],
    out_folder: Annotated[Path, typer.Argument(parser=open_place, metavar="OUT", help="Folder for the run.")],
    restorer: Annotated[str, typer.Option("--restorer", "-r", help="Who restores; see --list-restorers.")],
    batch: Annotated[int, typer.Option(min=1, help="Images a call.")] = 8,
    name: Annotated[str | None, typer.Option(help="Name on the board, with `folder:`.")] = None,
    device: Annotated[str, typer.Option(help="Where a model runs: cpu, cuda, cuda:1, mps.")] = "cpu",
    dtype: Annotated[
        str, typer.Option(help="float32, bfloat16 or float16.", rich_help_panel=_GFPGAN)
    ] = "float32",
    strength: Annotated[
        float, typer.Option(help="0 is the LQ image, 1 the restored one.", rich_help_panel=_GFPGAN)
    ] = 1.0,
    noise: Annotated[
        str, typer.Option(help="Of the prior: stored, off, or a number.", rich_help_panel=_GFPGAN)
    ] = "stored",
    prior: Annotated[
        Path | None, typer.Option(help="StyleGAN2 file, if FILE lacks it.", rich_help_panel=_GFPGAN)
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(help="clean, v1 or bilinear, where FILE cannot tell.", rich_help_panel=_GFPGAN),
    ] = None,
    workers: Workers = 0,
    engine: EngineName = "local",
    address: Address = None,
    gpus: Gpus = None,
    as_json: Json = False,
    list_restorers: Annotated[  # noqa: ARG001  # typer calls its callback
        bool,
        typer.Option("--list-restorers", callback=_list_restorers, is_eager=True, help="List them and stop."),
    ] = False,
) -> None:
    """Restore every LQ image of a data set, and record what became of each.

    An image on which the restorer fails is recorded as failed; it is never replaced by its input. Run the
    same command again after an interruption or a failure: what is done is kept, what failed is tried again.

    **Examples**

    `bfrbench restore celeb-test/ runs/nlm -r nlm`

    `bfrbench restore celeb-test/ runs/gfpgan -r gfpgan:GFPGANv1.4.pth --device cuda --dtype bfloat16`

    `bfrbench restore celeb-test/ runs/mine -r mypackage.model:MyRestorer --batch 4 --workers 1`

    `bfrbench restore celeb-test/ runs/tool -r 'command:python tool.py -i {lq} -o {out}'`

    Exit status 1 when any image has no restored counterpart.
    """
    from bfrbench.cli.data import open_data

    if gpus is not None and engine == "local":
        raise InputError("--gpus-per-worker is for --engine ray; here, --device says where a model runs.")
    held = float(device.startswith("cuda")) if gpus is None else gpus
    with (
        engine_of(engine, address, workers, gpus=held) as place,
        progress("restore", quiet=as_json) as on_progress,
    ):
        run = run_restorer(
            open_data(data),
            out_folder,
            restorer,
            batch=batch,
            engine=place,
            on_progress=on_progress,
            name=name,
            options=ModelOptions(device, dtype, strength, noise, prior, architecture),
        )
    failed = [image for image in run.images if image.state != "ok"]
    if as_json:
        print_json(run)
    else:
        done = len(run.images) - len(failed)
        out.print(
            f"{escape(run.restorer)} restored {done} of {len(run.images)}: [bold]{escape(str(out_folder))}[/]"
        )
        out.print(f"[dim]run sha256 {run.sha256}[/]")
    for image in failed[:10]:
        err.print(f"[red]{escape(image.name)}[/]: {image.state}: {escape(image.message)}", soft_wrap=True)
    if len(failed) > 10:
        err.print(f"and {len(failed) - 10} more; run.json has them all.")
    if failed:
        raise typer.Exit(1)
