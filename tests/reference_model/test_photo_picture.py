"""A photograph's file keeps what is not pixels of a face."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms
from skimage.data import astronaut

from bfrbench.errors import InputError, UnreadableImage
from bfrbench.reference_model.photo.picture import check_output, enlarged, read_picture, write_picture

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(path: Path, image: Pillow.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def opened(path: Path) -> Pillow.Image:
    return Pillow.open(io.BytesIO(path.read_bytes()))


def rewritten(path: Path, folder: Path) -> Pillow.Image:
    return opened(write_picture(folder, path.stem, read_picture(path)))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_format_exif_profile_and_resolution_are_kept(suffix: str, tmp_path: Path, out: Path) -> None:
    tags = Pillow.Exif()
    tags[0x010F] = "A camera"
    photo = saved(
        tmp_path / f"a.{suffix}", Pillow.fromarray(astronaut()), exif=tags, icc_profile=ICC, dpi=(300, 300)
    )
    kept = rewritten(photo, out)
    assert kept.format == opened(photo).format
    assert kept.getexif()[0x010F] == "A camera"
    assert kept.info["icc_profile"] == ICC
    if suffix != "webp":  # which has no place for it
        assert [round(float(value)) for value in kept.info["dpi"]] == [300, 300]


def test_a_turned_photograph_is_written_upright_and_says_so(tmp_path: Path, out: Path) -> None:
    tags = Pillow.Exif()
    tags[0x0112] = 6
    turned = Pillow.fromarray(np.ascontiguousarray(np.rot90(astronaut()[:300])))
    kept = rewritten(saved(tmp_path / "a.png", turned, exif=tags), out)
    assert 0x0112 not in kept.getexif()
    assert np.array_equal(np.asarray(kept), astronaut()[:300])


def test_the_size_in_exif_follows_the_picture(tmp_path: Path, out: Path) -> None:
    tags = Pillow.Exif()
    tags.get_ifd(0x8769)[0xA002], tags.get_ifd(0x8769)[0xA003] = 512, 512
    picture = read_picture(saved(tmp_path / "a.jpg", Pillow.fromarray(astronaut()), exif=tags))
    large = enlarged(picture, np.zeros((1024, 1024, 3), np.uint8))
    about = opened(write_picture(out, "a", large)).getexif().get_ifd(0x8769)
    assert (about[0xA002], about[0xA003]) == (1024, 1024)


def test_transparency_and_the_colours_under_it_are_kept(tmp_path: Path, out: Path) -> None:
    alpha = np.tile(np.arange(256, dtype=np.uint8), (512, 2))
    rgba = np.dstack([astronaut(), alpha])
    photo = saved(tmp_path / "a.png", Pillow.fromarray(rgba))
    assert np.array_equal(np.asarray(rewritten(photo, out)), rgba)
    picture = read_picture(photo)
    assert (picture.seen[:, 0] == 255).all()  # fully transparent: a viewer shows the page
    large = enlarged(picture, np.zeros((1024, 1024, 3), np.uint8))
    assert large.alpha is not None
    assert large.alpha.shape == (1024, 1024)


def test_grey_stays_grey_unless_a_restorer_brings_colour(tmp_path: Path, out: Path) -> None:
    photo = saved(tmp_path / "a.png", Pillow.fromarray(astronaut()).convert("L"), icc_profile=b"of greys")
    kept = rewritten(photo, out)
    assert kept.mode == "L"
    assert kept.info["icc_profile"] == b"of greys"
    coloured = opened(write_picture(out, "b", enlarged(read_picture(photo), astronaut())))
    assert coloured.mode == "RGB"
    assert "icc_profile" not in coloured.info


def test_sixteen_bits_become_eight_and_bmp_becomes_png(tmp_path: Path, out: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), astronaut()[:, :, ::-1].astype(np.uint16) * 257)
    assert np.array_equal(np.asarray(rewritten(tmp_path / "a.png", out)), astronaut())
    bitmap = rewritten(saved(tmp_path / "b.bmp", Pillow.fromarray(astronaut())), out)
    assert bitmap.format == "PNG"


@pytest.mark.parametrize("orientation", [1, 6])
def test_exif_that_cannot_be_written_again_is_left_out(tmp_path: Path, out: Path, orientation: int) -> None:
    colours = np.zeros((8, 16, 3), dtype=np.uint8)
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    exif[531] = 1  # YCbCrPositioning
    Pillow.fromarray(colours).save(tmp_path / "a.jpg", exif=exif)
    data = bytearray((tmp_path / "a.jpg").read_bytes())
    at = data.index((531).to_bytes(2, "big") + b"\x00\x03")  # a SHORT; made a LONG that no SHORT can hold
    data[at + 2 : at + 12] = b"\x00\x04" + (1).to_bytes(4, "big") + (70_000).to_bytes(4, "big")
    (tmp_path / "a.jpg").write_bytes(data)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.colour.shape == ((8, 16, 3) if orientation == 1 else (16, 8, 3))
    assert picture.exif == b""
    write_picture(out, "a", picture)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_a_turned_picture_with_transparency_is_turned_once(tmp_path: Path, suffix: str) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    stored = np.random.default_rng(0).integers(1, 256, (6, 9, 4), dtype=np.uint8)
    options = {"lossless": True, "exact": True} if suffix == "webp" else {}
    Pillow.fromarray(stored).save(tmp_path / f"a.{suffix}", exif=exif, **options)
    picture = read_picture(tmp_path / f"a.{suffix}")
    upright = np.rot90(stored, -1)  # orientation 6: a quarter turn clockwise shows it as it is meant
    np.testing.assert_array_equal(picture.colour, upright[:, :, :3])
    np.testing.assert_array_equal(picture.alpha, upright[:, :, 3])


def test_sixteen_bits_with_transparency_are_rounded_too(tmp_path: Path) -> None:
    values = np.full((4, 4, 4), 200, dtype=np.uint16)
    values[..., 3] = 65535
    cv2.imwrite(str(tmp_path / "a.png"), values)
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.colour, 1)  # 200 / 257 is nearer to 1 than to 0
    np.testing.assert_array_equal(picture.alpha, np.full((4, 4), 255))


def test_a_jpeg_wider_than_jpegs_can_be_becomes_png(tmp_path: Path, out: Path) -> None:
    Pillow.new("RGB", (40, 1)).save(tmp_path / "a.jpg")
    wide = np.zeros((1, 65_501, 3), dtype=np.uint8)
    assert write_picture(out, "a", enlarged(read_picture(tmp_path / "a.jpg"), wide)).name == "a.png"


def test_inks_become_rgb_without_the_inks_profile(tmp_path: Path, out: Path) -> None:
    inks = Pillow.fromarray(astronaut()).convert("CMYK")
    kept = rewritten(saved(tmp_path / "a.jpg", inks, icc_profile=b"of inks"), out)
    assert kept.mode == "RGB"
    assert "icc_profile" not in kept.info


def test_a_jpeg_is_written_so_that_it_hardly_loses(tmp_path: Path, out: Path) -> None:
    photo = saved(tmp_path / "a.jpg", Pillow.fromarray(astronaut()), quality=90)
    before, after = read_picture(photo).colour, np.asarray(rewritten(photo, out))
    assert np.abs(before.astype(int) - after).mean() < 1


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"nothing of the kind")
    with pytest.raises(UnreadableImage, match=r"a\.jpg"):
        read_picture(tmp_path / "a.jpg")


def test_a_result_too_large_for_memory_is_refused() -> None:
    check_output(8192, 8192, 2)
    with pytest.raises(InputError, match="smaller --upscale"):
        check_output(8192, 8192, 4)
