"""Influences of units that can be left out, and whether these stand a test of deletion.

The influence of a unit is how far samples change when it alone is left out. For the test, units are
left out one after the other, the most influential first, and as often in random orders; and put
back in the same way (Petsiuk et al. 2018, "RISE", https://arxiv.org/abs/1806.07421). Half of the
samples decide the order and the others test it: of one half alone, the first unit would be the most
influential one by chance too. The sums of influences are compared with the changes without random
sets of units as well (Yeh et al. 2019, "On the (In)fidelity and Sensitivity of Explanations",
https://arxiv.org/abs/1901.09392).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mmgan_core.contracts import DeletionTest

Numbers = npt.NDArray[np.float64]
RESAMPLED = 500
# So few units are left out in all of their orders: no chance is left in these.
FEW = 4
# A gain below this is hardly better than chance.
LEAST = 0.1


def by_deletion(
    units: int,
    change: Callable[[Sequence[int]], Tensor],
    *,
    orders: int,
    seed: int,
    influence: Tensor | None = None,
) -> tuple[tuple[float, ...], DeletionTest | None]:
    """Measure units by leaving them out, or test influences that were found in another way.

    Args:
        units: how many units there are.
        change: returns how far each sample changes, (B,), without units of these numbers.
        orders: how many random orders the test compares with; up to 4 units, it is all of them.
        seed: decides these orders and the interval.
        influence: the influence of each unit on each sample, (units, B); default: how far it
            changes without the unit.

    Returns:
        The influence of each unit, and the test; None for a single unit, which has no order.
    """
    known: dict[frozenset[int], Numbers] = {}

    def without(gone: Sequence[int]) -> Numbers:
        key = frozenset(gone)
        if key not in known:
            known[key] = change(sorted(key)).double().cpu().numpy()
        return known[key]

    def curve(order: Sequence[int]) -> Numbers:
        """Without the first 1, 2, ... units, but never without all, (units - 1, B)."""
        return np.stack([without(order[:count]) for count in range(1, units)])

    if influence is None:
        each = np.stack([without([at]) for at in range(units)])
    else:
        each = influence.double().cpu().numpy()
    mean = tuple(each.mean(1).tolist())
    if units == 1:
        return mean, None
    random = np.random.Generator(np.random.PCG64(seed))
    every = units <= FEW
    shuffled = (
        [list(one) for one in permutations(range(units))]
        if every
        else [random.permutation(units).tolist() for _ in range(orders)]
    )
    deciding, testing = np.arange(each.shape[1]) % 2 == 0, np.arange(each.shape[1]) % 2 == 1
    if not testing.any():
        testing = deciding
    order = np.argsort(-each[:, deciding].mean(1), kind="stable").tolist()
    most, least = (curve(one)[:, testing] for one in (order, order[::-1]))
    chance = np.stack([curve(one)[:, testing] for one in shuffled])
    low, high = _interval(most, chance, random, every)
    # With the k most influential kept, the others are gone: the least influential came first.
    kept, kept_by_chance = least[::-1].mean(1), chance[:, ::-1].mean((0, 2))
    sets = {key: row[testing].mean() for key, row in known.items() if len(key) < units}
    return mean, DeletionTest(
        most_first=tuple(most.mean(1).tolist()),
        by_chance=tuple(chance.mean((0, 2)).tolist()),
        kept_first=tuple(kept.tolist()),
        kept_by_chance=tuple(kept_by_chance.tolist()),
        gain=_gain(most, chance),
        low=low,
        high=high,
        kept_gain=-_gain(least, chance),
        infidelity=_unexplained(each[:, deciding].mean(1), sets),
        infidelity_if_equal=_unexplained(np.ones(units), sets),
    )


def belief(test: DeletionTest | None) -> str:
    """How far to believe influences that had this test, in a sentence."""
    if test is None:
        return "A single unit has no order, so nothing tests this number."
    said = (
        f"leaving out the most influential first changes {test.gain:+.0%} more than random orders "
        f"do (95 % interval: {test.low:+.0%} to {test.high:+.0%})"
    )
    return {
        "": f"Do not rely on it, it is hardly better than chance: {said}.",
        "with care": f"Believe it with care: {said}.",
        "yes": f"Believe the order: {said}.",
    }[believed(test.gain, test.low)]


def believed(gain: float, low: float) -> Literal["", "with care", "yes"]:
    """Whether influences with this gain, and this lower end of its interval, are believed."""
    if low >= LEAST:
        return "yes"
    return "with care" if gain >= LEAST and low > 0 else ""


def _gain(curve: Numbers, chance: Numbers) -> float:
    usual = float(np.abs(chance).mean())
    return float(curve.mean() - chance.mean()) / usual if usual else 0.0


def _interval(
    curve: Numbers, chance: Numbers, random: np.random.Generator, every: bool
) -> tuple[float, float]:
    """The 95 % interval of the gain, over samples drawn again, and orders if they are not all."""
    orders, rows = len(chance), curve.shape[1]
    gains = []
    for _ in range(RESAMPLED):
        some = random.integers(rows, size=rows)
        others = np.arange(orders) if every else random.integers(orders, size=orders)
        gains.append(_gain(curve[:, some], chance[others][:, :, some]))
    low, high = np.quantile(gains, (0.025, 0.975))
    return float(low), float(high)


def _unexplained(influence: Numbers, sets: dict[frozenset[int], float]) -> float:
    """The share of the squared changes that sums of influences leave, with the best factor."""
    sums = np.array([influence[sorted(key)].sum() for key in sets])
    changes = np.array(list(sets.values()))
    power, whole = float((sums**2).sum()), float((changes**2).sum())
    if not whole:
        return 0.0
    factor = float((sums * changes).sum()) / power if power else 0.0
    return float(((factor * sums - changes) ** 2).sum()) / whole
