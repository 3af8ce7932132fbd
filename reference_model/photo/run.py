"""Many photographs: the five functions in their order, one report, and no photograph that stops another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from bfrbench.detection import Detector
from bfrbench.errors import InputError, NameMismatch, OutputError, RestorerFailed
from bfrbench.files import few, make_folder, remove_leftovers, sha256_file, write_bytes, write_json
from bfrbench.pixels import write_png
from bfrbench.reference_model.photo.align import Crop, align
from bfrbench.reference_model.photo.background import enlarge
from bfrbench.reference_model.photo.detect import Found, detect
from bfrbench.reference_model.photo.facexlib_way import align_as_facexlib, paste_as_facexlib
from bfrbench.reference_model.photo.masks import Mask, ellipse_mask
from bfrbench.reference_model.photo.paste import Placed, paste
from bfrbench.reference_model.photo.picture import (
    SUFFIXES,
    Picture,
    check_output,
    enlarged,
    read_picture,
    write_picture,
)
from bfrbench.reference_model.photo.report import (
    FILE,
    FaceReport,
    PhotoReport,
    PhotosReport,
    Settings,
    begun,
    face_report,
    finished,
)
from bfrbench.reference_model.photo.restore import Restored, keep_colour, restore_faces
from bfrbench.types import Image, Restorer

SIDES = "side_by_side"
AT_ONCE = 32  # crops, or photographs, after which a batch is restored and the report written
SIDE_BY_SIDE = 4096  # px: the longer side of each half, at most


@dataclass(frozen=True, slots=True)
class Parts:
    """What does the work; each is handed in."""

    detector: Detector
    restorer: Restorer
    background: Restorer | None = None  # None: Lanczos
    mask: Mask = ellipse_mask
    batch: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A photograph after detection and alignment; its pixels are read again when its faces are restored."""

    path: Path
    report: PhotoReport
    found: tuple[Found, ...] = ()
    crops: tuple[Crop, ...] = ()  # of those faces that are not skipped, in their order


