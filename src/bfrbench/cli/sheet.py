"""`bfrbench sheet` and `bfrbench draw`: pictures to look at."""

from pathlib import Path
from typing import Annotated

import typer

from bfrbench.cli.console import escape, out


def sheet(
    data: Annotated[Path, typer.Argument(help="The data set that was restored.")],
    file: Annotated[Path, typer.Argument(metavar="OUT.png", help="The sheet.")],
    runs: Annotated[list[Path], typer.Option("--run", help="A run; may be repeated.")],
    metric: Annotated[str, typer.Option("--metric", "-m", help="Whose worst and best.")] = "lpips/alex",
    worst: Annotated[int, typer.Option(min=0, help="How many of the worst.")] = 3,
    best: Annotated[int, typer.Option(min=0, help="How many of the best.")] = 3,
    names: Annotated[list[str] | None, typer.Option("--name", help="These images instead.")] = None,
    spread: Annotated[int, typer.Option(min=0, help="Instead, so many, spread over the people.")] = 0,
    side: Annotated[int, typer.Option(min=32, max=1024, help="Pixels of a picture's side.")] = 192,
) -> None:
    """Draw LQ, restorers and HQ side by side: where the first run is at its worst, and at its best.

    **Examples**

    `bfrbench sheet celeb-test/ sheet.png --run runs/mine --run runs/nlm`

    `bfrbench sheet celeb-test/ sheet.png --run runs/mine -m identity/dlib --worst 8 --best 0`

    `bfrbench sheet celeb-test/ sheet.png --run runs/mine --spread 6`
    """
    from bfrbench.benchmark.open_scores import SCORES_JSON, open_scores
    from bfrbench.benchmark.runs import open_run
    from bfrbench.benchmark.sheet import Shown, draw_sheet, evenly, extremes
    from bfrbench.degradations.dataset import open_dataset
    from bfrbench.errors import InputError
    from bfrbench.pixels import write_png

    pairs = open_dataset(data)
    shown = [
        Shown(run.restorer, folder, run, open_scores(folder) if (folder / SCORES_JSON).is_file() else None)
        for folder, run in ((folder, open_run(folder)) for folder in runs)
    ]
    if other := [one.folder for one in shown if one.run.dataset_sha256 != pairs.card.manifest_sha256]:
        raise InputError(f"{other[0]} is a run over another data set than {data}.")
    if names:
        chosen = names
    elif spread:
        chosen = evenly(pairs, spread)
    elif shown[0].scores is None:
        raise InputError(f"{runs[0]} has no scores yet: `bfrbench score` it, or say --name or --spread.")
    else:
        chosen = extremes(shown[0].scores, metric, worst=worst, best=best)
    write_png(file, draw_sheet(pairs, shown, chosen, metric=metric, side=side))
    out.print(f"[bold]{escape(str(file))}[/]: {len(chosen)} faces")


def draw(
    prior: Annotated[Path, typer.Argument(help="A prior trained here, a StyleGAN2, or a GFP-GAN.")],
    file: Annotated[Path, typer.Argument(metavar="OUT.png", help="The sheet.")],
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 32,
    walk: Annotated[int, typer.Option(min=0, help="Steps of a walk from each person to the next.")] = 0,
    columns: Annotated[int, typer.Option(min=1, help="Pictures in a row; a walk has a row for itself.")] = 8,
    seed: Annotated[int, typer.Option(help="Whom to draw.")] = 0,
    truncation: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="0 is the mean face, 1 the whole variety.")
    ] = 0.7,
) -> None:
    """Draw people who do not exist from a facial prior, or walks between them.

    **Examples**

    `bfrbench draw runs/prior/best.pth people.png --people 32`

    `bfrbench draw runs/prior/best.pth walks.png --people 4 --walk 8`
    """
    from bfrbench.pixels import write_png
    from bfrbench.reference_model.state_dict import load_prior
    from bfrbench.reference_model.training.sheets import draw_people, draw_walks, sheet

    network = load_prior(prior)
    if walk:
        images, columns = draw_walks(network, people, walk, seed=seed, truncation=truncation), walk
    else:
        images = draw_people(network, people, seed=seed, truncation=truncation)
    write_png(file, sheet(images, columns))
    out.print(f"[bold]{escape(str(file))}[/]: {people} people")
