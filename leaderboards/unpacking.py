"""A submission as {file name: bytes}, out of a folder or a zip that anybody may have made.

Nothing is written anywhere. A file is read only after its name, kind and size were checked, and then not
beyond its limit, whatever the archive says of itself.
"""

import io
import lzma
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bfrbench.errors import InputError
from bfrbench.leaderboards.evidence import LIMITS, plain

_MOST_BYTES: Final = sum(LIMITS.values())
_MOST_MEMBERS: Final = 20
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_STAMP: Final = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: the same files give the same bytes


def read_files(place: Path) -> dict[str, bytes]:
    """The files of a submission, from its folder or zip.

    Raises InputError, with a line for each thing that is wrong, when it holds anything else.
    """
    if place.is_dir() and not place.is_symlink():
        return _from_folder(place)
    if not place.is_file():
        raise InputError(f"{place} is neither a folder nor a file.")
    size = place.stat().st_size
    if size > _MOST_BYTES:
        raise InputError(f"{place} has {size:,} bytes; a submission may have {_MOST_BYTES:,}.")
    return unzip(place.read_bytes())


def _from_folder(folder: Path) -> dict[str, bytes]:
    found = sorted(folder.iterdir())
    if len(found) > _MOST_MEMBERS:
        raise InputError(f"It holds {len(found):,} files; a submission has {len(LIMITS)} at most.")
    about = {path.name: path.lstat() for path in found}
    problems = [
        problem for name, status in about.items() if (problem := _wrong(name, status.st_mode, status.st_size))
    ]
    if problems:
        raise InputError("\n".join(problems))
    return {path.name: path.read_bytes() for path in found}


def _wrong(name: str, mode: int, size: int) -> str:
    """What speaks against reading a file: its name, kind (0: not stated) or size; "" if nothing does."""
    if name not in LIMITS:
        return f"It holds {plain(name)!r}; a submission has {', '.join(LIMITS)}, without folders."
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return f"{name} is no ordinary file, but a link, a folder or a device."
    if size > LIMITS[name]:
        return f"{name} has {size:,} bytes; it may have {LIMITS[name]:,}."
    return ""


def unzip(data: bytes) -> dict[str, bytes]:
    """The files in a zip; raises InputError as `read_files` does."""
    # before zipfile makes an object of each entry in the directory
    if data.count(b"PK\x01\x02") > 2 * _MOST_MEMBERS:
        raise InputError(f"The zip holds too many files; a submission has {len(LIMITS)} at most.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if problems := _wrong_members(members):
                raise InputError("\n".join(problems))
            return {member.filename: _read(archive, member) for member in members}
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        raise InputError(f"It is no whole zip: {plain(str(error))}.") from error
    except (RuntimeError, NotImplementedError) as error:  # what zipfile says of ciphers and odd versions
        raise InputError(f"The zip is of a kind that is not read here: {plain(str(error))}.") from error


def _wrong_members(members: list[zipfile.ZipInfo]) -> list[str]:
    problems = []
    for member in members:
        # zipfile cuts a name at a NUL, and turns the system's own separators
        name = member.filename if member.filename == member.orig_filename else member.orig_filename
        if problem := _wrong(name, member.external_attr >> 16, member.file_size):
            problems.append(problem)
        elif member.flag_bits & 1 or member.compress_type not in _PACKED:
            problems.append(f"{name} is encrypted, or packed by other means than deflate.")
    counts = Counter(member.filename for member in members)
    return problems + [f"{plain(name)} is in the zip {n} times." for name, n in counts.items() if n > 1]


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    most = LIMITS[member.filename]
    with archive.open(member) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise InputError(f"{member.filename} unpacks to more than {most:,} bytes.")
    return data


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of files; the same files give the same bytes (with one version of zlib)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _STAMP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, files[name])
    return packed.getvalue()
