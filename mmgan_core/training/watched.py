"""What is watched of made samples: numbers that say early that a training fails.

All compare samples as vectors of numbers, so that they hold for any kind of data. A number that
would say nothing, because the data do not decide it, is None.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

# Fewer pairs of samples of one meaning, or a smaller difference between shares, say nothing.
PAIRS, APART = 16, 0.25
# A unit whose gradient is so much smaller than the usual one of its layer is dead.
DEAD = 1e-4


def variety(one: Tensor, other: Tensor, real: Tensor, meaning: Tensor) -> float | None:
    """How much samples of one condition vary by their noise, where real ones of one meaning are 1.

    Args:
        one, other: made samples of the same conditions from different noise, (B, *shape).
        real: real samples, (N, *shape).
        meaning: what real samples mean, (N,).
    """
    apart = torch.cdist(flat(real), flat(real)).square()
    same = (meaning[:, None] == meaning) & ~torch.eye(len(real), dtype=torch.bool).to(
        meaning.device
    )
    if same.sum() < PAIRS:
        return None
    usual = apart[same].mean()
    if usual < 1e-3 * apart.mean():
        return None
    varied = (flat(one) - flat(other)).square().sum(1).mean()
    return float((varied / usual).sqrt())


def followed(made: Tensor, real: Tensor, meaning: Tensor) -> float | None:
    """The share of classes that made samples follow: 1 as well as real samples, 0 by chance.

    A sample follows its class if the mean of real samples that is nearest to it is that of its
    class. The means are those of the first half of the rows; the second half is compared.

    Args:
        made: made samples of the conditions of all rows, (N, *shape).
        real: real samples, (N, *shape).
        meaning: the class of each row, (N,).
    """
    half = len(real) // 2
    classes, numbers, counts = meaning[:half].unique(return_inverse=True, return_counts=True)
    if len(classes) < 2 or half < 2 * len(classes):
        return None
    means = torch.stack([flat(real[:half])[numbers == n].mean(0) for n in range(len(classes))])
    asked = meaning[half:]

    def share(samples: Tensor) -> float:
        nearest = torch.cdist(flat(samples[half:]), means).argmin(1)
        return float((classes[nearest] == asked).float().mean())

    chance = float(counts.max() / half)
    able = share(real)
    if able < chance + APART:
        return None
    return (share(made) - chance) / (able - chance)


def overfit(seen: Tensor, held_out: Tensor, made: Tensor) -> float | None:
    """How far the logits of held-out real samples lie from those of training samples to made ones.

    0 is as real as training samples, 1 as made as made ones (Karras et al. 2020,
    https://arxiv.org/abs/2006.06676). None where the discriminator does not tell made samples from
    training samples.
    """
    across = seen.mean() - made.mean()
    if across <= seen.std() / 2:
        return None
    return float((seen.mean() - held_out.mean()) / across)


def leak(made: Tensor, real: Tensor, changed: Tensor) -> float | None:
    """The share of an augmentation that is found in made samples.

    Of the nearest neighbours among real samples and changed ones, how many are changed: 0 is as
    many as for other real samples, 1 as many as for other changed ones.

    Args:
        made: made samples, (B, *shape).
        real: real samples, (N, *shape); the first half is compared with the second.
        changed: the same ones, augmented.
    """
    half = len(real) // 2
    among = torch.cat([flat(real[:half]), flat(changed[:half])])

    def share(samples: Tensor) -> float:
        return float((torch.cdist(flat(samples), among).argmin(1) >= half).float().mean())

    low, high = share(real[half:]), share(changed[half:])
    if high < low + APART:
        return None
    return (share(made) - low) / (high - low)


def behind(averaged: Tensor, newest: Tensor, real: Tensor) -> float:
    """How far samples of the averaged weights are from those of the newest, where real ones vary
    by 1.
    """
    spread = flat(real).std(0).square().mean().sqrt().clamp_min(1e-6)
    return float((flat(averaged) - flat(newest)).square().mean().sqrt() / spread)


def dead_units(gradients: Sequence[Tensor]) -> float | None:
    """The share of the rows of all weight matrices that have hardly any gradient."""
    rows = [one.flatten(1).norm(dim=1) for one in gradients if one.dim() > 1 and len(one) > 1]
    if not rows:
        return None
    dead = torch.cat([one <= DEAD * one.square().mean().sqrt() for one in rows])
    return float(dead.float().mean())


def norm(tensors: Sequence[Tensor]) -> float:
    """The norm of all numbers of some tensors together."""
    found = torch.nn.utils.get_total_norm([one.float() for one in tensors])
    return float(found)


def flat(samples: Tensor) -> Tensor:
    """Samples as vectors, (B, N)."""
    return samples.flatten(1).float()
