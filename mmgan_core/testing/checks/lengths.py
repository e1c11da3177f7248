"""Tokens of unequal numbers: what fills up a shorter row of them makes no difference to it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmgan_core.testing.cases import ConditionedCase, Inputs
from mmgan_core.testing.check import CONDITIONED, Broken, NotApplicable, check

# Of the rows of a batch; several have one token alone.
LENGTHS = (1, 2, 3, 1)


@check(
    "tokens that are padding make no difference",
    *CONDITIONED,
    advice="leave out of every attention, mean and maximum what padding_mask says is no token "
    "(True: it is one), and divide means by the number of tokens that are there",
)
def tokens_of_unequal_numbers(case: ConditionedCase[nn.Module]) -> None:
    module = case.shaken().eval()
    if not case.condition.token_dim or "tokens" not in getattr(module, "reads", ()):
        raise NotApplicable("it reads no tokens")
    inputs = case.inputs(module, len(LENGTHS))
    tokens = inputs["tokens"]
    there = torch.arange(tokens.shape[1]) < torch.tensor(LENGTHS)[:, None]
    leaf = tokens.clone().requires_grad_()
    inputs = {**inputs, "tokens": leaf, "padding_mask": there}
    if "choices" in inputs:
        inputs["choices"] = inputs["choices"].masked_fill(~there, -1)
    made = case.output(module, inputs)
    other = {**inputs, "tokens": torch.where(there[..., None], tokens, 9.0)}
    if _apart(made, case.output(module, other)):
        raise Broken("what padding holds changes what is made of its row")
    (slope,) = torch.autograd.grad(made.float().square().sum(), leaf, allow_unused=True)
    if slope is not None and slope[~there].any():
        raise Broken("a gradient reaches tokens that are padding")
    short = torch.tensor([length == 1 for length in LENGTHS])
    if _apart(made[short], case.output(module, _alone(inputs, short))):
        raise Broken("a row of one token is made otherwise among longer ones than without padding")


def _apart(one: Tensor, other: Tensor) -> bool:
    return not torch.allclose(one.float(), other.float(), atol=1e-5)


def _alone(inputs: Inputs, rows: Tensor) -> Inputs:
    """These rows, with the first token of each alone."""
    cut = {name: tensor[rows] for name, tensor in inputs.items()}
    for name in ("tokens", "padding_mask", "choices"):
        if name in cut:
            cut[name] = cut[name][:, :1]
    return cut
