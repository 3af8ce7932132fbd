"""The page that puts one method's reported numbers side by side across papers, and says why they differ.

Every number on it, in tables and in sentences, is taken from `reported/` as the page is made.
"""

from collections.abc import Mapping, Sequence

from bfrbench.leaderboards.labels import ARROWS
from bfrbench.leaderboards.records import ReportedTable
from bfrbench.leaderboards.render import NO_VALUE, counted, escape_markdown
from bfrbench.leaderboards.reported import reported_tables
from bfrbench.leaderboards.side_by_side import (
    MEASURES,
    Reported,
    by_test_set,
    columns_of,
    lq_images,
    shared_methods,
)
from bfrbench.leaderboards.spread import causes, joined, ordinal

__all__ = ["across_papers_page"]


def across_papers_page() -> str:
    """The page, as Markdown."""
    tables = reported_tables()
    sets = by_test_set(tables.values())
    parts = [
        _opening(tables, sets),
        "## Where the spread comes from",
        "\n".join(f"{number}. {cause}" for number, cause in enumerate(causes(tables), 1)),
        "## The same method's place by FID",
        "Among the methods of the same table, the best first; the input is no method.",
        *(_places(name, same) for name, same in sets.items()),
        "## Side by side",
        "Every method and measure that two tables or more have a number of, as it was printed.",
        *(part for name, same in sets.items() for part in _side_by_side(name, same)),
        "## The tables",
        _sources(tables),
        _way_out(),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(tables: Mapping[str, ReportedTable], sets: Mapping[str, Sequence[ReportedTable]]) -> str:
    fid, psnr = (columns_of(sets["CelebA-Test"], measure) for measure in ("FID", "PSNR"))
    numbers = sum(len(row.values) for table in tables.values() for row in table.rows)
    shared = [shared_methods(columns_of(same, measure)) for same in sets.values() for measure in MEASURES]
    ranked = [of for of in fid if "GFP-GAN" in of.values]
    places = joined([f"{ordinal(of.place('GFP-GAN'))} of {len(of.values)}" for of in ranked])
    last = psnr[-1]
    return (
        "# One method, one measure, another number\n\n"
        f"- CodeFormer's FID on CelebA-Test is **{_every(fid, 'CodeFormer')}**.\n"
        f"- Its PSNR there is **{_every(psnr, 'CodeFormer')}** dB.\n"
        f"- By FID, GFP-GAN is **{places}**; in the last of these tables it is "
        f"{ordinal(last.place('GFP-GAN'))} of {len(last.values)} by PSNR.\n\n"
        "All of these are printed, and nobody need have miscounted: the LQ images differ, the reference "
        "sets differ, the conventions differ, and the names do not say so.\n\n"
        f"This page is made of {counted(numbers, 'number')} in {counted(len(tables), 'table')}, with every "
        f"digit that was printed. Of {sum(map(len, shared))} methods and measures, two tables or more have "
        "a number on a test set of the same name. All of them are *reported*: bfrbench measured none."
    )


def _every(columns: Sequence[Reported], method: str) -> str:
    return joined([column.values[method] for column in columns if method in column.values])


def _places(name: str, tables: Sequence[ReportedTable]) -> str:
    columns = columns_of(tables, "FID")
    heads = [f"{column.source}, {column.column.notes}" for column in columns]
    lines = [["Method", *heads], [":--", *["--:"] * len(columns)]]
    lines.append(["*methods*", *(str(len(column.values)) for column in columns)])
    for method in shared_methods(columns):
        places = [ordinal(of.place(method)) if method in of.values else NO_VALUE for of in columns]
        lines.append([escape_markdown(method), *places])
    return f"### {name}\n\n{_table(lines)}"


def _side_by_side(name: str, tables: Sequence[ReportedTable]) -> list[str]:
    parts = [f"### {name}"]
    for measure in MEASURES:
        columns = columns_of(tables, measure)
        if methods := shared_methods(columns):
            arrow = ARROWS[columns[0].column.better]
            parts.append(f"#### {measure} {arrow}\n\n{_of_measure(columns, methods)}")
    return parts


def _of_measure(columns: Sequence[Reported], methods: Sequence[str]) -> str:
    """What the numbers are, then the numbers."""
    lines = [["Method", *(column.source for column in columns), "max ÷ min"]]
    lines.append([":--", *["--:"] * (len(columns) + 1)])
    for title, told in (
        ("LQ images", [lq_images(column.table) for column in columns]),
        ("unit", [column.column.unit for column in columns]),
        ("how", [column.column.notes for column in columns]),
    ):
        if any(told):
            lines.append([f"*{title}*", *(f"*{escape_markdown(text)}*" if text else "" for text in told), ""])
    for method in methods:
        cells = [column.values.get(method, NO_VALUE) for column in columns]
        lines.append([escape_markdown(method), *cells, _ratio(columns, method)])
    return _table(lines)


def _ratio(columns: Sequence[Reported], method: str) -> str:
    """The largest number over the smallest, of those in the commonest unit; '–' for one alone."""
    of_method = [column for column in columns if method in column.values]
    units = [column.column.unit for column in of_method]
    unit = max(units, key=units.count)
    values = [float(column.values[method]) for column in of_method if column.column.unit == unit]
    return f"{max(values) / min(values):.2f}" if len(values) > 1 else NO_VALUE


def _sources(tables: Mapping[str, ReportedTable]) -> str:
    lines = [["Table", "LQ images", "Reference", "Protocol here", "How it was read"], [":--"] * 5]
    for table in tables.values():
        link = f"[{table.id}]({table.url})"
        protocol = f"`{table.protocol}`" if table.protocol else "none of ours"
        texts = [table.lq_set, table.reference_set, protocol, table.read]
        lines.append([link, *(text if text is protocol else escape_markdown(text) for text in texts)])
    return _table(lines)


def _way_out() -> str:
    return (
        "## What bfrbench does about it\n\n"
        "- A score names its data set by sha256, its protocol and metric by version, its reference set in "
        "the metric's name, and its interval. Scores that differ in one of these are refused a common "
        "table.\n"
        "- The schools' conventions are protocols here, quirks and all, so that an old number can be "
        "bridged to a new one: `bfrbench board reproduce gfpgan-celeba-test` lists what a table takes, "
        "and with `--data` measures what is at hand under the table's own rules, beside what was reported."
    )


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
