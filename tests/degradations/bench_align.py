"""What `align` costs in memory, and the figures that its limits were chosen by.

    python tests/degradations/bench_align.py                       # 1,000 and 10,000 photographs
    python tests/degradations/bench_align.py --seen --photos 10000 100000  # minutes
    python tests/degradations/bench_align.py --landmarks           # with BFRBENCH_SHARED and BFRBENCH_WEIGHTS
    python tests/degradations/bench_align.py --people FACES        # aligned faces, with an index.csv
    python tests/degradations/bench_align.py --thresholds FACES    # the same

For memory, photographs are drawn, small, and looked at by a detector that knows where their faces are, so
that it is that of the machinery. With --seen, all were looked at by a run before: what remains is to read its
log, to tell duplicates and people, and to write. Each number of photographs has a process of its own.
"""

import argparse
import base64
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bfrbench import pixels
from bfrbench.alignment import template
from bfrbench.cli.align import dlib
from bfrbench.degradations.align import likeness
from bfrbench.degradations.align.folder import align_folder
from bfrbench.degradations.align.limits import Limits, Measures, sharpness
from bfrbench.degradations.align.log import FILE
from bfrbench.degradations.align.photo import FACES, Job, Recogniser, Row, Settings, look_of, state_of
from bfrbench.detection import Detector, Face, open_detector
from bfrbench.files import to_json
from bfrbench.types import Image, Landmarks

SIDE = 48
POINTS = np.array([(17.6, 22.0), (29.4, 22.0), (23.6, 28.9), (18.4, 34.3), (28.9, 34.3)])


def known() -> Detector:
    """The same face in every picture."""
    return lambda _: [Face((12.0, 16.0, 36.0, 40.0), POINTS, 1.0)]


def vector_of(crop: Image, _: Landmarks) -> NDArray[np.float32]:
    """128 numbers that are far apart for any two pictures."""
    return np.random.default_rng(int(crop.astype(np.uint32).sum())).normal(size=128).astype(np.float32)


def recogniser() -> Recogniser:
    """A recogniser that costs nothing."""
    return vector_of


def draw(photos: Path, count: int) -> None:
    """Photographs of noise."""
    rng = np.random.default_rng(0)
    for number in range(count):
        noise = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        pixels.write_png(photos / f"{number:06}.png", noise)


def pretend(job: Job, count: int) -> None:
    """What a run leaves that has looked at photographs, which are empty files here, as are their crops."""
    rng = np.random.default_rng(0)
    (job.out / FACES).mkdir(parents=True)
    with (job.out / FILE).open("w") as log:
        log.write(to_json(job.settings, indent=None))
        for number in range(count):
            name = f"{number:06}"
            (job.photos / f"{name}.png").touch()
            (job.out / FACES / f"{name}.png").touch()
            row = Row(
                f"{name}.png",
                name,
                state_of(job.photos / f"{name}.png"),
                faces=1,
                landmarks=(0.5,) * 10,
                measures=Measures(1, 12, 1, 0, 0, 0, 0, 1),
                look=rng.bytes(32).hex(),
                vector=base64.b64encode(rng.normal(size=128).astype("<f4").tobytes()).decode(),
            )
            log.write(to_json(row, indent=None))


def measure(count: int, *, people: bool, seen: bool) -> None:
    """Align, and print what is kept, seconds, and peak memory in bytes, as JSON."""
    with tempfile.TemporaryDirectory() as place:
        photos = Path(place) / "photos"
        photos.mkdir()
        limits = Limits(most_enlarged=99, most_outside=1, least_sharp=0, most_misshapen=99, most_turned=99)
        settings = Settings(32, "known", "random" if people else "", limits)
        job = Job(photos, Path(place) / "out", settings, known, recogniser if people else None)
        if seen:
            pretend(job, count)
        else:
            draw(photos, count)
        started = time.monotonic()
        facts = align_folder(job)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps((facts.kept, seconds, peak)))


def memory(counts: list[int], *, seen: bool) -> None:
    """Print a table of `measure`, with what each photograph more costs."""
    print(
        "| photographs | people | kept | time | peak | bytes a photograph more |\n|--:|---|--:|--:|--:|--:|"
    )
    for more in ([], ["--recogniser"]):
        before = (0, 0)
        for count in counts:
            command = [sys.executable, __file__, "--one", str(count), *more, *(["--seen"] if seen else [])]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            kept, seconds, peak = json.loads(done.stdout)
            each = f"{(peak - before[1]) / (count - before[0]):.0f}" if before[0] else ""
            who, before = "yes" if more else "no", (count, peak)
            print(
                f"| {count:,} | {who} | {kept:,} | {seconds:.0f} s | {peak / 2**20:.0f} MiB | {each} |",
                flush=True,
            )


def landmarks() -> None:
    """Distances to the recipe's landmarks on the sources that are here, by detector."""
    from bfrbench.degradations.openfaces.recipe import SIZES, read_recipe

    folder = Path(os.environ["BFRBENCH_SHARED"]) / "data/openfaces/originals"
    crops = {crop.source.place: crop for size in SIZES for crop in read_recipe(size)}
    print("| detector | sources | mean | worst face | worst point |\n|---|--:|--:|--:|--:|")
    for name in ("mtcnn", "scrfd", "yunet"):
        detector = open_detector(name)
        off = []
        for place, crop in sorted(crops.items()):
            if (folder / place).is_file():
                found = detector(pixels.read_image(folder / place))[0].landmarks
                eyes = np.linalg.norm(crop.landmarks[1] - crop.landmarks[0])
                off.append(np.linalg.norm(found - crop.landmarks, axis=1) / eyes)
        table = np.array(off)
        worst = table.mean(axis=1).max()
        print(f"| {name} | {len(off)} | {table.mean():.3f} | {worst:.3f} | {table.max():.3f} |", flush=True)


