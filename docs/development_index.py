"""Write the index of faces128 with the split `dev`: its val faces whose people are on no board.

    python docs/development_index.py $BFRBENCH_SHARED/data/faces128/index.csv dev.csv
    make val INDEX=dev.csv        # the other val faces, by which no setting of gfpgan-128 was chosen

Settings of the reference model were chosen by the development faces (docs/training-log.md).
"""

import argparse
from pathlib import Path

import pandas as pd

from bfrbench.files import read_parquet, write_bytes

RESULTS = Path(__file__).parents[1] / "leaderboards/results"
BOARDS = ("openfaces128-jpeg-release", "openfaces128-jpeg-severity")


def development(index: pd.DataFrame) -> pd.DataFrame:
    """The index with `dev` in the place of `val` for whoever is on no board."""
    manifests = [read_parquet(RESULTS / board / "data/manifest.parquet", "a manifest") for board in BOARDS]
    people = set(pd.concat(manifests)["person_id"])
    alone = (index["split"] == "val") & ~index["person_id"].isin(people)
    return index.assign(split=index["split"].mask(alone, "dev"))


def main() -> None:
    """Write it, and say how many there are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("out", type=Path)
    wanted = parser.parse_args()
    table = development(pd.read_csv(wanted.index))
    write_bytes(wanted.out, table.to_csv(index=False).encode())
    dev, val = (table[table["split"] == split] for split in ("dev", "val"))
    people = dev["person_id"].nunique()
    print(f"{wanted.out}: {len(dev)} faces of {people} people are dev, {len(val)} are left in val")


if __name__ == "__main__":
    main()
