"""What became of every photograph and every face, as `photos.json` holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bfrbench.detection import Face
from bfrbench.errors import InputError
from bfrbench.files import read_json, sha256_file
from bfrbench.reference_model.photo.detect import Choice
from bfrbench.types import State

FILE = "photos.json"

MaskName = Literal["ellipse", "parsing", "square"]
ColourFrom = Literal["photo", "restorer"]
FaceState = Literal["restored", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a result depends on besides the photograph."""

    restorer: str  # as it was asked for, options and all
    detector: str
    weights_sha256: Mapping[str, str] = field(default_factory=dict)  # of the restorer and the background's
    background: str = "lanczos"
    choice: Choice = field(default_factory=Choice)
    upscale: int = 1
    size: int = 512  # px: the restorer's aligned faces
    mask: MaskName = "ellipse"
    strength: float = 1.0  # 0: the photograph, 1: the restorer
    colour: ColourFrom = "photo"
    side_by_side: bool = False


@dataclass(frozen=True, slots=True)
class FaceReport:
    """One face, in the photograph's pixels."""

    state: FaceState
    reason: str  # why it was skipped or failed; then it was left as it was
    box: tuple[float, float, float, float]  # x0, y0, x1, y1
    landmarks: tuple[float, ...]  # x0, y0, … x4, y4
    score: float


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """One photograph."""

    file: str  # its name
    sha256: str  # of the file that was read; '' when it could not be
    state: State  # ok, no_face, restorer_error (a face or the background failed), unreadable
    message: str = ""
    output: str | None = None  # name in the output folder; None: nothing was written
    output_sha256: str | None = None
    size: tuple[int, int] | None = None  # width, height of the photograph
    output_size: tuple[int, int] | None = None
    faces: tuple[FaceReport, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something that should have been restored was not."""
        return self.state not in ("ok", "no_face")


@dataclass(frozen=True, slots=True)
class PhotosReport:
    """One run over photographs, sorted by name."""

    settings: Settings
    photos: tuple[PhotoReport, ...]


def face_report(face: Face, state: FaceState, reason: str = "") -> FaceReport:
    """A face as the report holds it, to a hundredth of a pixel."""
    x0, y0, x1, y1 = (round(value, 2) for value in face.box)
    landmarks = tuple(round(value, 2) for value in face.landmarks.ravel().tolist())
    return FaceReport(state, reason, (x0, y0, x1, y1), landmarks, round(face.score, 4))


def begun(out: Path) -> bool:
    """Whether a folder is one of ours: its report, cut short perhaps, says so."""
    try:
        text = (out / FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    first, head = '{"settings":', "".join(text[:40].split())
    return bool(head) and (head.startswith(first) or first.startswith(head))


def finished(out: Path, settings: Settings) -> dict[str, PhotoReport]:
    """{file name: report} of the photographs that an earlier run with these settings finished.

    What failed, and whose result has been changed or removed since, is not among them.
    """
    if not (out / FILE).is_file():
        return {}
    try:
        report = read_json(out / FILE, PhotosReport, "the report of an earlier run")
    except InputError:
        return {}  # cut short, or of another version: all is done anew
    if report.settings != settings:
        return {}
    return {photo.file: photo for photo in report.photos if not photo.failed and _is_whole(out, photo)}


def _is_whole(out: Path, photo: PhotoReport) -> bool:
    path = out / (photo.output or "")
    return path.is_file() and sha256_file(path) == photo.output_sha256
