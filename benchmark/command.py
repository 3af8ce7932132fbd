"""A restorer that is a command line: `command:"tool {lq} {out}"`."""

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bfrbench.errors import InputError, RestorerFailed, UnreadableImage
from bfrbench.files import disk_errors, few, make_folder, without_folders
from bfrbench.pixels import read_image, write_png
from bfrbench.types import Image


@dataclass(frozen=True, slots=True)
class Command:
    """Runs a tool once per batch.

    In `template`, `{lq}` stands for a folder of PNG files 000000.png, 000001.png, ... and `{out}` for an
    empty folder, where the tool leaves its results under the same names. It is split into words as a
    shell would, but no shell runs: pipes, `~` and `$NAME` mean nothing. The tool's standard input is
    closed, and it may take as long as it likes.
    Raises InputError for a template that cannot work.
    """

    template: str

    def __post_init__(self) -> None:
        words = self._words()
        for place in ("{lq}", "{out}"):
            if not any(place in word for word in words):
                raise InputError(
                    f"The command {self.template!r} does not say {place}. "
                    'Write it as "tool {lq} {out}": the folder to read and the folder to write.'
                )
        if shutil.which(words[0]) is None:
            raise InputError(f"The command's program {words[0]!r} is not there or not executable.")

    @property
    def name(self) -> str:
        """The program and its arguments, without the folders of one machine."""
        program, *arguments = self._words()
        plain = [word for word in arguments if "{lq}" not in word and "{out}" not in word]
        return " ".join(filter(None, [Path(program).name, *map(without_folders, plain)]))

    def __call__(self, batch: Sequence[Image]) -> list[Image]:
        """Restore a batch; raises RestorerFailed with the last lines of the tool's standard error."""
        with (
            disk_errors(Path(tempfile.gettempdir())),
            tempfile.TemporaryDirectory(prefix="bfrbench-") as root,
        ):
            lq, out = make_folder(Path(root) / "lq"), make_folder(Path(root) / "out")
            names = [f"{index:06d}.png" for index in range(len(batch))]
            for name, image in zip(names, batch, strict=True):
                write_png(lq / name, image)
            said = self._run(lq, out)
            return _collect(out, names, said)

    def _words(self) -> list[str]:
        try:
            words = shlex.split(self.template)
        except ValueError as error:
            raise InputError(f"The command {self.template!r} cannot be split: {error}.") from error
        if not words:
            raise InputError('The command is empty. Write it as "tool {lq} {out}".')
        return words

    def _run(self, lq: Path, out: Path) -> str:
        """Run the tool, and return the end of what it said on standard error."""
        words = [word.replace("{lq}", str(lq)).replace("{out}", str(out)) for word in self._words()]
        # a file, not a pipe: a tool may say more than memory should hold
        with tempfile.TemporaryFile() as errors:
            code = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, check=False
            ).returncode
            errors.seek(max(0, errors.tell() - 4000))
            # without the temporary folder's name, the same failure has the same message
            said = errors.read().decode(errors="replace").replace(str(lq.parent), "")
        tail = " / ".join(line.strip() for line in said.splitlines()[-5:] if line.strip())
        said = f" It said: {tail}" if tail else " It said nothing on standard error."
        if code:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise RestorerFailed(f"The command {self.name!r} {how}.{said}")
        return said


def _collect(out: Path, names: Sequence[str], said: str) -> list[Image]:
    """Read exactly the expected files from `out`."""
    found = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    missing = [name for name in names if name not in found]
    if missing:
        raise RestorerFailed(
            f"The command left {len(found)} files for {len(names)} images; "
            f"not there: {few(missing)}. Results bear the names of the LQ images.{said}"
        )
    extra = sorted(found - set(names))
    if extra:
        raise RestorerFailed(
            f"The command left files that nobody asked for: {few(extra)}. "
            "{out} should hold one PNG for each LQ image and nothing else."
        )
    try:
        return [read_image(out / name) for name in names]
    except UnreadableImage as error:
        reason = str(error).replace(f"{out}/", "")
        raise RestorerFailed(f"The command left a file that is no image: {reason}{said}") from error
