"""Which part of a sample the discriminator doubts.

Blocks of the sample are exchanged for those of other samples that are made of the same given
values. Where the discriminator then holds it more real, it doubts what was there. What is put there
was made as the rest was: grey or silence would be doubted for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Explained, Explainer, Explanation
from mmgan_core.explaining.blocks import Blocks
from mmgan_core.explaining.deletion import belief, by_deletion
from mmgan_core.options import Options as BaseOptions

# One other sample decides the order at least, and another tests it.
_FEWEST = 3


class DoubtOptions(BaseOptions):
    """Options of `core/doubt`."""

    most: int = Field(
        36, ge=4, le=256, description="about how many blocks a sample is divided into"
    )


class Doubt(Explainer):
    """Exchanges one block of the first sample after the other, and asks the discriminator."""

    Options = DoubtOptions
    options: DoubtOptions
    needs: ClassVar[str] = (
        "it needs the discriminator, one that sees whole samples alone, and three samples: name a "
        "run, or export with --discriminator"
    )

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return how much more real the first sample is held without each of its blocks."""
        realness, modality = explained.realness, explained.modalities[explained.made]
        if realness is None or len(explained.samples) < _FEWEST:
            return []
        blocks = Blocks.of(modality, self.options.most)
        if len(blocks.masks) == 1:
            return []
        one, others = explained.samples[0], explained.samples[1:]
        before = realness(one[None])

        def rise(gone: Sequence[int]) -> Tensor:
            return realness(blocks.exchanged(one, others, gone)) - before

        influence, test = by_deletion(
            len(blocks.masks), rise, orders=explained.orders, seed=explained.seed
        )
        doubted = "" if max(influence) > 0 else "It doubts none of these blocks. "
        return [
            Explanation(
                title=f"doubt about the first {explained.made}",
                units=blocks.names(modality, one),
                influence=influence,
                measure="more real with others' content there",
                believe=f"{doubted}{belief(test)} It is about this discriminator alone: what it "
                "doubts need not look wrong.",
                test=test,
                grid=blocks.grid,
            )
        ]
