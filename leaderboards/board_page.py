"""A published board as a Markdown page: tables by metric and by level, who is on it, and how it was made."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bfrbench.benchmark.statistics.ranks import Rank
from bfrbench.leaderboards.board import Board, Column, Row
from bfrbench.leaderboards.leakage import Flags, flags
from bfrbench.leaderboards.records import Level, Publication, Published
from bfrbench.leaderboards.render import (
    NO_VALUE,
    coverage_text,
    escape_markdown,
    interval_text,
    number_text,
    order_text,
    role_text,
    summary,
)

_HOW_TO_READ = (
    "Best in **bold**, second in *italics*, among complete rows. In brackets: the 95 % interval, people "
    "resampled. Rank: the places that a row may have by that metric, all rows at once with 95 %; `1–3` says "
    "that these images do not tell it from two others. Anchors, incomplete and withdrawn rows take no rank. "
    "Seconds and memory are those of the machine that made the row: compare them where these are alike."
)


def board_page(published: Published) -> str:
    """The page; the same results give the same bytes."""
    found = flags(published.board, published.publications)
    return "\n\n".join(part for part in _parts(published, found) if part) + "\n"


def _parts(published: Published, found: Flags) -> Iterator[str]:
    definition, board = published.definition, published.board
    yield f"# {escape_markdown(definition.title)}"
    yield (
        f"{escape_markdown(definition.summary)} {escape_markdown(summary(board))} Data set sha256 "
        f"`{definition.dataset_sha256[:12]}`."
    )
    yield _faces(published)
    files = (f"[{name}]({definition.id}.{ending})" for name, ending in _FORMS)
    yield f"All numbers: {', '.join(files)}."
    yield "## All images"
    yield _headline_table(published, board, published.ranks, found, cost=True)
    yield f"{escape_markdown(order_text(board))} {_HOW_TO_READ}"
    yield _footnotes(found)
    yield _withdrawn(board)
    yield "## Every metric"
    yield _table(board, board.columns, lambda row, column: _value(board, row, column, found), found)
    yield _notes(board)
    for level in published.levels:
        yield from _of_level(published, level, found)
    yield "## Who is on it"
    yield _methods(published)
    if definition.make:
        yield "## Make it again"
        yield "\n".join(["```sh", *definition.make, "```"])
        yield (
            f"Then `bfrbench board reproduce {definition.id} --data DATA` (what `degrade` made) compares "
            "each number with the one above."
        )


_FORMS = (("CSV", "csv"), ("JSON", "json"), ("LaTeX", "tex"))


def _faces(published: Published) -> str:
    definition = published.definition
    told = (("Faces", "; ".join(definition.attribution)), ("Licence", definition.licence))
    return " ".join(f"{what}: {escape_markdown(text).rstrip('.')}." for what, text in told if text)


def headline_columns(board: Board) -> tuple[Column, ...]:
    """The columns that rows are sorted by, in that order; all, where the board has none of these."""
    known = {column.metric: column for column in board.columns}
    return tuple(known[metric] for metric in board.headline if metric in known) or board.columns


def _headline_table(
    published: Published,
    board: Board,
    ranks: Mapping[str, Mapping[str, Rank]],
    found: Flags,
    *,
    cost: bool = False,
) -> str:
    """Values with intervals and ranks, coverage, and what it costs."""
    chosen = headline_columns(board)
    ranked = [column for column in chosen if column.metric in ranks]
    head = ["Restorer"]
    for column in chosen:
        head += [f"{column.label} {column.arrow}", *(["Rank"] if column in ranked else [])]
    words = (0, len(head))
    head += ["Images ok", *(["s per image", "Memory"] if cost else [])]
    lines = []
    for row in board.rows:
        name = row.entry.restorer
        cells = [_name(row, found)]
        for column in chosen:
            cells.append(_value(board, row, column, found, interval=True))
            if column in ranked:
                cells.append(rank_text(ranks[column.metric].get(name)))
        price = _cost(published.publications[name]) if cost else []
        lines.append([*cells, escape_markdown(coverage_text(row)), *price])
    return _markdown_table(head, lines, words)


def _table(board: Board, columns: Sequence[Column], cell: Callable[[Row, Column], str], found: Flags) -> str:
    head = ["Restorer", *(f"{column.label} {column.arrow}" for column in columns)]
    lines = [[_name(row, found), *(cell(row, column) for column in columns)] for row in board.rows]
    return _markdown_table(head, lines)


def _markdown_table(head: Sequence[str], lines: Sequence[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    """A table whose columns of words stand at the left, all others at the right."""
    rule = [":--" if place in words else "--:" for place in range(len(head))]
    rows = [[escape_markdown(text) for text in head], rule, *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _name(row: Row, found: Flags) -> str:
    role = role_text(row)
    name = escape_markdown(row.entry.restorer) + (f" ({role})" if role else "")
    return name + _raised(found.mark(row.entry.restorer))


def _raised(mark: str) -> str:
    return f"<sup>{mark}</sup>" if mark else ""


def _value(board: Board, row: Row, column: Column, found: Flags, *, interval: bool = False) -> str:
    score, rank = row.score(column), row.ranks[board.columns.index(column)]
    if score is None or score.mean is None:
        return NO_VALUE
    mark = {1: "**", 2: "*"}.get(rank or 0, "")
    raised = _raised(found.mark(row.entry.restorer, column.metric))
    spread = f" {interval_text(score, column.digits)}" if interval else ""
    return f"{mark}{number_text(score.mean, column.digits)}{mark}{raised}{spread}".strip()


def rank_text(rank: Rank | None) -> str:
    """`1`, or `1–3` where it may have any of these places; – for none."""
    if rank is None:
        return NO_VALUE
    return f"{rank.best}" if rank.best == rank.worst else f"{rank.best}–{rank.worst}"


def _cost(publication: Publication) -> list[str]:
    seconds, memory = publication.seconds_per_image, publication.peak_memory_bytes
    return [
        NO_VALUE if seconds is None else escape_markdown(seconds_text(seconds)),
        NO_VALUE if memory is None else f"{memory / 1e6:,.0f} MB",
    ]


def seconds_text(seconds: float) -> str:
    """Seconds with three digits."""
    if seconds < 0.001:
        return "<0.001"
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:,.0f}"


def _footnotes(found: Flags) -> str:
    numbered = enumerate(found.texts, start=1)
    return "  \n".join(f"{_raised(str(number))} {escape_markdown(text)}" for number, text in numbered)


def _withdrawn(board: Board) -> str:
    """Why rows no longer stand."""
    rows = (row for row in board.rows if row.withdrawn)
    return "\n".join(
        f"- {escape_markdown(row.entry.restorer)}: {escape_markdown(row.withdrawn)}" for row in rows
    )


def _notes(board: Board) -> str:
    return "\n".join(f"- {escape_markdown(note)}" for note in board.notes)


def _of_level(published: Published, level: Level, found: Flags) -> Iterator[str]:
    yield f"## {escape_markdown(published.definition.by.capitalize())} {escape_markdown(level.label)}"
    yield f"{level.board.images:,} images of {level.board.people:,} people."
    yield _headline_table(published, level.board, level.ranks, found)


def _methods(published: Published) -> str:
    head = (
        "Restorer",
        "What it is",
        "Trained on",
        "Saw test people",
        "Parameters",
        "Licence",
        "Made on",
        "Links",
    )
    lines = [_method(published.publications[row.entry.restorer]) for row in published.board.rows]
    return _markdown_table(head, lines, words=range(len(head)))


def _method(publication: Publication) -> list[str]:
    method, seen = publication.method, publication.saw_test_people
    links = {"paper": method.paper, "code": method.code, **publication.links}
    texts = (
        method.name,
        method.summary,
        "; ".join(publication.training_data) or "not trained",
        "" if not publication.trained else "not known" if seen is None else "yes" if seen else "no",
        "" if method.parameters is None else f"{method.parameters:,}",
        method.licence,
        _made_on(publication),
    )
    linked = ", ".join(f"[{escape_markdown(name)}](<{link}>)" for name, link in links.items() if link)
    return [*(escape_markdown(text) or NO_VALUE for text in texts), linked or NO_VALUE]


def _made_on(publication: Publication) -> str:
    """The device, and how many processes shared it."""
    told = publication.provenance
    device, cores, workers = (told.get(key, "") for key in ("device", "cpu_count", "workers"))
    shared = f" ({workers} of {cores} cores)" if device == "cpu" and cores and workers else ""
    return f"{device}{shared}"
