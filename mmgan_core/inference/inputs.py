"""What the encoder of a given entry reads, as numbers that can be changed a little.

Where an encoder encodes samples, the numbers are those of the value's sample. Otherwise they are
the floats that it prepares, such as a spectrogram or the features of a frozen network, and what its
embeddings look up, such as the vectors of letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mmgan_core.assembly.gan import PLACES, encoded
from mmgan_core.contracts import Encoder, Encoding, Inputs, Modality
from mmgan_core.errors import BadValue
from mmgan_core.inference.pushes import conditions_of

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model

Reader = tuple[Callable[[Sequence[object]], Tensor], Callable[[Tensor], Encoding]]


def inputs_of(
    model: Model,
    made: str,
    entry: str,
    given: Mapping[str, object],
    noise: Mapping[str, Tensor],
    seed: int,
) -> Inputs | None:
    """What is read of a given entry, and what is made of it; None if nothing read are numbers.

    Args:
        model: the model.
        made: the made entry that is looked at.
        entry: the given entry.
        given: one raw value for each entry that is given; those of the others stay.
        noise: the noise, (B, Z), by the made entry that it belongs to.
        seed: draws entries that are not given, if the model has a prior.
    """
    prepared = model.gan.preparing(entry)([given[entry]])
    reader = _of_samples(model, entry, given[entry]) or _of_prepared(model, entry, prepared)
    if reader is None:
        return None
    read, encode = reader
    whole = model.gan.preparing
    others = {name: whole(name)([value]) for name, value in given.items() if name != entry}

    def make(numbers: Tensor, rows: Tensor) -> Tensor:
        first = torch.zeros(len(rows), dtype=torch.long, device=model.device)
        beside = model.gan.encode(
            {n: {k: t.to(model.device) for k, t in rows.items()} for n, rows in others.items()}
        )
        encodings = {name: one.take(first) for name, one in beside.items()}
        encodings[entry] = encode(numbers.to(model.device))
        if PLACES in prepared:
            places = prepared[PLACES].to(model.device)[first]
            encodings[entry] = replace(encodings[entry], places=places)
        conditions = conditions_of(model, encodings, seed, rows.tolist())
        cut = {name: one[rows.cpu()].to(model.device) for name, one in noise.items()}
        sample: Tensor = model.gan.make(cut, conditions[made], entries=[made])[made]
        return sample.float().cpu()

    return Inputs(read, make)


def _nothing(modality: Modality) -> Tensor:
    """The sample of a value that has ended before it began, (1, *shape)."""
    padding = torch.as_tensor(modality.padding, dtype=torch.float32)
    return padding.cpu().expand(1, *modality.space.shape).clone()


def _of_samples(model: Model, entry: str, value: object) -> Reader | None:
    encoder = model.gan.encoder(entry)
    modality = encoder.modality

    def read(values: Sequence[object]) -> Tensor:
        rows = [
            _nothing(modality) if one is None else modality.to_sample(modality.prepare([one]))
            for one in values
        ]
        return torch.cat(rows).float().flatten(1)

    def encode(numbers: Tensor) -> Encoding:
        return encoder.of_sample(numbers.unflatten(1, modality.space.shape))

    try:
        with torch.no_grad():
            encode(read([value]).to(model.device))
    except BadValue:  # it encodes no samples, or none of this vocabulary
        return None
    return read, encode


def _of_prepared(model: Model, entry: str, whole: Mapping[str, Tensor]) -> Reader | None:
    encoder, prepare = model.gan.encoder(entry), model.gan.preparing(entry)
    on_device = {name: one.to(model.device) for name, one in whole.items()}
    floats = [name for name, one in whole.items() if one.is_floating_point() and name != PLACES]
    with torch.no_grad(), _looked_up(encoder) as found:
        encoded(encoder, on_device)
    shapes = [whole[name].shape[1:] for name in floats] + [one.shape[1:] for one in found]
    sizes = [shape.numel() for shape in shapes]
    if not sizes:
        return None

    def prepared(value: object) -> Mapping[str, Tensor]:
        if value is not None:
            return prepare([value])
        (empty,) = encoder.modality.present(_nothing(encoder.modality))
        try:
            return prepare([empty])
        except BadValue:  # such as a text without letters
            return {name: torch.zeros_like(one) for name, one in whole.items()}

    @torch.no_grad()
    def read(values: Sequence[object]) -> Tensor:
        rows = []
        for value in values:
            tensors = {name: one.to(model.device) for name, one in prepared(value).items()}
            with _looked_up(encoder) as found:
                encoded(encoder, tensors)
            parts = [*(tensors[name] for name in floats), *found]
            rows.append(torch.cat([one.float().flatten(1) for one in parts], dim=1).cpu())
        return torch.cat(rows)

    def encode(numbers: Tensor) -> Encoding:
        parts = [
            part.unflatten(1, shape)
            for part, shape in zip(numbers.split(sizes, dim=1), shapes, strict=True)
        ]
        rows = torch.zeros(len(numbers), dtype=torch.long, device=model.device)
        tensors = {name: one[rows] for name, one in on_device.items()}
        tensors |= dict(zip(floats, parts, strict=False))
        with _looked_up(encoder, parts[len(floats) :]):
            return encoded(encoder, tensors)

    return read, encode


@contextmanager
def _looked_up(encoder: Encoder, instead: Sequence[Tensor] = ()) -> Iterator[list[Tensor]]:
    """What its embeddings look up, in the order in which they do; or others instead of it."""
    found: list[Tensor] = []

    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        found.append(output)
        return instead[len(found) - 1] if instead else output

    tables = [one for one in encoder.modules() if isinstance(one, nn.Embedding)]
    hooks = [one.register_forward_hook(hook) for one in tables]
    try:
        yield found
    finally:
        for one in hooks:
            one.remove()
