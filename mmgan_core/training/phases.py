"""One optimiser step of one player on one batch."""

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
from mmgan_core.recipe.schedule import value_at
from mmgan_core.training.augmenting import Augmenting, SampledChanges
from mmgan_core.training.auxiliary_classifier import reading_loss
from mmgan_core.training.masks import sampled_masks
from mmgan_core.training.matching_aware import mismatched

Losses = tuple[Tensor, dict[str, Tensor]]


class Networks(nn.Module):
    """Both networks and everything else whose state training must keep."""

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
        self.to(memory_format=torch.channels_last)

    def discriminator_side(self) -> list[nn.Parameter]:
        """What the discriminator phase trains: also encoders, fusion and alignment."""
        generators = {id(p) for p in self.gan.generators.parameters()}
        return [p for p in self.parameters() if id(p) not in generators]

    def generator_side(self) -> list[nn.Parameter]:
        """What the generator phase trains."""
        return list(self.gan.generators.parameters())


@dataclass(frozen=True)
class _Shown:
    """What one phase shows both networks of a batch.

    Attributes:
        encodings: by given entry.
        rows: by given entry, which rows show it, (B,).
        condition: of each row.
        masked: by repaired entry.
    """

    encodings: Mapping[str, Encoding]
    rows: Mapping[str, Tensor]
    condition: Condition
    masked: Mapping[str, Masked]


