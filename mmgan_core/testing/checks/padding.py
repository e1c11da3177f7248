"""Padding: what is beyond the end of a sample makes no difference to what says it ignores it."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from mmgan_core.contracts import Critique, Loss, Modality, cut
from mmgan_core.contracts.places import along
from mmgan_core.testing.cases import DiscriminatorCase, PlainCase, values
from mmgan_core.testing.check import Broken, NotApplicable, check
from mmgan_core.testing.samples import logits


@check(
    "its samples hold padding where its values have ended",
    "modality",
    advice="return True from places() where a value is, (B, *sizes of length_axes) on the CPU, and "
    "from padding what prepare() and to_sample() make of the rest",
)
def places_and_padding(case: PlainCase[Modality]) -> None:
    modality = case.build()
    shape, axes = modality.space.shape, modality.length_axes
    if not axes:
        raise NotApplicable("its values all have one length: it has no length_axes")
    decoded = values(modality, 6)
    places = modality.places(decoded)
    wanted = (len(decoded), *(shape[axis] for axis in axes))
    if places.shape != wanted or places.dtype != torch.bool or places.device.type != "cpu":
        raise Broken(f"places() returns {tuple(places.shape)} {places.dtype}, not {wanted} bools")
    sample = modality.to_sample(modality.prepare(decoded))
    mask = along(places, shape, axes)
    padded = cut(sample, mask, modality.padding)
    # What is heard or seen across an edge may reach some places beyond it, and not most of them.
    wrong = ((padded - sample).abs() > 1e-3).flatten(1).sum(1)
    outside = (~mask.expand_as(sample)).flatten(1).sum(1)
    if ((wrong * 2 > outside) & (outside > 0)).any():
        raise Broken("beyond the places that it calls real, samples hold no padding")
    for value, real in zip(modality.present(padded), places, strict=True):
        if real.any() and type(modality.ended(value, real)) is not type(value):
            raise Broken("ended() changes the type of a decoded value")


@check(
    "padding makes no difference if it says so",
    "discriminator",
    advice="set what is beyond condition.places to 0 before the first layer and after each, by "
    "cut() and coarser() of mmgan_core.contracts, and return the places of the logits and of the "
    "features; or leave ignores_padding False",
)
def discriminator_ignores_padding(case: DiscriminatorCase) -> None:
    module = case.shaken().eval()
    inputs = case.inputs(module)
    sample, condition = inputs["sample"], case.conditioned(inputs)
    places = _half(case, len(sample))
    told = replace(condition, places=places)
    if not module.ignores_padding:
        if module(sample, told).places is not None:
            raise Broken("it says which logits count, and not that it ignores padding")
        raise NotApplicable("it does not say that it ignores padding")
    leaf = sample.clone().requires_grad_()
    one = module(leaf, told)
    other = module(torch.where(places, sample, case.space.high * 3), told)
    for name, first, second in (
        ("logits", _counted(one.logits, one.places), _counted(other.logits, other.places)),
        *(
            ("features", _counted(first, real), _counted(second, real))
            for first, second, real in zip(
                one.features, other.features, one.feature_places or (None,) * 99, strict=False
            )
        ),
    ):
        if not torch.allclose(first, second, atol=1e-6):
            raise Broken(f"what padding holds changes {name} that count")
    (slope,) = torch.autograd.grad(one.mean(one.logits.square()), leaf)
    if slope[~places.expand_as(slope)].any():
        raise Broken("a gradient reaches padding")


@check(
    "logits of padding make no difference if it says so",
    "loss",
    advice="average by real.mean(...) and fake.mean(...) of the critiques; or leave "
    "ignores_padding False",
)
def loss_ignores_padding(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    if not loss.ignores_padding:
        raise NotApplicable("it does not say that it ignores padding")
    found = []
    for filled in (0.0, 50.0):
        real, fake = logits((6, 4), 1.0)
        places = (torch.arange(4) < 2).expand(6, 4)
        critiques = [Critique(cut(side, places, filled), places=places) for side in (real, fake)]
        compared = critiques[0] if loss.needs_real_in_generator_phase else None
        found.append(
            (loss.discriminator(critiques[0], critiques[1]), loss.generator(compared, critiques[1]))
        )
    for one, other in zip(*found, strict=True):
        if not torch.equal(one, other):
            raise Broken(f"other logits of padding change it from {one:.4g} to {other:.4g}")
    _as_though_shorter(loss, found[0])


def _as_though_shorter(loss: Loss, padded: tuple[Tensor, Tensor]) -> None:
    real, fake = (Critique(side[:, :2]) for side in logits((6, 4), 1.0))
    compared = real if loss.needs_real_in_generator_phase else None
    for one, other in zip(
        (loss.discriminator(real, fake), loss.generator(compared, fake)), padded, strict=True
    ):
        if not torch.allclose(one, other, atol=1e-5):
            raise Broken(f"without the padding it is {one:.4g}, and with it {other:.4g}")


def _half(case: DiscriminatorCase, count: int) -> Tensor:
    """Places of which the first half along the last axis is real."""
    shape = case.space.shape
    axes = case.modality.length_axes if case.modality else ()
    axes = axes or (len(shape) - 1,)
    half = torch.ones(count, *(shape[axis] for axis in axes), dtype=torch.bool)
    half[..., -(-half.shape[-1] // 2) :] = False
    return along(half, shape, axes)


def _counted(values: Tensor, places: Tensor | None) -> Tensor:
    return values if places is None else cut(values, places)
