from itertools import permutations

import numpy as np
import pytest

from bfrbench.degradations.draws import (
    AnyOrder,
    Chance,
    Choice,
    DrawDownsample,
    DrawNoise,
    DrawPatch,
    DrawRescale,
    ImgaugQuality,
    LogUniform,
    Maybe,
    OddUp,
    OneOf,
    ResizeBack,
    ResizeTo,
    Seed,
    Uniform,
    Whole,
    step,
)
from bfrbench.degradations.draws.blur import imgaug_kernel, whole_kernel
from bfrbench.degradations.ops.colour import Grey
from bfrbench.degradations.ops.jpeg import Jpeg
from bfrbench.degradations.ops.noise import GaussianNoise
from bfrbench.degradations.ops.resample import Resample
from bfrbench.degradations.ops.rounding import Round

MANY = 2000
SIZE = (512, 512)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_heights_and_widths_are_cut_and_never_below_one(rng: np.random.Generator) -> None:
    fixed = DrawDownsample(scale=(2.7, 2.7))
    assert fixed.draw(rng, (256, 512)) == (Resample(height=94, width=189),)
    assert fixed.draw(rng, (2, 1)) == (Resample(height=1, width=1),)
    assert ResizeTo(4, ("linear",)).draw(rng, (3, 9)) == (Resample(height=1, width=2),)


def test_grey_noise_comes_as_often_as_its_probability_says(rng: np.random.Generator) -> None:
    steps = [DrawNoise(sigma=(1, 2), grey=0.4).draw(rng, (8, 8))[0] for _ in range(MANY)]
    share = np.mean([isinstance(noise, GaussianNoise) and noise.grey for noise in steps])
    assert share == pytest.approx(0.4, abs=0.05)


def test_one_of_comes_as_often_as_the_weights_say(rng: np.random.Generator) -> None:
    draw = OneOf(((step(Grey),), (step(Round), step(Round)), ()), weights=(1, 2, 5))
    lengths = [len(draw.draw(rng, SIZE)) for _ in range(MANY)]
    assert [lengths.count(n) / MANY for n in (1, 2, 0)] == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.05)


def test_any_order_takes_all_in_every_order_alike_and_keeps_parts_together(rng: np.random.Generator) -> None:
    draw = AnyOrder(((step(Grey), step(Round)), (step(Jpeg, quality=9),), (DrawNoise(sigma=(1, 2)),)))
    orders = [" ".join(one.op for one in draw.draw(rng, SIZE)) for _ in range(MANY)]
    assert set(orders) == {" ".join(order) for order in permutations(("grey round", "jpeg", "noise"))}
    assert all(orders.count(order) / MANY == pytest.approx(1 / 6, abs=0.04) for order in set(orders))


def test_one_of_without_weights_has_them_all_alike(rng: np.random.Generator) -> None:
    draw = OneOf(((step(Grey),), (), (step(Grey), step(Grey))))
    lengths = [len(draw.draw(rng, SIZE)) for _ in range(MANY)]
    assert [lengths.count(n) / MANY for n in (0, 1, 2)] == pytest.approx([1 / 3] * 3, abs=0.05)


@pytest.mark.parametrize(("probability", "length"), [(0.0, 0), (1.0, 2)])
def test_maybe_never_and_always(rng: np.random.Generator, probability: float, length: int) -> None:
    draw = Maybe(probability, (step(Grey), step(Round)))
    assert {len(draw.draw(rng, SIZE)) for _ in range(50)} == {length}


def test_single_values_stay_in_their_ranges(rng: np.random.Generator) -> None:
    def values(value: Uniform | LogUniform | Whole | OddUp | ImgaugQuality | Choice | Chance | Seed) -> list:
        return [value.draw(rng) for _ in range(MANY)]

    assert set(values(Whole(3, 6))) == {3, 4, 5, 6}
    assert set(values(OddUp(3, 8))) == {3, 5, 7, 9}
    assert set(values(Choice(("a", "b")))) == {"a", "b"}
    assert np.mean([word == "a" for word in values(Choice(("a", "b"), weights=(3, 1)))]) == pytest.approx(
        0.75, abs=0.05
    )
    assert np.mean(values(Chance(0.2))) == pytest.approx(0.2, abs=0.05)
    assert (min(values(ImgaugQuality(10, 65))), max(values(ImgaugQuality(10, 65)))) == (36, 90)
    logarithms = np.log(values(LogUniform(0.001, 0.1)))
    assert np.mean(logarithms) == pytest.approx(np.log(0.01), abs=0.15)
    assert np.log(0.001) <= logarithms.min()
    assert logarithms.max() <= np.log(0.1)
    assert all(0 <= seed < 2**53 for seed in values(Seed()))
    assert all(-1 <= number < 2 for number in values(Uniform(-1, 2)))


def test_odd_sizes_fall_as_imgaug_lets_them_fall(rng: np.random.Generator) -> None:
    sizes = [OddUp(3, 7).draw(rng) for _ in range(MANY)]
    assert [sizes.count(n) / MANY for n in (3, 5, 7)] == pytest.approx([0.2, 0.4, 0.4], abs=0.05)


def test_kernels_follow_their_sigma() -> None:
    assert [whole_kernel(sigma) for sigma in (0.1, 1, 1.1, 100)] == [3, 7, 9, 255]
    # int(max(3.3 σ, 5)), 2.9 σ from 3 and 2.6 σ from 5 on, made odd by one more
    assert [imgaug_kernel(sigma) for sigma in (1, 2.9, 3, 4.9, 5, 15)] == [5, 9, 9, 15, 13, 39]


def test_rescaling_by_a_factor_keeps_the_factor_where_interpolation_uses_it(
    rng: np.random.Generator,
) -> None:
    draw = DrawRescale(
        scale=(0.5, 1.5), weights=(1, 1, 0), interpolations=("linear", "adaptive"), by_factor=True
    )
    for _ in range(50):
        (resample,) = draw.draw(rng, (101, 33))
        assert (resample.factor is None) == (resample.interpolation == "adaptive")
        if resample.factor is not None:
            assert resample.height == int(101 * resample.factor)
            assert resample.width == int(33 * resample.factor)


@pytest.mark.parametrize("size", [(512, 512), (300, 200), (64, 90)])
def test_an_uneven_square_lies_inside_the_face_whatever_its_size(
    rng: np.random.Generator, size: tuple[int, int]
) -> None:
    draw = DrawPatch(side=(128, 256), draws=(DrawNoise(sigma=(1, 2)), ResizeBack()))
    for _ in range(50):
        (patch,) = draw.draw(rng, size)
        assert min(128, *size) <= patch.height == patch.width <= min(256, *size)
        assert patch.top + patch.height <= size[0]
        assert patch.left + patch.width <= size[1]
        assert patch.steps != patch.outside
