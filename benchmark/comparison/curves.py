"""Metrics over the levels of what the images are sliced by, severity most often."""

from dataclasses import dataclass

from bfrbench.benchmark.comparison.question import Question
from bfrbench.benchmark.statistics.paired import differences_of
from bfrbench.benchmark.statistics.severity import Area, Curve, area, curve


@dataclass(frozen=True, slots=True)
class SeverityCurve:
    """One restorer's metric at each level, over the images that all runs have a value of."""

    metric: str
    restorer: str
    curve: Curve


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """The difference of two restorers' areas under their curves, first minus second."""

    metric: str
    first: str
    second: str
    area: Area


@dataclass(frozen=True, slots=True)
class Curves:
    """What there is to draw."""

    lines: tuple[SeverityCurve, ...] = ()
    areas: tuple[AreaDifference, ...] = ()


def curves(question: Question) -> Curves:
    """The curves of all runs and the paired differences of their areas; none where slices are no numbers."""
    level_of = {name: part.level for part in question.slices if part.level is not None for name in part.names}
    lines: list[SeverityCurve] = []
    areas: list[AreaDifference] = []
    for metric in (score.metric for score in question.scores):
        table = question.values(metric)
        table = table[table.index.isin(level_of)].dropna()
        levels, units = [level_of[name] for name in table.index], question.units_of(table.index)
        if len(set(levels)) < 2:
            continue
        columns = {str(name): table[name].tolist() for name in table.columns}
        lines += [SeverityCurve(metric, name, curve(own, units, levels)) for name, own in columns.items()]
        for first, second in ((first.name, second.name) for first, second in question.pairs):
            if first in columns and second in columns:
                gaps = differences_of(columns[first], columns[second])
                areas.append(AreaDifference(metric, first, second, area(gaps, units, levels)))
    return Curves(tuple(lines), tuple(areas))
