"""What a DATA argument may be."""

from pathlib import Path

from bfrbench.degradations.dataset import open_dataset, plain_dataset
from bfrbench.errors import InputError
from bfrbench.types import DataSet


def open_data(folder: Path) -> DataSet:
    """A data set, or a plain folder of LQ images that nobody has HQ of."""
    if (folder / "dataset.json").is_file():
        return open_dataset(folder)
    if (folder / "plan.json").is_file():
        raise InputError(
            f"{folder} is an unfinished data set: run its `bfrbench degrade` again to finish it."
        )
    return plain_dataset(lq=folder)
