import math

import numpy as np
import pytest
import torch

from bfrbench.errors import InputError
from bfrbench.reference_model.networks.config import GfpganConfig
from bfrbench.reference_model.networks.discriminators import batch_deviation
from bfrbench.reference_model.networks.stylegan2 import FacialPrior
from bfrbench.reference_model.training import augment, diversity, eigenfaces, optimiser
from bfrbench.reference_model.training.config import Adam, Augmentation
from bfrbench.reference_model.training.processes import Processes, pieces
from bfrbench.reference_model.training.sheets import draw_people, sheet


@pytest.fixture
def images():
    return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _random():
    return torch.Generator().manual_seed(1)


@pytest.mark.parametrize("config", [Augmentation(policy="none"), Augmentation(policy="ada")])
def test_no_augmentation_leaves_images_as_they_are(images, config):
    drawn = augment.draw(config, 3, 0.0, _random())
    torch.testing.assert_close(augment.apply(drawn, images), images, rtol=0, atol=1e-5)


def test_a_whole_view_of_half_the_size_is_the_mean_of_four_pixels(images):
    drawn = augment.draw(Augmentation(policy="none"), 3, 0.0, _random())
    halved = torch.nn.functional.avg_pool2d(images, 2)
    torch.testing.assert_close(augment.apply(drawn, images, 8), halved, rtol=0, atol=1e-5)


def test_a_close_up_shows_pixels_of_the_image_itself(images):
    config = Augmentation(close_up=1.0, colour=0, cutout=0)
    drawn = augment.draw(config, 3, 0.0, _random())
    seen = augment.apply(drawn, images, 8)
    assert seen.abs().max() <= images.abs().max() + 1e-6
    lefts = (drawn.geometry[:, 0, 2] + 0.5) * 8
    assert lefts.min() >= 0
    assert lefts.max() <= 8


@pytest.mark.parametrize("policy", ["diffaugment", "ada"])
def test_augmentation_passes_gradients_and_splits_by_rows(images, policy):
    drawn = augment.draw(Augmentation(policy=policy), 3, 0.8, _random())
    images = images.requires_grad_()
    whole = augment.apply(drawn, images)
    whole.square().sum().backward()
    assert images.grad.abs().sum() > 0
    parts = torch.cat([augment.apply(drawn[np.array([i])], images[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(whole, parts)


def test_a_hue_turn_leaves_grey_alone():
    turn = augment._about_grey(torch.tensor([1.0, math.pi]))
    torch.testing.assert_close(turn @ torch.ones(3), torch.ones(2, 3))
    torch.testing.assert_close(turn @ turn.transpose(1, 2), torch.eye(3).expand(2, 3, 3), rtol=0, atol=1e-6)


def test_eigenface_coordinates_are_white_and_found_again():
    images = torch.randn(200, 3, 16, 16, generator=_random()).cumsum(dim=3).mul_(0.1)
    faces = eigenfaces.fit(images, 6, 4)
    both = torch.cat((images, images.flip(3)))
    coordinates = faces.coordinates(both)
    torch.testing.assert_close(coordinates.mean(dim=0), torch.zeros(6), rtol=0, atol=1e-4)
    torch.testing.assert_close(torch.cov(coordinates.T), torch.eye(6), rtol=0, atol=1e-3)
    assert float(faces.difference(both, coordinates)) == pytest.approx(0)
    noise = torch.randn(400, 6, generator=_random())
    assert faces.smoothed(both, noise, 0.7).var().item() == pytest.approx(1, abs=0.1)


def test_spread_is_one_for_equals_and_small_for_one_face_in_many_colours():
    random = np.random.default_rng(0)
    real, again = random.normal(size=(2, 200, 8))
    collapsed = 0.1 * again
    assert diversity.spread(again, real) == pytest.approx(1, abs=0.05)
    assert diversity.spread(collapsed, real) == pytest.approx(0.1, abs=0.01)


def test_the_rate_warms_up_and_falls_as_it_is_told():
    steps = Adam(warm_up=100, halve_at=(500, 800))
    assert [optimiser.rate_factor(steps, seen, 1000) for seen in (50, 400, 500, 900)] == [0.5, 1, 0.5, 0.25]
    cosine = Adam(cosine_to=0.1)
    assert [optimiser.rate_factor(cosine, seen, 1000) for seen in (0, 500, 1000)] == pytest.approx(
        [1, 0.55, 0.1]
    )


def test_processes_share_a_batch_without_overlap():
    for count in (1, 2, 3):
        shares = [Processes(rank, count).share(12) for rank in range(count)]
        rows = [share[piece] for share in shares for piece in pieces(len(share), 2)]
        assert all(len(part) == 2 for part in rows)
        assert sorted(row for part in rows for row in part) == list(range(12))


def test_images_that_a_discriminator_compares_stay_in_one_process():
    features = torch.randn(16, 3, 4, 4, generator=_random())
    whole = batch_deviation(features, 4)
    for count, at_once in ((2, None), (4, None), (2, 4)):
        for rank in range(count):
            share = Processes(rank, count).share(16)
            for rows in pieces(len(share), at_once):
                part = batch_deviation(features[share[rows]], 4)
                torch.testing.assert_close(part, whole[share[rows]])


@pytest.mark.parametrize(
    ("batch", "at_once", "count", "sentence"),
    [(5, None, 2, "cannot be shared out equally"), (12, None, 2, "groups of 4"), (12, 6, 1, "groups of 4")],
)
def test_a_batch_that_does_not_fit_the_processes_is_refused(batch, at_once, count, sentence):
    with pytest.raises(InputError, match=sentence):
        Processes(0, count).check(batch, at_once, "stylegan2")
    Processes(0, count).check(12, at_once, "projected")


def test_a_person_is_the_same_in_any_crowd():
    torch.manual_seed(0)
    prior = FacialPrior(GfpganConfig(out_size=32, narrow=1 / 32, num_style_feat=16, num_mlp=2))
    many, few = draw_people(prior, 18), draw_people(prior, 3)
    for one, other in zip(many, few, strict=False):
        assert np.abs(one.astype(int) - other).max() <= 1
    assert sheet(many, 4).shape == (5 * 32, 4 * 32, 3)
