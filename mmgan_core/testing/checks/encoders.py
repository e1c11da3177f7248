"""Encoders: other values have other encodings, and what is cached has no chance in it."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import NotPortable
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import EncoderCase, Inputs, values
from mmgan_core.testing.check import Broken, NotApplicable, check


@check(
    "other values have other encodings",
    "encoder",
    advice="use the prepared tensors: given values must never be silently ignored",
)
def values_matter(case: EncoderCase) -> None:
    module = case.shaken().eval()
    inputs = case.inputs(module, 8)
    if all(torch.equal(tensor, tensor[:1].expand_as(tensor)) for tensor in inputs.values()):
        raise NotApplicable("there is only one value here")
    for number, answer in enumerate(case.answers(module, inputs)):
        # An encoder of tokens or maps alone makes vectors of size 0.
        if answer.numel() and torch.equal(answer, answer[:1].expand_as(answer)):
            raise Broken(f"all values have the same {'pooled vector' if not number else 'part'}")


@check(
    "the same value is always prepared in the same way",
    "encoder",
    advice="no randomness in prepare(): its results are cached; random changes belong into "
    "forward(), in training only",
)
def prepared_without_chance(case: EncoderCase) -> None:
    module, decoded, found = case.build(), values(case.modality, 3), list[Inputs]()
    for seed in (0, 1):
        seed_step(seed)
        found.append(module.prepare(decoded))
    first, again = found
    if not first or not all(isinstance(tensor, Tensor) for tensor in first.values()):
        raise Broken("prepare() must return tensors by name")
    if any(not torch.equal(first[name], again[name]) for name in first):
        raise Broken("the random state changes what prepare() returns")


@check(
    "other engines are told what prepare does",
    "encoder",
    advice="reading() describes what prepare() does: what its network makes of what its prepare "
    "returns is what prepare() returns, and its inputs have the shapes that it says",
)
def read_as_prepared(case: EncoderCase) -> None:
    module, decoded = case.build(), values(case.modality, 3)
    try:
        reading = module.reading()
    except NotPortable as error:
        raise NotApplicable(str(error)) from error
    fed = reading.prepare(decoded)
    if set(fed) != set(reading.inputs):
        raise Broken(f"reading() says {sorted(reading.inputs)} and feeds {sorted(fed)}")
    for name, said in reading.inputs.items():
        found = fed[name]
        sizes = zip(found.shape[1:], said.shape, strict=False)
        if found.dim() != 1 + len(said.shape) or any(
            isinstance(size, int) and size != own for own, size in sizes
        ):
            raise Broken(f"reading() says {said.shape} of {name}, which is {list(found.shape[1:])}")
        if str(found.dtype) != f"torch.{said.dtype}":
            raise Broken(f"reading() says {said.dtype} of {name}, which is {found.dtype}")
    made, prepared = reading.network(fed), module.prepare(decoded)
    for name, wanted in prepared.items():
        shape = name in made and made[name].shape == wanted.shape
        if not shape or not torch.allclose(made[name].float(), wanted.float(), rtol=1e-2, atol=0.1):
            raise Broken(f"what reading() makes of {name!r} is not what prepare() makes")
