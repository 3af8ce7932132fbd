"""`python -m bfrbench.degradations.agreement [SHARED] [--batches N] [--write FILE]`

Prints or writes a Markdown table of how far our results are from those of other implementations; the exit
status is 1 when one is out of its tolerance. Comparing with SciPy, Pillow and scikit-image needs nothing;
SHARED is a folder with `golden/degradations/`. `--batches N` adds every preset on N faces, in a batch with
torch on the CPU beside the reference (`batches.py`, which knows other devices too).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bfrbench.degradations.agreement import batches
from bfrbench.degradations.agreement.check import markdown
from bfrbench.degradations.agreement.golden import golden_checks
from bfrbench.degradations.agreement.installed import installed_checks
from bfrbench.degradations.presets import PRESETS
from bfrbench.files import write_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print or write, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bfrbench.degradations.agreement",
        description="Compare our degradations with other implementations.",
    )
    parser.add_argument("shared", type=Path, nargs="?", help="folder with golden/degradations/")
    parser.add_argument("--batches", type=int, metavar="N", help="also each preset in batches of N faces")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write Markdown there; else print it")
    options = parser.parse_args(arguments)
    checks = installed_checks()
    if options.shared is not None:
        checks += golden_checks(options.shared / "golden/degradations")
    page, agrees = markdown(checks), all(check.agrees for check in checks)
    if options.batches is not None:
        rows = list(batches.compare(list(PRESETS.values()), "cpu", options.batches))
        page, agrees = f"{page}\n{batches.section(rows)}", agrees and all(row.agrees for row in rows)
    if options.write is not None:
        write_text(options.write, page)
    else:
        sys.stdout.write(page)
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
