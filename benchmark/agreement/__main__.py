"""`python -m bfrbench.benchmark.agreement [SHARED] [--write FILE]`: our metrics beside other implementations.

Prints or writes a Markdown table of our values beside those of other implementations, with the tolerance that
each must meet; the exit status is 1 when one does not. Comparing with scikit-image and SciPy needs nothing.
SHARED is a folder with `golden/`, values of basicsr, pyiqa, lpips, pytorch-fid and others on stored images
and features (its README says why the tolerances are what they are), and `data/`, aligned faces of people of
whom many have two photographs. Tools installed beside bfrbench (`make agreement`) are compared as well.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bfrbench.benchmark import separation
from bfrbench.benchmark.agreement import faces, images, sets, strict
from bfrbench.benchmark.agreement.comparison import markdown
from bfrbench.files import write_text

AREAS = (strict, images, faces, sets)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print or write, and return the exit status."""
    parser = argparse.ArgumentParser(description="Compare our metrics with other implementations.")
    parser.add_argument("shared", type=Path, nargs="?", help="folder with golden/ and data/faces512/")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write Markdown there; else print it")
    options = parser.parse_args(arguments)
    golden = None if options.shared is None else options.shared / "golden"
    comparisons = [comparison for area in AREAS for comparison in area.comparisons(golden)]
    notes = [] if options.shared is None else ["\n".join(separation.report(options.shared / "data/faces512"))]
    page = markdown(comparisons, *notes)
    if options.write is not None:
        write_text(options.write, page)
    else:
        sys.stdout.write(page)
    return 0 if all(comparison.agrees for comparison in comparisons) else 1


if __name__ == "__main__":
    sys.exit(main())
