"""An entry on its way to a board: packed from a scored run, checked offline, laid into the results.

The same checks are made before it is sent and before it is taken. Nothing is ever deleted from results: what
is wrong or old is marked, and keeps its place.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bfrbench.benchmark.open_scores import SCORES_JSON, SCORES_PARQUET, SETS_PARQUET, check_comparable
from bfrbench.benchmark.runs import open_run
from bfrbench.errors import InputError, OutputError
from bfrbench.files import few, sha256_bytes, to_json, without_folders, write_bytes, write_json
from bfrbench.leaderboards.contradictions import contradictions
from bfrbench.leaderboards.entry import read_entry
from bfrbench.leaderboards.evidence import Evidence, plain, read_evidence
from bfrbench.leaderboards.home import DATA, Home, find_board, open_home, slug, whole_folder
from bfrbench.leaderboards.leakage import leaks
from bfrbench.leaderboards.records import ENTRY_JSON, Line, Lines, Link, Method, Name, Publication
from bfrbench.leaderboards.unpacking import read_files
from bfrbench.types import Run

_OF_MACHINES: Final = ("platform",)
"""What a run records of its machine, and nobody else has use for."""


@dataclass(frozen=True, slots=True)
class About:
    """What only its authors know of an entry: the TOML file that `board submit` takes."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    trained: bool
    summary: Line = ""
    paper: Link = ""
    code: Link = ""
    licence: Line = ""
    parameters: int | None = None
    training_data: Lines = ()
    judges_used_in_training: Lines = ()
    saw_test_people: bool | None = None
    links: Mapping[Name, Link] = field(default_factory=dict)


