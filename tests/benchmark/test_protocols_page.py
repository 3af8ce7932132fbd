"""docs/protocols.md: made from the metrics and protocols, and fresh."""

import importlib.util
from pathlib import Path

from bfrbench.benchmark.metrics.table import METRICS
from bfrbench.benchmark.protocols import PROTOCOLS

DOCS = Path(__file__).parents[2] / "docs"
SPEC = importlib.util.spec_from_file_location("protocols_page", DOCS / "protocols_page.py")
assert SPEC
assert SPEC.loader
protocols_page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(protocols_page)


def test_the_page_is_what_the_code_would_write() -> None:
    assert protocols_page.is_fresh()


def test_the_page_names_every_metric_and_protocol() -> None:
    text = protocols_page.PAGE.read_text()
    assert all(f"`{name}`" in text for name in (*METRICS, *PROTOCOLS))
