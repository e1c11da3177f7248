"""What the discriminators of waveforms share: several small ones whose critiques are one.

Each looks at the wave in its own way, and has convolutions after one another. Their features are
matched layer by layer, and their logits stand side by side. Where the length of a sound is known,
what lies beyond counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, max_pool1d, max_pool2d

from mmgan_core.contracts import Critique, cut

SLOPE = 0.1


class Stack(nn.Module):
    """Convolutions with a leaky ReLU after each but the last, which makes the logits."""

    def __init__(self, layers: Sequence[nn.Conv1d | nn.Conv2d]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, places: Tensor | None) -> Critique:
        """``x`` (B, C, *grid); ``places`` broadcast to it, with one channel and the whole grid."""
        features: list[Tensor] = []
        seen: list[Tensor | None] = []
        for layer in self.layers:
            assert isinstance(layer, nn.Conv1d | nn.Conv2d)
            x = layer(x)
            places = None if places is None else strided(places, layer.stride, x.shape[2:])
            if layer is self.layers[-1]:
                break
            x = cut(leaky_relu(x, SLOPE), places)
            features.append(x)
            seen.append(places)
        return Critique(x, tuple(features), None, places, tuple(seen) if places is not None else ())


def strided(places: Tensor, stride: Sequence[int], shape: Sequence[int]) -> Tensor:
    """The real places of what a convolution of this stride makes: where it begins at a real one."""
    pool = max_pool1d if places.dim() == 3 else max_pool2d
    pooled: Tensor = pool(places.float(), tuple(stride), tuple(stride), ceil_mode=True)
    return pooled[(slice(None), slice(None), *(slice(size) for size in shape))] > 0


def joined(critiques: Iterable[Critique]) -> Critique:
    """Several critiques of one batch as one."""
    found = list(critiques)
    logits = torch.cat([one.logits.flatten(1) for one in found], dim=1)
    features = tuple(feature for one in found for feature in one.features)
    if any(one.places is None for one in found):
        return Critique(logits, features)
    places = torch.cat(
        [one.places.expand_as(one.logits).flatten(1) for one in found if one.places is not None],
        dim=1,
    )
    return Critique(
        logits, features, None, places, tuple(p for one in found for p in one.feature_places)
    )
