"""All that can be done with a data set, by one import: make, open, verify, or take plain folders as one."""

from bfrbench.degradations.folders import plain_dataset
from bfrbench.degradations.manifest import open_dataset, size_note
from bfrbench.degradations.synthesis import make_dataset
from bfrbench.degradations.verification import Difference, Verification, verify_dataset

__all__ = [
    "Difference",
    "Verification",
    "make_dataset",
    "open_dataset",
    "plain_dataset",
    "size_note",
    "verify_dataset",
]
