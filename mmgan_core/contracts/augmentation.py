"""A change that real and fake samples undergo before the discriminator sees them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


class Augmentation(nn.Module, Component, ABC):
    """Differentiable changes of samples; state that must survive a resume lives in buffers."""

    def __init__(self, options: BaseOptions, sample: SampleSpace) -> None:
        super().__init__()
        self.options = options
        self.sample = sample

    @abstractmethod
    def draw(self, like: Tensor) -> Callable[[Tensor], Tensor]:
        """Draw one change a row, from the global random state, and return it as a function.

        The function may be called on several batches shaped like ``like``: a penalty needs the
        very same change twice. It must be differentiable twice in its argument.

        Args:
            like: a batch of samples; its values do not matter, its shape, device and dtype do.
        """

    def observe(self, real_logits: Tensor) -> None:
        """See the discriminator's logits of real samples; adaptive augmentations learn here."""
