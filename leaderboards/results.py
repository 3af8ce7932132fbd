"""The published results in a folder of git, read and proved: every number is made again from its images'.

results/BOARD/board.json, data/                            what is compared, and whom each image shows
results/BOARD/RESTORER/entry.json, scores.json, *.parquet  as submitted
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bfrbench.benchmark.compare import Comparison, compare
from bfrbench.benchmark.open_scores import check_comparable
from bfrbench.benchmark.statistics.ranks import Rank, ranks
from bfrbench.benchmark.statistics.slices import cut
from bfrbench.errors import InputError
from bfrbench.leaderboards.board import Board, make_board
from bfrbench.leaderboards.contradictions import contradictions
from bfrbench.leaderboards.evidence import Evidence, read_evidence
from bfrbench.leaderboards.home import DATA, RESERVED, RESULTS, Home, open_home, slug
from bfrbench.leaderboards.labels import last_digit
from bfrbench.leaderboards.recompute import of_slice
from bfrbench.leaderboards.records import Level, Publication, Published
from bfrbench.leaderboards.unpacking import read_files
from bfrbench.types import Entry

__all__ = [
    "RESULTS",
    "Examined",
    "examine_board",
    "examine_results",
    "publish_examined",
    "read_results",
    "slug",
]


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A board's folder: what was read, and everything that is wrong."""

    name: str
    home: Home | None
    entries: Mapping[str, tuple[Path, Evidence]]  # by restorer's name: folder, files
    problems: tuple[str, ...]


