"""What augmentations say of a change: numbers for the discriminator, rows that are mixed."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Change
from mmgan_core.testing.cases import AugmentationCase
from mmgan_core.testing.check import Broken, NotApplicable, check


@check(
    "what it tells of a change has the declared size, and is finite",
    "augmentation",
    advice="set num_augmentation_parameters in the constructor to as many numbers as draw() tells of each row; where "
    "it tells nothing, leave both out",
)
def tells_what_it_declares(case: AugmentationCase) -> None:
    module = case.build().train()
    for batch in (4, 1):
        parameters = case.change(
            module, case.inputs(module, batch)["sample"]
        ).augmentation_parameters
        if parameters is None:
            if module.num_augmentation_parameters:
                raise Broken(
                    f"num_augmentation_parameters is {module.num_augmentation_parameters}, and it tells nothing"
                )
        elif parameters.shape != (batch, module.num_augmentation_parameters):
            raise Broken(
                f"it gives {tuple(parameters.shape)}, not {(batch, module.num_augmentation_parameters)}"
            )
        elif not parameters.is_floating_point() or not parameters.isfinite().all():
            raise Broken("what it tells is no finite float")


@check(
    "rows mix only as it says",
    "augmentation",
    advice="return a Change with rows and share, both (B,), and detach the other row's sample",
)
def mixes_as_it_says(case: AugmentationCase) -> None:
    module = case.build().train()
    sample = case.inputs(module, 6)["sample"]
    torch.manual_seed(0)
    change = case.change(module, sample)
    if change.rows is None:
        raise NotApplicable("it mixes no rows")
    _refuse_odd(change, 6)
    # Six rows are enough that some are neither the first nor mixed with it.
    elsewhere = torch.ones(6, dtype=torch.bool)
    elsewhere[[0, int(change.rows[0])]] = False
    mirrored = case.space.low + case.space.high - sample
    other = torch.where(elsewhere.view(-1, *[1] * (sample.dim() - 1)), mirrored, sample)
    if not torch.equal(change(sample)[0], change(other)[0]):
        raise Broken("the first row changes with one that it is not mixed with")
    leaf = sample.clone().requires_grad_()
    (slope,) = torch.autograd.grad(change(leaf)[0].square().sum(), leaf)
    if slope[1:].any():
        raise Broken("the first row's gradient flows to the row that it is mixed with")


def _refuse_odd(change: Change, batch: int) -> None:
    rows, share = change.rows, change.share
    assert rows is not None
    if rows.shape != (batch,) or rows.is_floating_point() or not _within(rows, batch - 1):
        raise Broken("rows must be (B,) numbers of rows")
    if share is None or share.shape != (batch,) or not _within(share, 1):
        raise Broken("share must be (B,), from 0 to 1")


def _within(numbers: Tensor, most: int) -> bool:
    return bool(((numbers >= 0) & (numbers <= most)).all())
