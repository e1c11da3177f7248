"""One training step: discriminator phase, generator phase, average. The loop is in ``run``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.blocks.shared_norm import share_statistics
from mmgan_core.data.feed import Batch, Feed
from mmgan_core.data.prefetch import Prefetch
from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.foundation.files import writing
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.recipe.old_spellings import present_weights
from mmgan_core.recipe.schedule import value_at
from mmgan_core.runs.checkpoint import (
    TrainingState,
    checkpoints,
    flat_optimizer,
    load_checkpoint,
    restore_optimizer,
)
from mmgan_core.training.compiling import CompiledPhases
from mmgan_core.training.ema import Ema
from mmgan_core.training.learning import teach_only
from mmgan_core.training.optimizing import Optimizing
from mmgan_core.training.phases import Networks, Phases
from mmgan_core.training.processes import Processes
from mmgan_core.training.snapshot import Snapshot

Metrics = dict[str, float]
PHASES = ("discriminator", "generator")


class Diverged(MmganError):
    """A loss or a weight became infinite or not a number."""


class Trainer:
    """Holds everything that training changes, and does one step of it.

    Attributes:
        samples: how many real samples the discriminator has seen; schedules count in samples.
        step: how many steps have been done.
    """

    def __init__(
        self, blueprint: Blueprint, networks: Networks, feed: Feed, processes: Processes
    ) -> None:
        self.blueprint, self.recipe = blueprint, blueprint.recipe
        self.feed, self.processes = feed, processes
        self._batches = Prefetch(feed, processes.device)
        self.networks = networks.to(processes.device).train()
        if processes.count > 1:
            share_statistics(self.networks)
        self.gan = self.networks.gan
        self.phases = Phases(blueprint, self.networks)
        self._losses: Phases | CompiledPhases = self.phases
        if self.recipe.train.compile:
            self._losses = CompiledPhases(blueprint, self.phases, processes.device)
        self.clock = blueprint.clock
        self.ema = Ema(self.gan)
        self.sides = {
            "discriminator": self.networks.discriminator_side(),
            "generator": self.networks.generator_side(),
        }
        self.samples = 0
        self.step = 0
        self.optimizing = Optimizing(blueprint, self.networks)
        # Without any discriminator, nothing is left to learn in its phase, which is never done.
        self.optimizers = {
            side: self._optimizer(side)
            for side, weights in self.sides.items()
            if weights or not self.phases.never(side)
        }
        self.optimizing.refuse_idle_rates()
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._first_bad = torch.full((), -1, device=processes.device)
        changing = self.networks.augmentations.parameters()
        self._augmentations_learn = any(weight.requires_grad for weight in changing)
        self._parts = self.recipe.train.accumulate
        self._share = _share(self.recipe.train.batch_size, processes.count, self._parts)

    @property
    def device(self) -> torch.device:
        """The device on which this process trains."""
        return self.processes.device

    def train_step(self) -> None:
        """Do the discriminator phases and a generator phase, each on a new batch, then average."""
        batch_size, turns = self.recipe.train.batch_size, self.recipe.train.n_critic
        for turn in range(turns):
            seen = self.samples + turn * batch_size
            if not self.phases.idle(seen):
                self._do_phase(0, self.step * turns + turn, seen, turn)
        self._do_phase(1, self.step, self.samples + (turns - 1) * batch_size)
        self.samples += turns * batch_size
        self.step += 1
        self.clock.set(self.samples)
        average = self.recipe.train.ema
        half_life = value_at(average.half_life, self.samples)
        half_life = self.ema.warmed_up(half_life, average.warm_up, self.samples)
        self.ema.update(self.gan, batch=turns * batch_size, half_life=half_life)

    def _do_phase(self, phase: int, number: int, samples: int, turn: int = 0) -> None:
        """Do one phase.

        Args:
            phase: its place in ``PHASES``.
            number: how many phases of this kind came before.
            samples: how many samples training has seen; schedules depend on it.
            turn: how many phases of this kind came before in the same step.
        """
        side = PHASES[phase]
        self.clock.set(samples)
        self.optimizing.set(side, self.optimizers[side], samples)
        teach_only(self.sides, side)
        seed_step(self.recipe.seed, number, side, self.processes.rank)
        start = samples if phase == 0 else self.samples // self.recipe.train.n_critic
        losses_of = self._losses.discriminator if phase == 0 else self._losses.generator
        noise: Mapping[str, Tensor] = {}
        taught = False

        def backward(loss: Tensor, *, last: bool) -> None:
            nonlocal taught
            if last and part + 1 == self._parts:
                self.processes.begin_averaging(self.sides[side])
            taught = self._backward(side, loss, anew=not taught) or taught

        for part in range(self._parts):
            batch = self.batch(phase, start, part)
            # All of it at once, so that it does not depend on the number of parts.
            noise = noise or self._noise()
            loss, metrics = losses_of(
                batch, self._rows(noise, part), step=number, samples=samples, backward=backward
            )
            self._add(metrics, loss, phase, turn)
        if taught:
            self._step(side)

    def batch(self, phase: int, start: int, part: int = 0) -> Batch:
        """One part of this process's share of the batch of a phase that begins with a sample."""
        rows = self._share // self._parts
        first = start + self.processes.rank * self._share
        last = part + 1 == self._parts
        then = first + self.recipe.train.batch_size if last else first + (part + 1) * rows
        return self._batches.batch(phase, first + part * rows, rows, then=then)

    def metrics(self) -> Metrics:
        """The averages of all metrics since the last call; waits for the device."""
        averages = {name: total / self._counts[name] for name, total in self._sums.items()}
        self._sums, self._counts = {}, {}
        return {name: float(value) for name, value in averages.items()}

    def refuse_divergence(self, run: Path) -> None:
        """Stop training if a loss or a weight is not finite.

        Raises:
            Diverged: names the step, the file with its batch, and the last good checkpoint.
        """
        bad = int(self._first_bad)
        if bad < 0 and self._sound():
            return
        # An update can break weights though its loss was finite: then it was the last update.
        turns = self.recipe.train.n_critic
        number, phase = divmod(bad, len(PHASES)) if bad >= 0 else ((self.step - 1) * turns, 0)
        step = number // turns
        what = f"the {PHASES[phase]}'s loss" if bad >= 0 else "a weight"
        start = (number if phase == 0 else step) * self.recipe.train.batch_size
        dumped = self._dump_batch(run, step, phase, start)
        good = checkpoints(run)
        last = f"the last good checkpoint is {good[-1]}" if good else "no checkpoint was saved yet"
        raise Diverged(
            f"{what} was not finite in step {step} (at {self.samples} samples); "
            f"its batch is in {dumped}; {last}",
            hint="train again (--run ANOTHER) with a lower train.learning_rate, a larger weight of "
            "a penalty, or train.clip_gradient; with precision bf16, try fp32",
        )

    def save(self, run: Path) -> Path | None:
        """Write a checkpoint and remove old ones, in the main process only; return its folder."""
        snapshot = self.snapshot()
        return snapshot.write(run) if snapshot else None

    def snapshot(self) -> Snapshot | None:
        """What a checkpoint of this moment holds, in the main process only; not yet copied."""
        self.processes.wait()
        if not self.processes.main:
            return None
        tensors = {
            "weights": self.networks.state_dict(),
            "ema": self.ema.shadow,
            **{f"{side}_optimizer": flat_optimizer(o) for side, o in self.optimizers.items()},
        }
        state: TrainingState = {
            "samples": self.samples,
            "step": self.step,
            "seed": self.recipe.seed,
        }
        return Snapshot(tensors, state, self.recipe.train.keep)

    def restore(self, checkpoint: Path) -> None:
        """Restore the state of a checkpoint.

        Raises:
            IntegrityError: if it is damaged, or was written with other versions of the components.
        """
        tensors, state = load_checkpoint(checkpoint)
        try:
            self.networks.load_state_dict(present_weights(tensors["weights"]))
            self.ema.load(tensors["ema"])
            for side, optimizer in self.optimizers.items():
                restore_optimizer(optimizer, tensors[f"{side}_optimizer"])
            self.samples, self.step = state["samples"], state["step"]
            self.clock.set(self.samples)
        except (RuntimeError, KeyError, ValueError) as error:
            raise IntegrityError(
                f"{checkpoint} does not fit its recipe: {error}",
                hint="a plugin's component has changed: install the versions in lock.json",
            ) from error

    def _optimizer(self, side: str) -> torch.optim.Optimizer:
        if not self.sides[side]:
            raise MmganError(
                f"nothing learns in the {side}'s phase: its parts freeze every weight",
                hint="choose a part that learns, or options that leave some of it to learn",
            )
        return self.optimizing.build(side, self.sides[side])

    def _noise(self) -> dict[str, Tensor]:
        return {
            name: torch.randn(self._share, dim, device=self.device)
            for name, dim in self.gan.noise_dims.items()
        }

    def _rows(self, noise: Mapping[str, Tensor], part: int) -> Mapping[str, Tensor]:
        """The noise of one part of this process's share."""
        if self._parts == 1:
            return noise
        rows = self._share // self._parts
        return {name: tensor[part * rows :][:rows] for name, tensor in noise.items()}

    def _backward(self, side: str, loss: Tensor, *, anew: bool) -> bool:
        """Add the gradient of a part of a loss to that of the others; whether there is one."""
        if not loss.requires_grad:  # lazy auxiliary losses that teach alone leave steps out
            return False
        if anew:
            self.optimizers[side].zero_grad(set_to_none=True)
        loss = loss if self._parts == 1 else loss / self._parts
        # What augmentations that learn have sampled, several parts of a loss go through.
        loss.backward(retain_graph=self._augmentations_learn)
        return True

    def _step(self, side: str) -> None:
        self.processes.average_gradients(self.sides[side])
        if self.recipe.train.clip_gradient is not None:
            most = value_at(self.recipe.train.clip_gradient, self.samples)
            torch.nn.utils.clip_grad_norm_(self.sides[side], most)
        self.optimizers[side].step()

    @torch.no_grad()
    def _add(self, metrics: Mapping[str, Tensor], loss: Tensor, phase: int, turn: int = 0) -> None:
        for name, value in metrics.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1
        bad = ~torch.isfinite(loss) & (self._first_bad < 0)
        number = self.step * self.recipe.train.n_critic + turn
        self._first_bad = torch.where(bad, number * len(PHASES) + phase, self._first_bad)

    @torch.no_grad()
    def _sound(self) -> bool:
        """Whether every weight is finite; waits for the device."""
        return bool(torch.stack([p.isfinite().all() for p in self.networks.parameters()]).all())

    def _dump_batch(self, run: Path, step: int, phase: int, start: int) -> Path:
        from safetensors.torch import save_file

        first = start + self.processes.rank * self._share
        batch = self.feed.batch(phase, first, self._share, torch.device("cpu"))
        tensors = {f"real.{name}": real.contiguous() for name, real in batch.real.items()}
        for name, given in batch.given.items():
            tensors |= {f"given.{name}.{key}": t.contiguous() for key, t in given.items()}
        file = run / "failed" / f"step-{step}.safetensors"
        with writing(file, "the failed batch"):
            file.parent.mkdir(exist_ok=True)
            save_file(tensors, file)
        return file


def _share(batch_size: int, processes: int, parts: int) -> int:
    """How many samples of a batch one process computes.

    Raises:
        MmganError: if they cannot be shared equally, or not computed in equal parts.
    """
    share, left = divmod(batch_size, processes)
    if left:
        raise MmganError(
            f"train.batch_size {batch_size} cannot be shared by {processes} processes",
            hint=f"make it a multiple of {processes}",
        )
    if share % parts:
        raise MmganError(
            f"train.batch_size {batch_size} cannot be computed in {parts} equal parts"
            + (f" by each of {processes} processes" if processes > 1 else ""),
            hint=f"make it a multiple of {processes * parts}, or change train.accumulate",
        )
    return share


class Stopwatch:
    """Measures how many samples per second this process trains."""

    def __init__(self, samples: int) -> None:
        self._start, self._samples_at_start = time.perf_counter(), samples

    def rate(self, samples: int) -> float:
        """Samples per second since this process started to train."""
        return (samples - self._samples_at_start) / max(1e-9, time.perf_counter() - self._start)


def describe(metrics: Metrics) -> dict[str, object]:
    """Round metrics to six digits, for a line of JSON."""
    return {name: float(f"{value:.6g}") for name, value in metrics.items()}
