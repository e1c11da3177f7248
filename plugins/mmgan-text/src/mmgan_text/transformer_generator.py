"""Text piece after piece: a causal transformer that knows how likely a text is.

    h_t = layers(E[x_t-1] sqrt(W) + place_t + Linear(c)),    p(x_t | before, c) = softmax(E h_t + b)

with the same embedding E below and above: Press and Wolf 2017, https://arxiv.org/abs/1608.05859. In
every layer places look at those before them and, with `attend`, at the tokens of what is given.
Radford et al. 2019, "Language models are unsupervised multitask learners".

One number of noise decides one piece: the noise z_t becomes u = Phi(z_t), uniform from 0 to 1, and
the piece is the first whose cumulated probability reaches u. A text is made place after place, with
the keys and values of the places before kept; how likely one is takes a single pass, and so do the
gradients of a discriminator, see `text_choices`. They do not flow through the pieces before.

With `copying`, it can also copy the pieces that tokens stand for, see `copying`.

At use, outside training, `sampling_temperature` and `top_p` make usual texts likelier, and `beams`
looks for the likeliest text instead, whatever the noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, cast

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, embedding, linear, log_softmax

from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.full_precision import full_precision
from mmgan_core.foundation.init_weights import init_variance_scaling
from mmgan_core.options import Options
from mmgan_text.attention_layers import KeptPlaces, Looked, Past, TextLayer
from mmgan_text.beam_search import likeliest
from mmgan_text.copying import Copyable, CopyHead, Remembered, said_before
from mmgan_text.pieces import UNKNOWN, refuse_other_pieces
from mmgan_text.text_choices import Gradient, carried, first_reaching, sharpened
from mmgan_text.text_places import END, chosen_rows, counted, up_to_end
from mmgan_text.traced_places import (
    Carried,
    TracedPast,
    is_traced,
    one_after_another,
    places,
)

# Whether all texts have ended is looked up at every so many places: on a GPU, looking costs time.
_LOOK_EVERY = 8


class TransformerGeneratorOptions(Options):
    """Options of the generator `text/transformer`."""

    width: int = Field(192, ge=1, description="size of the vectors between its layers")
    layers: int = Field(4, ge=1, le=64, description="layers of attention")
    heads: int = Field(4, ge=1, description="heads of each layer; they share the width")
    dropout: float = Field(0.0, ge=0, lt=1, description="share dropped where it learns likelihood")
    unseen: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of the pieces before that are unknown to it where it learns "
        "likelihood, so that it relies on what is given: for autoencoders",
    )
    attend: bool = Field(
        False, description="look up the tokens of what is given at every place of the text"
    )
    copying: bool = Field(
        False,
        description="copy pieces that tokens of what is given stand for, as summaries do; needs "
        "an encoder with choices: true",
    )
    coverage: bool = Field(
        False, description="copy less of what it has looked at already, against repetitions"
    )
    gradient: Gradient = Field(
        "straight-through",
        description="what carries a discriminator's gradient: the probabilities, or a "
        "Gumbel-softmax of the choices that were made, which is noisier and less biased",
    )
    temperature: float = Field(
        1.0, gt=0, description="of what carries a discriminator's gradient; it changes no sample"
    )
    sampling_temperature: float = Field(
        1.0, gt=0, le=10, description="outside training: below 1, texts are more usual"
    )
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="outside training: choose among the fewest pieces that have this probability "
        "together",
    )
    beams: int = Field(
        0,
        ge=0,
        le=64,
        description="outside training: look for the likeliest text along so many beginnings, "
        "whatever the noise; 0: sample",
    )
    length_power: float = Field(
        0.0,
        ge=0,
        le=2,
        description="of the length by which beams divide log-probabilities; above 0, texts are "
        "longer",
    )
    runs_once: int = Field(
        0,
        ge=0,
        le=16,
        description="beams write no run of so many pieces twice; 0: they may",
    )


@dataclass(frozen=True)
class Seen:
    """What every place of a text sees of its condition.

    Attributes:
        context: added to every place, (B, W).
        looked: the keys and values of the tokens, for each layer that looks some up.
        real: False where tokens are padding, (B, M).
        copyable: the tokens that can be copied, if it copies.
    """

    context: Tensor
    looked: tuple[Looked, ...] = ()
    real: Tensor | None = None
    copyable: Copyable | None = None

    def take(self, rows: Tensor) -> Seen:
        """The same of some rows of the batch, (N,)."""
        looked = tuple((key[rows], value[rows]) for key, value in self.looked)
        real = None if self.real is None else self.real[rows]
        copyable = None if self.copyable is None else self.copyable.take(rows)
        return Seen(self.context[rows], looked, real, copyable)


class Before:
    """What is kept of the places before the one that is being made."""

    def __init__(self, layers: int, length: int, seen: Seen) -> None:
        self.pasts = [Past(length) for _ in range(layers)]
        self.remembered = Remembered.nothing(seen.context.shape[0], seen.context.device)

    @property
    def place(self) -> int:
        """How many places there are before."""
        return self.pasts[0].count

    def take(self, rows: Tensor) -> None:
        """Go on with these rows of the batch, (N,)."""
        for past in self.pasts:
            past.take(rows)
        self.remembered.take(rows)


class TransformerGenerator(Generator):
    """(B, T) noise and a condition to one-hot samples (B, T, V)."""

    Options = TransformerGeneratorOptions
    options: TransformerGeneratorOptions
    makes_choices: ClassVar[bool] = True
    use_options: ClassVar[frozenset[str]] = frozenset(
        {"sampling_temperature", "top_p", "beams", "length_power", "runs_once"}
    )

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"width": 8, "layers": 2, "heads": 2}
        return (
            small,
            {**small, "width": 16, "attend": True, "gradient": "gumbel"},
            {**small, "top_p": 0.9, "copying": True, "coverage": True},
        )

    @classmethod
    def example_conditions(cls, space: SampleSpace) -> Sequence[ConditionSpace]:
        """Tokens that stand for pieces where samples are of a vocabulary."""
        if space.settings is None:
            return ConditionSpace(6), ConditionSpace(0, token_dim=4)
        return (ConditionSpace(5, token_dim=4, choice_settings=space.settings),)

    def __init__(
        self, options: TransformerGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 2:
            raise BadValue(f"samples must be (T, V), pieces as one-hot rows, not {space.shape}")
        self.noise_dim, self.size = space.shape
        width = options.width
        token_dim = condition.token_dim if options.attend else 0
        if options.copying:
            refuse_other_pieces(space, condition, "text/transformer with copying: true")
        elif options.coverage:
            raise BadValue("coverage is of what is copied: add copying: true, or leave it out")
        if token_dim or options.copying:
            self.reads = frozenset({"pooled", "tokens"})
        self.embed = nn.Parameter(torch.randn(self.size, width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(self.size))
        self.start = nn.Parameter(torch.randn(width))
        self.place = nn.Parameter(0.1 * torch.randn(self.noise_dim, width))
        self.context = (
            init_variance_scaling(nn.Linear(condition.dim, width)) if (condition.dim) else None
        )
        self.layers = nn.ModuleList(
            TextLayer(width, options.heads, options.layers, token_dim)
            for _ in range(options.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.copy: CopyHead | None = None
        if options.copying:
            self.copy = CopyHead(width, condition.token_dim, coverage=options.coverage)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make texts; one-hot rows, with the gradient of what carries it."""
        seen = self._seen(condition)
        if self.options.beams and not self.training:
            chosen = self._likeliest(noise.float(), seen)
        else:
            chosen = self._sampled(torch.special.ndtr(noise.float()), seen)
        rows = chosen_rows(chosen, self.size)
        if not torch.is_grad_enabled():
            return rows
        # The pass that made the choices may have kept weights in half precision without gradients.
        torch.clear_autocast_cache()
        gradient = self.options.gradient if self.training else "straight-through"
        made = carried(
            chosen, self._log_probabilities(chosen, seen), self.options.temperature, gradient
        )
        # After its end, a text has nothing to choose.
        return torch.where(up_to_end(chosen)[..., None], made, rows)

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        """The logarithm of the probability up to the end of each text, the end included, (B,)."""
        ids = before = sample.argmax(2)
        drop = self.options.dropout if self.training else 0.0
        if self.training and self.options.unseen:
            # Bowman et al. 2016, "Generating sentences from a continuous space".
            unseen = torch.rand(ids.shape, device=ids.device) < self.options.unseen
            before = ids.masked_fill(unseen & (ids != END), UNKNOWN)
        seen = self._seen(condition)
        x = self._places(before, seen, drop)
        found = self._log_probability(ids, x, said_before(before), seen)
        return (found * counted(sample, mask)).sum(1)

    def likelihood_dims(self, sample: Tensor, mask: Tensor | None = None) -> Tensor:
        """The number of pieces, and one more for the end unless the text was cut off, (B,)."""
        return counted(sample, mask).sum(1)

    @property
    def _layers(self) -> Iterable[TextLayer]:
        return cast(Iterable[TextLayer], self.layers)

    def _seen(self, condition: Condition) -> Seen:
        pooled = condition.pooled
        context = pooled.new_zeros(pooled.shape[0], self.options.width)
        if self.context is not None:
            context = self.context(pooled)
        if "tokens" not in self.reads:
            return Seen(context)
        if condition.tokens is None:
            raise BadValue("text/transformer with attend: true needs the tokens of a condition")
        looked: tuple[Looked, ...] = ()
        if self.options.attend:
            looked = tuple(layer.looked(condition.tokens) for layer in self._layers)
        copyable = None
        if self.copy is not None:
            if condition.choices is None:
                raise BadValue("text/transformer with copying: true needs choices of tokens")
            copyable = self.copy.copyable(condition.tokens, condition.choices)
        return Seen(context, looked, condition.padding_mask, copyable)

    def _log_probabilities(self, ids: Tensor, seen: Seen, drop: float = 0.0) -> Tensor:
        """The log-probabilities of every piece after the pieces before it, (B, T, V)."""
        return self._head(self._places(ids, seen, drop), said_before(ids), seen)

    def _places(self, ids: Tensor, seen: Seen, drop: float = 0.0) -> Tensor:
        """What decides each place of a text, from the pieces before it, (B, T, W)."""
        before = embedding(ids[:, :-1], self.embed) * self.options.width**0.5
        first = self.start.expand(ids.shape[0], 1, -1).to(before.dtype)
        x = torch.cat([first, before], dim=1) + self.place[: ids.shape[1]]
        x = x + seen.context[:, None]
        for number, layer in enumerate(self.layers):
            x = layer(x, **_tokens(seen, number), causal=True, drop=drop)
        return x

    def _head(
        self, x: Tensor, said: Tensor, seen: Seen, remembered: Remembered | None = None
    ) -> Tensor:
        with full_precision(x.device):
            x = self.norm(x.float())
            logits = linear(x, self.embed, self.bias)
            if self.copy is None or seen.copyable is None:
                return log_softmax(logits, dim=-1)
            mixed: Tensor = self.copy(x, said, logits, seen.copyable, remembered)
            return mixed

    def _log_probability(self, ids: Tensor, x: Tensor, said: Tensor, seen: Seen) -> Tensor:
        """The log-probability of one piece at each place, ids (B, T): less work than of all."""
        with full_precision(x.device):
            x = self.norm(x.float())
            logits = linear(x, self.embed, self.bias).flatten(0, 1)
            anew = -cross_entropy(logits, ids.flatten(), reduction="none").view_as(x[..., 0])
            if self.copy is None or seen.copyable is None:
                return anew
            return self.copy.of(ids, x, said, anew, seen.copyable)

    def _next(self, chosen: Tensor | None, seen: Seen, before: Before) -> Tensor:
        """The log-probabilities of every piece at one place, after the piece before it, (B, V)."""
        if chosen is None:
            x = self.start.expand(seen.context.shape[0], -1)
        else:
            x = self._embedded(chosen)
            before.remembered.say(chosen)
        x = x + self.place[before.place]
        return self._after(x, seen, before.pasts, before.remembered)

    def _embedded(self, chosen: Tensor) -> Tensor:
        found: Tensor = embedding(chosen, self.embed) * self.options.width**0.5
        return found

    def _after(
        self, x: Tensor, seen: Seen, pasts: Sequence[KeptPlaces], remembered: Remembered
    ) -> Tensor:
        """The log-probabilities after a piece at its place, (B, W), and those before it, (B, V)."""
        x = (x + seen.context)[:, None]
        for number, (layer, past) in enumerate(zip(self.layers, pasts, strict=True)):
            x = layer(x, **_tokens(seen, number), past=past)
        said = remembered.said[:, None]
        found: Tensor = self._head(x, said, seen, remembered)[:, 0]
        return found

    def _traced(self, uniform: Tensor, seen: Seen) -> Tensor:
        """``_sampled``, or one beam, with one copy of the layers in a graph, for exports."""
        options, count = self.options, len(self.layers)
        # A scan takes no two views of one memory.
        seen = replace(seen, looked=tuple((key.clone(), v.clone()) for key, v in seen.looked))

        def step(carried: Carried, fed: tuple[Tensor, ...]) -> tuple[Carried, Tensor]:
            x, ended, said, total, *kept = carried
            number, place, here, real = fed
            pasts = [TracedPast(kept[2 * n], kept[2 * n + 1], here, real) for n in range(count)]
            remembered = Remembered(said, total)
            found = self._after(x + place, seen, pasts, remembered)
            if options.beams:
                chosen = found.argmax(1).masked_fill(ended, END)
            else:
                odds = sharpened(found, options.sampling_temperature, options.top_p)
                chosen = first_reaching(odds, number).masked_fill(ended, END)
            assert remembered.total is not None
            remembered.say(chosen)
            after = [part for past in pasts for part in (past.keys, past.values)]
            return (
                self._embedded(chosen),
                ended | (chosen == END),
                remembered.said,
                remembered.total.clone(),
                *after,
            ), chosen

        rows, like = uniform.shape[0], seen.context
        heads = options.heads
        kept = like.new_zeros(rows, heads, self.noise_dim, options.width // heads)
        tokens = 0 if seen.copyable is None else seen.copyable.keys.shape[1]
        carried = (
            self.start.expand(rows, -1).clone(),
            torch.zeros(rows, dtype=torch.bool, device=like.device),
            Remembered.nothing(rows, like.device).said,
            like.new_zeros(rows, 1, tokens),
            *(kept.clone() for _ in range(2 * count)),
        )
        fed = (uniform.T, self.place, *places(self.noise_dim, like.device))
        return one_after_another(step, carried, fed).T

    @torch.no_grad()
    def _sampled(self, uniform: Tensor, seen: Seen) -> Tensor:
        """The ids that numbers from 0 to 1 decide, (B, T)."""
        if is_traced():
            return self._traced(uniform, seen)
        options, before = self.options, Before(len(self.layers), self.noise_dim, seen)
        temperature, top_p = options.sampling_temperature, options.top_p
        if self.training:
            temperature, top_p = 1.0, 1.0
        ended = torch.zeros(uniform.shape[0], dtype=torch.bool, device=uniform.device)
        ids = torch.full(uniform.shape, END, device=uniform.device)
        chosen: Tensor | None = None
        for place in range(self.noise_dim):
            odds = sharpened(self._next(chosen, seen, before), temperature, top_p)
            chosen = first_reaching(odds, uniform[:, place]).masked_fill(ended, END)
            ids[:, place] = chosen
            ended = ended | (chosen == END)
            if self._may_stop(place) and bool(ended.all()):
                break
        return ids

    def _may_stop(self, place: int) -> bool:
        # A training step does not wait for the device.
        if torch.compiler.is_compiling() or (self.training and self.embed.is_cuda):
            return False
        return place % _LOOK_EVERY == _LOOK_EVERY - 1

    @torch.no_grad()
    def _likeliest(self, noise: Tensor, seen: Seen) -> Tensor:
        """The ids of the likeliest text that beams find, (B, T)."""
        beams, rows = self.options.beams, seen.context.shape[0]
        if is_traced():
            if beams > 1 or self.options.runs_once:
                raise BadValue(
                    "more than one of its beams, and runs_once, cannot be exported: "
                    "set beams: 1 and runs_once: 0, or --engine torch"
                )
            return self._traced(noise, seen)
        alike = seen.take(torch.arange(rows, device=seen.context.device).repeat_interleave(beams))
        before = Before(len(self.layers), self.noise_dim, alike)

        def step(chosen: Tensor | None, parents: Tensor | None) -> Tensor:
            if parents is not None:
                before.take(parents)
            return self._next(chosen, alike, before)

        power, once = self.options.length_power, self.options.runs_once
        return likeliest(step, rows, beams, self.noise_dim, power, once)


def _tokens(seen: Seen, number: int) -> dict[str, object]:
    if not seen.looked:
        return {}
    return {"looked": seen.looked[number], "token_real": seen.real}
