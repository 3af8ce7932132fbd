"""`python -m bfrbench.degradations.agreement [SHARED] [--write FILE]`

Prints or writes a Markdown table of how far our results are from those of other implementations; the exit
status is 1 when one is out of its tolerance. Comparing with SciPy, Pillow and scikit-image needs nothing;
SHARED is a folder with `golden/degradations/`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bfrbench.degradations.agreement.check import markdown
from bfrbench.degradations.agreement.golden import golden_checks
from bfrbench.degradations.agreement.installed import installed_checks
from bfrbench.files import write_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print or write, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bfrbench.degradations.agreement",
        description="Compare our degradations with other implementations.",
    )
    parser.add_argument("shared", type=Path, nargs="?", help="folder with golden/degradations/")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write Markdown there; else print it")
    options = parser.parse_args(arguments)
    checks = installed_checks()
    if options.shared is not None:
        checks += golden_checks(options.shared / "golden/degradations")
    page = markdown(checks)
    if options.write is not None:
        write_text(options.write, page)
    else:
        sys.stdout.write(page)
    return 0 if all(check.agrees for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