def restore_photos(
    photos: Sequence[Path],
    out: Path,
    settings: Settings,
    parts: Parts,
    *,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> PhotosReport:
    """Restore the faces of every photograph into `out`, and say in `out/photos.json` what became of each.

    Faces of several photographs share a batch. A photograph that an earlier run with the same settings
    finished is kept; one that cannot be read or restored is reported and stops no other. Raises NameMismatch
    when two have the same name, OutputError when nothing can be written, and before anything is where a
    result would take the place of a photograph, or of any file in a folder that no run has begun.
    """
    _check_names(photos)
    _check_places(photos, out)
    make_folder(out)
    remove_leftovers(out)
    kept = finished(out, settings)
    write_json(out / FILE, PhotosReport(settings, tuple(kept.values())))  # from now on the folder is ours
    reports: dict[str, PhotoReport] = {}
    waiting: list[_Seen] = []
    for number, path in enumerate(sorted(photos, key=lambda photo: photo.name), start=1):
        waiting.append(_look(path, kept, settings, parts))
        full = max(len(waiting), sum(len(seen.crops) for seen in waiting)) >= AT_ONCE
        if full or number == len(photos):
            reports |= {seen.path.name: report for seen, report in _restore(waiting, out, settings, parts)}
            waiting = []
            known = sorted((kept | reports).items())
            write_json(out / FILE, PhotosReport(settings, tuple(report for _, report in known)))
        on_progress(number, len(photos))
    return PhotosReport(settings, tuple(reports.values()))


def _check_names(photos: Sequence[Path]) -> None:
    if not photos:
        raise InputError("There is no photograph to restore.")
    stems: dict[str, Path] = {}
    for path in photos:
        if path.stem in stems:
            raise NameMismatch(
                f"{stems[path.stem]} and {path} would be written to one name: restore them into two folders."
            )
        stems[path.stem] = path


def _check_places(photos: Sequence[Path], out: Path) -> None:
    """Raise OutputError where a result would replace a file that no earlier run has written."""
    beside = [path for path in photos if path.resolve().parent == out.resolve()]
    if beside:
        raise OutputError(f"{out} is where {beside[0].name} lies: choose another folder for the results.")
    if begun(out):
        return
    targets = [out / f"{path.stem}{suffix}" for path in photos for suffix in {path.suffix, *SUFFIXES}]
    targets += [out / FILE, *(out / SIDES / f"{path.stem}.png" for path in photos)]
    taken = [target.name for target in targets if target.exists()]
    if taken:
        raise OutputError(
            f"{out} holds {few(taken)}, which no earlier run wrote: choose another folder for the results."
        )


def _look(path: Path, kept: dict[str, PhotoReport], settings: Settings, parts: Parts) -> _Seen:
    try:
        sha256 = sha256_file(path)
        if path.name in kept and kept[path.name].sha256 == sha256:
            return _Seen(path, kept[path.name])
        picture = read_picture(path).seen
        height, width = picture.shape[:2]
        check_output(height, width, settings.upscale)
    except (OSError, InputError) as error:
        return _Seen(path, PhotoReport(path.name, "", "unreadable", str(error)))
    found = detect(picture, parts.detector, settings.choice)
    cut = align_as_facexlib if settings.mask == "square" else align
    crops = [cut(picture, item.face.landmarks, settings.size) for item in found if not item.skipped]
    report = PhotoReport(path.name, sha256, "no_face", size=(width, height))
    return _Seen(path, report, tuple(found), tuple(crops))


def _restore(
    waiting: Sequence[_Seen], out: Path, settings: Settings, parts: Parts
) -> list[tuple[_Seen, PhotoReport]]:
    """Restore all waiting faces in batches, then finish photograph by photograph."""
    crops = [crop.image for seen in waiting for crop in seen.crops]
    restored = iter(restore_faces(crops, parts.restorer, batch=parts.batch))
    done = []
    for seen in waiting:
        faces = [next(restored) for _ in seen.crops]
        is_new = seen.report.size is not None and seen.report.output is None
        done.append((seen, _finish(seen, faces, out, settings, parts) if is_new else seen.report))
    return done


def _finish(
    seen: _Seen, restored: Sequence[Restored], out: Path, settings: Settings, parts: Parts
) -> PhotoReport:
    """Paste and write one photograph."""
    reports = _face_reports(seen, restored)
    placed = [
        _placed(crop, face.image, settings, parts)
        for crop, face in zip(seen.crops, restored, strict=True)
        if face.image is not None
    ]
    failures = [report.reason for report in reports if report.state == "failed"]
    try:
        path, size = _write(seen.path, placed, out, settings, parts)
    except RestorerFailed as error:
        return replace(seen.report, faces=reports, state="restorer_error", message=str(error))
    return replace(
        seen.report,
        faces=reports,
        state="restorer_error" if failures else ("ok" if placed else "no_face"),
        message=failures[0] if failures else "",
        output=path.name,
        output_sha256=sha256_file(path),
        output_size=size,
    )


def _face_reports(seen: _Seen, restored: Sequence[Restored]) -> tuple[FaceReport, ...]:
    results = iter(restored)
    reports = []
    for item in seen.found:
        if item.skipped:
            reports.append(face_report(item.face, "skipped", item.skipped))
        else:
            message = next(results).message
            reports.append(face_report(item.face, "failed" if message else "restored", message))
    return tuple(reports)


def _placed(crop: Crop, face: Image, settings: Settings, parts: Parts) -> Placed:
    colours = keep_colour(face, crop.image) if settings.colour == "photo" else face
    return Placed(colours, crop.matrix, crop.image.shape[0], parts.mask(face), settings.strength)


def _write(
    source: Path, placed: Sequence[Placed], out: Path, settings: Settings, parts: Parts
) -> tuple[Path, tuple[int, int]]:
    """The finished file and its width and height; a photograph in which nothing changes is copied."""
    picture = read_picture(source)
    if not placed and settings.upscale == 1 and parts.background is None:
        path, result = out / source.name, picture
        write_bytes(path, source.read_bytes())
    else:
        put, by = (paste_as_facexlib if settings.mask == "square" else paste), settings.upscale
        result = enlarged(picture, put(enlarge(picture.colour, by, parts.background), placed, upscale=by))
        path = write_picture(out, source.stem, result)
    if settings.side_by_side:
        write_png(make_folder(out / SIDES) / f"{source.stem}.png", _side_by_side(picture, result))
    return path, (result.colour.shape[1], result.colour.shape[0])


def _side_by_side(before: Picture, after: Picture) -> Image:
    """The photograph and the result, at the result's size or at most 4096 px each."""
    height, width = after.colour.shape[:2]
    scale = min(1.0, SIDE_BY_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    halves = [
        cv2.resize(
            image, size, interpolation=cv2.INTER_AREA if image.shape[1] > size[0] else cv2.INTER_LANCZOS4
        )
        for image in (before.seen, after.seen)
    ]
    return np.asarray(np.hstack(halves), dtype=np.uint8)
