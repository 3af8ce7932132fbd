"""`python -m bfrbench.leaderboards.schema --write` writes the schemas, `--check` says which are stale."""

import argparse
import sys

from bfrbench.leaderboards import schema

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=schema.__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write them anew")
    what.add_argument("--check", action="store_true", help="exit status 1 if any is stale")
    if parser.parse_args().write:
        schema.write()
    elif problems := list(schema.stale()):
        sys.exit("\n".join(problems))
