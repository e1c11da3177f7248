"""Encodes values by the encoder and the fusion of a trained model, which is frozen.

    e = head(c),  c = fusion(encoder(x)) of the frozen model

The condition c is computed once for each value and kept on disk; only the head is trained and
saved. Use it where a model has learned from more data than there are now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from mmgan_core.components.entries import entry_of
from mmgan_core.contracts import Encoder, Encoding, FrozenModel, Modality
from mmgan_core.errors import BadValue
from mmgan_core.options import ModelRef, Options


class ModelEncoderOptions(Options):
    """Options of `core/model-encoder`."""

    model: ModelRef = Field(description="the trained model that encodes")
    entry: str = Field(
        "", description="its given entry; default: the only one that is of the same kind"
    )
    dim: int = Field(128, ge=1, description="size of the encoding")


class ModelEncoder(Encoder):
    """Values of the kind that the model can be given to (B, dim)."""

    Options = ModelEncoderOptions
    in_workers: ClassVar[bool] = False
    options: ModelEncoderOptions

    def __init__(
        self, options: ModelEncoderOptions, modality: Modality, *, model: FrozenModel
    ) -> None:
        super().__init__(options, modality)
        self.model, self.dim = model, options.dim
        kind = modality.kind
        fitting = [name for name in model.given if model.modality(name).kind == kind]
        self.entry = entry_of(model, options.entry, fitting, "entry", f"is given, as {kind},")
        features = model.condition_dim
        self.head = nn.Sequential(
            nn.LayerNorm(features),
            nn.Linear(features, options.dim),
            nn.GELU(),
            nn.Linear(options.dim, options.dim),
        )

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """The conditions of the frozen model, (B, F)."""
        if any(value is None for value in values):
            raise BadValue("the value is missing")
        return {"features": self.model.encode(self.entry, values)}

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared conditions."""
        return Encoding(self.head(tensors["features"]))
