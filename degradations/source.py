"""Training pairs on the fly: the faces of a folder or data set, degraded anew in every epoch.

What a pair is depends on the seed, the preset, the face's name and the epoch, and on nothing else: any
number of DataLoader workers, any batch size and any order give the same tensors.

    pairs = TrainingPairs(list_hq(Path("ffhq")), find_preset("gfpgan-release"), seed=0)
    loader = DataLoader(pairs, batch_size=16, sampler=Shuffled(len(pairs), seed=0), num_workers=8)
    for lq, hq in loader: ...   # float32 N×3×H×W in [-1, 1], without end

With an accelerator the workers only decode, and `torch_ops.degrade` does the rest:

    loader = DataLoader(pairs.faces, ..., collate_fn=collate)
    for hq, recipes in loader: lq = degrade(hq.to("cuda"), recipes)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from bfrbench import pixels, seeds
from bfrbench.degradations import recipe
from bfrbench.degradations.index import label
from bfrbench.degradations.manifest import image_path, read_manifest
from bfrbench.degradations.plan import CARD
from bfrbench.degradations.presets import Preset, draw_recipe
from bfrbench.errors import InputError
from bfrbench.files import images_in
from bfrbench.types import Image


def list_hq(folder: Path, index: Path | None = None, split: str | None = None) -> dict[str, Path]:
    """HQ images to train on, {name: path} sorted by name: those of a folder, or of a data set made before.

    `split` keeps one split of the index, or of the data set's manifest; shards are read where they lie.
    Raises InputError when there is nobody in it, and for a data set that an index is named for.
    """
    if not (folder / CARD).is_file():
        images = images_in(folder)
        return {name: images[name] for name in label(images, index, split)}
    if index is not None:
        raise InputError(
            f"{folder} is a data set, whose manifest says who is in which split: leave out {index.name}."
        )
    _, rows = read_manifest(folder)
    chosen = rows if split is None else rows[rows["split"] == split]
    if chosen.empty:
        raise InputError(f"{folder} has nobody in split {split!r}.")
    first = chosen.drop_duplicates("source_file")  # its copies have one HQ
    shards = first["shard"] if "shard" in first.columns else [None] * len(first)
    return {
        Path(file).stem: folder / image_path("hq", name, shard)
        for file, name, shard in zip(first["source_file"], first["name"], shards, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Drawn:
    """One face of one epoch, and what is to be done to it."""

    name: str
    epoch: int
    flipped: bool  # left and right are exchanged in HQ and LQ
    hq: Image
    recipe: recipe.Recipe


class TrainingFaces(Dataset[Drawn]):
    """HQ faces with the recipes drawn for them: index = epoch · len + place, without end.

    `flip` is the probability of a horizontal flip before anything else, one half in the papers' training.
    """

    def __init__(self, hq: Mapping[str, Path], preset: Preset, *, seed: int, flip: float = 0.5) -> None:
        self.names = tuple(sorted(hq))
        self.hq = hq
        self.preset = preset
        self.seed = seed
        self.flip = flip

    def __len__(self) -> int:
        """Faces of one epoch."""
        return len(self.names)

    def __getitem__(self, index: int) -> Drawn:
        """A face, read and flipped, with its recipe; raises UnreadableImage."""
        epoch, place = divmod(index, len(self))
        name = self.names[place]
        seed = seeds.key(self.seed, "epoch", epoch)
        flipped = bool(seeds.generator(seeds.key(seed, "flip", name)).random() < self.flip)
        image = pixels.read_image(self.hq[name])
        image = np.ascontiguousarray(image[:, ::-1]) if flipped else image
        height, width = image.shape[:2]
        return Drawn(
            name, epoch, flipped, image, draw_recipe(self.preset, seed, name, (height, width), index)
        )


class TrainingPairs(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The faces of `TrainingFaces`, degraded by the reference on the CPU."""

    def __init__(self, hq: Mapping[str, Path], preset: Preset, *, seed: int, flip: float = 0.5) -> None:
        self.faces = TrainingFaces(hq, preset, seed=seed, flip=flip)

    def __len__(self) -> int:
        """Pairs of one epoch."""
        return len(self.faces)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """LQ and HQ, each float32 3×H×W in [-1, 1]."""
        drawn = self.faces[index]
        lq = recipe.apply(drawn.recipe, drawn.hq)
        return pixels.to_tensor([lq])[0], pixels.to_tensor([drawn.hq])[0]


class Shuffled(Sampler[int]):
    """Every face once an epoch in a random order, epoch after epoch, from the `start`-th sample on.

    A training that stopped after k samples goes on with `start=k`, and sees what it would have seen.
    """

    def __init__(self, count: int, *, seed: int, start: int = 0) -> None:
        self.count = count
        self.seed = seed
        self.start = start

    def __iter__(self) -> Iterator[int]:
        """Indices epoch · count + place, without end."""
        epoch, done = divmod(self.start, self.count)
        while True:
            order = seeds.generator(seeds.key(self.seed, "order", epoch)).permutation(self.count)
            yield from (epoch * self.count + int(place) for place in order[done:])
            epoch, done = epoch + 1, 0


def collate(batch: Sequence[Drawn]) -> tuple[torch.Tensor, list[recipe.Recipe]]:
    """A batch for `torch_ops.degrade`: HQ as float32 N×3×H×W in [-1, 1], and the recipes."""
    return pixels.to_tensor([drawn.hq for drawn in batch]), [drawn.recipe for drawn in batch]
