"""Real and odd photographs through `bfrbench photo`: `python tests/reference_model/bench_photo.py [SHARED]`.

First table: the `lq` restorer, which changes nothing, on the group photograph inside insightface and on
SHARED/data/whole_photos: faces found, and how far the result is from the photograph, in levels of 0..255
over the whole picture and inside the pasted faces (before the file is encoded again). Second table: odd
photographs, each in a process of its own, with its peak memory.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from skimage.data import astronaut

from bfrbench.benchmark.baselines import builder
from bfrbench.benchmark.datasets.embedded import PHOTOS, _read
from bfrbench.detection import DEFAULT_DETECTOR, open_detector
from bfrbench.files import write_bytes
from bfrbench.pixels import read_image, write_png
from bfrbench.reference_model.photo.align import align
from bfrbench.reference_model.photo.detect import Choice, detect
from bfrbench.reference_model.photo.masks import ellipse_mask
from bfrbench.reference_model.photo.paste import Placed, paste
from bfrbench.reference_model.photo.report import Settings
from bfrbench.reference_model.photo.restore import keep_colour, restore_faces
from bfrbench.reference_model.photo.run import Parts, restore_photos
from bfrbench.types import Image


def identity_row(path: Path) -> str:
    """Faces found, and the mark that pasting them back unchanged leaves."""
    image = read_image(path)
    began = time.perf_counter()
    found = [item for item in detect(image, open_detector(), Choice()) if not item.skipped]
    seconds = time.perf_counter() - began
    crops = [align(image, item.face.landmarks, 512) for item in found]
    same = restore_faces([crop.image for crop in crops], builder("lq")(), batch=8)
    placed = [
        Placed(keep_colour(face.image, crop.image), crop.matrix, 512, ellipse_mask(crop.image))
        for crop, face in zip(crops, same, strict=True)
        if face.image is not None
    ]
    off = np.abs(paste(image, placed, upscale=1).astype(float) - image)
    inside = [off[_inside(face, image)].mean() for face in placed]
    return (
        f"| {path.name} | {image.shape[1]}×{image.shape[0]} | {len(found)} | {off.mean():.3f} "
        f"| {max(inside, default=0):.2f} | {off.max():.0f} | {1e3 * seconds:.0f} |"
    )


def _inside(face: Placed, image: Image) -> NDArray[np.bool_]:
    inverse = cv2.invertAffineTransform(face.matrix)
    return cv2.warpAffine(face.weights, inverse, image.shape[1::-1]) > 0.5


def odd_photographs(folder: Path) -> list[Path]:
    """Photographs that break naive tools."""
    face = astronaut()[:256, 96:352]
    rgba = np.dstack([astronaut(), np.linspace(0, 255, 512 * 512).reshape(512, 512).astype(np.uint8)])
    large = np.full((8000, 8000, 3), 200, np.uint8)
    large[3000:5048, 3000:5048] = cv2.resize(face, (2048, 2048), interpolation=cv2.INTER_CUBIC)
    plain = {
        "one-pixel": np.zeros((1, 1, 3), np.uint8),
        "line": np.zeros((1, 40_000, 3), np.uint8),
        "no-face": np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8),
        "hundred-faces": np.tile(cv2.resize(face, (128, 128), interpolation=cv2.INTER_AREA), (10, 10, 1)),
        "8000-px": large,
    }
    for name, image in plain.items():
        write_png(folder / f"{name}.png", image)
    rotated = Pillow.fromarray(np.ascontiguousarray(np.rot90(astronaut())))
    tags = Pillow.Exif()
    tags[0x0112] = 6  # shown turned right by 90°
    rotated.save(folder / "exif-rotated.jpg", quality=95, exif=tags)
    Pillow.fromarray(rgba).save(folder / "rgba.png")
    Pillow.fromarray(astronaut()).convert("L").save(folder / "grey.jpg", quality=95)
    ok, data = cv2.imencode(".png", astronaut()[:, :, ::-1].astype(np.uint16) * 257)
    write_bytes(folder / "16-bit.png", data.tobytes() if ok else b"")
    (folder / "not-a-picture.jpg").write_bytes(b"nothing of the kind")
    return sorted(folder.iterdir())


def odd_row(path: Path, upscale: int) -> str:
    """One odd photograph in a process of its own."""
    command = [sys.executable, __file__, "--one", str(path), str(upscale)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"| {path.name} | {upscale} | {done.stderr.splitlines()[-1]} | | | | |"
    row = json.loads(done.stdout)
    return (
        f"| {path.name} | {upscale} | {row['state']} {row['message']} | {row['faces']} "
        f"| {row['output']} | {row['peak_mb']:.0f} | {row['seconds']:.1f} |"
    )


def peak_mb() -> float:
    """The most memory this process has had, in MB (Linux; getrusage would count the parent's too)."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def one(path: Path, upscale: int) -> None:
    """Restore one photograph with `lq` and print what became of it."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        settings = Settings("lq", DEFAULT_DETECTOR, upscale=upscale)
        parts = Parts(open_detector(), builder("lq")())
        [photo] = restore_photos([path], Path(out), settings, parts).photos
        width, height = photo.output_size or (0, 0)
    print(
        json.dumps(
            {
                "state": photo.state,
                "message": photo.message,
                "faces": len(photo.faces),
                "output": f"{photo.output}, {width}×{height}",
                "seconds": time.perf_counter() - began,
                "peak_mb": peak_mb(),
            }
        )
    )


def main() -> None:
    """Print both tables."""
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BFRBENCH_SHARED", "../shared"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        group = folder / "group.jpg"
        group.write_bytes(_read(PHOTOS[1]))
        whole = shared / "data/whole_photos"
        print("| photograph | pixels | faces | mean difference | worst face's mean | max | detection, ms |")
        print("|---|---|---|---|---|---|---|")
        for path in [group, *(sorted(whole.iterdir()) if whole.is_dir() else [])]:
            print(identity_row(path), flush=True)
        odd = folder / "odd"
        odd.mkdir()
        print("\n| photograph | upscale | state | faces | output | peak MB | s |")
        print("|---|---|---|---|---|---|---|")
        for path in odd_photographs(odd):
            print(odd_row(path, 1), flush=True)
        print(odd_row(odd / "8000-px.png", 2), flush=True)


if __name__ == "__main__":
    if "--one" in sys.argv:
        one(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
