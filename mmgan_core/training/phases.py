"""One optimiser step of one player on one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from mmgan_core.assemble import Blueprint
from mmgan_core.contracts import Condition, Critique, Encoding
from mmgan_core.data.feed import Batch
from mmgan_core.gan import GAN
from mmgan_core.schedule import value_at
from mmgan_core.training.mismatched import other_rows

Change = Callable[[Tensor], Tensor]


class Players(nn.Module):
    """Both players and everything else whose state training must keep."""

    def __init__(self, blueprint: Blueprint) -> None:
        super().__init__()
        self.gan: GAN = blueprint.build()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(blueprint.recipe.seed + 1)
            self.align = blueprint.alignment(self.gan)
        self.augmentations = nn.ModuleDict(blueprint.augmentations())
        self.to(memory_format=torch.channels_last)

    def discriminator_side(self) -> list[nn.Parameter]:
        """What the discriminator phase trains: also encoders, fusion and alignment."""
        generators = {id(p) for p in self.gan.generators.parameters()}
        return [p for p in self.parameters() if id(p) not in generators]

    def generator_side(self) -> list[nn.Parameter]:
        """What the generator phase trains."""
        return list(self.gan.generators.parameters())


class Phases:
    """The losses of both phases. Metrics stay on the device: nothing here waits for it."""

    def __init__(self, blueprint: Blueprint, players: Players) -> None:
        recipe = blueprint.recipe
        self.players, self.gan = players, players.gan
        self.losses = blueprint.losses()
        self.penalties = blueprint.penalties()
        self.align_weight = recipe.align.weight if recipe.align else 0.0
        self.mismatched = {name: make.mismatched for name, make in recipe.make.items()}
        self._bf16 = recipe.train.precision == "bf16"

    def discriminator(
        self, batch: Batch, noise: Mapping[str, Tensor], *, step: int, samples: int
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What the discriminator side minimises on a batch, and its metrics."""
        with self._autocast(batch):
            encodings = self.gan.encode(batch.given)
            shown = self._shown(batch, encodings)
            condition = self._condition(batch, encodings, shown)
            with torch.no_grad():
                fakes = self.gan.make(noise, condition.detach())
            if any(self.mismatched.values()):
                another = other_rows(encodings, shown, batch.meaning)
                wrong = {n: encoding.take(another) for n, encoding in encodings.items()}
                amiss = self._condition(batch, wrong, shown)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            for name, real in batch.real.items():
                fake = fakes[name].float()
                change = self._augmented(name, real)
                of_real = _float(self.gan.judge(name, change(real), condition))
                of_fake = _float(self.gan.judge(name, change(fake), condition))
                adversarial = self.losses[name].discriminator(of_real, of_fake)
                loss = loss + adversarial
                metrics |= _metrics(name, adversarial, of_real, of_fake, real, fake)
                if self.mismatched[name]:
                    of_wrong = _float(self.gan.judge(name, change(real), amiss))
                    term = self.losses[name].discriminator(of_real, of_wrong)
                    loss = loss + value_at(self.mismatched[name], samples) * term
                    metrics[f"{name}/mismatched"] = term.detach()
                self._observe(name, of_real)
                penalty = self._penalty(name, change, condition, real, fake, step, samples)
                loss = loss + penalty
            if self.players.align is not None:
                same = batch.meaning[:, None] == batch.meaning[None, :]
                term = self.players.align(encodings, same)
                loss = loss + value_at(self.align_weight, samples) * term
                metrics["align"] = term.detach()
        return loss, metrics

    def generator(
        self, batch: Batch, noise: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What the generators minimise on a batch, and its metrics."""
        with self._autocast(batch):
            with torch.no_grad():
                encodings = self.gan.encode(batch.given)
                condition = self._condition(batch, encodings, self._shown(batch, encodings))
            fakes = self.gan.make(noise, condition)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics = {}
            for name, real in batch.real.items():
                change = self._augmented(name, real)
                fake = _float(self.gan.judge(name, change(fakes[name]), condition))
                compared = None
                if self.losses[name].needs_real_in_generator_phase:
                    with torch.no_grad():
                        compared = _float(self.gan.judge(name, change(real), condition))
                adversarial = self.losses[name].generator(compared, fake)
                loss = loss + adversarial
                metrics[f"{name}/g"] = adversarial.detach()
        return loss, metrics

    def _shown(self, batch: Batch, encodings: Mapping[str, Encoding]) -> dict[str, Tensor]:
        everything = {n: torch.ones_like(batch.meaning, dtype=torch.bool) for n in encodings}
        return self.gan.fusion.keep(everything) if self.gan.fusion else everything

    def _condition(
        self, batch: Batch, encodings: Mapping[str, Encoding], shown: Mapping[str, Tensor]
    ) -> Condition:
        return self.gan.fuse(encodings, shown, like=batch.meaning)

    def _penalty(
        self,
        name: str,
        change: Change,
        condition: Condition,
        real: Tensor,
        fake: Tensor,
        step: int,
        samples: int,
    ) -> Tensor:
        total = torch.zeros((), device=real.device)
        fixed = condition.detach().float()

        def critic(sample: Tensor) -> Critique:
            return self.gan.judge(name, change(sample), fixed)

        for penalty, chosen in self.penalties[name]:
            if step % chosen.every == 0:
                # Half precision is too coarse for the gradient of a gradient.
                with torch.autocast(real.device.type, enabled=False):
                    slope = penalty(critic, real.detach(), fake.detach())
                total = total + value_at(chosen.weight, samples) * chosen.every * slope
        return total

    def _augmented(self, name: str, like: Tensor) -> Change:
        if name not in self.players.augmentations:
            return nn.Identity()
        change: Change = self.players.augmentations[name].draw(like)  # type: ignore[operator]
        return change

    def _observe(self, name: str, real: Critique) -> None:
        if name in self.players.augmentations:
            self.players.augmentations[name].observe(real.logits.detach())  # type: ignore[operator]

    def _autocast(self, batch: Batch) -> AbstractContextManager[object]:
        if not self._bf16:
            return nullcontext()
        return torch.autocast(batch.meaning.device.type, dtype=torch.bfloat16)


def _float(critique: Critique) -> Critique:
    return Critique(critique.logits.float(), critique.features)


@torch.no_grad()
def _metrics(
    name: str, loss: Tensor, real: Critique, fake: Critique, sample: Tensor, made: Tensor
) -> dict[str, Tensor]:
    metrics = {
        f"{name}/d": loss.detach(),
        f"{name}/told_apart": (real.logits > fake.logits).float().mean(),
    }
    if len(sample) > 1:  # one sample has no spread
        metrics[f"{name}/variety"] = made.std(0).mean() / sample.std(0).mean().clamp_min(1e-6)
    return metrics
