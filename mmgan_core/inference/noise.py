"""The noise that samples are made from: a seed's, or some that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.foundation.seeds import Seed

# Noise twice as strong as in training is already farther out than nearly all of it was.
_MOST = 2.0


def sampled_noise(
    gan: GAN, made: Sequence[str], seed: Seed, count: int, truncation: float = 1.0
) -> dict[str, Tensor]:
    """The noise of a seed, (count, Z), for each made entry that has noise of its own.

    Raises:
        UsageError: for a truncation that is not from 0 to 2.
    """
    if not 0 <= truncation <= _MOST:
        raise UsageError(f"truncation must be from 0 to {_MOST:g}, not {truncation:g}")
    dims = gan.noise_dims
    return {
        name: truncation * noise_rows(seed, count, dims[name], entry=number)
        for number, name in enumerate(made)
        if name in dims
    }


def shifted(noise: Mapping[str, Tensor], shift: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Noise, (count, Z) by the entry that owns it, moved by the shift of that entry, (Z,)."""
    return {name: rows + shift[name] if name in shift else rows for name, rows in noise.items()}


def chosen_noise(
    gan: GAN,
    made: Sequence[str],
    noise: Mapping[str, Tensor],
    sampled: Mapping[str, Tensor],
    whose: str,
) -> dict[str, Tensor]:
    """Noise that a user chose, (1, Z) or (count, Z), for the entries that own it.

    Args:
        sampled: what it stands for.
        whose: the name of the model, for messages.

    Raises:
        UsageError: if it is of an entry that is not made, or has another size.
    """
    chosen: dict[str, Tensor] = {}
    for name, rows in noise.items():
        if name not in made:
            raise UsageError(f"{whose} does not make {name!r}", hint=nearest(name, made))
        owner = gan.noise_of(name)
        if owner in chosen:
            raise UsageError(f"{name} is made from the same noise as {owner}: give it once")
        count, dim = sampled[owner].shape
        if tuple(rows.shape) not in ((1, dim), (count, dim)):
            raise UsageError(
                f"noise of {name} must be (1, {dim}) or ({count}, {dim}), not {tuple(rows.shape)}"
            )
        chosen[owner] = rows.cpu().float().expand(count, dim)
    return chosen
