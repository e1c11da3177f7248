"""A learned vector for each label; the vectors of several labels are added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field
from torch import Tensor, nn

from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.options import Options


class LabelEmbeddingOptions(Options):
    """Options of `core/label-embedding`."""

    dim: int = Field(128, ge=1, description="size of the vectors")


class LabelEmbedding(Encoder):
    """Encodes labels, (B, K) one-hot or multi-hot, as vectors (B, dim)."""

    Options = LabelEmbeddingOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 5},)

    def __init__(self, options: LabelEmbeddingOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim
        self.embed = nn.Linear(modality.space.shape[0], options.dim)
        # As in nn.Embedding: vectors have unit variance.
        nn.init.normal_(self.embed.weight)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Embed the prepared labels."""
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        """Embed soft labels, (B, K) from 0 to 1: the sum of all vectors by their shares."""
        return Encoding(self.embed(sample))
