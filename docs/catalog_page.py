"""Write docs/catalog.md from the catalog itself, or check that it is fresh.

python docs/catalog_page.py --write
python docs/catalog_page.py --check    # exit status 1 when it is stale
"""

import argparse
from pathlib import Path

from bfrbench.degradations.catalog.words import page
from bfrbench.files import write_text

PAGE = Path(__file__).with_name("catalog.md")


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    if parser.parse_args().write:
        write_text(PAGE, page())
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        raise SystemExit("docs/catalog.md is stale: run `python docs/catalog_page.py --write`.")


if __name__ == "__main__":
    main()
