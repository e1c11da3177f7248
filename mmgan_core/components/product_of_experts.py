"""Product of experts: each given entry is a Gaussian; their product is the condition.

With the precisions 1/v_m of the entries that are present, and a unit Gaussian prior as one more
expert, the mean of the product is sum(mean_m / v_m) / (1 + sum(1 / v_m)). Each subset of entries
works, and without any entry the mean is zero. Encodings of the same size share the layer that
computes the means, so that encodings which an alignment has pulled together give the same
condition, whichever of them is given.
Hinton 2002; for GANs Huang et al. 2021, "Multimodal conditional image synthesis with
product-of-experts GANs", https://arxiv.org/abs/2112.05130.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from mmgan_core.components.presence import PresenceOptions, dropped, no_vectors
from mmgan_core.contracts import Condition, ConditionSpace, Encoding, EncodingSpace, Fusion

# Log-variances are bounded to a range in which exp() is exact enough in half precision too.
_LOG_VARIANCE = 6.0
# Experts start with equal precisions, far above the prior's: one alone counts nearly as all do.
_FIRST_LOG_VARIANCE = -3.0


class ProductOfExpertsOptions(PresenceOptions):
    """Options of `core/product-of-experts`."""

    sample: bool = Field(False, description="in training, sample from the product")


class ProductOfExperts(Fusion):
    """Turns the encodings (B, E_m) of all entries into conditions (B, dim)."""

    Options = ProductOfExpertsOptions
    options: ProductOfExpertsOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 6}, {"dim": 5, "sample": True, "drop": 0.9, "drop_all": 0.5})

    def __init__(
        self, options: ProductOfExpertsOptions, spaces: Mapping[str, EncodingSpace]
    ) -> None:
        super().__init__(options, spaces)
        dims = self.dims
        self.space = ConditionSpace(dim=options.dim if dims else 0)
        self.means = nn.ModuleDict(
            {str(size): nn.Linear(size, options.dim) for size in sorted(set(dims.values()))}
        )
        self.log_variances = nn.ModuleDict(
            {
                name: _with_equal_variances(nn.Linear(size, options.dim))
                for name, size in dims.items()
            }
        )

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """Return the mean of the product; with ``sample``, training samples from the product."""
        if not self.dims:
            return no_vectors(present)
        weighted: Tensor | float = 0.0
        precision: Tensor | float = 1.0
        for name in self.dims:
            there = present[name][:, None]
            mean, expert = self._expert(name, encodings[name], there)
            weighted = weighted + torch.where(there, mean * expert, 0.0)
            precision = precision + torch.where(there, expert, 0.0)
        assert isinstance(weighted, Tensor)
        assert isinstance(precision, Tensor)
        pooled = weighted / precision
        if self.options.sample and self.training:
            pooled = pooled + torch.randn_like(pooled) * precision.rsqrt()
        return Condition(pooled).bounded() if self.options.bounded else Condition(pooled)

    def shares(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """The precision of each expert as a share of that of the product, in the mean over numbers.

        The prior, "", has what is left.
        """
        if not self.dims:
            return {}
        precisions = {}
        for name in self.dims:
            there = present[name][:, None]
            precisions[name] = torch.where(there, self._expert(name, encodings[name], there)[1], 0)
        whole = 1 + torch.stack(list(precisions.values())).sum(0)
        shares = {name: (expert / whole).mean(1) for name, expert in precisions.items()}
        return {**shares, "": (1 / whole).mean(1)}

    def _expert(self, name: str, encoding: Encoding, there: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the precision of an entry's Gaussian, (B, dim)."""
        # where(), not a product: an absent entry may hold anything, and needs no gradient.
        given = torch.where(there, encoding.pooled.float(), 0.0)
        # All entries have the same length, so that none dominates the others.
        normed = layer_norm(given, (self.dims[name],))
        mean: Tensor = self.means[str(self.dims[name])](normed).float()
        return mean, (-_bounded(self.log_variances[name](normed).float())).exp()

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality dropout by the options ``drop`` and ``drop_all``."""
        return dropped(present, drop=self.options.drop, drop_all=self.options.drop_all)


def _with_equal_variances(head: nn.Linear) -> nn.Linear:
    nn.init.zeros_(head.weight)
    nn.init.constant_(head.bias, _FIRST_LOG_VARIANCE)
    return head


def _bounded(log_variance: Tensor) -> Tensor:
    return _LOG_VARIANCE * torch.tanh(log_variance / _LOG_VARIANCE)
