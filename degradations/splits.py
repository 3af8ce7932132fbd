"""Train, validation and test sets by person: a function of who is on a picture, and of nothing else.

Adding or removing people moves nobody else, and one person's pictures are never on two sides.
"""

import hashlib
from dataclasses import dataclass

from bfrbench.errors import InputError


@dataclass(frozen=True, slots=True)
class Splits:
    """Shares of the people in percent, of sum 100."""

    train: int
    val: int
    test: int

    def of(self, person_id: str) -> str:
        """Where a person belongs: h = sha256(person_id in UTF-8) mod 100; test, then val, then train.

        `Splits(75, 10, 15)` are OpenFaces' own: test below 15, val below 25, train above.
        """
        share = int(hashlib.sha256(person_id.encode()).hexdigest(), 16) % 100
        if share < self.test:
            return "test"
        return "val" if share < self.test + self.val else "train"


def parse_splits(text: str) -> Splits:
    """Splits out of "80/10/10": train, val and test in percent; raises InputError for anything else."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts) or sum(map(int, parts)) != 100:
        raise InputError(
            f"Splits are train/val/test in whole percent of sum 100, as in 80/10/10; {text!r} is not."
        )
    return Splits(*map(int, parts))
