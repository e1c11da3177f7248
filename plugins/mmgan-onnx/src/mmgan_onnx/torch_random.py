"""The random numbers that torch makes on a CPU, so that a seed means the same samples here.

A Mersenne twister (Matsumoto and Nishimura 1998), whose numbers become uniform ones of 24 or 53
bits, and pairs of these normal ones (Box and Muller 1958); from 16 numbers on, torch pairs the
first eight of each sixteen with the last eight.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

_PAIRED = 16


def derived_seed(*parts: object) -> int:
    """A seed of 32 bits that depends on every part."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


class TorchRandom:
    """What ``torch.Generator().manual_seed(seed)`` is."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.MT19937()
        self._bits._legacy_seeding(seed)

    def normal(self, count: int, dtype: type[np.floating] = np.float32) -> npt.NDArray[np.floating]:
        """As ``torch.randn(count)``."""
        if count < _PAIRED:
            return self._one_by_one(count).astype(dtype)
        found = self._uniform(count, dtype)
        for start in range(0, count - _PAIRED + 1, _PAIRED):
            found[start : start + _PAIRED] = _pairs(found[start : start + _PAIRED])
        if count % _PAIRED:  # the last sixteen are made anew
            found[-_PAIRED:] = _pairs(self._uniform(_PAIRED, dtype))
        return found

    def uniform(self) -> float:
        """As ``torch.rand(1, dtype=torch.float64)``."""
        return float(self._uniform(1, np.float64)[0])

    def _uniform(self, count: int, dtype: type[np.floating]) -> npt.NDArray[np.floating]:
        if dtype is np.float32:
            raw = self._bits.random_raw(count).astype(np.uint64)
            return ((raw & 0xFFFFFF).astype(np.float32) * np.float32(2.0**-24)).astype(np.float32)
        high, low = self._bits.random_raw(2 * count).astype(np.uint64).reshape(-1, 2).T
        raw = ((high << np.uint64(32)) | low) & np.uint64(2**53 - 1)
        return raw.astype(np.float64) * 2.0**-53

    def _one_by_one(self, count: int) -> npt.NDArray[np.float64]:
        first, second = self._uniform(2 * -(-count // 2), np.float64).reshape(-1, 2).T
        radius, angle = np.sqrt(-2 * np.log1p(-second)), 2 * np.pi * first
        both = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return both.reshape(-1)[:count].astype(np.float64)


def _pairs(uniform: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    half = _PAIRED // 2
    radius = np.sqrt(-2 * np.log(1 - uniform[:half]))
    angle = uniform.dtype.type(2 * np.pi) * uniform[half:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
