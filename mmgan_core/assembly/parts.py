"""The parts of a blueprint: what a recipe chose for each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmgan_core.assembly.scheduled import Clock
from mmgan_core.component import placed
from mmgan_core.contracts import FrozenModel
from mmgan_core.options import Options
from mmgan_core.recipe.schedule import Number
from mmgan_core.recipe.schema import Adaptive
from mmgan_core.spec import Spec


@dataclass(frozen=True)
class Part:
    """A chosen component.

    Attributes:
        spec: its entry in the catalogue.
        cls: its class.
        options: its checked options.
        where: its place in the recipe, for messages.
        clock: the clock that its scheduled options follow, and that it may listen to.
        models: the frozen models that its options name, by the name of the option.
        files: the contents of the files that its options name, by the name of the option.
    """

    spec: Spec
    cls: Any
    options: Options
    where: str
    clock: Clock | None = field(default=None, repr=False, compare=False)
    models: Mapping[str, FrozenModel] = field(default_factory=dict, repr=False, compare=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def build(self, *args: object) -> Any:
        """Build the component; an error says where in the recipe it stands."""
        with placed(self.where):
            built = self.cls(self.options, *args, **self.models, **self.files)
        if self.clock:
            self.clock.listen(built)
        return built

    def plain(self) -> dict[str, object]:
        """``use`` and all options as plain data, for ``resolved.yaml``."""
        return {"use": self.spec.id, **self.options.model_dump(mode="json")}


@dataclass(frozen=True)
class GivenPart:
    """The parts of one given entry."""

    column: str
    modality: Part
    encoder: Part


@dataclass(frozen=True)
class WeightedPart:
    """A penalty or an auxiliary loss, with its weight; it is applied in every ``every``-th step."""

    part: Part
    weight: Number
    every: int


@dataclass(frozen=True)
class AugmentPart:
    """An augmentation, with its probability and whether the discriminator is conditioned on it."""

    part: Part
    probability: Number
    adaptive: Adaptive | None = None
    condition_discriminator: bool = False


@dataclass(frozen=True)
class DiscriminatorPart:
    """A discriminator with what it is taught by.

    Attributes:
        name: what its weights and metrics are called.
        part: the network.
        loss: its adversarial loss.
        penalties: its penalties.
        weight: its weight in the generator phase.
    """

    name: str
    part: Part
    loss: Part
    penalties: tuple[WeightedPart, ...]
    weight: Number = 1.0


@dataclass(frozen=True)
class JointPart:
    """A discriminator of several made entries, and their names."""

    of: tuple[str, ...]
    discriminator: DiscriminatorPart


@dataclass(frozen=True)
class MakePart:
    """The parts of one made entry; ``several`` holds its discriminators if a recipe lists them."""

    column: str
    modality: Part
    generator: Part
    discriminator: Part | None
    loss: Part | None
    penalties: tuple[WeightedPart, ...]
    auxiliary_losses: tuple[WeightedPart, ...]
    augment: tuple[AugmentPart, ...]
    data_augment: tuple[AugmentPart, ...]
    several: tuple[DiscriminatorPart, ...] = ()
    inference: Part | None = None

    def discriminators(self, name: str) -> tuple[DiscriminatorPart, ...]:
        """All its discriminators; a single one is called as the entry is, ``name``."""
        if self.several or self.discriminator is None or self.loss is None:
            return self.several
        return (DiscriminatorPart(name, self.discriminator, self.loss, self.penalties),)
