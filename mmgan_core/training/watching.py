"""Watches a training for what predicts failure, ten times in all, on rows that stay the same.

It measures between two steps, beside a line of metrics, so that no step waits for it; and it leaves
weights, averages and the random state of the steps as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.contracts import Condition
from mmgan_core.data.feed import Batch, Feed, StreamedFeed
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.recipe.schedule import ends, value_at
from mmgan_core.recipe.training_keys import LearningRates
from mmgan_core.training import watched
from mmgan_core.training.trainer import Metrics, Trainer

# In so many equal parts of a training it is watched once each.
TIMES = 10
# So many rows are watched, and so many numbers of them at most.
ROWS, NUMBERS = 256, 1 << 21

# What it measures of a made entry, after the name of the entry.
WATCHED = (
    *("gradient", "dead_units", "movement", "average_behind", "condition_size"),
    *("variety", "condition_followed", "overfit", "leak"),
)


class Watch:
    """Measures the made entries of a training.

    Entries that are trained on windows, repaired or padded are watched by their weights alone, and
    so is every entry if the data are streamed.
    """

    def __init__(self, blueprint: Blueprint, trainer: Trainer, shown: Feed) -> None:
        """``shown``: the test split, or the training split if there is none."""
        self.blueprint, self.trainer, self.gan = blueprint, trainer, trainer.gan
        self._feeds = {"train": trainer.feed, "test": shown}
        self._looked_at = {
            name: not (make.window or make.places or make.repair)
            and not isinstance(trainer.feed, StreamedFeed)
            for name, make in blueprint.recipe.make.items()
        }
        self._batches: dict[str, Batch] = {}
        self._groups: dict[str, Tensor] = {}

    def due(self, before: int, now: int) -> bool:
        """Whether to measure at a line of metrics, by the samples of the last line and of this."""
        total = self.blueprint.recipe.train.samples
        return now * TIMES // total > before * TIMES // total

    @staticmethod
    def recalled(row: Plain) -> Metrics:
        """What was watched beside an earlier line of metrics."""
        return {key: row[key] for key in row if key.rpartition("/")[2] in WATCHED}

    def measure(self) -> Metrics:
        """Measure all made entries; waits for the device."""
        found: dict[str, float | None] = {}
        with torch.no_grad():
            for name in self.blueprint.make:
                found |= {f"{name}/{key}": value for key, value in self._weights(name)}
                if self._looked_at[name]:
                    found |= {f"{name}/{key}": value for key, value in self._samples(name)}
        return {name: value for name, value in found.items() if value is not None}

    def _weights(self, name: str) -> Iterator[tuple[str, float | None]]:
        generator = self.gan.generators[name]
        weights = [p for p in generator.parameters() if p.numel() and p.is_floating_point()]
        gradients = [p.grad for p in weights if p.grad is not None]
        size = watched.norm(weights) if weights else 0.0
        if gradients and size:
            yield "gradient", watched.norm(gradients) / size
            yield "dead_units", watched.dead_units(gradients)
        average = self.trainer.ema.shadow
        named = {f"generators.{name}.{n}": p for n, p in generator.named_parameters()}
        moved = [p - average[n] for n, p in named.items() if n in average]
        if moved and size and self.trainer.samples:
            yield "movement", watched.norm(moved) / size / self._slowed()

    def _slowed(self) -> float:
        """The learning rate of the generator as a share of its highest."""
        rate = self.blueprint.recipe.train.learning_rate
        rate = rate.generator if isinstance(rate, LearningRates) else rate
        most = max(ends(rate))
        return max(1e-6, value_at(rate, self.trainer.samples) / most) if most else 1.0

    def _samples(self, name: str) -> Iterator[tuple[str, float | None]]:
        held = self._batch("test")
        real, meaning = held.real[name], self._meaning(name)
        self.gan.eval()
        try:
            condition = self._condition(name, held)
            made = self._made(name, condition, 0)
            other = self._made(name, condition, 1)
            logits = self._logits(name, made)
        finally:
            self.gan.train()
        with self.trainer.ema.applied(self.gan):
            averaged = self._made(name, self._condition(name, held), 0)
        yield "average_behind", watched.behind(averaged, made, real)
        if condition.pooled.numel():
            yield "condition_size", float(condition.pooled.float().square().mean().sqrt())
        if self.blueprint.recipe.given_of(name):
            yield "variety", watched.variety(made, other, real, meaning)
            yield "condition_followed", watched.followed(made, real, meaning)
        if logits:
            yield "overfit", watched.overfit(*logits)
        changed = self._augmented(name, real)
        if changed is not None:
            yield "leak", watched.leak(made, real, changed)

    def _batch(self, split: str) -> Batch:
        """The first rows of a split, kept from one time to the next."""
        if split not in self._batches:
            feed = self._feeds[split]
            shapes = [self.gan.modalities[name].space.shape for name in self.blueprint.make]
            largest = max(torch.Size(shape).numel() for shape in shapes)
            count = max(2, min(ROWS, len(feed), NUMBERS // largest))
            self._batches[split] = feed.batch(0, 0, count, self.trainer.device)
        return self._batches[split]

    def _meaning(self, name: str) -> Tensor:
        """What test rows mean; where each means something of its own, what is given for them."""
        batch, feed = self._batch("test"), self._feeds["test"]
        given = self.blueprint.recipe.given_of(name)
        if len(batch.meaning.unique()) < len(batch.meaning) or not given:
            return batch.meaning
        if name not in self._groups:
            rows = feed.rows(0, len(batch.meaning))
            codes = torch.stack([torch.from_numpy(feed.different(one, rows)) for one in given])
            groups = codes.unique(dim=1, return_inverse=True)[1]
            self._groups[name] = groups.to(batch.meaning.device)
        return self._groups[name]

    def _condition(self, name: str, batch: Batch) -> Condition:
        encodings = self.gan.encode(batch.given)
        return self.gan.conditions(encodings, batch.shown(), like=batch.meaning)[name]

    def _made(self, name: str, condition: Condition, draw: int) -> Tensor:
        count, of = len(condition.pooled), self.gan.noise_of(name)
        noise = noise_rows(draw, count, self.gan.noise_dims[of], entry=0)
        made = self.gan.make({of: noise.to(self.trainer.device)}, condition, entries=[name])
        return made[name].float()

    def _logits(self, name: str, made: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
        """The logits of training samples, of held-out ones and of made ones.

        None without a test split, or where discriminators see more than samples and conditions.
        """
        make = self.blueprint.recipe.make[name]
        told = make.inference or any(one.condition_discriminator for one in make.augment)
        if self._feeds["test"] is self._feeds["train"] or not make.discriminators or told:
            return None
        critic = partial(self.gan.discriminate, name)
        seen, held = self._batch("train"), self._batch("test")
        of_seen, of_held = self._condition(name, seen), self._condition(name, held)
        return (
            critic(seen.real[name], of_seen).logits.float(),
            critic(held.real[name], of_held).logits.float(),
            critic(made, of_held).logits.float(),
        )

    def _augmented(self, name: str, real: Tensor) -> Tensor | None:
        """Real samples as all augmentations of the entry change them; None if it has none."""
        if not self.blueprint.recipe.make[name].augment:
            return None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            for one in self.trainer.networks.augmentations[name].augmentations:  # type: ignore[union-attr]
                real = one.sample(real)(real)
        return real