def examine_results(root: Path, on_progress: Callable[[int, int], None] = lambda *_: None) -> list[Examined]:
    """Read every board of a folder of results, and find everything that is wrong with any.

    `on_progress(done, total)` counts boards. Raises InputError when there is no such folder.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder of results.")
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    boards = []
    for done, folder in enumerate(folders, start=1):
        boards.append(examine_board(folder))
        on_progress(done, len(folders))
    return boards


def examine_board(folder: Path) -> Examined:
    """Read one board and find everything that is wrong with it."""
    try:
        home = open_home(folder)
    except InputError as error:
        return Examined(folder.name, None, {}, (str(error),))
    entries: dict[str, tuple[Path, Evidence]] = {}
    problems: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.name in RESERVED:
            continue
        where = f"{folder.name}/{path.name}"
        try:
            evidence = read_evidence(read_files(path))
        except InputError as error:
            problems += [f"{where}: {line}" for line in str(error).splitlines()]
            continue
        found = [*contradictions(evidence, home.definition, home.people)]
        name = evidence.entry.restorer
        if slug(name) != path.name:
            found.append(f"the folder of {name} should be called {slug(name)}.")
        if name in entries:
            found.append(f"{entries[name][0].name} is called {name} too: names on a board are different.")
        problems += [f"{where}: {sentence}" for sentence in found]
        entries.setdefault(name, (path, evidence))
    problems += [f"{folder.name}: {sentence}" for sentence in _together(entries)]
    return Examined(folder.name, home, entries, tuple(problems))


def _together(entries: Mapping[str, tuple[Path, Evidence]]) -> Iterator[str]:
    """What is wrong between the entries of a board."""
    if not entries:
        yield "nobody is on this board."
        return
    try:
        check_comparable([evidence.entry for _, evidence in entries.values()])
    except InputError as error:
        yield str(error)
    for name, (_, evidence) in entries.items():
        heir = evidence.publication.superseded_by
        if heir == name or (heir and heir not in entries):
            yield f"{name} is superseded by {heir}, which is not another entry of the board."


def read_results(
    root: Path = RESULTS,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    *,
    comparisons: bool = True,
) -> tuple[Published, ...]:
    """Read all boards of a folder of results, in order of their ids; make every number again from its images.

    comparisons: also compare every pair of entries, which takes most of the time. `on_progress(done, total)`
    counts boards. Raises InputError, with a line for each thing that is wrong, if anything is.
    """
    return publish_examined(examine_results(root), on_progress, comparisons=comparisons)


def publish_examined(
    boards: Sequence[Examined],
    on_progress: Callable[[int, int], None] = lambda *_: None,
    *,
    comparisons: bool = True,
) -> tuple[Published, ...]:
    """Boards out of folders that were examined; as `read_results`."""
    if problems := [problem for board in boards for problem in board.problems]:
        raise InputError("\n".join(problems))
    published = []
    for done, board in enumerate(boards, start=1):
        if board.home is not None:
            published.append(_publish(board.home, board.entries, comparisons=comparisons))
        on_progress(done, len(boards))
    return tuple(published)


def _publish(home: Home, entries: Mapping[str, tuple[Path, Evidence]], *, comparisons: bool) -> Published:
    evidence = {name: each for name, (_, each) in entries.items()}
    withdrawn = {name: words for name, each in evidence.items() if (words := _withdrawn(each.publication))}
    board = _board(home, [each.entry for each in evidence.values()], withdrawn)
    values = {
        name: each.rows.pivot(index="name", columns="metric", values="value").sort_index()
        for name, each in evidence.items()
    }
    standing = [folder for folder, each in entries.values() if each.publication.status == "measured"]
    comparison, sliced = _comparisons(home, standing) if comparisons and len(standing) > 1 else (None, None)
    return Published(
        definition=home.definition,
        folder=home.folder,
        publications={name: each.publication for name, each in evidence.items()},
        board=board,
        comparison=comparison,
        sliced=sliced,
        ranks=_ranks(board, values, home.people),
        factors=home.factors,
        values=values,
        levels=tuple(_levels(home, evidence, withdrawn, values)),
    )


def _board(home: Home, entries: Sequence[Entry], withdrawn: Mapping[str, str]) -> Board:
    headline = home.definition.headline
    return make_board(entries, title=home.definition.title, headline=headline, withdrawn=withdrawn)


def _withdrawn(publication: Publication) -> str:
    """Why an entry no longer stands; "" if it does."""
    match publication.status:
        case "superseded":
            return f"Superseded by {publication.superseded_by}: {publication.reason}"
        case "unreliable":
            return f"Unreliable: {publication.reason}"
        case _:
            return ""


def _ranks(
    board: Board, values: Mapping[str, pd.DataFrame], people: Mapping[str, str]
) -> dict[str, dict[str, Rank]]:
    """The places that ranked rows may have by each metric of single images that all of their images have."""
    found: dict[str, dict[str, Rank]] = {}
    for place, column in enumerate(board.columns):
        names = [row.entry.restorer for row in board.rows if row.ranks[place] is not None]
        columns = {name: values[name][column.metric].loc[list(people)] for name in names}
        whole = {name: of.tolist() for name, of in columns.items() if of.notna().all()}
        if whole:
            found[column.metric] = ranks(whole, list(people.values()), better=column.better)
    return found


def _levels(
    home: Home,
    evidence: Mapping[str, Evidence],
    withdrawn: Mapping[str, str],
    values: Mapping[str, pd.DataFrame],
) -> Iterator[Level]:
    if not home.definition.by:
        return
    for part in cut(home.factors[home.definition.by]):
        entries = [of_slice(each.entry, each.rows, part.names) for each in evidence.values()]
        board = _board(home, entries, withdrawn)
        people = {name: person for name, person in home.people.items() if name in part.names}
        yield Level(part.label, board, _ranks(board, values, people))


def _comparisons(home: Home, folders: Sequence[Path]) -> tuple[Comparison, Comparison | None]:
    """Each entry with each: over all images, with curves over the levels; and in each slice."""
    whole = compare(folders, tie=last_digit)
    if not home.definition.by:
        return whole, None
    sliced = compare(folders, by=home.definition.by, data=home.folder / DATA, tie=last_digit)
    return replace(whole, curves=sliced.curves), sliced
