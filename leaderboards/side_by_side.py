"""Reported tables beside one another: which methods and measures they share, and each one's place in each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bfrbench.leaderboards.records import ReportedColumn, ReportedTable

ALIASES: Final[Mapping[str, str]] = {"GFPGAN": "GFP-GAN", "RF++": "RestoreFormer++", "VQFRv1": "VQFR"}
"""One method under another name. PMRF's VQFRv1 has the LPIPS, Deg and LMD that others print for VQFR."""

INPUT: Final = "Input"
"""The row of the LQ images themselves, which is no method."""

MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    "FID": ("fid", "fid-hq"),
    "Identity": ("deg", "ida"),
    "PSNR": ("psnr",),
    "SSIM": ("ssim",),
    "LPIPS": ("lpips",),
    "NIQE": ("niqe",),
    "LMD": ("lmd",),
    "MUSIQ": ("musiq",),
}
"""Each measure, and the ids of the columns that print it."""

SOURCES: Final[Mapping[str, str]] = {
    "gfpgan": "GFP-GAN, BFRffusion",
    "pmrf": "PMRF",
    "osdface": "OSDFace",
    "dmdp-fr": "DMDP-FR",
}
"""Who printed a table, by the beginning of its id; in the order of columns."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A measure in one table."""

    table: ReportedTable
    column: ReportedColumn

    @property
    def source(self) -> str:
        """Who printed it."""
        return SOURCES[source_key(self.table)]

    @property
    def values(self) -> dict[str, str]:
        """Method by its common name → number as printed."""
        rows = (row for row in self.table.rows if row.method != INPUT and self.column.id in row.values)
        return {ALIASES.get(row.method, row.method): row.values[self.column.id] for row in rows}

    def place(self, method: str) -> int:
        """The method's place among all of the table's methods, 1 the best; ties share it."""
        sign = 1.0 if self.column.better == "lower" else -1.0
        own = sign * float(self.values[method])
        return 1 + sum(sign * float(other) < own for other in self.values.values())


def source_key(table: ReportedTable) -> str:
    """The beginning of the table's id that names its source."""
    return next(key for key in SOURCES if table.id.startswith(f"{key}-"))


def set_name(table: ReportedTable) -> str:
    """The test set by the name that all give it; which LQs are meant is dropped."""
    return table.lq_set.partition(" (")[0]


def lq_images(table: ReportedTable) -> str:
    """Whose LQ images, where the name alone does not tell; else ''."""
    return table.lq_set.partition(" (")[2].rstrip(")")


def by_test_set(tables: Iterable[ReportedTable]) -> dict[str, list[ReportedTable]]:
    """The tables of each test set, CelebA-Test first, then by name; within, by source."""
    order = list(SOURCES)
    found: dict[str, list[ReportedTable]] = {}
    for table in sorted(tables, key=lambda table: (set_name(table), order.index(source_key(table)))):
        found.setdefault(set_name(table), []).append(table)
    return found


def columns_of(tables: Iterable[ReportedTable], measure: str) -> list[Reported]:
    """The columns of a measure in several tables."""
    ids = MEASURES[measure]
    return [Reported(table, column) for table in tables for column in table.columns if column.id in ids]


def shared_methods(columns: Sequence[Reported]) -> list[str]:
    """The methods that two tables or more have a number of: those of most tables first, then by name."""
    tables: dict[str, set[str]] = {}
    for column in columns:
        for method in column.values:
            tables.setdefault(method, set()).add(column.table.id)
    methods = [method for method, of in tables.items() if len(of) > 1]
    return sorted(methods, key=lambda method: (-len(tables[method]), method.lower()))
