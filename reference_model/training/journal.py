"""The journal of a run: one JSON line a look, TensorBoard beside it, and nothing twice after a resume."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from bfrbench.files import disk_errors, write_text


@dataclass(frozen=True, slots=True)
class Journal:
    """log.jsonl and TensorBoard's files in one folder."""

    folder: Path
    board: SummaryWriter

    @property
    def path(self) -> Path:
        """Lines such as {"images": 3200, "generator": 1.7}."""
        return self.folder / "log.jsonl"

    def add(self, images: int, numbers: Mapping[str, float]) -> None:
        """Numbers after so many images."""
        with disk_errors(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"images": images} | dict(numbers)) + "\n")
        for name, value in numbers.items():
            self.board.add_scalar(name, value, images)
        self.board.flush()


def open_journal(folder: Path, images: int) -> Journal:
    """A journal to go on with after `images`; lines of steps that were lost in a kill are taken out."""
    journal = Journal(folder, SummaryWriter(folder / "tensorboard", purge_step=images + 1))
    if journal.path.is_file():
        lines = journal.path.read_text(encoding="utf-8").splitlines()
        write_text(journal.path, "".join(line + "\n" for line in lines if _images(line) <= images))
    return journal


def read_journal(folder: Path) -> list[dict[str, float]]:
    """All lines of a run's journal."""
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _images(line: str) -> float:
    try:
        return float(json.loads(line)["images"])
    except (ValueError, KeyError, TypeError):  # cut short by the kill
        return float("inf")
