"""Get source files from GitHub, another server or a folder: checked, resumed, retried, and politely.

A file is good when its sha256 and its git blob id are the recipe's; nothing else is ever handed on. On its
way it lies as `<sha256>.part`, and a transfer that broke off goes on from there where the server can.
"""

import hashlib
import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

import platformdirs

from bfrbench import __version__
from bfrbench.degradations.openfaces.recipe import Source
from bfrbench.errors import InputError
from bfrbench.files import disk_errors, make_folder

GITHUB = "https://raw.githubusercontent.com"
AGENT = f"bfrbench/{__version__} (OpenFaces; at most four files at a time)"
PIECE = 1 << 16
SLOWEST = 20_000
"""Bytes a second below which a transfer counts as stalled, after one `timeout` to begin with."""

Trouble = Literal["missing", "changed", "unreachable"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try."""

    attempts: int = 4  # at each file
    wait: float = 1.0  # seconds before the second attempt; doubled before each further one
    longest: float = 60.0  # seconds: no wait is longer, whatever the server asks for
    timeout: float = 30.0  # seconds without a byte
    hosts_down: int = 5  # files in a row that cannot be reached, until the mirror counts as dead


class NotGot(Exception):
    """A source that could not be had, and which trouble it is; becomes a line of the report."""

    def __init__(self, trouble: Trouble, sentence: str) -> None:
        super().__init__(sentence)
        self.trouble = trouble


class _Again(Exception):
    """This attempt failed; another may not."""

    def __init__(self, sentence: str, after: float = 0.0) -> None:
        super().__init__(sentence)
        self.after = after  # seconds that the server asked to wait


@dataclass
class Mirror:
    """Where sources come from: a folder, or a server with `REPO/COMMIT/PATH` below its root.

    Threads may share one. After `hosts_down` files in a row that could not be reached it is dead, and no
    further file is tried. `stop` ends waits and transfers.
    """

    root: str | Path
    folder: Path  # where downloads are kept
    patience: Patience = field(default_factory=Patience)
    stop: threading.Event = field(default_factory=threading.Event)
    _down: int = 0

    def get(self, source: Source) -> bytes:
        """The file's bytes, checked. Raises NotGot, OutputError (full disk)."""
        if isinstance(self.root, Path):
            return self._read(self.root / source.place, source)
        kept = self.folder / source.sha256
        if kept.is_file() and is_it(data := kept.read_bytes(), source):
            return data
        if self._down >= self.patience.hosts_down:
            raise NotGot(
                "unreachable", f"not tried: {self.root} did not answer for {self._down} files in a row"
            )
        try:
            data = self._download(f"{self.root}/{source.place}", kept, source)
        except NotGot as problem:
            self._down = self._down + 1 if problem.trouble == "unreachable" else 0
            raise
        self._down = 0
        return data

    def _read(self, path: Path, source: Source) -> bytes:
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotGot("missing", f"{path} is not there") from error
        except OSError as error:
            raise NotGot("unreachable", f"{path} cannot be read: {error.strerror}") from error
        if not is_it(data, source):
            raise NotGot("changed", f"{path} is not the file that the recipe means (other sha256)")
        return data

    def _download(self, url: str, kept: Path, source: Source) -> bytes:
        """All attempts at one file."""
        part = make_folder(self.folder) / f"{kept.name}.part"
        wrong = 0
        reason = _Again("no attempt was made")
        for attempt in range(self.patience.attempts):
            if attempt:
                wait = max(self.patience.wait * 2 ** (attempt - 1), reason.after)
                self.stop.wait(min(wait, self.patience.longest))
            if self.stop.is_set():
                break
            try:
                self._transfer(url, part, source)
            except _Again as again:
                reason = again
                continue
            try:
                data = part.read_bytes()
                if is_it(data, source):
                    with disk_errors(kept):
                        part.replace(kept)
                    return data
            except FileNotFoundError:  # another process fetches it, too, and was sooner
                if kept.is_file():
                    return self._read(kept, source)
                continue
            part.unlink(missing_ok=True)
            wrong += 1
            reason = _Again("its sha256 is another one")
            if wrong == 2:  # once may be a broken transfer, twice is another file
                raise NotGot("changed", f"{url} is not the file that the recipe means: {reason}")
        raise NotGot("unreachable", f"{url}: {reason}")

    def _transfer(self, url: str, part: Path, source: Source) -> None:
        """One attempt: leave `part` with as many bytes as the source has, or raise _Again or NotGot."""
        have = part.stat().st_size if part.is_file() else 0
        if have >= source.bytes:
            part.unlink(missing_ok=True)
            have = 0
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  # `open_mirror` lets http(s) in alone
        with _network(url, part), urllib.request.urlopen(request, timeout=self.patience.timeout) as answer:  # noqa: S310
            goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(
                f"bytes {have}-"
            )
            with disk_errors(part), part.open("ab" if goes_on else "wb") as file:
                self._receive(answer, file, source.bytes - (have if goes_on else 0))
        size = part.stat().st_size if part.is_file() else source.bytes  # gone: another process has it whole
        if size < source.bytes:
            raise _Again(f"the transfer broke off after {size:,} of {source.bytes:,} bytes")

    def _receive(self, answer: http.client.HTTPResponse, file: BinaryIO, wanted: int) -> None:
        """Copy at most one byte more than wanted: that one proves that the file is another."""
        end = time.monotonic() + self.patience.timeout + wanted / SLOWEST
        left = wanted + 1
        while left and (piece := answer.read1(min(PIECE, left))):
            file.write(piece)
            left -= len(piece)
            if self.stop.is_set():
                raise _Again("stopped")
            if time.monotonic() > end:
                raise _Again("the transfer was too slow")


@contextmanager
def _network(url: str, part: Path) -> Iterator[None]:
    """Sort what can go wrong on the wire: to be tried again, or not."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise NotGot("missing", f"{url} is not there (HTTP {error.code})") from error
        if error.code == 416:  # what was there is no beginning of this file
            part.unlink(missing_ok=True)
        elif error.code < 500 and error.code not in (408, 425, 429):
            raise NotGot("unreachable", f"{url} is refused (HTTP {error.code})") from error
        asked = error.headers.get("Retry-After", "")
        raise _Again(f"HTTP {error.code}", float(asked) if asked.isdecimal() else 0.0) from error
    except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
        raise _Again(str(getattr(error, "reason", error)) or type(error).__name__) from error


def is_it(data: bytes, source: Source) -> bool:
    """Whether bytes are the file that the recipe means, by sha256 and by its id in git."""
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return hashlib.sha256(data).hexdigest() == source.sha256 and blob.hexdigest() == source.git_blob


def default_cache() -> Path:
    """Where downloaded sources are kept: the user's cache folder."""
    return Path(platformdirs.user_cache_dir("bfrbench")) / "openfaces"


def open_mirror(where: str | None, folder: Path, patience: Patience) -> Mirror:
    """The mirror that a user named: None is GitHub, http(s)://… a server, anything else a folder.

    `folder` keeps what is downloaded. Raises InputError for a folder that is not there.
    """
    if where is None or where.startswith(("http://", "https://")):
        return Mirror((where or GITHUB).rstrip("/"), folder, patience)
    if not Path(where).is_dir():
        raise InputError(f"The mirror {where} is neither a folder nor an address that begins with http.")
    return Mirror(Path(where), folder, patience)
