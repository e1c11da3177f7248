"""An auxiliary loss: what a generator minimises beside the adversarial loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from mmgan_core.contracts.beside import Beside
from mmgan_core.contracts.component import Component
from mmgan_core.contracts.condition import Condition, Encoding
from mmgan_core.contracts.critique import Critique
from mmgan_core.contracts.generator import Generator
from mmgan_core.contracts.sample_space import SampleSpace
from mmgan_core.errors import BadValue, nearest
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class OtherEntry:
    """Another made entry in the same generator phase.

    Attributes:
        generator: its generator; it may be called again.
        noise: the noise of its samples, (B, Z).
        condition: the condition of its samples.
        real: its real samples, (B, *shape), of the same rows of the data.
        make: makes its samples, with their gradient; see ``fake``.
    """

    generator: Generator
    noise: Tensor
    condition: Condition
    real: Tensor
    make: Callable[[], Tensor]

    @property
    def fake(self) -> Tensor:
        """The samples that it made in this phase, (B, *shape), with their gradient."""
        return self.make()


def _no_encoder(given: str, sample: Tensor) -> Encoding:
    raise BadValue(f"nothing is given that could encode samples, but {given!r} is asked for")


def _no_fusion(encodings: Mapping[str, Encoding], entry: str) -> Condition:
    raise BadValue("nothing is given that a condition could be made from")


@dataclass(frozen=True)
class GeneratorStep:
    """What an auxiliary loss can work with: the generator phase of one made entry.

    Attributes:
        generator: the generator that made ``fake``; it may be called again.
        noise: the noise that it was given, (B, Z).
        condition: the condition that it was given; ``condition.masked`` if it repairs.
        fake: the samples that it made, (B, *shape), with their gradient.
        real: real samples of the same conditions, (B, *shape).
        discriminate: the discriminator as a function of the sample alone; of several, the first.
            It raises a BadValue if the entry has none.
        entry: the name of the made entry.
        others: the other made entries.
        encodings: the encoding of each given entry, as encoders made it of the given values. It
            has a gradient only if encoders learn in the generator phase.
        meaning: rows with equal numbers mean the same, (B,).
        encode: encodes samples (B, *shape) by the encoder of the given entry that is named, with a
            gradient to the samples. It raises a BadValue if that encoder cannot encode samples.
        fuse: makes the condition of the made entry that is named from some encodings, as though
            nothing else were given.
        adversarial: whether the adversarial loss counts in this step; before
            ``adversarial_start`` it does not.
        against: the same step against each further discriminator; ``of_fake`` and ``of_real`` of
            each are computed once, for its adversarial loss too.
    """

    generator: Generator
    noise: Tensor
    condition: Condition
    fake: Tensor
    real: Tensor
    discriminate: Callable[[Tensor], Critique]
    entry: str = ""
    others: Mapping[str, OtherEntry] = field(default_factory=dict)
    encodings: Mapping[str, Encoding] = field(default_factory=dict)
    meaning: Tensor | None = None
    encode: Callable[[str, Tensor], Encoding] = _no_encoder
    fuse: Callable[[Mapping[str, Encoding], str], Condition] = _no_fusion
    adversarial: bool = True
    against: tuple[GeneratorStep, ...] = ()
    # Not cached properties, which torch's compiler cannot follow.
    _critiques: dict[str, Critique] = field(default_factory=dict, init=False, repr=False)

    def condition_from(self, samples: Mapping[str, Tensor], *, of: str = "") -> Condition:
        """The condition in which samples, real or made, stand for given values.

        Args:
            samples: samples (B, *shape) by the given entry that they stand for; no other given
                entry is present.
            of: the made entry whose condition it is; default: this one.

        Raises:
            BadValue: if an encoder cannot encode samples, or ``of`` is not conditioned on them.
        """
        encodings = {name: self.encode(name, sample) for name, sample in samples.items()}
        return self.fuse(encodings, of or self.entry)

    def other(self, name: str) -> OtherEntry:
        """Another made entry.

        Raises:
            BadValue: if no other entry of this name is made; names the nearest.
        """
        if name not in self.others:
            raise BadValue(f"there is no other made entry {name!r}: {nearest(name, self.others)}")
        return self.others[name]

    @property
    def of_fake(self) -> Critique:
        """The critique of ``fake``, with the known part put back; computed once, on first use."""
        if "fake" not in self._critiques:
            masked = self.condition.masked
            seen = masked.filled(self.fake) if masked else self.fake
            self._critiques["fake"] = self.discriminate(seen)
        return self._critiques["fake"]

    @property
    def of_real(self) -> Critique:
        """The critique of ``real``, without a gradient; computed once, on first use."""
        if "real" not in self._critiques:
            with torch.no_grad():
                self._critiques["real"] = self.discriminate(self.real)
        return self._critiques["real"]


class AuxiliaryLoss(nn.Module, Component, ABC):
    """Is added to the generator's loss; the trainer applies its ``weight`` and ``every``.

    State that must survive a resume is kept in buffers. Weights of its own learn in the generator
    phase; checkpoints keep them, and exported models leave them out. Random numbers come from the
    global random state, which is seeded for each step.

    Attributes:
        paired: whether it compares real and made samples row by row, which makes sense only if
            the condition decides what the sample should be.
        needs_likelihood: whether it works only on generators that know the likelihood of a sample.
        of_condition: whether it teaches encoders and fusion through ``condition`` or ``encodings``,
            and not the generator; it is refused where these do not learn in the generator phase.
        needs_fake: whether it reads ``step.fake`` or what follows from it. Samples that nothing
            reads are not made, which saves time where making them is slow; ``step.fake`` is then
            not a number.
    """

    paired: ClassVar[bool] = False
    needs_likelihood: ClassVar[bool] = False
    of_condition: ClassVar[bool] = False
    needs_fake: ClassVar[bool] = True

    def __init__(self, options: BaseOptions, space: SampleSpace) -> None:
        """``space``: the shape and range of the made samples.

        Raises:
            BadValue: if it cannot work on such samples.
        """
        super().__init__()
        self.options = options
        self.space = space

    @classmethod
    def check(cls, options: Any, beside: Beside) -> None:
        """Refuse options that refer to what is not there; called before training begins.

        A loss whose options name other entries, or that needs something of the generator, looks
        for them here. By default nothing is checked.

        Args:
            options: the loss's own, an instance of its ``Options``.
            beside: the networks of the recipe; its methods look entries up by name.

        Raises:
            BadValue: if the loss could not work beside them.
        """

    @abstractmethod
    def forward(self, step: GeneratorStep) -> Tensor:
        """Return a scalar to minimise, unweighted.

        Raises:
            BadValue: if it cannot work on this generator.
        """
