"""METRICS: every metric there is. To add one: its file, its row in its group, its test."""

from typing import Final

from bfrbench.benchmark.metrics.metric import Metric
from bfrbench.benchmark.metrics.pyiqa_adapter import PREFIX, pyiqa_metric
from bfrbench.benchmark.metrics.rows_distribution import DISTRIBUTION
from bfrbench.benchmark.metrics.rows_fidelity import FIDELITY
from bfrbench.benchmark.metrics.rows_identity import IDENTITY
from bfrbench.benchmark.metrics.rows_landmarks import LANDMARKS
from bfrbench.benchmark.metrics.rows_perception import PERCEPTION
from bfrbench.errors import UnknownName

METRICS: Final[dict[str, Metric]] = {
    row.id: row for rows in (FIDELITY, PERCEPTION, IDENTITY, LANDMARKS, DISTRIBUTION) for row in rows
}


def metric(name: str) -> Metric:
    """The table's row, or the one of `pyiqa/NAME`; raises UnknownName with the names there are."""
    if name.startswith(PREFIX):
        return pyiqa_metric(name)
    if name not in METRICS:
        raise UnknownName(f"No metric is called {name!r}. There are: {', '.join(METRICS)}.")
    return METRICS[name]
