"""Batch normalisation that ignores padding.

Means and variances are those of real places alone, as though padding had not been in the batch.
Ioffe and Szegedy 2015, "Batch normalization", https://arxiv.org/abs/1502.03167.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from mmgan_core.foundation.whole_batch import sum_of_all


def batch_norm(norm: _BatchNorm, maps: Tensor, places: Tensor | None) -> Tensor:
    """Normalise maps (B, C, *grid) by a layer with its statistics, weights and momentum.

    Args:
        norm: a ``BatchNorm1d``, 2d or 3d; its running statistics follow as they always do.
        places: True where a place is real, (B, 1, *grid); None if all are.
    """
    if places is None or not norm.training:
        plainly: Tensor = norm(maps)
        return plainly
    return normalised(norm, maps, places)


def normalised(norm: _BatchNorm, maps: Tensor, places: Tensor | None) -> Tensor:
    """Normalise as ``batch_norm`` in training, by the statistics of all processes together."""
    x = maps.float()
    axes, shape = [0, *range(2, x.dim())], [1, -1, *[1] * (x.dim() - 2)]
    there = torch.ones_like(x[:, :1])
    if places is not None:
        there = places.expand(x.shape[0], 1, *x.shape[2:]).to(x)
    count = sum_of_all(there.sum()).clamp_min(1)
    mean = sum_of_all((x * there).sum(axes)) / count
    apart = x - mean.view(shape)
    variance = sum_of_all((apart.square() * there).sum(axes)) / count
    _remember(norm, mean, variance, count)
    x = apart * (variance + norm.eps).rsqrt().view(shape)
    if norm.affine:
        x = x * norm.weight.view(shape) + norm.bias.view(shape)
    return x.to(maps.dtype)


@torch.no_grad()
def _remember(norm: _BatchNorm, mean: Tensor, variance: Tensor, count: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None:
        return
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    # Without a momentum, statistics are plain averages.
    share = 1 / norm.num_batches_tracked.float()
    if norm.momentum is not None:
        share = torch.full_like(share, norm.momentum)
    unbiased = variance * count / (count - 1).clamp_min(1)
    norm.running_mean.lerp_(mean.to(norm.running_mean), share.to(norm.running_mean))
    norm.running_var.lerp_(unbiased.to(norm.running_var), share.to(norm.running_var))
