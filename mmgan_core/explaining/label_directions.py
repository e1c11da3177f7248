"""Directions of the condition: each pushes samples to what one value of a given entry gives.

A value such as *seven* or *jackson* takes the place of what the condition says of its entry; noise
and what the other entries say stay. Where other entries say the same, as a word does that names the
digit, they give way: which do is found by trying, with evaluators that read the samples.

Each direction is scored by what the evaluators read of samples before and after, on values from the
test data, and on other samples than those that decided which entries give way. A number such as the
ink of a picture goes with a label by nature: eights have more of it than ones. So it is compared
among samples of one label: how many standard deviations above the mean of its label a sample was,
and is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from math import pi, sqrt
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from mmgan_core.contracts import Modality
from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.errors import BadValue, UsageError, nearest
from mmgan_core.evaluation.evaluate import measure_with, with_target
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.evaluation.evaluator import Evaluator
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.randomness import derived_seed
from mmgan_core.inference.model import Model
from mmgan_core.inference.pushes import Push
from mmgan_core.inference.samples import Samples
from mmgan_core.inference.unread import of_rows
from mmgan_core.recipe.choices import choice_of
from mmgan_core.recipe.schema import Evaluator as EvaluatorChoice

# How many more samples must be read as the target for another entry to give way, at the lower end
# of the 95 % interval: what gives way is lost, which nothing that is as likely chance is worth.
_WORTH = 0.02
# How far two numbers from N(0, 1) are apart in the mean: 1 is as unlike as any two samples are.
_ANY_TWO = 2 / sqrt(pi)


@dataclass(frozen=True)
class LabelDirection:
    """A direction of the condition, to what one value of a given entry gives.

    Attributes:
        name: what it is called.
        entry: the given entry.
        value: its value, which 1 leads to.
        reads: the column that the evaluator of its scores predicts.
        instead_of: the other given entries that give way, since they say the same.
        steers: the share of samples that the evaluator reads as the value after it.
        others: the share of samples of which another label is read otherwise than before, in the
            mean over the other labels that can be read; None if there are none.
        numbers: how far the numbers that are measured change among samples of one label, in the
            mean: 0 if each sample keeps its place among them, 1 if it is as unlike as any other.
        change: how far samples are from those before.
        space: what it is a direction of.
    """

    name: str
    entry: str
    value: str
    reads: str
    instead_of: tuple[str, ...] = ()
    steers: float | None = None
    others: float | None = None
    numbers: float | None = None
    change: float | None = None
    space: Literal["condition"] = "condition"


def pushed(model: Model, direction: LabelDirection, amount: float) -> Model:
    """The same model, of which conditions are pushed along a direction.

    Args:
        amount: how far, as a share of the way: 1 leads to the value.

    Raises:
        UsageError: if the model has no such entry, or cannot read the value.
    """
    # The value may come from a file that somebody else wrote: it must not name files to be opened.
    gan = model.gan
    for entry in (direction.entry, *direction.instead_of):
        if entry not in gan.encoders:
            raise UsageError(
                f"{direction.name} is about {entry!r}, and {model.name} cannot be given it",
                hint=nearest(entry, list(gan.encoders)),
            )
    modality = gan.encoder(direction.entry).modality
    (shown,) = modality.present(torch.zeros(1, *modality.space.shape))
    if not isinstance(shown, str):
        raise UsageError(
            f"{direction.name} leads to a value of {direction.entry}, whose values are no words",
            hint="directions lead to labels and texts alone",
        )
    try:
        prepared = gan.preparing(direction.entry)([direction.value])
    except BadValue as error:
        raise UsageError(f"{direction.name}: {direction.entry}: {error}") from error
    other = copy(model)
    push = Push(direction.entry, prepared, direction.instead_of, amount)
    other.pushes = (*model.pushes, push)
    return other


def find_label_directions(
    model: Model,
    given: Mapping[str, object] | None = None,
    *,
    made: str = "",
    target: str = "",
    data: str = "",
    evaluators: Mapping[str, Evaluator] = MappingProxyType({}),
    encoder: str = "",
    noises: int = 64,
    seed: int = 0,
) -> list[LabelDirection]:
    """Find a direction for each value of a label that an evaluator reads, and score it.

    Args:
        model: the model.
        given: one value for each entry that is given; if there is none, each sample gets the values
            of a row of the test split.
        made: the made entry that is looked at; default: the first.
        target: the column whose values are the directions; default: that of the recipe's evaluator.
        data: a data source to use instead of the recipe's.
        evaluators: those that are at hand, by the column that they predict; the others learn from
            the training split, or are taken from the cache.
        encoder: the encoder of those that learn; default: that of the recipe's evaluator.
        noises: how many samples are looked at for each value, and how many others decide which
            entries give way.
        seed: decides their noise.

    Raises:
        UsageError: if the model makes no such entry, its recipe names no evaluator of it, or no
            given entry holds the target.
        DataError: if the data cannot be opened, or has no such column.
    """
    search = _Search(model, given or {}, made, target, data, evaluators, encoder, noises, seed)
    return search.found()


class _Search:
    """What the directions of one model are found with: its evaluators, and samples before any."""

    def __init__(
        self,
        model: Model,
        given: Mapping[str, object],
        made: str,
        target: str,
        data: str,
        evaluators: Mapping[str, Evaluator],
        encoder: str,
        noises: int,
        seed: int,
    ) -> None:
        model.refuse_unknown(given)
        self.model, self.seed, self.noises, self.encoder = copy(model), seed, noises, encoder
        if data:
            measure_with(self.model, data)
        self.made = made or model.made[0]
        if self.made not in model.made:
            hint = nearest(self.made, model.made)
            raise UsageError(f"{model.name} has no entry {self.made!r}", hint=hint)
        own = self._own
        by_default = (own.target if own else "") or ""
        self.target = target or by_default
        if not self.target:
            raise UsageError(
                f"the recipe of {model.name} names no evaluator that reads a label of {self.made}",
                hint="name both: --target COLUMN --evaluator ENCODER; or try --by measures"
                if not own
                else "name one: --target COLUMN; or try --by measures",
            )
        self.entry = self._holding(self.target)
        self.at_hand = evaluators
        self.evaluator = self._evaluator(self.target)
        labels = [by_default, *(self._column(n) for n in model.given if self._labels(n))]
        others = dict.fromkeys(name for name in labels if name and name != self.target)
        self.others = [self._evaluator(name) for name in others]
        self.given = given

    @property
    def _own(self) -> EvaluatorChoice | None:
        """The evaluator that the recipe names."""
        return self.model.blueprint.recipe.make[self.made].evaluator

    def _column(self, entry: str) -> str:
        return self.model.blueprint.given[entry].column

    def _labels(self, entry: str) -> Sequence[str]:
        return self.model.blueprint.modalities[entry].labels

    def _holding(self, target: str) -> str:
        """The given entry that holds the target, a label if there is one."""
        entries = self.model.gan.conditioned_on(self.made)
        holding = [name for name in entries if self._column(name) == target]
        if not holding:
            columns = sorted({self._column(name) for name in entries})
            raise UsageError(
                f"no given entry of {self.model.name} holds {target!r}",
                hint=f"name one of these: --target {' or '.join(columns)}" if columns else "",
            )
        return min(holding, key=lambda name: not self._labels(name))

    @cached_property
    def splits(self) -> tuple[Feed, Feed]:
        """The test split and the training split."""
        return open_splits(self.model.blueprint, self.model.gan)

    def _evaluator(self, target: str) -> Evaluator:
        if target in self.at_hand:
            return self.at_hand[target]
        if self.encoder:
            fresh = EvaluatorChoice(encoder=choice_of({"use": self.encoder}), target=target)
            kept = (
                {"samples": self._own.samples, "modality": self._own.modality} if self._own else {}
            )
            choice: EvaluatorChoice | None = fresh.model_copy(update=kept)
        else:
            choice = with_target(self.model.blueprint.recipe, target).make[self.made].evaluator
        return EvaluatedEntry(self.model, self.made, choice, *self.splits).evaluator

    @cached_property
    def modality(self) -> Modality:
        return self.model.gan.modalities[self.made]

    @cached_property
    def before(self) -> Samples:
        """The samples that nothing has pushed yet."""
        return self._made(self.model)

    def _made(self, model: Model, *, choosing: bool = False) -> Samples:
        """The samples that are scored, or those that decide which entries give way."""
        seed = derived_seed(self.seed, "choosing") if choosing else self.seed
        with nullcontext() if self.given else of_rows():
            return model.generate(count=self.noises, seed=seed, **self._values(choosing))

    def _values(self, choosing: bool) -> Plain:
        if self.given:
            return {name: [value] * self.noises for name, value in self.given.items()}
        test = self.splits[0]
        rows = test.rows(self.noises if choosing else 0, self.noises)
        return {name: test.raw(name, rows) for name in self.model.gan.conditioned_on(self.made)}

    def found(self) -> list[LabelDirection]:
        """The directions, with their scores."""
        directions = self._best()
        after = [self._made(pushed(self.model, one, 1.0)) for one in directions]
        read = [self._read(self.evaluator, made) for made in (self.before, *after)]
        others = [[self._read(one, made) for made in (self.before, *after)] for one in self.others]
        numbers = [self._numbers(made) for made in (self.before, *after)]
        places = _places(numbers[1:], numbers[0], read[0])
        found = []
        for at, (one, made) in enumerate(zip(directions, after, strict=True)):
            # Samples that already are what they are pushed to say nothing of what else changes.
            moved = read[0] != at
            changed = [(all_[at + 1] != all_[0])[moved].float() for all_ in others]
            apart = (places[at + 1] - places[0]).abs()[moved] / _ANY_TWO
            change = self.modality.apart(self.before.tensors[self.made], made.tensors[self.made])
            found.append(
                LabelDirection(
                    one.name,
                    one.entry,
                    one.value,
                    one.reads,
                    one.instead_of,
                    steers=float((read[at + 1] == at).float().mean()),
                    others=_mean(torch.stack(changed)) if changed else None,
                    numbers=_mean(apart),
                    change=float(change.mean()),
                )
            )
        return found

    def _best(self) -> list[LabelDirection]:
        """Let other entries give way, one after the other, as long as more samples are steered."""
        rest = [n for n in self.model.gan.conditioned_on(self.made) if n != self.entry]
        best = self._towards(())
        steered = self._steered(best)
        while True:
            tried = [
                self._towards((*best[0].instead_of, name))
                for name in rest
                if name not in best[0].instead_of
            ]
            reached = [self._steered(one) for one in tried]
            worth = [_at_least(one - steered) for one in reached]
            if not worth or max(worth) < _WORTH:
                return best
            at = worth.index(max(worth))
            best, steered = tried[at], reached[at]

    def _towards(self, instead_of: tuple[str, ...]) -> list[LabelDirection]:
        return [
            LabelDirection(name, self.entry, name, self.target, instead_of)
            for name in self.evaluator.names
        ]

    def _steered(self, directions: Sequence[LabelDirection]) -> Tensor:
        """Which choosing samples are read as what they are pushed to: 1, and 0 for the others."""
        right = [
            self._read(self.evaluator, self._made(pushed(self.model, one, 1.0), choosing=True))
            == at
            for at, one in enumerate(directions)
        ]
        return torch.cat(right).float()

    def _read(self, evaluator: Evaluator, made: Samples) -> Tensor:
        """The number of what is read of each sample, (N,)."""
        return evaluator.read(made[self.made], [None] * self.noises).predicted

    def _numbers(self, made: Samples) -> Tensor:
        """What is measured of each sample, (N, measures)."""
        measures = self.modality.measures.values()
        columns = [[measure(value) for value in made[self.made]] for measure in measures]
        return torch.tensor(columns, dtype=torch.float64).reshape(len(columns), self.noises).T


def _at_least(numbers: Tensor) -> float:
    """The lower end of the 95 % interval of the mean of numbers."""
    return float(numbers.mean() - 1.96 * numbers.std() / sqrt(len(numbers)))


def _mean(numbers: Tensor) -> float | None:
    return float(numbers.mean()) if numbers.numel() else None


def _places(after: Sequence[Tensor], before: Tensor, read: Tensor) -> list[Tensor]:
    """Where numbers lie among those of one label, in standard deviations.

    Args:
        after: the numbers of samples that were pushed to each label, (N, measures).
        before: those of samples before.
        read: which label these were read as, (N,).

    Returns:
        Those of the samples before, and of each label.
    """
    means = torch.stack([numbers.mean(0) for numbers in after])
    spreads = (torch.stack(list(after)) - means[:, None]).square().mean(1).sqrt().clamp(min=1e-12)
    placed = [
        (one - mean) / spread for one, mean, spread in zip(after, means, spreads, strict=True)
    ]
    return [(before - means[read]) / spreads[read], *placed]
