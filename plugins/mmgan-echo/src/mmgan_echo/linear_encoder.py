"""A tiny encoder: one linear layer over a vector of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field
from torch import Tensor, nn

from mmgan_core import Options
from mmgan_core.contracts import Encoder, Encoding, Modality


class LinearEncoderOptions(Options):
    """Options of the encoder `echo/linear`."""

    dim: int = Field(8, ge=1, description="size of the encoding")


class LinearEncoder(Encoder):
    """(B, N) to (B, dim)."""

    Options = LinearEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 3},)

    def __init__(self, options: LinearEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim
        self.layer = nn.Linear(modality.space.shape[0], options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode the prepared numbers."""
        return Encoding(self.layer(self.modality.to_sample(tensors["prepared"])))
