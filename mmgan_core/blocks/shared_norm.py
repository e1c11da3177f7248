"""Batch normalisation by statistics of the whole batch, where processes have a share of it each.

``torch.nn.SyncBatchNorm`` does so on GPUs alone, and its gradient cannot be differentiated again,
which exact penalties do.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmgan_core.blocks.masked_norm import normalised
from mmgan_core.foundation.whole_batch import shares


class _OfTheWholeBatch(_BatchNorm):
    def forward(self, input: Tensor) -> Tensor:
        if not self.training or shares() == 1:
            return super().forward(input)
        return normalised(self, input, None)


def share_statistics(network: nn.Module) -> None:
    """Let every layer of batch normalisation in a network see the whole batch in training."""
    for module in network.modules():
        if isinstance(module, _BatchNorm) and not isinstance(module, _OfTheWholeBatch):
            own = type(module)
            # It stays of its class, by which networks know it.
            module.__class__ = type(own.__name__, (_OfTheWholeBatch, own), {})
