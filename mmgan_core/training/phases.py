"""The losses of both phases of a training step: the discriminator phase and the generator phase."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from mmgan_core.assembly.blueprint import Blueprint, WeightedPart
from mmgan_core.assembly.gan import GAN
from mmgan_core.component import placed
from mmgan_core.contracts import Condition, Critique, Encoding, GeneratorStep, Masked
from mmgan_core.data.feed import Batch
from mmgan_core.foundation.memory_layout import channels_last
from mmgan_core.recipe.schedule import value_at
from mmgan_core.training.augmenting import Augmenting, SampledChanges
from mmgan_core.training.auxiliary_classifier import reading_loss
from mmgan_core.training.learning import learning_of
from mmgan_core.training.masks import sampled_masks
from mmgan_core.training.matching_aware import mismatched

Losses = tuple[Tensor, dict[str, Tensor]]


class Networks(nn.Module):
    """The GAN and everything else whose state a checkpoint must keep."""

    def __init__(self, blueprint: Blueprint) -> None:
        super().__init__()
        self.gan: GAN = blueprint.build()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(blueprint.recipe.seed + 1)
            self.align = blueprint.alignment(self.gan)
        losses = blueprint.losses()
        self.augmentations = nn.ModuleDict(
            {
                name: Augmenting(
                    blueprint.augmentations(name),
                    part.augment,
                    losses[name].needs_real_in_generator_phase,
                )
                for name, part in blueprint.make.items()
            }
        )
        self.data_augmentations = nn.ModuleDict(
            {
                name: Augmenting(
                    blueprint.data_augmentations(name), part.data_augment, relative=False
                )
                for name, part in blueprint.make.items()
                if part.data_augment
            }
        )
        self.auxiliary_losses = nn.ModuleDict(
            {name: nn.ModuleList(found) for name, found in blueprint.auxiliary_losses().items()}
        )
        channels_last(self)
        self._learning = tuple(learning_of(self))

    def discriminator_side(self) -> list[nn.Parameter]:
        """What the discriminator phase trains: also encoders, fusion and alignment."""
        generators = {id(p) for p in self.gan.generators.parameters()}
        return [p for p in self._learners() if id(p) not in generators]

    def generator_side(self) -> list[nn.Parameter]:
        """What the generator phase trains."""
        generators = {id(p) for p in self.gan.generators.parameters()}
        return [p for p in self._learners() if id(p) in generators]

    def _learners(self) -> list[nn.Parameter]:
        weights = dict(self.named_parameters())
        return [weights[name] for name in self._learning]


@dataclass(frozen=True)
class _PhaseInputs:
    """What one phase computes once for all made entries.

    Attributes:
        batch: the batch, its real samples changed by the data augmentations.
        step: the number of the step; ``every`` of penalties and auxiliary losses depends on it.
        samples: how many samples training has seen; schedules depend on it.
        encodings: the encoding of each given entry.
        shown: for each given entry, the rows in which it is shown, (B,).
        condition: the condition of each row.
        masked: the masked samples of each repaired entry.
    """

    batch: Batch
    step: int
    samples: int
    encodings: Mapping[str, Encoding]
    shown: Mapping[str, Tensor]
    condition: Condition
    masked: Mapping[str, Masked]


class Phases:
    """Computes the losses of both phases; metrics stay on the device, so nothing waits for it."""

    def __init__(self, blueprint: Blueprint, networks: Networks) -> None:
        recipe = blueprint.recipe
        self.networks, self.gan = networks, networks.gan
        self.make, self.modalities = recipe.make, blueprint.modalities
        self.losses = blueprint.losses()
        self.penalties = blueprint.penalties()
        self.parts = blueprint.make
        self.align_weight = recipe.align.weight if recipe.align else 0.0
        self.repairs = {name: make.repair for name, make in recipe.make.items() if make.repair}
        self._bf16 = recipe.train.precision == "bf16"

    def adversarial(self, samples: int) -> list[str]:
        """The made entries whose adversarial loss has started; others have none yet."""
        return [name for name, make in self.make.items() if samples >= make.adversarial_start]

    def idle(self, samples: int) -> bool:
        """Whether the discriminator phase has no loss to minimise."""
        return not self.adversarial(samples) and self.networks.align is None

    def discriminator(
        self, batch: Batch, noise: Mapping[str, Tensor], *, step: int, samples: int
    ) -> Losses:
        """The loss of the discriminator phase on a batch, and its metrics."""
        batch = self._data_augmented(batch, samples)
        with self._autocast(batch):
            inputs = self._inputs(batch, step, samples)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            names = self.adversarial(samples)
            if names:
                with torch.no_grad():
                    fakes = self.gan.make(noise, inputs.condition.detach(), inputs.masked)
                wrong = self._mismatched_condition(inputs)
            for name in names:
                entry_loss, entry_metrics = self._discriminator_step(
                    name, inputs, fake=fakes[name].float(), mismatched_condition=wrong
                )
                loss, metrics = loss + entry_loss, metrics | entry_metrics
            if self.networks.align is not None:
                same = batch.meaning[:, None] == batch.meaning[None, :]
                alignment = self.networks.align(inputs.encodings, same)
                loss = loss + value_at(self.align_weight, samples) * alignment
                metrics["align"] = alignment.detach()
        return loss, metrics

    def generator(
        self, batch: Batch, noise: Mapping[str, Tensor], *, step: int, samples: int
    ) -> Losses:
        """The loss of the generator phase on a batch, and its metrics."""
        batch = self._data_augmented(batch, samples)
        with self._autocast(batch):
            with torch.no_grad():
                inputs = self._inputs(batch, step, samples)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            for name in batch.real:
                entry_loss, entry_metrics = self._generator_step(name, inputs, noise[name])
                loss, metrics = loss + entry_loss, metrics | entry_metrics
        return loss, metrics

    def _discriminator_step(
        self,
        name: str,
        inputs: _PhaseInputs,
        *,
        fake: Tensor,
        mismatched_condition: Condition | None,
    ) -> Losses:
        """The loss of one made entry in the discriminator phase."""
        make, samples, loss_of = self.make[name], inputs.samples, self.losses[name]
        real, augmenting = inputs.batch.real[name], self._augmenting(name)
        changes = augmenting.sample(real, samples)
        condition = self.gan.condition_for(name, inputs.condition, inputs.masked.get(name))
        changed_condition = changes.condition(condition)
        of_real = _float(self.gan.discriminate(name, changes.sample(real), changed_condition))
        of_fake = _float(self.gan.discriminate(name, changes.sample(fake), changed_condition))
        adversarial = loss = loss_of.discriminator(of_real, of_fake)
        metrics = _metrics(name, adversarial, of_real, of_fake, real, fake)
        if mismatched_condition is not None and make.matching_aware:
            wrong = changes.condition(replace(mismatched_condition, masked=condition.masked))
            of_wrong = _float(self.gan.discriminate(name, changes.sample(real), wrong))
            matching = loss_of.discriminator(of_real, of_wrong)
            loss = loss + value_at(make.matching_aware, samples) * matching
            metrics[f"{name}/matching_aware"] = matching.detach()
        if make.auxiliary_classifier:
            classification = self._classification(of_real, inputs)
            loss = loss + value_at(make.auxiliary_classifier, samples) * classification
            metrics[f"{name}/auxiliary_classifier"] = classification.detach()
        augmenting.observe(of_real, of_fake)
        if any(augmenting.adaptive):
            metrics[f"{name}/augment_probability"] = augmenting.probability.max().clone()
        penalty = self._penalty(name, inputs, changes=changes, condition=condition, fake=fake)
        return loss + penalty, metrics

    def _generator_step(self, name: str, inputs: _PhaseInputs, noise: Tensor) -> Losses:
        """The loss of one made entry in the generator phase."""
        real, samples = inputs.batch.real[name], inputs.samples
        condition = self.gan.condition_for(name, inputs.condition, inputs.masked.get(name))
        fake: Tensor = self.gan.generators[name](noise, condition)
        changes = self._augmenting(name).sample(real, samples)
        changed_condition = changes.condition(condition)

        def discriminate(sample: Tensor) -> Critique:
            return _float(self.gan.discriminate(name, changes.sample(sample), changed_condition))

        generator_step = GeneratorStep(
            self.gan.generator(name), noise, condition, fake, real, discriminate
        )
        loss, metrics = torch.zeros((), device=real.device), {}
        if name in self.adversarial(samples):
            loss_of = self.losses[name]
            of_real = generator_step.of_real if loss_of.needs_real_in_generator_phase else None
            loss = loss_of.generator(of_real, generator_step.of_fake)
            metrics[f"{name}/g"] = loss.detach()
            if self.make[name].auxiliary_classifier:
                classification = self._classification(generator_step.of_fake, inputs)
                weight = value_at(self.make[name].auxiliary_classifier, samples)
                loss = loss + weight * classification
        auxiliary = torch.zeros_like(loss)
        for auxiliary_loss, chosen in self._auxiliary_losses(name):
            if inputs.step % chosen.every == 0:
                with placed(chosen.part.where):
                    value = auxiliary_loss(generator_step)
                auxiliary = auxiliary + value_at(chosen.weight, samples) * chosen.every * value
        if self.parts[name].auxiliary_losses:
            metrics[f"{name}/auxiliary"] = auxiliary.detach()
        return loss + auxiliary, metrics

    @torch.no_grad()
    def _data_augmented(self, batch: Batch, samples: int) -> Batch:
        real = dict(batch.real)
        for name, augmenting in self.networks.data_augmentations.items():
            assert isinstance(augmenting, Augmenting)
            real[name] = augmenting.sample(real[name], samples).sample(real[name])
        return replace(batch, real=real)

    def _inputs(self, batch: Batch, step: int, samples: int) -> _PhaseInputs:
        encodings = self.gan.encode(batch.given)
        shown = {n: torch.ones_like(batch.meaning, dtype=torch.bool) for n in encodings}
        if self.gan.fusion:
            shown = self.gan.fusion.keep(shown)
        condition = self.gan.fuse(encodings, shown, like=batch.meaning)
        masked = sampled_masks(batch.real, self.modalities, self.repairs)
        return _PhaseInputs(batch, step, samples, encodings, shown, condition, masked)

    def _mismatched_condition(self, inputs: _PhaseInputs) -> Condition | None:
        """Conditions in which one given entry is another row's; None if no made entry asks."""
        if not any(make.matching_aware for make in self.make.values()):
            return None
        meaning = inputs.batch.meaning
        rows = mismatched(inputs.encodings, inputs.shown, meaning)
        encodings = {name: one.take(rows[name]) for name, one in inputs.encodings.items()}
        return self.gan.fuse(encodings, inputs.shown, like=meaning)

    def _classification(self, critique: Critique, inputs: _PhaseInputs) -> Tensor:
        """The loss of the auxiliary classifier."""
        assert critique.reading is not None
        return reading_loss(critique.reading, inputs.condition.pooled, inputs.batch.meaning)

    def _penalty(
        self,
        name: str,
        inputs: _PhaseInputs,
        *,
        changes: SampledChanges,
        condition: Condition,
        fake: Tensor,
    ) -> Tensor:
        """The sum of the weighted penalties of one made entry."""
        real = inputs.batch.real[name]
        total = torch.zeros((), device=real.device)
        unmixed = changes.unmixed()
        fixed_condition = unmixed.condition(condition.detach().float())

        def critic(sample: Tensor) -> Critique:
            return self.gan.discriminate(name, unmixed.sample(sample), fixed_condition)

        for penalty, chosen in self.penalties[name]:
            if inputs.step % chosen.every == 0:
                # Half precision is too coarse for the gradient of a gradient.
                with torch.autocast(real.device.type, enabled=False):
                    value = penalty(critic, real.detach(), fake.detach())
                total = total + value_at(chosen.weight, inputs.samples) * chosen.every * value
        return total

    def _auxiliary_losses(self, name: str) -> list[tuple[nn.Module, WeightedPart]]:
        found = self.networks.auxiliary_losses[name]
        assert isinstance(found, nn.ModuleList)
        return list(zip(found, self.parts[name].auxiliary_losses, strict=True))

    def _augmenting(self, name: str) -> Augmenting:
        found = self.networks.augmentations[name]
        assert isinstance(found, Augmenting)
        return found

    def _autocast(self, batch: Batch) -> AbstractContextManager[object]:
        if not self._bf16:
            return nullcontext()
        return torch.autocast(batch.meaning.device.type, dtype=torch.bfloat16)


def _float(critique: Critique) -> Critique:
    reading = None if critique.reading is None else critique.reading.float()
    return Critique(critique.logits.float(), critique.features, reading)


@torch.no_grad()
def _metrics(
    name: str, loss: Tensor, real: Critique, fake: Critique, sample: Tensor, made: Tensor
) -> dict[str, Tensor]:
    metrics = {
        f"{name}/d": loss.detach(),
        f"{name}/discriminator_accuracy": (real.logits > fake.logits).float().mean(),
    }
    if len(sample) > 1:  # a single sample has no standard deviation
        metrics[f"{name}/diversity"] = made.std(0).mean() / sample.std(0).mean().clamp_min(1e-6)
    return metrics
