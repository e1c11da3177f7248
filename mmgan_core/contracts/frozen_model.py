"""A frozen model: a trained model that another model's component works with, and never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor, nn

from mmgan_core.contracts.modality import Modality


class FrozenModel(Protocol):
    """A trained model inside a component, which names it by an option of type ``ModelRef``.

    The component's constructor receives it as a keyword argument with the name of the option. It is
    loaded once in a process and shared. Keep it as an attribute: it is no ``nn.Module``, so its
    weights are neither trained nor averaged nor saved with the component's own. They are known by
    ``digest``; a run whose model has another digest than when it began is refused. An exported
    model carries a copy.

    Modalities, encoders and auxiliary losses can have frozen models.
    """

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def digest(self) -> str:
        """A hash of its files, in hexadecimal; equal digests mean the same model."""
        ...

    @property
    def address(self) -> str:
        """Where it was loaded from, as ``mmgan_core.load`` takes it."""
        ...

    @property
    def given(self) -> list[str]:
        """The names of its given entries."""
        ...

    @property
    def made(self) -> list[str]:
        """The names of its made entries."""
        ...

    @property
    def condition_dim(self) -> int:
        """The size of its pooled condition; 0 if it is unconditional."""
        ...

    @property
    def network(self) -> nn.Module:
        """Its networks on the CPU, for inspection: do not register them as a part of a module."""
        ...

    def modality(self, entry: str) -> Modality:
        """The modality of a given or made entry."""
        ...

    def encode(self, entry: str, values: Sequence[object]) -> Tensor:
        """Encode raw values of one given entry into pooled conditions, (B, condition_dim).

        It runs on the CPU without gradients, and a value alone gives the same numbers as among
        others. The other given entries are absent.

        Raises:
            BadValue: if a value cannot be read.
        """
        ...

    def decode(self, entry: str, pooled: Tensor) -> Tensor:
        """Make the samples (B, *shape) of a made entry from pooled conditions and zero noise.

        It runs on the device of ``pooled``. Gradients reach ``pooled``, and no weight.
        """
        ...

    def make(self, entry: str, samples: Mapping[str, Tensor]) -> Tensor:
        """Make the samples (B, *shape) of a made entry from samples that stand for given values.

        The samples, (B, *shape) by given entry, are encoded as they are; the other given entries
        are absent, and noise is zero. What is made may be of any size, as the samples are. It runs
        on their device, and gradients reach them.

        Raises:
            BadValue: if an encoder cannot encode samples.
        """
        ...
