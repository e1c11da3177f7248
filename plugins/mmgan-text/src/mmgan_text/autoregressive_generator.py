"""Text character after character: a recurrent network that knows how likely a text is.

At each place t a network reads the condition c and the characters before, and gives probabilities:

    p(x | c) = product over t of p(x_t | x_1 ... x_{t-1}, c)

One number of noise decides one character: the noise z_t becomes u = Phi(z_t), uniform from 0 to 1,
and the character is the first whose cumulated probability reaches u. After the end of a text there
are no more choices. Graves 2013, "Generating sequences with recurrent neural networks",
https://arxiv.org/abs/1308.0850.

With `attend`, the network looks at every place up what it needs among the tokens of the condition,
such as the words of a text that it sums up: Bahdanau et al. 2015, "Neural machine translation by
jointly learning to align and translate", https://arxiv.org/abs/1409.0473.

A choice has no gradient, so gradients of a sample flow to the probabilities in its place (the
straight-through estimator, Bengio et al. 2013, https://arxiv.org/abs/1308.3432). A discriminator
can then teach the network, and none reaches the noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import log_softmax, one_hot, softmax

from mmgan_core.blocks.cross_attention import CrossAttention
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_text.text_places import END, counted


class AutoregressiveOptions(Options):
    """Options of `text/autoregressive`."""

    width: int = Field(256, ge=1, description="size of the state that it remembers")
    temperature: float = Field(
        1.0,
        gt=0,
        description="of the softmax that carries a discriminator's gradient; a smaller one is "
        "nearer to the choice made, and its gradient varies more. It changes no sample.",
    )
    attend: bool = Field(
        False, description="look up the tokens of what is given at every place of the text"
    )


class AutoregressiveGenerator(Generator):
    """(B, T) noise and (B, dim) condition to one-hot samples (B, T, V)."""

    Options = AutoregressiveOptions
    options: AutoregressiveOptions
    makes_choices: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 8}, {"width": 12, "temperature": 0.5}, {"width": 8, "attend": True})

    def __init__(
        self, options: AutoregressiveOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 2:
            raise BadValue(f"samples must be (T, V), characters as one-hot rows, not {space.shape}")
        self.noise_dim, self.size = space.shape
        # A constant input, so that there is one without a condition too.
        self.context = nn.Linear(1 + condition.dim, options.width)
        self.read = nn.Linear(self.size, options.width, bias=False)
        self.cell = nn.GRUCell(options.width, options.width)
        self.head = nn.Linear(options.width, self.size)
        self.attention: CrossAttention | None = None
        if options.attend and condition.token_dim:
            self.reads = frozenset({"pooled", "tokens"})
            self.attention = CrossAttention(options.width, condition.token_dim)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make texts; one-hot rows, with the gradient of their probabilities."""
        context = self._context(condition)
        state = torch.tanh(context)
        before = context.new_zeros(noise.shape[0], self.size)
        ended = torch.zeros(noise.shape[0], dtype=torch.bool, device=noise.device)
        uniform = torch.special.ndtr(noise.float())
        rows = []
        for place in range(self.noise_dim):
            state = self.cell(self.read(before) + context, state)
            logits = self.head(self._attended(state, condition)).float()
            chosen = _chosen(softmax(logits, dim=1), uniform[:, place]).masked_fill(ended, END)
            carrier = softmax(logits / self.options.temperature, dim=1) * ~ended[:, None]
            before = one_hot(chosen, self.size).float() + (carrier - carrier.detach())
            ended = ended | (chosen == END)
            rows.append(before)
        return torch.stack(rows, dim=1)

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        """The logarithm of the probability up to the end of each text, the end included, (B,)."""
        context = self._context(condition)
        state = torch.tanh(context)
        before = torch.zeros_like(sample[:, 0])
        found = []
        for place in range(self.noise_dim):
            state = self.cell(self.read(before) + context, state)
            before = sample[:, place]
            each = log_softmax(self.head(self._attended(state, condition)).float(), dim=1)
            found.append((each * before).sum(1))
        return (torch.stack(found, dim=1) * counted(sample, mask)).sum(1)

    def likelihood_dims(self, sample: Tensor, mask: Tensor | None = None) -> Tensor:
        """The number of characters, and one more for the end unless the text was cut off, (B,)."""
        return counted(sample, mask).sum(1)

    def _context(self, condition: Condition) -> Tensor:
        pooled = condition.pooled
        constant = pooled.new_ones(pooled.shape[0], 1)
        context: Tensor = self.context(torch.cat([constant, pooled], dim=1))
        return context

    def _attended(self, state: Tensor, condition: Condition) -> Tensor:
        """The state (B, width), and what it finds among the tokens."""
        if self.attention is None or condition.tokens is None:
            return state
        found = self.attention(state[:, :, None], condition.tokens, condition.padding_mask)
        attended: Tensor = found[:, :, 0]
        return attended


def _chosen(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """The first ids whose cumulated probability reaches a number from 0 to 1, (B,)."""
    below = probabilities.cumsum(1)[:, :-1] < uniform[:, None]
    return below.sum(1)
