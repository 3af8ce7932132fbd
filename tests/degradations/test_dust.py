import numpy as np
import pytest
import skimage.measure
import skimage.morphology

from bfrbench.degradations.ops.dust import Dust, dust

BLACK = np.zeros((256, 256, 3), np.float32)


def test_there_are_as_many_specks_as_asked_for() -> None:
    # few enough to lie apart; a speck that hits the border may be cut, not lost
    spots = dust(np.zeros((1024, 1024, 3), np.float32), Dust(specks=40, radius=0.003, seed=2))[:, :, 0]
    assert 36 <= skimage.measure.label(spots > 0).max() <= 40


def test_the_median_speck_has_the_radius_asked_for() -> None:
    spots = dust(np.zeros((2048, 2048, 3), np.float32), Dust(specks=200, radius=0.004, opacity=1, seed=2))
    regions = skimage.measure.regionprops(skimage.measure.label(spots[:, :, 0] > 0))
    radius = np.median([region.equivalent_diameter_area / 2 for region in regions])
    assert radius == pytest.approx(0.004 * 2048, rel=0.15)


def test_more_dust_is_the_less_and_more() -> None:
    few, many = (dust(BLACK, Dust(specks=n, hairs=n // 10, seed=3)) for n in (30, 60))
    assert (many >= few).all()
    assert many.sum() > few.sum()


def test_dust_lies_all_over_an_oblong_picture() -> None:
    for shape in ((64, 256, 3), (256, 64, 3)):
        mask = dust(np.zeros(shape, np.float32), Dust(specks=400, radius=0.01, seed=3))[:, :, 0]
        blocks = mask.reshape(shape[0] // 32, 32, shape[1] // 32, 32)
        assert (blocks.max(axis=(1, 3)) > 0.1).all()


def test_hairs_are_long_and_thin() -> None:
    hair = dust(np.zeros((512, 512, 3), np.float32), Dust(specks=0, hairs=1, radius=0.004, seed=6))[:, :, 0]
    length = skimage.morphology.skeletonize(hair > 0.05).sum()
    assert length > 10 * 0.004 * 512
    assert (hair > 0.05).sum() / length < 4


def test_dark_dust_only_darkens_and_is_grey() -> None:
    grey = np.full_like(BLACK, 0.5)
    dirty = dust(grey, Dust(specks=60, hairs=3, radius=0.01, level=0, seed=3))
    assert dirty.max() == 0.5
    assert dirty.min() < 0.2
    np.testing.assert_array_equal(dirty[:, :, 0], dirty[:, :, 2])


@pytest.mark.parametrize("size", [128, 512])
def test_dust_hides_the_same_share_of_a_face_at_every_size(size: int) -> None:
    step = Dust(specks=300, hairs=5, seed=4)
    share = dust(np.zeros((size, size, 3), np.float32), step).mean()
    assert share == pytest.approx(dust(BLACK, step).mean(), rel=0.12)
