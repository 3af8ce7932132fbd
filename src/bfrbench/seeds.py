"""Randomness as a pure function of a root seed and names: the same on any worker, in any order."""

import hashlib

import numpy as np


def key(root: int, *names: str | int) -> int:
    """A 64-bit seed for one purpose, e.g. `key(0, "gfpgan-release@1", "face-07", "noise")`.

    Names are length-prefixed, so ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in (root, *names):
        text = str(part).encode()
        digest.update(len(text).to_bytes(8, "little") + text)
    return int.from_bytes(digest.digest(), "little")


def generator(seed: int) -> np.random.Generator:
    """A counter-based generator (Philox 4×64, Salmon et al. 2011) for one 64-bit seed."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, 0], dtype=np.uint64)))
