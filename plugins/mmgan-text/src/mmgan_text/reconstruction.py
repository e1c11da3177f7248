"""Reconstruction of the text that was given from the one that was made of it, as a bag of pieces.

A small network of the loss's own reads a summary s and says which pieces stand in what it sums up;
W are the different pieces that tokens of the condition stand for:

    q(w | s) = softmax(MLP(mean_t e(s_t) ⊕ max_t e(s_t)))_w
    L(s)     = -1/|W| sum over w in W of log q(w | s)

It learns from real summaries, and then teaches the generator to say what lets the text be told from
others: L(real) + L(made), in nats a piece, where L(real) teaches the network alone and L(made) the
generator alone. Liu et al. 2018, "Generative adversarial network for abstractive text
summarization", https://arxiv.org/abs/1711.09357, say what a summary must be by a discriminator;
Wang and Lee 2018, "Learning to encode text as human-readable summaries using generative adversarial
networks", https://arxiv.org/abs/1810.02851, let a network write the text again from it. Here its
words are enough, whose order a line of summary does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import log_softmax

from mmgan_core.contracts import AuxiliaryLoss, Beside, GeneratorStep, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_text.pieces import refuse_other_pieces
from mmgan_text.text_places import up_to_end


class ReconstructionOptions(Options):
    """Options of `text/reconstruction`."""

    width: int = Field(128, ge=1, description="size of the vectors of the network that reads")


class Reconstruction(AuxiliaryLoss):
    """Its network learns in the generator phase, and is not exported."""

    Options = ReconstructionOptions
    options: ReconstructionOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 6},)

    def __init__(self, options: ReconstructionOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 2:
            raise BadValue(f"samples must be (T, V), pieces as one-hot rows, not {space.shape}")
        self.network = _Reader(space.shape[1], options.width)

    @classmethod
    def check(cls, options: ReconstructionOptions, beside: Beside) -> None:
        """Tokens of what is given must stand for pieces of the vocabulary that is made."""
        generator = beside.generators[beside.entry]
        refuse_other_pieces(generator.space, generator.condition, "text/reconstruction")

    def forward(self, step: GeneratorStep) -> Tensor:
        """The sum of both parts, each a mean over the rows that are given a text."""
        given = step.condition.choices
        if given is None:
            raise BadValue(
                "text/reconstruction needs a given text whose tokens stand for pieces: set "
                "choices: true of its encoder"
            )
        wanted = _bag(given, step.real.shape[2])
        frozen = {name: one.detach() for name, one in self.network.named_parameters()}
        of_made = functional_call(self.network, frozen, step.fake)
        return _unlike(self.network(step.real), wanted) + _unlike(of_made, wanted)


class _Reader(nn.Module):
    """Texts (B, T, V) to the log-probabilities of pieces, (B, V)."""

    def __init__(self, pieces: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(pieces, width, bias=False)
        self.layers = nn.Sequential(
            nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, pieces)
        )

    def forward(self, texts: Tensor) -> Tensor:
        real = up_to_end(texts.argmax(2))[..., None]
        x = self.embed(texts) * real
        mean = x.sum(1) / real.sum(1)
        most = x.masked_fill(~real, -1e4).amax(1)
        found: Tensor = self.layers(torch.cat([mean, most], dim=1))
        return log_softmax(found.float(), dim=1)


def _bag(choices: Tensor, size: int) -> Tensor:
    """The share of each piece among the different ones of a row, (B, V); 0 if there are none."""
    rows = choices.new_zeros(choices.shape[0], size + 1).float()
    # The last column takes what stands for nothing.
    there = rows.scatter(1, choices.where(choices >= 0, size), 1.0)[:, :size]
    return there / there.sum(1, keepdim=True).clamp_min(1)


def _unlike(found: Tensor, wanted: Tensor) -> Tensor:
    """The mean cross-entropy of the rows that have pieces."""
    each = -(found * wanted).sum(1)
    return each.sum() / wanted.sum(1).sum().clamp_min(1)
