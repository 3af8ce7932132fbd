"""The frame that all pages stand in: templates, addresses, and what a page may load.

A page loads its own folder's files and nothing else, and its content security policy tells the browser so.
Every text of a board is untrusted: templates escape it, addresses are made of safe characters, and links lead
to https alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.files import sha256_bytes
from bfrbench.leaderboards import labels, render

SITE: Final = Path(__file__).parents[1] / "site"

# `file:` beside 'self': from disk, browsers differ on whether 'self' covers a page's neighbours.
POLICY: Final = (
    "default-src 'none'; img-src 'self' file: data:; style-src 'self' file:; script-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)

_SAFE: Final = re.compile(r"[a-z0-9][a-z0-9._+-]{0,79}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be written: where, from which template, and what fills it."""

    path: str  # relative to the site, with /
    template: str
    title: str
    about: str  # one sentence, for whoever finds the page
    values: Mapping[str, Any]


def slug(text: str) -> str:
    """A text as part of an address; what has unsafe characters gets digits of its sha256."""
    plain = re.sub(r"[/@]", "-", text)
    if _SAFE.fullmatch(plain):
        return plain
    kept = re.sub(r"[^a-z0-9._+-]+", "-", plain.lower()).strip("-._+")[:40]
    return f"{kept or 'x'}-{sha256_bytes(text.encode())[:8]}"


def https(link: str) -> str:
    """The link, when a reader may follow it; else ''."""
    return link if link.startswith("https://") else ""


def amount(value: float) -> str:
    """Seconds, megabytes or parameters alike, with three digits or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def bold(text: str) -> Markup:
    """A sentence whose **words** between stars are bold; all else is escaped."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(text))))  # noqa: S704


def environment() -> jinja2.Environment:
    """The templates, which escape everything and fail on a name that is not there."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "amount": amount,
        "arrows": labels.ARROWS,
        "bold": bold,
        "counted": render.counted,
        "https": https,
        "known_metrics": METRICS,
        "label_of": labels.label_of,
        "policy": POLICY,
        "slug": slug,
    }
    return made


def html(templates: jinja2.Environment, page: Page) -> str:
    """A page as text; the same page gives the same text."""
    root = "../" * page.path.count("/")
    return templates.get_template(f"{page.template}.html.j2").render(
        {**page.values, "page": page, "root": root}
    )
