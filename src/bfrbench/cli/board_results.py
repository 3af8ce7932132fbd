"""`bfrbench board submit / check / add / publish`: the published boards."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bfrbench.cli.console import err, escape, out, print_json, progress
from bfrbench.cli.options import Json

if TYPE_CHECKING:
    from bfrbench.leaderboards.submission import Checked

Results = Annotated[
    Path | None, typer.Option(help="Folder of published results. [default: those that bfrbench came with]")
]
Pages = Path("docs/boards")


def submit(
    run: Annotated[Path, typer.Argument(help="A scored run, or the scores of a folder made elsewhere.")],
    board: Annotated[str, typer.Option(help="The board's id: `bfrbench board check` lists them.")],
    about_file: Annotated[
        Path, typer.Option("--about", metavar="FILE.toml", help="What it is and what it was trained on.")
    ],
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.zip", help="[default: BOARD-RESTORER.zip]")
    ] = None,
    results: Results = None,
    as_json: Json = False,
) -> None:
    """Pack a scored run as a submission to a board, and check it as `board check` does.

    The zip holds the scores and their values for every image, no pictures. Only runs over the board's whole
    data set fit: part of it is another data set. docs/submitting.md goes through it step by step.

    **Example**

    `bfrbench board submit runs/mine --board faces-128 --about about.toml`
    """
    from bfrbench.files import write_bytes
    from bfrbench.leaderboards import home, submission
    from bfrbench.leaderboards.evidence import read_evidence
    from bfrbench.leaderboards.unpacking import zipped

    root = results or home.RESULTS
    place = home.open_home(home.find_board(root, board))
    files = submission.pack(run, place, submission.read_about(about_file))
    checked = submission.check_evidence(read_evidence(files), root)
    if not checked.problems:
        out_file = out_file or Path(f"{board}-{home.slug(checked.restorer)}.zip")
        write_bytes(out_file, zipped(files))
    _report(checked, as_json=as_json)
    if not as_json:
        out.print(f"[bold]{escape(str(out_file))}[/]: send it as docs/submitting.md says.")


def check(
    submission: Annotated[
        Path | None, typer.Argument(help="A submission: folder or zip. [default: all published results]")
    ] = None,
    results: Results = None,
    pages: Annotated[Path, typer.Option(help="The pages made of the results, to check too.")] = Pages,
    as_json: Json = False,
) -> None:
    """Check a submission before it is sent, offline; or all published results and pages.

    Names, sizes, hashes, versions and coverage are checked, and every mean and interval is made again from
    the values of single images. All that is wrong is listed at once; exit status 1 if anything is. Nothing
    of a submission is written to disk.

    **Examples**

    `bfrbench board check faces-128-mine.zip`

    `bfrbench board check`
    """
    from bfrbench.leaderboards.home import RESULTS
    from bfrbench.leaderboards.submission import check as check_submission

    root = results or RESULTS
    if submission is not None:
        _report(check_submission(submission, root), as_json=as_json)
    else:
        _check_all(root, pages, as_json=as_json)


def add(
    submission: Annotated[Path, typer.Argument(help="A submission: folder or zip.")],
    supersedes: Annotated[
        str, typer.Option(metavar="NAME", help="An older entry of the board, marked as superseded by this.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why it is superseded; the board says so.")] = "",
    results: Results = None,
    as_json: Json = False,
) -> None:
    """Check a submission and lay it into the published results, whole or not at all.

    No entry is ever deleted or replaced: an older one is superseded, and stays with the reason.

    **Examples**

    `bfrbench board add faces-128-mine.zip`

    `bfrbench board add mine-2.zip --supersedes mine --reason "the first one clipped dark pixels"`
    """
    from bfrbench.leaderboards.home import RESULTS
    from bfrbench.leaderboards.submission import add as add_submission

    folder = add_submission(submission, results or RESULTS, supersedes=supersedes, reason=reason)
    if as_json:
        print_json({"folder": folder})
    else:
        out.print(f"[bold]{escape(str(folder))}[/]: now `bfrbench board publish`, and commit both.")


def publish(
    results: Results = None,
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the pages.")] = Pages,
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit status 1 if a page is not what it should be.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the published boards as Markdown, LaTeX, CSV and JSON, every number made again from raw values.

    **Example**

    `bfrbench board publish --out docs/boards`
    """
    from bfrbench.leaderboards.publish import publish as write_pages
    from bfrbench.leaderboards.render import counted
    from bfrbench.leaderboards.results import RESULTS, read_results

    if only_check:
        _check_all(results or RESULTS, out_folder, as_json=as_json)
        return
    with progress("boards", quiet=as_json) as on_progress:
        boards = read_results(results or RESULTS, on_progress, comparisons=False)
    files = write_pages(boards, out_folder)
    if as_json:
        print_json({"files": files})
    else:
        out.print(
            f"{counted(len(boards), 'board')}, {len(files)} files in [bold]{escape(str(out_folder))}[/]"
        )


def _check_all(root: Path, pages: Path, *, as_json: bool) -> None:
    from bfrbench.leaderboards.publish import stale
    from bfrbench.leaderboards.results import examine_results, publish_examined

    with progress("boards", quiet=as_json) as on_progress:
        examined = examine_results(root, on_progress)
    problems = [problem for board in examined for problem in board.problems]
    if not problems:
        problems = list(stale(publish_examined(examined, comparisons=False), pages))
    entries = {board.name: sorted(board.entries) for board in examined}
    if as_json:
        print_json({"boards": entries, "problems": problems})
    else:
        for name, restorers in entries.items():
            out.print(f"[bold]{escape(name)}[/]: {escape(', '.join(restorers))}")
    _stop_at(problems, "in the results and their pages", as_json=as_json)


def _report(checked: "Checked", *, as_json: bool) -> None:
    """What was found in a submission; stops with exit status 1 where something is wrong."""
    if as_json:
        print_json(checked)
    else:
        for note in checked.notes:
            out.print(f"[yellow]Note:[/] {escape(note)}")
    _stop_at(checked.problems, f"in the submission of {checked.restorer or 'nobody'}", as_json=as_json)


def _stop_at(problems: Sequence[str], where: str, *, as_json: bool) -> None:
    if not problems:
        if not as_json:
            out.print(f"[green]Nothing is wrong[/] {escape(where)}.")
        return
    if not as_json:
        for problem in problems:
            err.print(f"[red]-[/] {escape(problem)}")
        err.print(f"[bold red]{len(problems)} thing{'s' * (len(problems) > 1)} wrong[/] {escape(where)}.")
    raise typer.Exit(1)
