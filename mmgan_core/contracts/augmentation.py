"""An augmentation: changes real and fake samples before the discriminator sees them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.options import Options as BaseOptions


def kept_places(maps: Tensor) -> Tensor:
    """The ``move`` of a change that leaves every place where it is, such as one of colours."""
    return maps


@dataclass(frozen=True)
class Change:
    """One sampled change of a batch; call it with samples.

    Attributes:
        apply: turns samples (B, *shape) into changed samples; it may be called on several batches.
        augmentation_parameters: numbers that describe the change of each row,
            (B, num_augmentation_parameters), of about unit size, and 0 where nothing is changed; a
            discriminator may be conditioned on them.
        rows: if rows are mixed, the number of the row with which each row is mixed, (B,).
        share: if rows are mixed, how much of itself each row keeps, (B,), from 0 to 1.
        move: moves maps (B, C, *grid) in the way in which the change moves the places of a sample;
            the grid may be finer or coarser than the sample. ``kept_places`` if every place stays
            where it is. None if it is not known: such a change is refused where a network reads
            maps of what is given.
    """

    apply: Callable[[Tensor], Tensor]
    augmentation_parameters: Tensor | None = None
    rows: Tensor | None = None
    share: Tensor | None = None
    move: Callable[[Tensor], Tensor] | None = None

    def __call__(self, sample: Tensor) -> Tensor:
        """Return the changed samples."""
        return self.apply(sample)


class Augmentation(nn.Module, Component, ABC):
    """Changes samples in a differentiable way, so that a discriminator does not overfit.

    The recipe, not the component, decides how likely each row is changed at all. State that must
    survive a resume is kept in buffers.

    Attributes:
        num_augmentation_parameters: how many numbers describe the change of a row; 0 for none.
    """

    num_augmentation_parameters: int = 0

    def __init__(self, options: BaseOptions, space: SampleSpace) -> None:
        super().__init__()
        self.options = options
        self.space = space

    @abstractmethod
    def sample(self, like: Tensor) -> Callable[[Tensor], Tensor]:
        """Sample one change for each row from the global random state; return it as a function.

        The function may be called on several batches shaped like ``like``: a penalty needs the
        same change twice. It must be differentiable twice in its argument. It must not mix rows,
        unless it is a ``Change`` whose ``rows`` say which rows are mixed. Gradients then flow only
        to each row's own sample, conditions are mixed in the same way, and penalties see samples
        that are not mixed.

        Args:
            like: a batch of samples, (B, *shape); only its shape, device and dtype matter.
        """