def faces_of(folder: Path) -> Iterator[tuple[str, str, Image, Landmarks]]:
    """Name, person, picture and landmarks of each face: the recipe's, or where it has none the template."""
    from bfrbench.degradations.openfaces.recipe import read_recipe

    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    size = len(pixels.read_image(folder / rows[0]["file"]))
    known = {crop.name: crop.landmarks_in_crop for crop in read_recipe(size)}
    for row in rows:
        name = Path(row["file"]).stem
        image = pixels.read_image(folder / row["file"])
        yield name, row["person_id"], image, known.get(name, template(size))


def people(folder: Path) -> None:
    """What grouping by dlib's descriptors does to people who are known, at several distances."""
    describe = dlib()
    names, vectors = [], []
    for _, person, image, points in faces_of(folder):
        names.append(person)
        vectors.append(describe(image, points))
    same = [(one, two) for one, two in combinations(range(len(names)), 2) if names[one] == names[two]]
    print(f"{len(names)} faces of {len(set(names))} people, {len(same)} pairs of one person.\n")
    print("| below | groups | pairs torn | people torn | people joined | largest |\n" + "|--:" * 6 + "|")
    for nearer in (0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        group = likeness.people(np.array(vectors), nearer)
        who = np.array(
            list(Counter(number for number, _ in set(zip(group.tolist(), names, strict=True))).values())
        )
        torn = [names[one] for one, two in same if group[one] != group[two]]
        numbers = (group.max() + 1, len(torn), len(set(torn)), who[who > 1].sum(), who.max())
        print(f"| {nearer:.2f} |", " | ".join(map(str, numbers)), "|")


def thresholds(folder: Path) -> None:
    """How many bits copies and other pictures differ in; how sharp OpenFaces' faces are, and blurred ones."""
    from bfrbench.degradations.openfaces.recipe import read_recipe

    rows = list(faces_of(folder))
    looks, who = np.array([look_of(image) for _, _, image, _ in rows]), np.array([row[1] for row in rows])
    one, two = np.triu_indices(len(rows), 1)
    bits = np.concatenate(
        [np.bitwise_count(looks[n] ^ looks[n + 1 :]).sum(axis=1, dtype=int) for n in range(len(rows))]
    )
    same = who[one] == who[two]
    copies = {
        "two photographs of one person": bits[same],
        "of two people": bits[~same],
        "a copy at half the size": _apart(looks, [_half(image) for _, _, image, _ in rows]),
        "a copy at JPEG quality 40": _apart(looks, [_jpeg(image) for _, _, image, _ in rows]),
    }
    print(
        f"{len(rows)} faces of {len(set(who))} people\n\n| bits | fewest | median | 99 % | most |\n|---|"
        + "--:|" * 4
    )
    for words, values in copies.items():
        numbers = (values.min(), np.median(values), np.percentile(values, 99), values.max())
        near = f"{(values <= likeness.MOST_BITS).sum():,} of {len(values):,}"
        print(f"| {words} |", " | ".join(f"{number:.0f}" for number in numbers), f"| {near} |")
    names = {crop.name for crop in read_recipe(len(rows[0][2]))}
    crops = [image for name, _, image, _ in rows if name in names]
    least = Limits().least_sharp
    print(
        f"\n| sharpness of {len(crops)} of OpenFaces | least | 1 % | median | most | below {least} |\n|---|"
        + "--:|" * 5
    )
    for sigma in (0.0, 0.5, 1.0, 1.5, 2.0):
        sharp = [sharpness(_blurred(image, sigma)) for image in crops]
        numbers = (min(sharp), *np.percentile(sharp, (1, 50)), max(sharp))
        print(
            f"| blurred by σ = {sigma} px |",
            " | ".join(f"{number:.2f}" for number in numbers),
            f"| {sum(x < least for x in sharp)} |",
        )


def _apart(looks: NDArray[np.uint8], copies: list[Image]) -> NDArray[np.int64]:
    others = np.array([look_of(image) for image in copies])
    return np.asarray(np.bitwise_count(looks ^ others).sum(axis=1, dtype=int))


def _half(image: Image) -> Image:
    half = (image.shape[1] // 2, image.shape[0] // 2)
    return np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image: Image) -> Image:
    data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])[1].tobytes()
    return pixels.decode_image(data, "a copy")


def _blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8) if sigma else image


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--seen", action="store_true")
    parser.add_argument("--landmarks", action="store_true")
    parser.add_argument("--people", type=Path, metavar="FACES")
    parser.add_argument("--thresholds", type=Path, metavar="FACES")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--recogniser", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        measure(wanted.one, people=wanted.recogniser, seen=wanted.seen)
    elif wanted.landmarks:
        landmarks()
    elif wanted.people:
        people(wanted.people)
    elif wanted.thresholds:
        thresholds(wanted.thresholds)
    else:
        memory(wanted.photos, seen=wanted.seen)


if __name__ == "__main__":
    main()
