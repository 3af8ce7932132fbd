"""A look at the images: which pairs, which pictures, and the words where there is none."""

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow
from skimage.metrics import peak_signal_noise_ratio

from bfrbench.errors import InputError
from bfrbench.files import read_json, write_json
from bfrbench.leaderboards.board import Board, make_board
from bfrbench.leaderboards.entry import read_entry
from bfrbench.leaderboards.gallery import Gallery, Tile, data_uri, make_gallery, spread
from bfrbench.pixels import read_image
from bfrbench.types import Image, Pair, Run


def board_of(published) -> Board:
    return make_board([read_entry(path) for path in published.runs.values()], title="t")


def gallery_of(published, most: int = 12) -> Gallery:
    return make_gallery(board_of(published), published.data, published.runs, published.runs, most=most)


def decoded(tile: Tile) -> Image:
    data = base64.b64decode(tile.source.removeprefix("data:image/webp;base64,"))
    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def published(publish: Callable, tmp_path: Path):
    return publish(tmp_path, side=48, count=3)


def test_pairs_are_spread_evenly_over_the_names() -> None:
    pairs = [Pair(f"{i:02d}", "", None, "", None, "", None) for i in range(100)]
    assert [pair.name for pair in spread(pairs, 4)] == ["12", "37", "62", "87"]
    assert spread(pairs[:3], 12) == pairs[:3]
    assert spread([], 12) == []


def test_each_strip_holds_lq_then_the_restorers_in_board_order_then_hq(published) -> None:
    gallery = gallery_of(published)
    contestants = [row.entry.restorer for row in board_of(published).rows if row.anchor is None]
    assert [strip.name for strip in gallery.strips] == ["astronaut-00", "astronaut-01", "astronaut-02"]
    for strip in gallery.strips:
        assert [tile.caption for tile in strip.tiles] == ["LQ", *contestants, "HQ"]
        assert [tile.kind for tile in strip.tiles] == ["lq", *["restored"] * len(contestants), "hq"]


def test_each_tile_shows_its_own_picture(published) -> None:
    for strip in gallery_of(published).strips:
        for tile in strip.tiles:
            run = published.runs[{"LQ": "lq", "HQ": "hq"}.get(tile.caption, tile.caption)]
            if tile.source:
                original = read_image(run / "restored" / f"{strip.name}.png")
                assert peak_signal_noise_ratio(original, decoded(tile)) > 26  # noise is hard to encode


def test_big_pictures_are_scaled_down_and_small_ones_kept() -> None:
    astronaut = skimage.data.astronaut()
    for size, expected in (((400, 512), (200, 256)), ((64, 32), (64, 32))):
        tile = Tile("lq", "LQ", data_uri(astronaut[: size[0], : size[1]]), "", ())
        assert decoded(tile).shape[:2] == expected


def test_values_under_an_image_are_those_of_its_parquet(published) -> None:
    tile = gallery_of(published).strips[0].tiles[1]
    hq = read_image(published.data.folder / "hq/astronaut-00.png")
    restored = read_image(published.runs[tile.caption] / "restored/astronaut-00.png")
    assert dict(tile.values)["PSNR"] == f"{peak_signal_noise_ratio(hq, restored):.2f}"
    assert set(dict(tile.values)) == {"PSNR", "LPIPS", "Identity"}


def test_a_failed_image_shows_its_state_and_message(published) -> None:
    tile = next(tile for tile in gallery_of(published).strips[1].tiles if tile.caption == "median")
    assert (tile.source, tile.words, tile.values) == ("", "restorer_error: ValueError: too dark", ())


def test_images_that_are_gone_or_damaged_say_so(published) -> None:
    restored = published.runs["bilateral"] / "restored"
    (restored / "astronaut-00.png").unlink()
    (restored / "astronaut-01.png").write_bytes(b"no picture")
    words = [
        tile.words
        for strip in gallery_of(published).strips
        for tile in strip.tiles
        if tile.caption == "bilateral"
    ]
    assert words == ["missing", "not the image that was scored", ""]


def test_a_pair_without_hq_has_no_hq_tile(published) -> None:
    pairs = tuple(replace(pair, hq=None) for pair in published.data.pairs)
    wild = replace(published, data=replace(published.data, pairs=pairs))
    assert {tile.kind for tile in gallery_of(wild).strips[0].tiles} == {"lq", "restored"}


def test_restorers_without_a_run_are_named(published) -> None:
    runs = {"bilateral": published.runs["bilateral"]}
    gallery = make_gallery(board_of(published), published.data, runs, {}, most=1)
    assert sorted(gallery.absent) == ["median", "non-local-means"]
    assert [tile.caption for tile in gallery.strips[0].tiles] == ["LQ", "bilateral", "HQ"]
    assert gallery.strips[0].tiles[1].values == ()


def test_another_data_set_is_refused(published) -> None:
    other = replace(published.data, card=replace(published.data.card, manifest_sha256="0" * 64))
    with pytest.raises(InputError, match="is not the data set of these scores"):
        gallery_of(replace(published, data=other))


def test_a_run_that_was_not_scored_is_refused(published) -> None:
    file = published.runs["bilateral"] / "run.json"
    write_json(file, replace(read_json(file, Run, "a run"), sha256="0" * 64))
    with pytest.raises(InputError, match="is not the run that bilateral was scored from"):
        gallery_of(published)


def test_images_of_a_restorer_without_scores_are_refused(published) -> None:
    runs = {**published.runs, "stranger": published.runs["bilateral"]}
    with pytest.raises(InputError, match="images of stranger, but no scores"):
        make_gallery(board_of(published), published.data, runs, {}, most=1)
