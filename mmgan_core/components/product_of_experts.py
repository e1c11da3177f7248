"""Product of experts: each given entry is a Gaussian over the condition, their product is it.

With precisions 1/v_m of the entries that are present and a unit Gaussian prior as one more expert,
the product's mean is sum(mean_m / v_m) / (1 + sum(1 / v_m)): any subset will do, none gives zeros.
Encodings of one size share the layer that gives the means, so that encodings which an alignment has
drawn together mean the same condition, whichever of them is given.
Hinton 2002; for GANs Huang et al. 2021, "Multimodal conditional image synthesis with
product-of-experts GANs", https://arxiv.org/abs/2112.05130.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from mmgan_core.components.presence import PresenceOptions, dropped
from mmgan_core.contracts import Condition, ConditionSpace, Encoding, Fusion

# Log-variances are kept where exp() is exact enough in half precision too.
_LOG_VARIANCE = 6.0
# Experts start equal and far surer than the prior: one alone then says nearly what all say.
_SURE = -3.0


class ProductOfExpertsOptions(PresenceOptions):
    """Options of `core/product-of-experts`."""

    sample: bool = Field(False, description="in training, draw from the product")


class ProductOfExperts(Fusion):
    """(B, E_m) of each entry to (B, dim)."""

    Options = ProductOfExpertsOptions
    options: ProductOfExpertsOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 6}, {"dim": 5, "sample": True, "drop": 0.9, "drop_all": 0.5})

    def __init__(self, options: ProductOfExpertsOptions, dims: Mapping[str, int]) -> None:
        super().__init__(options, dims)
        self.space = ConditionSpace(dim=options.dim)
        self.means = nn.ModuleDict(
            {str(size): nn.Linear(size, options.dim) for size in sorted(set(dims.values()))}
        )
        self.log_variances = nn.ModuleDict(
            {name: _sure(nn.Linear(size, options.dim)) for name, size in dims.items()}
        )

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """The product's mean, or in training a draw from it."""
        weighted: Tensor | float = 0.0
        precision: Tensor | float = 1.0
        for name, size in self.dims.items():
            there = present[name][:, None]
            # where(), not a product: what is absent may hold anything, and has no gradient.
            given = torch.where(there, encodings[name].pooled.float(), 0.0)
            # Of one length, so that no entry shouts the others down.
            level = layer_norm(given, (size,))
            mean = self.means[str(size)](level).float()
            sure = (-_bounded(self.log_variances[name](level).float())).exp()
            weighted = weighted + torch.where(there, mean * sure, 0.0)
            precision = precision + torch.where(there, sure, 0.0)
        assert isinstance(weighted, Tensor)
        assert isinstance(precision, Tensor)
        pooled = weighted / precision
        if self.options.sample and self.training:
            pooled = pooled + torch.randn_like(pooled) * precision.rsqrt()
        return Condition(pooled).bounded() if self.options.bounded else Condition(pooled)

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality dropout by the options ``drop`` and ``drop_all``."""
        return dropped(present, drop=self.options.drop, drop_all=self.options.drop_all)


def _sure(head: nn.Linear) -> nn.Linear:
    nn.init.zeros_(head.weight)
    nn.init.constant_(head.bias, _SURE)
    return head


def _bounded(log_variance: Tensor) -> Tensor:
    return _LOG_VARIANCE * torch.tanh(log_variance / _LOG_VARIANCE)
