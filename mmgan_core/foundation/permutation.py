"""Shuffles any number of rows without a list of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_ROUNDS = 6
_Words = npt.NDArray[np.uint64]


def permuted(
    places: npt.NDArray[np.int64], count: int, key: Sequence[int]
) -> npt.NDArray[np.int64]:
    """Where a permutation of ``count`` numbers, which the key chooses, sends some of them.

    It is a Feistel network on the least even number of bits that holds them all; what falls
    outside is sent on until it is inside (Black and Rogaway 2002,
    https://doi.org/10.1007/3-540-45760-7_9). It takes as much memory as there are places.
    """
    half = max(1, ((count - 1).bit_length() + 1) // 2)
    keys = np.random.SeedSequence(list(key)).generate_state(_ROUNDS, np.uint64).astype(np.uint64)
    found = places.astype(np.uint64)
    outside = np.ones(len(found), dtype=bool)
    while outside.any():
        found[outside] = _once(found[outside], np.uint64(half), keys)
        outside = found >= count
    return found.astype(np.int64)


def _once(words: _Words, half: np.uint64, keys: _Words) -> _Words:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = words >> half, words & mask
    for key in keys:
        left, right = right, left ^ (_mixed(right ^ key) & mask)
    return (left << half) | right


def _mixed(words: _Words) -> _Words:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
