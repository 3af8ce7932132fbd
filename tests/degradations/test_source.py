import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from bfrbench import pixels
from bfrbench.degradations import recipe
from bfrbench.degradations.dataset import make_dataset
from bfrbench.degradations.presets import find_preset
from bfrbench.degradations.source import Shuffled, TrainingFaces, TrainingPairs, collate, list_hq
from bfrbench.degradations.torch_ops import degrade
from bfrbench.errors import InputError

MakeFaces = Callable[[int, int], Path]
PRESET = find_preset("gfpgan-release-128")


def first(pairs: TrainingPairs, count: int, workers: int) -> list[torch.Tensor]:
    loader = DataLoader(pairs, 2, sampler=Shuffled(len(pairs), seed=3), num_workers=workers)
    batches = list(itertools.islice(loader, count))
    return [torch.cat([batch[side] for batch in batches]) for side in (0, 1)]


def test_any_number_of_workers_gives_the_same_tensors(make_faces: MakeFaces) -> None:
    pairs = TrainingPairs(list_hq(make_faces(3, 64)), PRESET, seed=1)
    lq, hq = first(pairs, 4, workers=0)
    assert lq.shape == hq.shape == (8, 3, 64, 64)
    assert lq.dtype == torch.float32
    assert -1 <= lq.min() <= lq.max() <= 1
    for one, other in zip((lq, hq), first(pairs, 4, workers=2), strict=True):
        assert torch.equal(one, other)


def test_a_pair_is_the_files_pair_of_its_recipe(make_faces: MakeFaces) -> None:
    pairs = TrainingPairs(list_hq(make_faces(2, 64)), PRESET, seed=1)
    for index in range(6):
        drawn = pairs.faces[index]
        lq, hq = pairs[index]
        np.testing.assert_array_equal(pixels.from_tensor(hq[None])[0], drawn.hq)
        np.testing.assert_array_equal(pixels.from_tensor(lq[None])[0], recipe.apply(drawn.recipe, drawn.hq))


def test_each_epoch_has_new_recipes_and_the_same_faces(make_faces: MakeFaces) -> None:
    faces = TrainingFaces(list_hq(make_faces(2, 32)), PRESET, seed=0)
    drawn = [faces[index] for index in range(8)]
    assert [(item.name, item.epoch) for item in drawn] == [(n, e) for e in range(4) for n in ("a", "b")]
    assert len({recipe.to_json(item.recipe) for item in drawn}) == 8
    other = TrainingFaces(faces.hq, PRESET, seed=1)
    assert other[0].recipe != faces[0].recipe


def test_a_face_is_drawn_the_same_whoever_else_is_in_the_folder(make_faces: MakeFaces) -> None:
    hq = list_hq(make_faces(3, 32))
    alone = TrainingFaces({"b": hq["b"]}, PRESET, seed=0)
    assert alone[2].recipe == TrainingFaces(hq, PRESET, seed=0)[7].recipe


def test_half_of_the_faces_are_flipped_and_told_so(make_faces: MakeFaces) -> None:
    hq = list_hq(make_faces(1, 16))
    image = pixels.read_image(hq["a"])
    drawn = [TrainingFaces(hq, PRESET, seed=0)[epoch] for epoch in range(200)]
    assert 70 < sum(item.flipped for item in drawn) < 130
    for item in drawn[:20]:
        np.testing.assert_array_equal(item.hq, image[:, ::-1] if item.flipped else image)
    assert not any(TrainingFaces(hq, PRESET, seed=0, flip=0)[epoch].flipped for epoch in range(20))
    assert all(TrainingFaces(hq, PRESET, seed=0, flip=1)[epoch].flipped for epoch in range(20))


def test_every_epoch_is_a_new_order_of_all_and_can_be_entered_anywhere() -> None:
    whole = list(itertools.islice(Shuffled(5, seed=0), 20))
    epochs = [whole[start : start + 5] for start in range(0, 20, 5)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(s, s + 5)) for s in range(0, 20, 5)]
    assert len({tuple(index % 5 for index in epoch) for epoch in epochs}) > 1
    for start in (0, 1, 5, 13):
        assert list(itertools.islice(Shuffled(5, seed=0, start=start), 20 - start)) == whole[start:]


def test_a_data_set_made_before_gives_its_hq_by_split_once(make_faces: MakeFaces, tmp_path: Path) -> None:
    faces = make_faces(6, 32)
    for shards in (None, 2):
        out = tmp_path / f"out-{shards}"
        make_dataset(faces, out, preset=PRESET.id, copies=2, splits="20/30/50", shards=shards)
        parts = {split: list_hq(out, split=split) for split in ("train", "val", "test")}
        assert sorted(name for part in parts.values() for name in part) == list("abcdef")
        for name, path in list_hq(out).items():
            assert (pixels.read_image(path) == pixels.read_image(faces / f"{name}.png")).all()
        with pytest.raises(InputError, match="nobody in split 'dev'"):
            list_hq(out, split="dev")
        with pytest.raises(InputError, match=r"is a data set, .* leave out index\.csv"):
            list_hq(out, tmp_path / "index.csv", "train")


def test_a_folder_gives_the_split_of_an_index(make_faces: MakeFaces, tmp_path: Path) -> None:
    index = tmp_path / "index.csv"
    index.write_text("file,split\na.png,train\nb.png,val\n")
    assert list(list_hq(make_faces(2, 32), index, "val")) == ["b"]


def test_workers_that_only_decode_feed_the_batched_path(make_faces: MakeFaces) -> None:
    pairs = TrainingPairs(list_hq(make_faces(4, 64)), PRESET, seed=0)
    loader = DataLoader(pairs.faces, 4, collate_fn=collate)
    hq, recipes = next(iter(loader))
    lq = degrade(hq, recipes)
    expected = torch.stack([pairs[index][0] for index in range(4)])
    assert (lq - expected).abs().mean() < 0.5 / 127.5


def test_degrading_to_files_imports_no_torch() -> None:
    code = (
        "import sys, bfrbench.degradations, bfrbench.degradations.dataset, bfrbench.degradations.grid;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
