"""Shapes, types and ranges: outputs are as declared."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from mmgan_core.contracts import Encoder, Encoding, EncodingSpace, Fusion
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import (
    AugmentationCase,
    Case,
    DiscriminatorCase,
    EncoderCase,
    FusionCase,
    GeneratorCase,
    JointDiscriminatorCase,
    N,
    NetworkCase,
    present_key,
)
from mmgan_core.testing.check import NETWORKS, Broken, check


@check(
    "its output has the declared shape, is float32 and finite",
    *NETWORKS,
    advice="take every size from the options and the spaces that the constructor receives",
)
def declared_shape(case: NetworkCase[N]) -> None:
    module = case.build().train()
    for batch in (4, 3):
        out = case.output(module, case.inputs(module, batch))
        if out.shape != _declared(case, module, batch, out):
            raise Broken(
                f"it returns {tuple(out.shape)}, not {_declared(case, module, batch, out)}"
            )
        if out.dtype != torch.float32:
            raise Broken(f"it returns {out.dtype}")
        if not out.isfinite().all():
            raise Broken("it returns values that are not finite")


@check(
    "its other outputs are as declared too",
    "encoder",
    "fusion",
    "discriminator",
    advice="return tokens (B, T, E) with a padding_mask (B, T), and features (B, ...); declare the "
    "sizes of a fusion's tokens and maps in its space",
)
def declared_other_outputs(case: NetworkCase[N]) -> None:
    module = case.build().eval()
    inputs = case.inputs(module)
    if isinstance(case, DiscriminatorCase):
        critique = module(inputs["sample"], case.conditioned(inputs))
        features, reading = critique.features, critique.reading
        if reading is not None and tuple(reading.shape) != (4, case.condition.dim):
            raise Broken(f"reading is {tuple(reading.shape)}, not (B, {case.condition.dim})")
        if not isinstance(features, tuple) or not all(_of_batch(f, 4) for f in features):
            raise Broken("features must be a tuple of tensors (B, ...)")
    elif isinstance(case, EncoderCase):
        encoder = cast(Encoder, module)
        made, declared = module(inputs), encoder.space
        for part, size in (("tokens", declared.token_dim), ("maps", declared.map_channels)):
            if (getattr(made, part) is None) == bool(size):
                raise Broken(f"its space is {declared}, but it makes other parts: {part}")
        _refuse_odd(made, declared.token_dim, declared.map_channels)
        _refuse_odd_choices(made, declared)
        if made.maps is not None and made.maps.shape[2:] != declared.map_shape:
            raise Broken(f"its maps have a grid {tuple(made.maps.shape[2:])}: {declared}")
    elif isinstance(case, FusionCase):
        present = {name: inputs[present_key(name)] for name in case.dims}
        condition = module(case.encodings(inputs), present)
        space = cast(Fusion, module).space
        if (condition.tokens is None) == bool(space.token_dim) or (
            (condition.maps is None) == bool(space.map_channels)
        ):
            raise Broken(f"its space is {space}, but it makes something else")
        _refuse_odd(condition, space.token_dim, space.map_channels)


@check(
    "made samples are roughly in the range of real ones",
    "generator",
    advice="scale the last layer to space.low and space.high; even before training, samples must "
    "not be more than five ranges away",
)
def about_in_range(case: GeneratorCase) -> None:
    module = case.build().eval()
    made = case.output(module, case.inputs(module, 8))
    low, high = case.space.low, case.space.high
    far = 5 * (high - low)
    if made.min() < low - far or made.max() > high + far:
        raise Broken(f"from {made.min():.3g} to {made.max():.3g}, for samples from {low} to {high}")


@check(
    "a batch of one works",
    *NETWORKS,
    "auxiliary_loss",
    advice="do not squeeze or average over the batch; with batch normalisation declare "
    "keeps_batch_state",
)
def batch_of_one(case: NetworkCase[N]) -> None:
    module = case.build()
    module.train(not case.spec.keeps_batch_state)
    out = case.output(module, case.inputs(module, 1))
    if (case.per_row and len(out) != 1) or not out.isfinite().all():
        raise Broken(f"it gives shape {tuple(out.shape)}, or values that are not finite")


@check(
    "it runs in bf16 under autocast, forward and backward",
    *NETWORKS,
    "auxiliary_loss",
    advice="cast with .to(x.dtype) where two inputs meet, and keep sums of squares and logarithms "
    "in float32",
)
def half_precision(case: NetworkCase[N]) -> None:
    module = case.build().train()
    inputs = _requiring_grad(case.inputs(module))
    full = case.output(module, inputs).detach()
    seed_step(0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = case.output(module, inputs)
    if out.shape != full.shape or not out.isfinite().all():
        raise Broken(f"it gives shape {tuple(out.shape)}, or values that are not finite")
    if out.requires_grad:
        out.float().square().mean().backward()
        bad = [
            n
            for n, p in module.named_parameters()
            if p.grad is not None and not p.grad.isfinite().all()
        ]
        if bad:
            raise Broken(f"the gradient of {bad[0]} is not finite")


def _declared(case: Case[object], module: N, batch: int, out: Tensor) -> tuple[int, ...]:
    if isinstance(case, GeneratorCase):
        return (batch, *case.space.shape)
    if isinstance(case, EncoderCase):
        dim = cast(Encoder, module).dim
        return (batch, dim) if dim else (batch, *out.shape[1:])
    if isinstance(case, FusionCase):
        return (batch, cast(Fusion, module).space.dim)
    if isinstance(case, DiscriminatorCase | JointDiscriminatorCase):
        return (batch, *out.shape[1:])
    if isinstance(case, AugmentationCase):
        return (batch, *case.space.shape)
    return ()


def _refuse_odd(encoding: object, token_dim: int, map_channels: int | None) -> None:
    tokens, mask, maps = (getattr(encoding, name) for name in ("tokens", "padding_mask", "maps"))
    if tokens is not None and (tokens.dim() != 3 or tokens.shape[2] != token_dim):
        raise Broken(f"tokens are {tuple(tokens.shape)}, not (B, T, {token_dim})")
    if mask is not None and (tokens is None or mask.shape != tokens.shape[:2]):
        raise Broken("padding_mask must be (B, T), beside tokens (B, T, E)")
    if mask is not None and mask.dtype != torch.bool:
        raise Broken(f"padding_mask is {mask.dtype}, not bool: True where there is a token")
    for part in (tokens, maps):
        if part is not None and not (part.dtype == torch.float32 and part.isfinite().all()):
            raise Broken(f"tokens or maps are {part.dtype}, or not finite")
    if maps is not None and (maps.dim() < 3 or map_channels not in (None, maps.shape[1])):
        raise Broken(f"maps are {tuple(maps.shape)}, not (B, {map_channels or 'C'}, *grid)")


def _refuse_odd_choices(made: Encoding, declared: EncodingSpace) -> None:
    if (made.choices is None) == (declared.choice_settings is not None):
        raise Broken(f"its space is {declared}, but it makes other parts: choices")
    if made.choices is None:
        return
    if made.tokens is None or made.choices.shape != made.tokens.shape[:2]:
        raise Broken("choices must be (B, T), beside tokens (B, T, E)")
    if made.choices.dtype != torch.int64 or made.choices.min() < -1:
        raise Broken("choices must be int64: the number of a choice, or -1 for none")


def _of_batch(feature: object, batch: int) -> bool:
    return isinstance(feature, Tensor) and feature.dim() > 0 and len(feature) == batch


def _requiring_grad(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: v.requires_grad_() if v.is_floating_point() else v for k, v in inputs.items()}
