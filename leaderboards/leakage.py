"""What an entry's training had to do with what it is judged by: the footnotes of a board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bfrbench.benchmark.metrics.metric import weights_of
from bfrbench.leaderboards.board import Board
from bfrbench.leaderboards.labels import family
from bfrbench.leaderboards.recompute import known_metric
from bfrbench.leaderboards.records import Publication


@dataclass(frozen=True, slots=True)
class Flags:
    """Footnotes, and where they belong."""

    texts: tuple[str, ...]
    numbers: Mapping[tuple[str, str], int]  # by restorer and metric ("": the name itself), from 1

    def mark(self, restorer: str, metric: str = "") -> str:
        """The footnote's number; "" for none."""
        number = self.numbers.get((restorer, metric))
        return "" if number is None else str(number)


def leaks(publication: Publication, metric: str) -> tuple[str, ...]:
    """The judges of a metric that were used in training: by weights' name, or the metric or its family."""
    known = known_metric(metric)
    judges = {metric, family(metric), *(weights_of(known) if known else ())}
    return tuple(judge for judge in publication.judges_used_in_training if judge in judges)


def flags(board: Board, publications: Mapping[str, Publication]) -> Flags:
    """The footnotes of a board, in the order of its rows and columns."""
    texts: list[str] = []
    numbers: dict[tuple[str, str], int] = {}

    def note(place: tuple[str, str], text: str) -> None:
        if text not in texts:
            texts.append(text)
        numbers[place] = texts.index(text) + 1

    for name in (row.entry.restorer for row in board.rows):
        publication = publications[name]
        if publication.saw_test_people:
            note((name, ""), "People of the data set were among its training images.")
        elif publication.trained and publication.saw_test_people is None:
            note((name, ""), "Whether people of the data set were among its training images is not known.")
        for column in board.columns:
            if used := leaks(publication, column.metric):
                note((name, column.metric), _used(used))
    return Flags(tuple(texts), numbers)


def _used(judges: Sequence[str]) -> str:
    return f"It was trained with what judges it here: {', '.join(judges)}."
