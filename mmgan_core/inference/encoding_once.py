"""Given values are read and encoded once, however many samples are made of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Encoding
from mmgan_core.errors import BadValue, UsageError


def encoded_once(
    gan: GAN, name: str, values: Sequence[object], device: torch.device, *, sized: bool
) -> Encoding:
    """Encode the values of a given entry; those that are the same object are encoded only once.

    Args:
        values: one raw value for each row.
        device: where the encoder runs.
        sized: whether values keep their own size.

    Raises:
        UsageError: for a value that cannot be read.
    """
    distinct = {id(value): value for value in values}
    prepare = gan.encoder(name).prepare_sized if sized else gan.preparing(name)
    try:
        prepared = prepare(list(distinct.values()))
    except BadValue as error:
        raise UsageError(f"{name}: {error}") from error
    encoding = gan.encode({name: {key: one.to(device) for key, one in prepared.items()}})[name]
    if len(distinct) == len(values):
        return encoding
    places = {key: place for place, key in enumerate(distinct)}
    return encoding.take(torch.tensor([places[id(value)] for value in values], device=device))
