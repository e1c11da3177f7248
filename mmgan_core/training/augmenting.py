"""The augmentations of one made entry at work: which rows each changes, and what the discriminator is conditioned on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from mmgan_core.assembly.blueprint import AugmentPart
from mmgan_core.contracts import Augmentation, Change, Condition, Critique
from mmgan_core.recipe.schedule import value_at
from mmgan_core.recipe.schema import Adaptive

SIGNS = 4
"""Batches over which adaptive probabilities average the signs of the discriminator's answers."""


@dataclass(frozen=True)
class _Hit:
    """One change and the rows that it changes, (B,); None: all of them."""

    change: Change
    rows: Tensor | None
    condition_discriminator: bool

    def sample(self, sample: Tensor) -> Tensor:
        changed = self.change(sample)
        if self.rows is None:
            return changed
        return torch.where(self.rows.view(-1, *[1] * (sample.dim() - 1)), changed, sample)

    def parameters(self) -> Tensor:
        assert self.change.augmentation_parameters is not None
        return (
            self.change.augmentation_parameters
            if self.rows is None
            else self.change.augmentation_parameters * self.rows[:, None]
        )

    def mixed(self, condition: Condition) -> Condition:
        if self.change.rows is None or self.change.share is None:
            return condition
        share = self.change.share
        if self.rows is not None:
            share = torch.where(self.rows, share, torch.ones_like(share))
        return condition.mixed(self.change.rows, share)


@dataclass(frozen=True)
class SampledChanges:
    """What one phase does to the samples of one made entry, before the discriminator sees them."""

    hits: Sequence[_Hit] = field(default=())

    def sample(self, sample: Tensor) -> Tensor:
        """Samples (B, *shape), changed."""
        for hit in self.hits:
            sample = hit.sample(sample)
        return sample

    def condition(self, condition: Condition) -> Condition:
        """The condition mixed as its samples are, and with what the discriminator is conditioned on."""
        for hit in self.hits:
            condition = hit.mixed(condition)
        parameters = [hit.parameters() for hit in self.hits if hit.condition_discriminator]
        return condition.extended(torch.cat(parameters, dim=1)) if parameters else condition

    def unmixed(self) -> SampledChanges:
        """The same without changes that mix rows: a slope is each sample's own."""
        return SampledChanges(
            [
                hit
                if hit.change.rows is None
                else replace(hit, rows=torch.zeros_like(hit.change.rows, dtype=torch.bool))
                for hit in self.hits
            ]
        )


class Augmenting(nn.Module):
    """Samples what each augmentation does; adaptive probabilities are kept in a buffer.

    Adaptive: r is the mean sign of the discriminator's answers to real samples over the last four
    batches; every fourth step p goes up where r is over its target and down where it is under, by
    4 B / ``over``, within 0 and ``most``. Karras et al. 2020, https://arxiv.org/abs/2006.06676.
    Where the loss compares real with made samples, answers have no zero of their own: then r is the
    mean sign of the difference.
    """

    def __init__(
        self, augmentations: Sequence[Augmentation], parts: Sequence[AugmentPart], relative: bool
    ) -> None:
        """``relative``: whether the loss compares each real sample with a made one."""
        super().__init__()
        self.augmentations = nn.ModuleList(augmentations)
        self.parts, self.relative = parts, relative
        self.adaptive: list[Adaptive | None] = [part.adaptive for part in parts]
        self.probability = nn.Buffer(torch.zeros(len(parts)))
        self.signs = nn.Buffer(torch.zeros(2))  # their sum, and of how many batches

    def sample(self, like: Tensor, samples: int) -> SampledChanges:
        """Sample changes for samples like these, after so many were seen."""
        hits = []
        for number, (augmentation, part) in enumerate(
            zip(self.augmentations, self.parts, strict=True)
        ):
            drawn = augmentation.sample(like)  # type: ignore[operator]
            change = drawn if isinstance(drawn, Change) else Change(drawn)
            hits.append(
                _Hit(change, self._rows(number, part, like, samples), part.condition_discriminator)
            )
        return SampledChanges(hits)

    def _rows(self, number: int, part: AugmentPart, like: Tensor, samples: int) -> Tensor | None:
        chance: Tensor | float = self.probability[number]
        if not part.adaptive:
            chance = value_at(part.probability, samples)
            if chance == 1:
                return None
        return torch.rand(len(like), device=like.device) < chance

    @torch.no_grad()
    def observe(self, real: Critique, fake: Critique) -> None:
        """See what the discriminator said; adaptive probabilities follow. Waits for nothing."""
        if not any(self.adaptive):
            return
        answers = real.logits - fake.logits if self.relative else real.logits
        self.signs.add_(torch.stack([answers.sign().mean(), answers.new_ones(())]))
        full = self.signs[1] >= SIGNS
        mean = self.signs[0] / self.signs[1]
        for number, rule in enumerate(self.adaptive):
            if rule:
                step = (mean - rule.target).sign() * SIGNS * len(answers) / rule.over
                moved = (self.probability[number] + step).clamp(0, rule.most)
                self.probability[number] = torch.where(full, moved, self.probability[number])
        self.signs.mul_(~full)
