"""Penalties on the gradient of a critic."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Critique, Penalty
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, check
from mmgan_core.testing.samples import SmallCritic


class _Once(torch.autograd.Function):
    """The identity, which can be differentiated only once."""

    @staticmethod
    def forward(ctx: object, sample: Tensor) -> Tensor:
        return sample.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient.clone()


@check(
    "it is a finite scalar that trains the critic",
    "penalty",
    advice="differentiate with create_graph=True, or by finite differences; return one number",
)
def trains_the_critic(case: PlainCase[Penalty]) -> None:
    penalty, critic, real, fake = _parts(case)
    value = penalty(critic, real, fake)
    if not isinstance(value, Tensor) or value.dim() or not value.isfinite():
        raise Broken(f"it returns {value}")
    value.backward()
    first = next(critic.parameters())
    if first.grad is None or not first.grad.any():
        raise Broken("its gradient does not reach the critic's weights")
    if real.grad is not None or fake.grad is not None:
        raise Broken("it leaves gradients in the samples that it was given")


@check(
    "it needs a second derivative only if it declares it",
    "penalty",
    advice="set differentiates_twice, by which recipes are checked",
)
def declares_second_derivatives(case: PlainCase[Penalty]) -> None:
    penalty, critic, real, fake = _parts(case)

    def once(sample: Tensor) -> Critique:
        return Critique(critic(_Once.apply(sample)).logits)

    try:
        penalty(once, real, fake).backward()
    except RuntimeError as error:
        if not penalty.differentiates_twice:
            raise Broken(f"it differentiates twice, and does not declare it: {error}") from None


@check(
    "a steeper critic is penalised more",
    "penalty",
    advice="let the penalty grow with the gradient, at least if it is larger than wanted",
)
def grows_with_the_gradient(case: PlainCase[Penalty]) -> None:
    penalty, critic, real, fake = _parts(case)
    found = []
    for steepness in (20.0, 40.0):

        def steep(sample: Tensor, by: float = steepness) -> Critique:
            return Critique(by * critic(sample).logits)

        seed_step(0)
        found.append(float(penalty(steep, real, fake).detach()))
    if found[1] <= found[0]:
        raise Broken(f"a gradient twice as large is penalised {found[1]:.4g}, after {found[0]:.4g}")


@check(
    "a flat critic, patches and one row give finite values and gradients",
    "penalty",
    advice="add an epsilon inside a root or a norm, whose derivative is infinite at zero; reduce "
    "all logits of a row, (B, ...), to one number",
)
def degenerate_critics(case: PlainCase[Penalty]) -> None:
    penalty, critic, real, fake = _parts(case)
    flat = SmallCritic.made()
    with torch.no_grad():
        flat.last.weight.zero_()  # as a last layer that begins at zero
    _refuse_infinite(penalty, flat, real, fake, "a critic with no slope")
    _refuse_infinite(penalty, SmallCritic.made(patches=5), real, fake, "a critic of patches")
    _refuse_infinite(penalty, critic, real[:1], fake[:1], "one row")
    _refuse_infinite(penalty, critic, real, real.clone(), "fake samples like the real ones")


def _refuse_infinite(
    penalty: Penalty, critic: SmallCritic, real: Tensor, fake: Tensor, what: str
) -> None:
    value = penalty(critic, real, fake)
    if value.dim() or not value.isfinite():
        raise Broken(f"{what} gives {value}")
    if not value.requires_grad:
        return
    value.backward()
    if not all(w.grad is None or w.grad.isfinite().all() for w in critic.parameters()):
        raise Broken(f"{what} gives gradients that are not finite")


def _parts(case: PlainCase[Penalty]) -> tuple[Penalty, SmallCritic, Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(6, *SmallCritic.shape, generator=random) for _ in range(2))
    return case.build(), SmallCritic.made(), real, fake
