"""Augmentations: the parameters of a change, and the rows that it mixes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mmgan_core.contracts import Change
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import AugmentationCase
from mmgan_core.testing.check import Broken, NotApplicable, check

# How many seeds are tried: some changes leave most samples as they are.
TRIES = 8
# How many ranges away a changed sample may be.
FAR = 5
# Parameters are of about unit size.
LARGE = 20.0


@check(
    "augmentation parameters have the declared size, and are finite",
    "augmentation",
    advice="set num_augmentation_parameters in the constructor to the number of parameters that "
    "sample() returns for each row; if it returns none, leave both out",
)
def parameters_are_as_declared(case: AugmentationCase) -> None:
    module = case.build().train()
    declared = module.num_augmentation_parameters
    for batch in (4, 1):
        change = case.change(module, case.inputs(module, batch)["sample"])
        parameters = change.augmentation_parameters
        if parameters is None:
            if declared:
                raise Broken(f"num_augmentation_parameters is {declared}, but it returns none")
        elif parameters.shape != (batch, declared):
            raise Broken(f"it returns {tuple(parameters.shape)}, not {(batch, declared)}")
        elif not parameters.is_floating_point() or not parameters.isfinite().all():
            raise Broken("the parameters are not finite floats")
        elif declared and parameters.abs().mean() > LARGE:
            raise Broken(f"they are of size {parameters.abs().mean():.3g}, not about 1")


@check(
    "every row gets a change of its own, from the global random state",
    "augmentation",
    advice="sample one random number for each row: torch.rand(len(like), ..., device=like.device), "
    "with no generator of its own",
)
def rows_differ(case: AugmentationCase) -> None:
    module = case.build().train()
    sample = case.inputs(module, 16)["sample"]
    equal = sample[:1].expand_as(sample).clone()
    by_seed, own = [], False
    for seed in range(TRIES):
        seed_step(seed)
        change = case.change(module, sample)
        by_seed.append(change(sample))
        changed = change(equal)
        own = (
            own or change.rows is not None or not torch.equal(changed, changed[:1].expand_as(equal))
        )
    if all(torch.equal(by_seed[0], other) for other in by_seed):
        raise Broken("the global random state makes no difference")
    if not own:
        raise Broken("all rows are changed in the same way")


@check(
    "a change does not depend on the values that it is sampled for",
    "augmentation",
    advice="use only the shape, the device and the type of `like` in sample(): the same change is "
    "applied to real and to fake samples",
)
def values_do_not_decide(case: AugmentationCase) -> None:
    module = case.build().train()
    sample = case.inputs(module)["sample"]
    found = []
    for like in (sample, torch.full_like(sample, case.space.high)):
        seed_step(0)
        found.append(case.change(module, like)(sample))
    if not torch.equal(*found):
        raise Broken("the same seed changes a sample differently after other values of `like`")


@check(
    "changed samples stay near the range of samples",
    "augmentation",
    advice="mind space.low and space.high: not every kind of data goes from -1 to 1",
)
def stays_near_the_range(case: AugmentationCase) -> None:
    module, low, high = case.build().train(), case.space.low, case.space.high
    changed = case.output(module, case.inputs(module, 16))
    far = FAR * (high - low)
    if changed.min() < low - far or changed.max() > high + far:
        raise Broken(
            f"from {changed.min():.3g} to {changed.max():.3g}, for samples from {low} to {high}"
        )


@check(
    "rows are mixed only as declared",
    "augmentation",
    advice="return a Change with rows and share, both (B,), and detach the other row's sample",
)
def mixes_as_declared(case: AugmentationCase) -> None:
    module = case.build().train()
    sample = case.inputs(module, 6)["sample"]
    seed_step(0)
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
        raise Broken("the first row depends on a row that it is not mixed with")
    leaf = sample.clone().requires_grad_()
    (slope,) = torch.autograd.grad(change(leaf)[0].square().sum(), leaf)
    if slope[1:].any():
        raise Broken("the gradient of the first row reaches the row that it is mixed with")


@check(
    "maps move as the places of samples do",
    "augmentation",
    advice="let Change.move move maps of any grid as the change moves the places of a sample, or "
    "return kept_places if every place stays; leave it out if samples have no places",
)
def moves_maps_alike(case: AugmentationCase) -> None:
    module = case.build().train()
    sample = case.inputs(module, 8)["sample"]
    torch.manual_seed(0)
    change = case.change(module, sample)
    if change.move is None:
        raise NotApplicable("it does not say how it moves places")
    maps = torch.rand(8, 2, *case.space.shape[1:])
    moved = change.move(maps)
    if moved.shape != maps.shape or not torch.equal(moved, change.move(maps)):
        raise Broken("it moves maps to another shape, or in another way at each call")
    if maps.dim() == 4:
        _refuse_other_places(change, change.move, sample)


def _refuse_other_places(change: Change, move: Callable[[Tensor], Tensor], sample: Tensor) -> None:
    """Follow one place: where it comes out in a sample, it must come out in a map."""
    point = torch.zeros_like(sample[:, :1])
    point[:, :, sample.shape[2] // 3, sample.shape[3] // 3] = 1
    found = (change(sample + point) - change(sample)).abs().sum(1).flatten(1)
    moved = move(point)[:, 0].flatten(1)
    at = found.argmax(1, keepdim=True)
    elsewhere = moved.gather(1, at)[:, 0] < moved.amax(1) / 2
    # A place that was cut out, or moved over the border, comes out nowhere.
    if (elsewhere & (found.amax(1) > 0.2)).any():
        raise Broken("a place comes out at one place of the sample and at another of the map")


def _refuse_odd(change: Change, batch: int) -> None:
    rows, share = change.rows, change.share
    assert rows is not None
    if rows.shape != (batch,) or rows.is_floating_point() or not _within(rows, batch - 1):
        raise Broken("rows must be (B,) numbers of rows")
    if share is None or share.shape != (batch,) or not _within(share, 1):
        raise Broken("share must be (B,), from 0 to 1")


def _within(numbers: Tensor, most: int) -> bool:
    return bool(((numbers >= 0) & (numbers <= most)).all())
