"""Compiles both phases of a training step, each as one graph, with exact penalties inside it.

A compiled phase computes what the plain one computes, up to rounding, from the same random numbers.
A graph holds for one stage of training and for what is due in the step. What changes in every step,
schedules, it computes from the number of samples, which lies on the device. What cannot be compiled
is said once, and trained without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.data.feed import Batch
from mmgan_core.foundation.progress import console
from mmgan_core.training.game import Losses
from mmgan_core.training.phases import Backward, Phases

_Phase = Callable[..., Losses]
# A recipe whose parts are due at very many rhythms would compile without end.
_MOST_GRAPHS = 64
BACKEND = "inductor"


class CompiledPhases:
    """Both phases, each compiled when it first comes; they are called as those of ``Phases``."""

    def __init__(self, blueprint: Blueprint, phases: Phases, device: torch.device) -> None:
        self._phases, self._device = phases, device
        self._now = torch.zeros((), device=device)
        self._rhythms = _rhythms(blueprint)
        makes = blueprint.recipe.make.values()
        self._starts = sorted({make.adversarial_start for make in makes})
        # The first step and the first time of each pattern of a phase stand for all of them.
        self._steps: dict[tuple[str, tuple[bool, ...]], int] = {}
        self._stages: dict[tuple[bool, ...], int] = {}
        # CUDA graphs write gradients where the next part of a batch would add to them.
        self._graphs = device.type == "cuda" and blueprint.recipe.train.accumulate == 1
        self._compiled: dict[str, _Phase | None] = {}
        why = _hindrance(blueprint)
        if why:
            self._give_up("discriminator", "generator", why=why)

    def discriminator(
        self,
        batch: Batch,
        noise: Mapping[str, Tensor],
        *,
        step: int,
        samples: int,
        backward: Backward,
    ) -> Losses:
        """The loss of the discriminator phase on a batch, and its metrics.

        A compiled phase is a single part: the compiler plans what is in memory when.
        """
        return self._losses("discriminator", batch, noise, step, samples, backward)

    def generator(
        self,
        batch: Batch,
        noise: Mapping[str, Tensor],
        *,
        step: int,
        samples: int,
        backward: Backward,
    ) -> Losses:
        """The loss of the generator phase on a batch, and its metrics."""
        return self._losses("generator", batch, noise, step, samples, backward)

    def _losses(
        self,
        phase: str,
        batch: Batch,
        noise: Mapping[str, Tensor],
        step: int,
        samples: int,
        backward: Backward,
    ) -> Losses:
        plain: _Phase = getattr(self._phases, phase)
        if phase not in self._compiled:
            self._compiled[phase] = self._compile(plain)
        compiled = self._compiled[phase]
        if compiled is not None:
            due = tuple(step % every == 0 for every in self._rhythms[phase])
            stage = tuple(samples >= start for start in self._starts)
            self._now.fill_(samples)
            known = {
                "step": self._steps.setdefault((phase, due), step),
                "samples": self._stages.setdefault(stage, samples),
            }
            random = _random_states(self._device)
            try:
                loss, metrics = self._run(compiled, batch, noise, known)
            except Exception as error:
                self._give_up(phase, why=_reason(error))
                _set_random_states(random)
            else:
                backward(loss, last=True)
                return loss.detach(), metrics
        return plain(batch, noise, step=step, samples=samples, backward=backward)

    def _run(
        self, compiled: _Phase, batch: Batch, noise: Mapping[str, Tensor], known: Mapping[str, int]
    ) -> Losses:
        with torch._dynamo.config.patch(_settings()):
            if not self._graphs:
                return compiled(batch, noise, now=self._now, **known)
            torch.compiler.cudagraph_mark_step_begin()
            loss, metrics = compiled(batch, noise, now=self._now, **known)
            # A CUDA graph writes its next results where these are.
            return loss, {name: value.clone() for name, value in metrics.items()}

    def _compile(self, plain: _Phase) -> _Phase:
        options: dict[str, str | int | bool | Callable[..., object]] = {}
        if BACKEND == "inductor":
            # The random numbers are those of a phase that is not compiled.
            options = {"fallback_random": True, "triton.cudagraphs": self._graphs}
        compiled: _Phase = torch.compile(
            plain, fullgraph=True, dynamic=False, backend=BACKEND, options=options
        )
        return compiled

    def _give_up(self, *phases: str, why: str) -> None:
        self._compiled |= dict.fromkeys(phases, None)
        which = " and ".join(f"the {phase} phase" for phase in phases)
        console().print(f"train.compile: {which} cannot be compiled: {why}", markup=False)


def _rhythms(blueprint: Blueprint) -> dict[str, list[int]]:
    """For each phase, every how many of them something is due in it."""
    makes = blueprint.make.items()
    players = [one for name, make in makes for one in make.discriminators(name)]
    players += [joint.discriminator for joint in blueprint.joint.values()]
    penalties = [one.every for player in players for one in player.penalties]
    losses = [one.every for _, make in makes for one in make.auxiliary_losses]
    return {"discriminator": sorted(set(penalties)), "generator": sorted(set(losses))}


def _hindrance(blueprint: Blueprint) -> str:
    """What makes a graph useless, because it would hold for one step alone."""
    followers = [one for one in blueprint.clock.followers() if not one.startswith("train.")]
    if followers:
        return f"{followers[0]} changes during training"
    cut = [name for name, make in blueprint.recipe.make.items() if make.window is not None]
    return f"make.{cut[0]}.window is cut from samples of any size" if cut else ""


def _settings() -> dict[str, object]:
    """Those settings of the compiler that it has in this version."""
    wanted = {
        "recompile_limit": _MOST_GRAPHS,
        "accumulated_recompile_limit": 4 * _MOST_GRAPHS,
        "trace_autograd_ops": True,
    }
    return {name: value for name, value in wanted.items() if hasattr(torch._dynamo.config, name)}


def _random_states(device: torch.device) -> Sequence[Tensor]:
    of_device = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *of_device]


def _set_random_states(states: Sequence[Tensor]) -> None:
    torch.set_rng_state(states[0])
    for state in states[1:]:
        torch.cuda.set_rng_state(state)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
