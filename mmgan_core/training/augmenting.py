"""Applies the augmentations of one made entry to samples and to their conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from mmgan_core.assembly.gan import moved
from mmgan_core.assembly.parts import AugmentPart
from mmgan_core.contracts import Augmentation, Change, Condition, Critique, kept_places
from mmgan_core.foundation.whole_batch import mean_of_all, shares
from mmgan_core.recipe.schedule import Now, value_at
from mmgan_core.recipe.schema import Adaptive

SIGNS = 4
"""Over how many batches adaptive probabilities average the signs of the logits."""


@dataclass(frozen=True)
class _AppliedChange:
    """One sampled change, and the rows that it changes, (B,); None means all rows."""

    change: Change
    rows: Tensor | None
    condition_discriminator: bool

    def sample(self, sample: Tensor) -> Tensor:
        changed = self.change(sample)
        if self.rows is None:
            return changed
        return torch.where(self.rows.view(-1, *[1] * (sample.dim() - 1)), changed, sample)

    def moved(self, maps: Tensor) -> Tensor:
        if self.change.move is None or self.change.move is kept_places:
            return maps
        moved = self.change.move(maps)
        if self.rows is None:
            return moved
        return torch.where(self.rows.view(-1, *[1] * (maps.dim() - 1)), moved, maps)

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
    """The changes of samples of one made entry in one phase, before the discriminator sees them.

    Attributes:
        changes: the augmentations.
        ending: what ends samples where something given says so, before all else; None if nothing
            does.
    """

    changes: Sequence[_AppliedChange] = field(default=())
    ending: Callable[[Tensor], Tensor] | None = None

    def sample(self, sample: Tensor) -> Tensor:
        """Apply every change to samples (B, *shape)."""
        if self.ending is not None:
            sample = self.ending(sample)
        for change in self.changes:
            sample = change.sample(sample)
        return sample

    def moved(self, maps: Tensor) -> Tensor:
        """Move maps (B, C, *grid) as the places of the samples are moved."""
        for change in self.changes:
            maps = change.moved(maps)
        return maps

    def condition(self, condition: Condition) -> Condition:
        """What the discriminator is conditioned on when it sees the changed samples.

        The condition is mixed in the same way as the samples, its maps and its places are moved in
        the same way, and the parameters of the augmentations with ``condition_discriminator`` are
        appended to it.
        """
        for change in self.changes:
            condition = change.mixed(condition)
        condition = moved(condition, self.moved)
        parameters = [
            change.parameters() for change in self.changes if change.condition_discriminator
        ]
        return condition.extended(torch.cat(parameters, dim=1)) if parameters else condition

    def unmixed(self) -> SampledChanges:
        """The same changes without those that mix rows, for penalties.

        A penalty takes the gradient of each sample alone.
        """
        return SampledChanges(
            [
                applied
                if applied.change.rows is None
                else replace(applied, rows=torch.zeros_like(applied.change.rows, dtype=torch.bool))
                for applied in self.changes
            ],
            self.ending,
        )


class Augmenting(nn.Module):
    """Samples the changes of every augmentation, and adapts the probabilities that are adaptive.

    Adaptive probabilities follow Karras et al. 2020, https://arxiv.org/abs/2006.06676. r is the
    mean sign of the logits of real samples over the last four batches. After every fourth batch the
    probability p rises if r is over its target and falls if r is under it, by 4 B / ``over``, and
    stays between 0 and ``most``. If the loss compares real samples with made ones, the zero of the
    logits means nothing; then r is the mean sign of the difference of the logits.
    """

    def __init__(
        self, augmentations: Sequence[Augmentation], parts: Sequence[AugmentPart], relative: bool
    ) -> None:
        """``relative``: whether the loss compares each real sample with a made sample."""
        super().__init__()
        self.augmentations = nn.ModuleList(augmentations)
        self.parts, self.relative = parts, relative
        self.adaptive: list[Adaptive | None] = [part.adaptive for part in parts]
        self.probability = nn.Buffer(torch.zeros(len(parts)))
        self.signs = nn.Buffer(torch.zeros(2))  # the sum of mean signs, and the number of batches

    def sample(self, like: Tensor, now: Now) -> SampledChanges:
        """Sample the changes of one phase from the global random state.

        Args:
            like: a batch of samples, (B, *shape); its values do not matter.
            now: how many samples training has seen; schedules of probabilities depend on it.
        """
        changes = []
        for number, (augmentation, part) in enumerate(
            zip(self.augmentations, self.parts, strict=True)
        ):
            sampled = augmentation.sample(like)  # type: ignore[operator]
            change = sampled if isinstance(sampled, Change) else Change(sampled)
            rows = self._rows(number, part, like, now)
            changes.append(_AppliedChange(change, rows, part.condition_discriminator))
        return SampledChanges(changes)

    def _rows(self, number: int, part: AugmentPart, like: Tensor, now: Now) -> Tensor | None:
        probability: Tensor | float = self.probability[number]
        if not part.adaptive:
            probability = value_at(part.probability, now)
            # A scheduled one is not looked at, for it may be on the device.
            if part.probability == 1:
                return None
        return torch.rand(len(like), device=like.device) < probability

    @torch.no_grad()
    def observe(self, real: Critique, fake: Critique) -> None:
        """Adapt probabilities to the critiques of one batch, without waiting for the device."""
        if not any(self.adaptive):
            return
        logits = real.logits - fake.logits if self.relative else real.logits
        sign = mean_of_all(real.mean(logits.sign()))
        self.signs.add_(torch.stack([sign, logits.new_ones(())]))
        full = self.signs[1] >= SIGNS
        mean = self.signs[0] / self.signs[1]
        for number, rule in enumerate(self.adaptive):
            if rule:
                step = (mean - rule.target).sign() * SIGNS * shares() * len(logits) / rule.over
                moved = (self.probability[number] + step).clamp(0, rule.most)
                self.probability[number] = torch.where(full, moved, self.probability[number])
        self.signs.mul_(~full)
