"""A generator: turns noise and a condition into samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, ConditionPart, ConditionSpace
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import Options as BaseOptions


class Generator(nn.Module, Component, ABC):
    """Makes samples of one modality in one forward pass.

    Its only randomness is the noise that it receives, so that the same seed gives the same
    sample.

    Attributes:
        noise_dim: the size Z of the noise, (B, Z), which is sampled from N(0, 1).
        reads: the parts of the condition that it reads, of those in its ``Spec.condition_parts``.
            The constructor sets it if the options decide. A recipe in which a given entry is read
            by no generator is refused.
        any_size: whether it makes samples as large as the maps of a condition demand: ``shape_of``.
            The constructor sets it if the options decide. Such a generator may be trained on
            windows of samples, for whose shape it is then built.
        resizable: whether it makes samples of any size along the free axes of a modality when it
            is asked to, with no maps that say how large: ``sized``. It may be trained on windows of
            samples too, and then makes windows where nothing is asked.
        makes_choices: whether samples are choices, such as one-hot rows. Then a likelihood is a
            probability, whose inverse per choice is the perplexity; else it is a density.
        use_options: the names of options that change how a trained network makes samples, and
            nothing that it learns. Whoever uses or measures a model may give them other values:
            the network must read them from ``options`` whenever it makes samples.

    Evaluation may try several values of an option ``sampling_temperature``, if there is one.
    """

    noise_dim: int
    reads: frozenset[ConditionPart] = frozenset({"pooled"})
    any_size: bool = False
    resizable: bool = False
    makes_choices: ClassVar[bool] = False
    use_options: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, options: BaseOptions, space: SampleSpace, condition: ConditionSpace) -> None:
        """Build the network; every size comes from the options and the two spaces.

        Args:
            space: the shape and range of the samples.
            condition: the sizes of the condition.

        Raises:
            BadValue: if it cannot make such samples; the message says which would do.
        """
        super().__init__()
        self.options = options
        self.space = space
        self.condition = condition

    @classmethod
    def example_conditions(cls, space: SampleSpace) -> Sequence[ConditionSpace]:
        """Conditions for contract tests to build the generator with, on samples of this space.

        By default there are none, and the tests choose. A generator that works only with certain
        maps, such as those of a known spectrogram, has to say with which.
        """
        return ()

    @abstractmethod
    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make samples (B, *space.shape), roughly from ``space.low`` to ``space.high``.

        Samples are clamped to that range before a user gets them.
        """

    def shape_of(self, condition: Condition) -> tuple[int, ...]:
        """The shape of the samples that a condition demands, without the batch.

        It is that of ``space``, unless the maps lie on another grid than that of the condition for
        which the network was built: then samples are larger or smaller in proportion.

        Raises:
            BadValue: if samples of that size do not end with a whole number.
        """
        shape, built = self.space.shape, self.condition.map_shape
        if condition.maps is None or condition.maps.shape[2:] == built or not self.any_size:
            return shape
        grid = tuple(condition.maps.shape[2:])
        first = len(shape) - len(grid)
        sizes = [
            divmod(size * now, then)
            for size, now, then in zip(shape[first:], grid, built, strict=True)
        ]
        if any(left or not size for size, left in sizes):
            raise BadValue(f"no sample belongs to maps of {grid}: those of {built} have {shape}")
        return (*shape[:first], *(size for size, _ in sizes))

    def sized(self, shape: tuple[int, ...]) -> Generator:
        """The same network, with the same weights, for samples of another shape.

        Raises:
            BadValue: if it is not ``resizable``, or makes no samples of this shape.
        """
        raise BadValue(f"{type(self).__name__} makes samples of one size")

    def log_likelihood(
        self, sample: Tensor, condition: Condition, mask: Tensor | None = None
    ) -> Tensor:
        """Return log p(sample | condition) of each row in nats, (B,), in float32.

        A generator whose spec declares ``knows_likelihood`` implements it. ``forward`` then samples
        from this very distribution when the noise is sampled from N(0, 1).

        Args:
            sample: samples, (B, *space.shape), as the modality makes them of real values.
            condition: what they are conditioned on.
            mask: True where a place counts, False where it is padding; it broadcasts to the
                samples, and each place is left out as a whole. By default all places count.

        Raises:
            BadValue: if the generator does not know it.
        """
        raise BadValue(f"{type(self).__name__} does not know how likely a sample is")

    def likelihood_dims(self, sample: Tensor, mask: Tensor | None = None) -> Tensor:
        """How many numbers, or choices, the likelihood of each row is a product of, (B,).

        Likelihoods are compared per number or choice. By default every number counts.

        Args:
            sample, mask: as for ``log_likelihood``.
        """
        counted = torch.ones_like(sample) if mask is None else mask.to(sample).expand_as(sample)
        return counted.flatten(1).sum(1)
