"""Batches: what is a mean over the rows does not depend on how many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from mmgan_core.contracts import Critique, Loss, Penalty
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import AlignmentCase, AuxiliaryLossCase, Inputs, PlainCase
from mmgan_core.testing.check import Broken, check
from mmgan_core.testing.samples import SmallCritic, logits

# By chance alone, means over so many seeds hardly differ by such a part; a sum would double.
SEEDS, TOLERANCE = 8, 0.3
MANY_MORE, ROWS = 1.7, 6
TWICE = "the same batch twice over gives the same number"
ADVICE = (
    "return a mean over the rows, not a sum: otherwise a weight means something else for every "
    "batch size and every number of processes"
)


@check(TWICE, "loss", advice=ADVICE)
def losses(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    for shape in ((6,), (6, 3, 2)):
        real, fake = logits(shape, 1.0)
        for phase in ("discriminator", "generator"):
            _compare(partial(_loss, loss, phase, real, fake), f"the {phase}'s loss")


def _loss(loss: Loss, phase: str, real: Tensor, fake: Tensor, times: int) -> Tensor:
    one, other = (Critique(torch.cat([some] * times)) for some in (real, fake))
    if phase == "discriminator":
        return loss.discriminator(one, other)
    return loss.generator(one if loss.needs_real_in_generator_phase else None, other)


@check(TWICE, "penalty", advice=ADVICE)
def penalties(case: PlainCase[Penalty]) -> None:
    penalty, critic = case.build(), SmallCritic.made()
    random = torch.Generator().manual_seed(0)
    real, fake = (5 * torch.randn(6, *critic.shape, generator=random) for _ in range(2))
    _compare(lambda times: penalty(critic, *(torch.cat([x] * times) for x in (real, fake))), "it")


@check(TWICE, "auxiliary_loss", advice=ADVICE)
def auxiliary_losses(case: AuxiliaryLossCase) -> None:
    inputs: Inputs = case.inputs(case.build(), 6)

    def number(times: int) -> Tensor:
        batch = {name: torch.cat([tensor] * times) for name, tensor in inputs.items()}
        return case.output(case.build().train(), batch)

    _compare(number, "it")


@check(TWICE, "alignment", advice=ADVICE)
def alignments(case: AlignmentCase) -> None:
    """More negatives make a mean larger too, but by far less than a sum of twice as many rows."""
    module = case.build().eval()
    rows = case.inputs(module, 16)
    meaning = torch.arange(16) // 2
    found = []
    for times in (1, 2):
        inputs = {name: torch.cat([rows[name]] * times) for name in case.dims}
        of = torch.cat([meaning] * times)
        inputs["same"] = of[:, None] == of[None]
        seed_step(0)
        found.append(float(case.output(module, inputs).detach()))
    if not abs(found[0]) / MANY_MORE < abs(found[1]) < abs(found[0]) * MANY_MORE:
        raise Broken(f"it goes from {found[0]:.4g} to {found[1]:.4g}")


@check(
    "every row counts",
    "penalty",
    "auxiliary_loss",
    advice="reduce over all rows, and take no row or slice of the batch alone",
)
def every_row_counts(case: PlainCase[Penalty] | AuxiliaryLossCase) -> None:
    call, rows, others = _by_rows(case)
    whole = call(rows)
    for name, tensor in rows.items():
        idle = []
        for number in range(ROWS):
            changed = tensor.clone()
            changed[number] = others[name][number]
            idle += [number] if torch.equal(call({**rows, name: changed}), whole) else []
        # It may do without one of the inputs, but not without some rows of it.
        if 0 < len(idle) < ROWS:
            raise Broken(f"of {name}, these rows make no difference: {idle}")


def _by_rows(
    case: PlainCase[Penalty] | AuxiliaryLossCase,
) -> tuple[Callable[[Inputs], Tensor], Inputs, Inputs]:
    if isinstance(case, AuxiliaryLossCase):
        module = case.build()
        kept = case.inputs(module, ROWS)
        rows, others = (
            {name: case.inputs(module, ROWS, seed)[name] for name in ("noise", "real")}
            for seed in (0, 1)
        )

        def of_loss(batch: Inputs) -> Tensor:
            seed_step(0)
            return case.output(case.build().train(), {**kept, **batch}).detach()

        return of_loss, rows, others
    penalty, critic = case.build(), SmallCritic.made()
    random = torch.Generator().manual_seed(0)
    drawn = [torch.randn(ROWS, *critic.shape, generator=random) for _ in range(4)]

    def of_penalty(batch: Inputs) -> Tensor:
        seed_step(0)
        return penalty(critic, batch["real"], batch["fake"]).detach()

    return (
        of_penalty,
        dict(zip(("real", "fake"), drawn, strict=False)),
        {
            "real": drawn[2],
            "fake": drawn[3],
        },
    )


def _compare(number: Callable[[int], Tensor], what: str) -> None:
    """Random numbers of a batch that is twice as large are others, hence means over some seeds."""
    for seeds in (1, SEEDS):
        once, twice = (_mean(number, times, seeds) for times in (1, 2))
        if abs(twice - once) <= TOLERANCE * max(abs(once), abs(twice)) + 1e-6:
            return
    raise Broken(f"{what} goes from {once:.4g} to {twice:.4g}")


def _mean(number: Callable[[int], Tensor], times: int, seeds: int) -> float:
    total = 0.0
    for seed in range(seeds):
        seed_step(seed)
        total += float(number(times).detach())
    return total / seeds
