"""Cross-entropy of texts that are made in one pass: how unlikely the real piece of a place is.

    L = -mean over places of log share of x_t,    shares of G(z, c)

in nats; in repair over missing places alone. It is a masked language model, whose places are
independent once the noise is known: Ghazvininejad et al. 2019, "Mask-predict",
https://arxiv.org/abs/1904.09324. Use it where what is given or known nearly decides the text;
elsewhere it teaches the commonest piece of each place.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, Beside, Generator, GeneratorStep
from mmgan_core.contracts.places import mean_where
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_text.known_text import missing_places
from mmgan_text.parallel_generator import ParallelGenerator
from mmgan_text.text_places import up_to_end


class CrossEntropyOptions(Options):
    """`text/cross-entropy` has no options."""


class CrossEntropy(AuxiliaryLoss):
    """A mean over the places of all rows, up to the end of each text."""

    Options = CrossEntropyOptions
    paired: ClassVar[bool] = True
    needs_fake: ClassVar[bool] = False

    @classmethod
    def check(cls, options: CrossEntropyOptions, beside: Beside) -> None:
        """The generator must make its pieces in one pass."""
        _parallel(beside.generators[beside.entry])

    def forward(self, step: GeneratorStep) -> Tensor:
        """0 where the generator is sure of every real piece."""
        shares = _parallel(step.generator).log_shares(step.noise, step.condition)
        ids = step.real.argmax(2)
        found = -shares.gather(2, ids[..., None])
        counted = up_to_end(ids)[..., None]
        if step.condition.places is not None:
            counted = counted & step.condition.places.expand_as(step.real)[..., :1]
        if step.condition.masked is not None:
            counted = counted & (missing_places(step.condition.masked) > 0)
        return mean_where(found, counted)


def _parallel(generator: Generator) -> ParallelGenerator:
    if not isinstance(generator, ParallelGenerator):
        raise BadValue(
            f"{type(generator).__name__} makes no text in one pass: choose text/parallel, or "
            "objectives/likelihood for a generator that knows it"
        )
    return generator