_OF_METHOD: Final = {each.name for each in fields(Method)} - {"name"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission after its check."""

    board: str  # "" where even that cannot be read
    restorer: str
    problems: tuple[str, ...]  # what must be mended; none: it may be sent
    notes: tuple[str, ...]  # what is allowed, and will be shown


def read_about(path: Path) -> About:
    """Read what its authors say of an entry; raises InputError, naming every field that is wrong."""
    try:
        return TypeAdapter(About).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} is no TOML: {plain(str(error))}.") from error
    except ValidationError as error:
        lines = (
            f"{path}: {plain('.'.join(map(str, each['loc'])))}: {plain(each['msg'])}."
            for each in error.errors(include_url=False, include_input=False)
        )
        raise InputError("\n".join(lines)) from error


def pack(run: Path, home: Home, about: About) -> dict[str, bytes]:
    """The files of a submission, from a scored run (or scores of a plain folder) and what its authors say.

    Scores of the board's protocol are found in the run, or in a folder of `scores/` in it. Raises InputError
    when there are none, or the run is not the one that was scored.
    """
    folder = _scores_folder(run, home.definition.protocol)
    entry = read_entry(folder)
    made = open_run(run) if (run / "run.json").is_file() else None
    if made is not None and made.sha256 != entry.run_sha256:
        raise InputError(f"{folder} holds the scores of another run than {run}: score it again.")
    names = [name for name in (SCORES_JSON, SCORES_PARQUET, SETS_PARQUET) if (folder / name).is_file()]
    files = {name: (folder / name).read_bytes() for name in names}
    told = asdict(about)
    try:
        publication = Publication(
            board=home.definition.id,
            method=Method(entry.restorer, **{name: told.pop(name) for name in _OF_METHOD}),
            status="measured",
            files={name: sha256_bytes(data) for name, data in files.items()},
            **told,
        )
    except ValueError as error:
        raise InputError(f"What is said about {entry.restorer} cannot be true: {error}.") from error
    return {ENTRY_JSON: to_json(_with_origin(publication, made)).encode(), **files}


def _scores_folder(run: Path, protocol: str) -> Path:
    folders = [folder for folder in (run, *sorted(run.glob("scores/*"))) if (folder / SCORES_JSON).is_file()]
    if not folders:
        raise InputError(f"{run} holds no {SCORES_JSON}; make it with `bfrbench score`.")
    found = {read_entry(folder).protocol: folder for folder in folders}
    if protocol not in found:
        raise InputError(
            f"{run} was scored under {few(sorted(found))}, and the board asks for {protocol}: "
            f"`bfrbench score {run} --against DATA --protocol {protocol}`."
        )
    return found[protocol]


def _with_origin(publication: Publication, run: Run | None) -> Publication:
    if run is None:
        return publication
    kept = {key: value for key, value in run.provenance.items() if key not in _OF_MACHINES}
    return replace(
        publication,
        spec=without_folders(run.spec),
        weights_sha256=dict(run.weights_sha256),
        provenance=kept,
        cost=dict(run.cost),
    )


def check(place: Path, root: Path) -> Checked:
    """Everything that is wrong with a submission (folder or zip), and everything worth a note."""
    try:
        evidence = read_evidence(read_files(place))
    except InputError as error:
        return Checked("", "", tuple(str(error).splitlines()), ())
    return check_evidence(evidence, root)


def check_evidence(evidence: Evidence, root: Path) -> Checked:
    """The same, of files that could be read."""
    board, name = evidence.publication.board, evidence.entry.restorer
    problems: list[str] = []
    try:
        home = open_home(find_board(root, board))
    except InputError as error:
        return Checked(board, name, (str(error),), ())
    problems += contradictions(evidence, home.definition, home.people)
    if evidence.publication.status != "measured":
        problems.append(f"It says that it is {evidence.publication.status}; what is submitted is measured.")
    others = [read_entry(folder) for folder in _entries(home.folder)]
    try:
        check_comparable([evidence.entry, *(other for other in others if other.restorer != name)])
    except InputError as error:
        problems.append(str(error))
    return Checked(board, name, tuple(problems), tuple(_notes(evidence)))


def _entries(board: Path) -> list[Path]:
    return [path for path in sorted(board.iterdir()) if path.is_dir() and path.name != DATA]


def _notes(evidence: Evidence) -> list[str]:
    """What is allowed, and stands on the board for all to see."""
    entry, publication = evidence.entry, evidence.publication
    failed = {state: count for state, count in entry.states.items() if state != "ok" and count}
    notes = []
    if failed:
        words = ", ".join(f"{count} {state}" for state, count in failed.items())
        notes.append(f"{words} of {sum(entry.states.values())} images: it is shown, and takes no rank.")
    if gaps := [score.metric for score in entry.scores if score.n < score.expected and score.n]:
        notes.append(f"Not all images have a value of {few(gaps)}: it takes no rank by these.")
    if absent := [score.metric for score in entry.scores if not score.n]:
        notes.append(f"Not computed: {few(absent)}.")
    marking = {judge for score in entry.scores for judge in leaks(publication, score.metric)}
    if odd := [judge for judge in publication.judges_used_in_training if judge not in marking]:
        notes.append(f"{few(odd)} is no metric, family or weights of this protocol, and marks nothing.")
    if publication.judges_used_in_training:
        notes.append(f"Trained with {few(publication.judges_used_in_training)}: metrics of these are marked.")
    if publication.saw_test_people:
        notes.append("It saw people of the data set in training: marked.")
    if publication.provenance.get("git_dirty") == "yes":
        notes.append("It was made by a bfrbench with changes that are in no commit.")
    return notes


def add(
    place: Path,
    root: Path,
    *,
    supersedes: str = "",
    reason: str = "",
) -> Path:
    """Check a submission and lay it into the results, whole or not at all; returns its folder.

    supersedes: the name of an older entry of the board, which is marked as superseded by the new one for a
    reason, and stays.

    Raises InputError with a line for each thing that is wrong; OutputError when its place is taken.
    """
    files = read_files(place)
    evidence = read_evidence(files)
    checked = check_evidence(evidence, root)
    if checked.problems:
        raise InputError("\n".join(checked.problems))
    board = find_board(root, checked.board)
    old = _superseded(board, checked.restorer, supersedes, reason)
    target = board / slug(checked.restorer)
    if target.exists():
        raise OutputError(
            f"{target} is taken, and no entry is ever deleted or replaced. Give the new one another name, "
            f"as `{checked.restorer}-2` (`bfrbench score --name`), and mark the old one: `bfrbench board add "
            f"SUBMISSION --supersedes '{checked.restorer}' --reason '...'`."
        )
    with whole_folder(target) as made:
        for name, data in files.items():
            write_bytes(made / name, data)
    if old is not None:
        write_json(*old)
    return target


def _superseded(board: Path, name: str, old: str, reason: str) -> tuple[Path, Publication] | None:
    """The old entry's file and what will stand in it."""
    if not old:
        return None
    if not reason:
        raise InputError(f"Say why {old} is superseded, with --reason: it stands on the board from then on.")
    for folder in _entries(board):
        publication = read_evidence(read_files(folder)).publication
        if publication.method.name == old:
            marked = replace(publication, status="superseded", superseded_by=name, reason=reason)
            return folder / ENTRY_JSON, marked
    raise InputError(f"{board.name} has no entry called {plain(old)}.")
