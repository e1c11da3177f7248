"""A change that real and fake samples undergo before the discriminator sees them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class Change:
    """What an augmentation does to one batch; call it with samples.

    Attributes:
        apply: samples (B, *shape) to changed ones; may be called on several batches.
        augmentation_parameters: numbers that say what was done to each row,
            (B, num_augmentation_parameters), 0 for nothing, of about unit size; a discriminator may
            be conditioned on them.
        rows: where rows are mixed, the row that each is mixed with, (B,).
        share: how much of its own each then keeps, (B,), from 0 to 1.
    """

    apply: Callable[[Tensor], Tensor]
    augmentation_parameters: Tensor | None = None
    rows: Tensor | None = None
    share: Tensor | None = None

    def __call__(self, sample: Tensor) -> Tensor:
        """Changed samples."""
        return self.apply(sample)


class Augmentation(nn.Module, Component, ABC):
    """Differentiable changes of samples; state that must survive a resume lives in buffers.

    How likely each row is changed at all is the recipe's business, not the component's.

    Attributes:
        num_augmentation_parameters: how many numbers say what was done, 0 where none do.
    """

    num_augmentation_parameters: int = 0

    def __init__(self, options: BaseOptions, space: SampleSpace) -> None:
        super().__init__()
        self.options = options
        self.space = space

    @abstractmethod
    def sample(self, like: Tensor) -> Callable[[Tensor], Tensor]:
        """Sample one change a row from the global random state, and return it as a function.

        The function may be called on several batches shaped like ``like``: a penalty needs the
        very same change twice. It must be differentiable twice in its argument. Rows must not mix,
        unless it is a ``Change`` that says with which ``rows``: gradients then flow to each row's
        own sample only, conditions are mixed likewise, and penalties are taken of unmixed samples.

        Args:
            like: a batch of samples; its values do not matter, its shape, device and dtype do.
        """
