"""Presets mixed for training."""

import numpy as np
import pytest

from bfrbench.degradations.presets import draw_recipe, find_preset, mixed
from bfrbench.errors import InputError


def test_a_mixture_draws_from_each_as_often_as_it_says() -> None:
    release, hard = find_preset("gfpgan-release-128"), find_preset("bfr-benchmark-full-128")
    assert mixed(release, {}) is release
    both = mixed(release, {hard: 0.2})
    assert both.full_name == "gfpgan-release-128 + 0.2 bfr-benchmark-full-128@1@1"
    recipes = [draw_recipe(both, 0, str(n), (128, 128)) for n in range(2_000)]
    linear = [any(getattr(step, "interpolation", "") == "linear" for step in one.steps) for one in recipes]
    assert abs(np.mean(linear) - 0.8) < 4.5 * np.sqrt(
        0.8 * 0.2 / len(linear)
    )  # the benchmark enlarges by cubic interpolation


@pytest.mark.parametrize(
    ("also", "what"),
    [
        ({"bfr-benchmark-full": 0.2}, "is for 512 px and gfpgan-release-128@1 for 128"),
        ({"bfr-benchmark-full-128": 1.0}, "leaves gfpgan-release-128@1 0"),
        ({"bfr-benchmark-full-128": -0.5}, "must be more than 0"),
        ({"bfr-benchmark-full-128": float("nan")}, "must be more than 0"),
        ({"ladder-all-128": 0.5}, "is a grid"),
    ],
)
def test_what_cannot_be_mixed_is_refused(also: dict[str, float], what: str) -> None:
    others = {find_preset(name): part for name, part in also.items()}
    with pytest.raises(InputError, match=what):
        mixed(find_preset("gfpgan-release-128"), others)