class Phases:
    """The losses of both phases. Metrics stay on the device: nothing here waits for it."""

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

    def playing(self, samples: int) -> list[str]:
        """The made entries whose discriminators play; only auxiliary losses teach the others."""
        return [name for name, make in self.make.items() if samples >= make.adversarial_start]

    def idle(self, samples: int) -> bool:
        """Whether the discriminator phase has nothing to learn from."""
        return not self.playing(samples) and self.networks.align is None

    def discriminator(
        self, batch: Batch, noise: Mapping[str, Tensor], *, step: int, samples: int
    ) -> Losses:
        """What the discriminator side minimises on a batch, and its metrics."""
        batch = self._varied(batch, samples)
        with self._autocast(batch):
            shown = self._shown(batch)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            playing = self.playing(samples)
            if playing:
                with torch.no_grad():
                    fakes = self.gan.make(noise, shown.condition.detach(), shown.masked)
                wrong = self._wrong(batch, shown)
            for name in playing:
                term, found = self._discriminator_step(
                    name, batch, shown, wrong, fakes[name].float(), step, samples
                )
                loss, metrics = loss + term, metrics | found
            if self.networks.align is not None:
                same = batch.meaning[:, None] == batch.meaning[None, :]
                term = self.networks.align(shown.encodings, same)
                loss = loss + value_at(self.align_weight, samples) * term
                metrics["align"] = term.detach()
        return loss, metrics

    def generator(
        self, batch: Batch, noise: Mapping[str, Tensor], *, step: int, samples: int
    ) -> Losses:
        """What the generators minimise on a batch, and its metrics."""
        batch = self._varied(batch, samples)
        with self._autocast(batch):
            with torch.no_grad():
                shown = self._shown(batch)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            for name, real in batch.real.items():
                term, found = self._generator_step(
                    name, real, batch.meaning, noise[name], shown, step, samples
                )
                loss, metrics = loss + term, metrics | found
        return loss, metrics

    def _discriminator_step(
        self,
        name: str,
        batch: Batch,
        shown: _Shown,
        wrong: Condition | None,
        fake: Tensor,
        step: int,
        samples: int,
    ) -> Losses:
        """One made entry in the discriminator phase."""
        real, augmenting = batch.real[name], self._augmenting(name)
        drawn = augmenting.sample(real, samples)
        condition = self.gan.condition_for(name, shown.condition, shown.masked.get(name))
        seen = drawn.condition(condition)
        of_real = _float(self.gan.discriminate(name, drawn.sample(real), seen))
        of_fake = _float(self.gan.discriminate(name, drawn.sample(fake), seen))
        adversarial = loss = self.losses[name].discriminator(of_real, of_fake)
        metrics = _metrics(name, adversarial, of_real, of_fake, real, fake)
        if wrong is not None and self.make[name].matching_aware:
            amiss = drawn.condition(replace(wrong, masked=condition.masked))
            of_wrong = _float(self.gan.discriminate(name, drawn.sample(real), amiss))
            term = self.losses[name].discriminator(of_real, of_wrong)
            loss = loss + value_at(self.make[name].matching_aware, samples) * term
            metrics[f"{name}/mismatched"] = term.detach()
        if self.make[name].auxiliary_classifier:
            term = self._read(of_real, shown.condition, batch.meaning)
            loss = loss + value_at(self.make[name].auxiliary_classifier, samples) * term
            metrics[f"{name}/read"] = term.detach()
        augmenting.observe(of_real, of_fake)
        if any(augmenting.adaptive):
            metrics[f"{name}/augmented"] = augmenting.probability.max().clone()
        return loss + self._penalty(name, drawn, condition, real, fake, step, samples), metrics

    def _generator_step(
        self,
        name: str,
        real: Tensor,
        meaning: Tensor,
        noise: Tensor,
        shown: _Shown,
        step: int,
        samples: int,
    ) -> Losses:
        """One made entry in the generator phase."""
        condition = self.gan.condition_for(name, shown.condition, shown.masked.get(name))
        raw: Tensor = self.gan.generators[name](noise, condition)
        drawn = self._augmenting(name).sample(real, samples)
        seen = drawn.condition(condition)

        def discriminate(sample: Tensor) -> Critique:
            return _float(self.gan.discriminate(name, drawn.sample(sample), seen))

        generator_step = GeneratorStep(
            self.gan.generator(name), noise, condition, raw, real, discriminate
        )
        loss, metrics = torch.zeros((), device=real.device), {}
        if name in self.playing(samples):
            game = self.losses[name]
            of_real = generator_step.of_real if game.needs_real_in_generator_phase else None
            loss = game.generator(of_real, generator_step.of_fake)
            metrics[f"{name}/g"] = loss.detach()
            if self.make[name].auxiliary_classifier:
                term = self._read(generator_step.of_fake, shown.condition, meaning)
                loss = loss + value_at(self.make[name].auxiliary_classifier, samples) * term
        taught = torch.zeros_like(loss)
        for one, chosen in self._auxiliary_losses(name):
            if step % chosen.every == 0:
                with placed(chosen.part.where):
                    found = one(generator_step)
                taught = taught + value_at(chosen.weight, samples) * chosen.every * found
        if self.parts[name].auxiliary_losses:
            metrics[f"{name}/auxiliary"] = taught.detach()
        return loss + taught, metrics

    @torch.no_grad()
    def _varied(self, batch: Batch, samples: int) -> Batch:
        real = dict(batch.real)
        for name, varying in self.networks.data_augmentations.items():
            assert isinstance(varying, Augmenting)
            real[name] = varying.sample(real[name], samples).sample(real[name])
        return replace(batch, real=real)

    def _shown(self, batch: Batch) -> _Shown:
        encodings = self.gan.encode(batch.given)
        rows = {n: torch.ones_like(batch.meaning, dtype=torch.bool) for n in encodings}
        if self.gan.fusion:
            rows = self.gan.fusion.keep(rows)
        condition = self.gan.fuse(encodings, rows, like=batch.meaning)
        masked = sampled_masks(batch.real, self.modalities, self.repairs)
        return _Shown(encodings, rows, condition, masked)

    def _wrong(self, batch: Batch, shown: _Shown) -> Condition | None:
        """For each row a condition in which one thing is another row's, if any entry asks."""
        if not any(make.matching_aware for make in self.make.values()):
            return None
        others = mismatched(shown.encodings, shown.rows, batch.meaning)
        wrong = {name: encoding.take(others[name]) for name, encoding in shown.encodings.items()}
        return self.gan.fuse(wrong, shown.rows, like=batch.meaning)

    def _read(self, critique: Critique, condition: Condition, meaning: Tensor) -> Tensor:
        assert critique.reading is not None
        return reading_loss(critique.reading, condition.pooled, meaning)

    def _penalty(
        self,
        name: str,
        drawn: SampledChanges,
        condition: Condition,
        real: Tensor,
        fake: Tensor,
        step: int,
        samples: int,
    ) -> Tensor:
        total = torch.zeros((), device=real.device)
        change = drawn.unmixed()
        fixed = change.condition(condition.detach().float())

        def critic(sample: Tensor) -> Critique:
            return self.gan.discriminate(name, change.sample(sample), fixed)

        for penalty, chosen in self.penalties[name]:
            if step % chosen.every == 0:
                # Half precision is too coarse for the gradient of a gradient.
                with torch.autocast(real.device.type, enabled=False):
                    slope = penalty(critic, real.detach(), fake.detach())
                total = total + value_at(chosen.weight, samples) * chosen.every * slope
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
    if len(sample) > 1:  # one sample has no spread
        metrics[f"{name}/diversity"] = made.std(0).mean() / sample.std(0).mean().clamp_min(1e-6)
    return metrics
