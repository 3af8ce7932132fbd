"""`bfrbench train`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrbench.cli.console import progress
from bfrbench.cli.train_judges import judge_of_restored, judge_of_samples, judges, vgg16

if TYPE_CHECKING:
    import torch

    from bfrbench.reference_model.training.config import GfpganTraining
    from bfrbench.reference_model.training.processes import Processes
    from bfrbench.types import Landmarks

app = typer.Typer(no_args_is_help=True, help="Train a facial prior, or a GFP-GAN from it.")

Faces = Annotated[Path, typer.Argument(help="Folder, data set or .tar of aligned HQ faces.")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the run; an unfinished one goes on.")]
Config = Annotated[Path, typer.Option(help="TOML, or the name of one that comes along: gfpgan-128.")]
Start = Annotated[
    Path | None,
    typer.Option(
        "--start-from",  # a plain --start would be torchrun's own, which shortens --start-method to it
        help="checkpoint.pt of another run, to go on from with this configuration.",
    ),
]
Index = Annotated[
    Path | None, typer.Option(help="Table that says each face's split; a .tar may hold its own, index.csv.")
]
Split = Annotated[str | None, typer.Option(help="Train on this split alone.")]
Device = Annotated[str, typer.Option(help="cpu or cuda; under torchrun each process takes its own GPU.")]
Threads = Annotated[int, typer.Option(min=1, help="Of the CPU.")]


@app.command()
def prior(
    faces: Faces,
    out_folder: Out,
    config: Config,
    start: Start = None,
    index: Index = None,
    split: Split = None,
    device: Device = "cpu",
    threads: Threads = 1,
) -> None:
    """Train a facial prior: a StyleGAN2 that draws faces, upon which a GFP-GAN then draws.

    Run the same command again after an interruption: it goes on from the last checkpoint as if nothing had
    happened.

    **Examples**

    `bfrbench train prior faces128/ runs/prior --config prior-128`

    `torchrun --nproc-per-node 4 -m bfrbench train prior faces.tar runs/prior --config prior-128
    --device cuda`
    """
    from bfrbench.reference_model.networks.projected import TAPS
    from bfrbench.reference_model.training import prior as training
    from bfrbench.reference_model.training import processes
    from bfrbench.reference_model.training.config import PriorTraining, read_config
    from bfrbench.reference_model.training.faces import load_faces
    from bfrbench.reference_model.training.loop import train

    settings = read_config(config, PriorTraining)
    _prepare(threads)
    crowd, place = processes.join(device)
    listed = _list(faces, index, split)
    crowd.agree("the names of the faces", " ".join(listed))
    with progress("read faces", quiet=crowd.rank > 0) as on_progress:
        hq = load_faces(listed, settings.network.out_size, on_progress=on_progress)
    vgg = vgg16(TAPS) if settings.discriminator == "projected" else None
    trainer = training.build(settings, hq, vgg=vgg, processes=crowd, device=place)
    judge = judge_of_samples(list(hq.pixels[:600]))
    with progress("train prior", quiet=crowd.rank > 0) as on_progress:
        train(
            trainer,
            out_folder,
            config=settings,
            schedule=settings.schedule,
            batch=settings.batch,
            see=lambda: training.see(trainer, judge, people=192),
            processes=crowd,
            start=start,
            on_progress=on_progress,
        )


@app.command()
def gfpgan(
    faces: Faces,
    out_folder: Out,
    config: Config,
    val: Annotated[Path, typer.Option(help="Faces to validate on; may be FACES, with another split.")],
    prior: Annotated[
        Path | None, typer.Option(help="A prior's best.pth or last.pth, ours or an official one.")
    ] = None,
    start: Start = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="A GFP-GAN to begin with: best.pth, last.pth or a .safetensors. Images count from 0. "
            "A narrower one than the configuration's is made wider, and gives the same images at first."
        ),
    ] = None,
    index: Index = None,
    split: Split = None,
    val_split: Annotated[str | None, typer.Option(help="Validate on this split.")] = None,
    device: Device = "cpu",
    threads: Threads = 1,
) -> None:
    """Train a GFP-GAN from a facial prior, on faces degraded anew in every epoch.

    Run the same command again after an interruption: it goes on from the last checkpoint as if nothing had
    happened.

    **Examples**

    `bfrbench train gfpgan faces128/ runs/gfpgan --config gfpgan-128 --prior runs/prior/last.pth
    --index faces128/index.csv --split train --val faces128/ --val-split val`

    `bfrbench train gfpgan faces128/ runs/finish --config gfpgan-128-finish --start-from
    runs/gfpgan/checkpoint.pt --val faces128-val/`

    `bfrbench train gfpgan my-faces/ runs/mine --config mine.toml --weights runs/gfpgan/best.pth
    --val my-val/`
    """
    from bfrbench.errors import InputError
    from bfrbench.reference_model.training.config import GfpganTraining, read_config

    if weights is not None and (start is not None or prior is not None):
        raise InputError(
            "--weights begins with a whole GFP-GAN, its prior among them: leave out --prior and --start-from."
        )
    settings = read_config(config, GfpganTraining)
    hq, hq_val = _list(faces, index, split), _list_val(val, faces, index, val_split)
    crowd, place = _begin(settings, hq, hq_val, device, threads)
    _train_gfpgan(
        settings,
        hq,
        out_folder,
        val=hq_val,
        landmarks=_landmarks(faces),
        prior=prior,
        start=start,
        weights=weights,
        crowd=crowd,
        place=place,
    )


@app.command()
def ablation(
    faces: Faces,
    out_folder: Out,
    config: Config,
    val: Annotated[Path, typer.Option(help="Faces to validate on; may be FACES, with another split.")],
    prior: Annotated[
        Path, typer.Option(help="A prior's best.pth or last.pth; the row no-prior does without.")
    ],
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each row.")] = 2,
    index: Index = None,
    split: Split = None,
    val_split: Annotated[str | None, typer.Option(help="Validate on this split.")] = None,
    device: Device = "cpu",
    threads: Threads = 1,
) -> None:
    """Train a GFP-GAN without each of its parts in turn: the paper's ablations, with several seeds.

    OUT gets a folder for each row and seed, as `train gfpgan` makes it; restore with
    `gfpgan:OUT/ROW-seed0/last.pth` and put the scores on a board. Run the same command again after an
    interruption: it goes on.

    **Examples**

    `bfrbench train ablation faces128/ runs/ablation --config ablation-128 --prior runs/prior/last.pth
    --val faces128-val/`
    """
    from bfrbench.reference_model.training.ablation import rows
    from bfrbench.reference_model.training.config import GfpganTraining, read_config

    hq, hq_val, landmarks = (
        _list(faces, index, split),
        _list_val(val, faces, index, val_split),
        _landmarks(faces),
    )
    whole = read_config(config, GfpganTraining)
    crowd, place = _begin(whole, hq, hq_val, device, threads)
    for name, settings in rows(whole, seeds).items():
        _train_gfpgan(
            settings,
            hq,
            out_folder / name,
            val=hq_val,
            landmarks=landmarks,
            prior=None if settings.prior == "fresh" else prior,
            crowd=crowd,
            place=place,
        )


@app.command()
def publish(
    run: Annotated[Path, typer.Argument(help="Folder that `train prior` or `train gfpgan` wrote.")],
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the files.")],
    name: Annotated[str, typer.Option(help="What the files are called; the run's name, if not said.")] = "",
) -> None:
    """Write a run's best network and its discriminators as safetensors of float16, to be given away.

    **Example**

    `bfrbench train publish runs/gfpgan released/ --name gfpgan-128`
    """
    from bfrbench.cli.console import escape, out
    from bfrbench.reference_model.training.publish import publish as write

    for path in write(run, out_folder, name or run.resolve().name):
        out.print(f"[bold]{escape(str(path))}[/]: {path.stat().st_size / 1e6:.1f} MB")


def _begin(
    settings: "GfpganTraining", hq: Mapping[str, Path], val: Mapping[str, Path], device: str, threads: int
) -> "tuple[Processes, torch.device]":
    """Join the other processes, if there are any, and see that every face is whole before the first step."""
    from bfrbench.reference_model.training import processes
    from bfrbench.reference_model.training.faces import check_faces

    _prepare(threads)
    crowd, place = processes.join(device)
    faces = list(dict.fromkeys([*hq.values(), *val.values()]))
    crowd.agree("the names of the faces", " ".join(path.name for path in faces))
    with progress("look at all faces", quiet=crowd.rank > 0) as on_progress:
        check_faces(
            faces,
            settings.network.out_size,
            processes=crowd,
            workers=max(settings.workers, 1),
            on_progress=on_progress,
        )
    return crowd, place


def _train_gfpgan(
    settings: "GfpganTraining",
    faces: Mapping[str, Path],
    out_folder: Path,
    *,
    val: Mapping[str, Path],
    landmarks: Mapping[str, "Landmarks"],
    prior: Path | None,
    start: Path | None = None,
    weights: Path | None = None,
    crowd: "Processes",
    place: "torch.device",
) -> None:
    from bfrbench.degradations.presets import find_preset, mixed
    from bfrbench.errors import InputError
    from bfrbench.reference_model.networks.projected import TAPS
    from bfrbench.reference_model.state_dict import load_network
    from bfrbench.reference_model.training import gfpgan as training
    from bfrbench.reference_model.training.loop import train
    from bfrbench.reference_model.training.pairs import (
        ComponentPairs,
        telling_of_dead_workers,
        validation_pairs,
    )

    goes_on = start is not None or weights is not None or (out_folder / "checkpoint.pt").is_file()
    if settings.prior == "frozen" and prior is None and not goes_on:
        raise InputError(
            "The configuration freezes the prior, and none is named: name a trained one by --prior, or set "
            '`prior = "trained"`.'
        )
    preset = find_preset(settings.preset)
    also = mixed(preset, {find_preset(name): part for name, part in settings.also.items()})
    lq, hq = validation_pairs(val, preset, most=48)
    trainer = training.build(
        settings,
        ComponentPairs(faces, also, seed=settings.seed, landmarks=landmarks),
        judges(settings, place),
        prior=_prior(prior, settings),
        vgg=vgg16(TAPS) if settings.discriminator == "projected" else None,
        processes=crowd,
        device=place,
        begun=None if weights is None else load_network(weights),
    )
    with (
        telling_of_dead_workers(),
        progress(f"train {out_folder.name}", quiet=crowd.rank > 0) as on_progress,
    ):
        train(
            trainer,
            out_folder,
            config=settings,
            schedule=settings.schedule,
            batch=settings.batch,
            see=lambda: training.see(trainer, lq, hq, judge_of_restored),
            processes=crowd,
            start=start,
            on_progress=on_progress,
        )


def _prepare(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # young networks are full of them, and each costs a hundred cycles


def _list(faces: Path, index: Path | None, split: str | None) -> Mapping[str, Path]:
    from bfrbench.degradations.source import list_hq
    from bfrbench.reference_model.training.faces import list_packed

    return (list_packed if faces.suffix == ".tar" else list_hq)(faces, index, split)


def _list_val(val: Path, faces: Path, index: Path | None, split: str | None) -> Mapping[str, Path]:
    """The faces to validate on; a data set, and a tar with a table of its own, are no index's business."""
    from bfrbench.degradations.plan import CARD
    from bfrbench.files import tar_members

    says_itself = (val / CARD).is_file() or (val.suffix == ".tar" and "index.csv" in tar_members(val))
    return _list(val, None if says_itself and val != faces else index, split)


def _landmarks(faces: Path) -> Mapping[str, "Landmarks"]:
    """The frozen landmarks of a data set, by file name; none for a plain folder."""
    import numpy as np

    from bfrbench.degradations.manifest import read_manifest
    from bfrbench.degradations.plan import CARD

    if not (faces / CARD).is_file():
        return {}
    _, rows = read_manifest(faces)
    known = rows[rows["landmarks"].notna()]
    points = (np.asarray(numbers, dtype=np.float64).reshape(5, 2) for numbers in known["landmarks"])
    return dict(zip((Path(file).stem for file in known["source_file"]), points, strict=True))


def _prior(path: Path | None, settings: "GfpganTraining") -> "Mapping[str, torch.Tensor] | None":
    """The weights of our prior, of an official one, or of that in a GFP-GAN."""
    from bfrbench.errors import InputError
    from bfrbench.reference_model.state_dict import load_prior

    if path is None:
        return None
    wanted = settings.network.resample
    loaded = load_prior(path, resample=wanted)
    if loaded.config.resample != wanted:
        raise InputError(
            f"{path} has `resample` {loaded.config.resample}, [network] has {wanted}: make them the same."
        )
    return loaded.state_dict()
