"""The Inception network of the FID as a frozen encoder of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import Options
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_image.blocks.inception_network import (
    FEATURES,
    HASH,
    features_of,
    inception,
    published_inception,
)
from mmgan_image.modality.picture import decode_picture


class InceptionOptions(Options):
    """Options of `image/inception`."""

    pretrained: bool = Field(
        True, description="the published weights; otherwise random ones, which are for tests"
    )


class InceptionEncoder(Encoder):
    """Pictures of any size to their features, (B, 2048), before the classifier."""

    Options = InceptionOptions
    options: InceptionOptions
    in_workers: ClassVar[bool] = False
    dim = FEATURES

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"pretrained": False},)

    def __init__(self, options: InceptionOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self._network: list[Any] = []  # no part of its modules: never saved

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """The features, (B, 2048); pictures of different sizes one after the other."""
        pixels = [_levels(value) for value in values]
        if len({one.shape for one in pixels}) == 1:
            return {"features": features_of(self.network, torch.stack(pixels))}
        return {"features": torch.cat([features_of(self.network, one[None]) for one in pixels])}

    @property
    def network(self) -> Any:
        """The network, loaded when it is first needed."""
        if not self._network:
            self._network.append(published_inception() if self.options.pretrained else _random())
        return self._network[0]

    def fingerprint(self) -> str:
        return HASH if self.options.pretrained else "random"

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """The features as they are."""
        return Encoding(tensors["features"])


@cache
def _random() -> Any:
    # It never changes, and its weights take seconds to draw.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return inception()


def _levels(value: object) -> Tensor:
    picture = np.asarray(decode_picture(value).convert("RGB"))
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)
