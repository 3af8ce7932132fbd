"""Seeds: pure functions of names."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bfrbench import seeds


def test_the_key_never_changes_between_releases() -> None:
    assert seeds.key(0, "gfpgan-release@1", "face-07") == 0xC20FAF331D15204


@given(st.integers(0, 2**63), st.text(max_size=20), st.text(max_size=20))
def test_equal_names_give_equal_draws(root: int, first: str, second: str) -> None:
    draws = [seeds.generator(seeds.key(root, first, second)).random(4) for _ in range(2)]
    np.testing.assert_array_equal(*draws)


def test_where_one_name_ends_matters() -> None:
    assert seeds.key(0, "ab", "c") != seeds.key(0, "a", "bc")
    assert seeds.key(0, "a") != seeds.key(1, "a")
    assert seeds.key(0, "a") != seeds.key(0, "a", "")


def test_neighbouring_seeds_are_independent() -> None:
    draws = np.stack([seeds.generator(seed).standard_normal(2000) for seed in range(20)])
    correlations = np.corrcoef(draws)[~np.eye(20, dtype=bool)]
    assert np.abs(correlations).max() < 0.12  # five standard errors of 1/sqrt(2000)
