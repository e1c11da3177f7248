"""Which given entry makes samples what they are: each is left out while the noise stays.

An entry that is left out is not given: a model with a prior draws it, one without leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from mmgan_core.contracts import Explained, Explainer, Explanation
from mmgan_core.explaining.deletion import belief, by_deletion


class Entries(Explainer):
    """Leaves out one given entry after the other."""

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return the influence of each given entry."""
        names = tuple(explained.given)
        if not names:
            return []

        def change(gone: Sequence[int]) -> Tensor:
            missing = {names[at] for at in gone}
            return explained.change({n: v for n, v in explained.given.items() if n not in missing})

        influence, test = by_deletion(
            len(names), change, orders=explained.orders, seed=explained.seed
        )
        return [
            Explanation(
                title="given entries",
                units=names,
                influence=influence,
                measure=f"change of {explained.made}",
                believe=belief(test),
                test=test,
            )
        ]
