"""Exact shares of given entries, where the fusion knows them.

A product of experts weighs each given entry by its precision. So its share of the condition is no
estimate: the shares of all entries and of the prior sum to 1.
"""

from __future__ import annotations

from mmgan_core.contracts import Explained, Explainer, Explanation

NOTHING = "(neither: the prior)"


class Shares(Explainer):
    """Says which part of the condition is due to each given entry."""

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return the shares, if the fusion knows them."""
        shares = explained.shares() if explained.given else {}
        if not shares:
            return []
        return [
            Explanation(
                title="shares of the condition",
                units=tuple(name or NOTHING for name in shares),
                influence=tuple(shares.values()),
                measure="share",
                believe="These shares are exact: it is how the fusion weighs what is given. What "
                "the generator makes of the condition they do not say.",
            )
        ]
