"""What given values say about a latent z, as a Gaussian: the encoder half of a VAE.

Each given entry is an expert with a mean and a variance of its own, and the unit Gaussian is one
more. Their product has the precision 1 + sum 1/v_m and the mean sum (mean_m / v_m) / precision.
Nothing given is the unit Gaussian itself. Wu and Goodman 2018, "Multimodal generative models for
scalable weakly-supervised learning", https://arxiv.org/abs/1802.05335.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Condition, ConditionSpace, Encoding, EncodingSpace, Fusion

# Log-variances lie within this range, so that exp() is finite.
_LOG_VARIANCE = 6.0


class PosteriorFusionOptions(Options):
    """Options of the fusion `kinds/posterior`."""

    dim: int = Field(16, ge=1, description="size of z; the condition has twice as many numbers")


class PosteriorFusion(Fusion):
    """Encodings (B, E_m) to means and log-variances side by side, (B, 2 dim)."""

    Options = PosteriorFusionOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 3},)

    def __init__(
        self, options: PosteriorFusionOptions, spaces: Mapping[str, EncodingSpace]
    ) -> None:
        super().__init__(options, spaces)
        if not self.dims:
            raise BadValue("kinds/posterior needs a given entry whose encoder makes vectors")
        self.space = ConditionSpace(dim=2 * options.dim)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(size, 2 * options.dim) for name, size in self.dims.items()}
        )

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """The product of the Gaussians of all entries that are present, and the unit one."""
        weighted: Tensor | float = 0.0
        precision: Tensor | float = 1.0
        for name, head in self.heads.items():
            there = present[name][:, None]
            given = torch.where(there, encodings[name].pooled.float(), 0.0)
            mean, raw = head(given).float().chunk(2, dim=1)
            expert = torch.exp(-_LOG_VARIANCE * torch.tanh(raw / _LOG_VARIANCE))
            weighted = weighted + torch.where(there, mean * expert, 0.0)
            precision = precision + torch.where(there, expert, 0.0)
        assert isinstance(weighted, Tensor)
        assert isinstance(precision, Tensor)
        return Condition(torch.cat([weighted / precision, -precision.log()], dim=1))
