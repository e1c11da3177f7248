"""The cases that checks run on: a component with one set of options, and inputs for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor, nn

from mmgan_core.assembly.opening import open_source
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    AuxiliaryLoss,
    Change,
    Condition,
    ConditionSpace,
    DataSource,
    Discriminator,
    Encoder,
    Encoding,
    EncodingSpace,
    FrozenModel,
    Fusion,
    Generator,
    JointDiscriminator,
    Masked,
    Modality,
    SampleSpace,
)
from mmgan_core.errors import BadValue
from mmgan_core.foundation.boxes import boxes
from mmgan_core.foundation.kept_files import open_file
from mmgan_core.options import Options, file_refs, model_refs
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import Spec
from mmgan_core.testing.check import NotApplicable
from mmgan_core.testing.stage import Stage
from mmgan_core.zoo.loading import frozen_model

Inputs = dict[str, Tensor]
# What a case builds, and what it builds where that is a network.
B = TypeVar("B", covariant=True)
N = TypeVar("N", bound=nn.Module)

TOKENS = 3
# The other samples that a joint discriminator sees.
OTHER_SPACE = SampleSpace("vector", (3,))
# Which share of a sample is missing, from and to, in masks.
SHARES = (0.2, 0.6)


@dataclass(frozen=True)
class Case(ABC, Generic[B]):
    """One way to build a component.

    Attributes:
        spec: its entry in the catalogue.
        cls: its class.
        options: the options of one of its examples.
    """

    spec: Spec
    cls: Callable[..., object]
    options: Options

    def __str__(self) -> str:
        options = self.options.model_dump(mode="json", exclude_defaults=True)
        return f"options {options}{self.about()}"

    def about(self) -> str:
        """What distinguishes the case besides its options, for messages."""
        return ""

    @abstractmethod
    def arguments(self) -> tuple[object, ...]:
        """The arguments of the class after its options."""

    def build(self, seed: int = 0) -> B:
        """Build the component; the seed decides its initial weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.construct()

    def construct(self) -> B:
        """The component, on whatever device and with whatever chance there is."""
        parts = {**self.models(), **self.files()}
        return cast(B, self.cls(self.options, *self.arguments(), **parts))

    def models(self) -> dict[str, FrozenModel]:
        """The frozen models that its options name, by the name of the option."""
        return {name: frozen_model(address) for name, address in model_refs(self.options).items()}

    def files(self) -> dict[str, bytes]:
        """The contents of the files that its options name, by the name of the option."""
        return {name: open_file(path) for name, path in file_refs(self.options).items()}


class NetworkCase(Case[N], Generic[N]):
    """A component that is an ``nn.Module``, with inputs as a flat mapping of tensors."""

    per_row = True

    def shaken(self, seed: int = 0) -> N:
        """Build the component and change all weights at random, so that none stays zero."""
        module = self.build(seed)
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in module.parameters():
                weight.add_(0.1 * torch.randn(weight.shape, generator=random))
        return module

    @abstractmethod
    def inputs(self, module: N, batch: int = 4, seed: int = 0) -> Inputs:
        """Sample inputs of ``batch`` rows; the seed decides them."""

    @abstractmethod
    def output(self, module: N, inputs: Inputs) -> Tensor:
        """The main output, (B, ...), or a scalar if not ``per_row``."""

    def answers(self, module: N, inputs: Inputs) -> list[Tensor]:
        """All outputs, for the check that gradients reach every weight."""
        return [self.output(module, inputs)]


@dataclass(frozen=True)
class ConditionedCase(NetworkCase[N], Generic[N]):
    """A generator or a discriminator on one sample space, with one kind of condition.

    Attributes:
        space: the shape and range of the samples.
        condition: the sizes of the condition.
        modality: the modality that samples masks; without it, masks are boxes.
    """

    space: SampleSpace
    condition: ConditionSpace
    modality: Modality | None = None

    def about(self) -> str:
        repaired = "" if self.condition.mask_shape is None else ", repaired"
        return f", samples {self.space.shape}{repaired}, condition of {self.condition.dim}"

    def arguments(self) -> tuple[object, ...]:
        return self.space, self.condition

    def conditioned(self, inputs: Inputs) -> Condition:
        """The condition among the inputs."""
        tokens, padding, maps = map(inputs.get, ("tokens", "padding_mask", "maps"))
        masked = Masked(inputs["known"], inputs["mask"]) if "known" in inputs else None
        choices = inputs.get("choices")
        return Condition(inputs["pooled"], tokens, padding, maps, masked, choices=choices)

    def elsewhere(self, space: SampleSpace) -> ConditionedCase[N]:
        """The same network on another sample space; of the condition only the mask is kept."""
        mask = None if self.condition.mask_shape is None else (1, *space.shape[1:])
        return replace(
            self, space=space, condition=ConditionSpace(0, mask_shape=mask), modality=None
        )

    def _condition(self, batch: int, random: torch.Generator) -> Inputs:
        space = self.condition
        inputs = {"pooled": torch.randn(batch, space.dim, generator=random)}
        if space.token_dim:
            inputs["tokens"] = torch.randn(batch, TOKENS, space.token_dim, generator=random)
            inputs["padding_mask"] = torch.ones(batch, TOKENS, dtype=torch.bool)
        if space.choice_settings:
            count = self.space.shape[-1]
            inputs["choices"] = torch.randint(-1, count, (batch, TOKENS), generator=random)
        if space.map_channels:
            inputs["maps"] = torch.randn(
                batch, space.map_channels, *space.map_shape, generator=random
            )
        if space.mask_shape is not None:
            sample = samples_of(self.space, batch, random)
            masked = Masked.of(sample, self._masks(space.mask_shape, batch, random), self.space)
            inputs |= {"known": masked.known, "mask": masked.mask}
        return inputs

    def _masks(self, shape: tuple[int, ...], batch: int, random: torch.Generator) -> Tensor:
        seed = int(torch.randint(2**31, (), generator=random))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if self.modality is None:
                return boxes(shape, torch.empty(batch).uniform_(*SHARES))
            return self.modality.sample_masks(self.modality.mask_kinds[0], batch, *SHARES)


class GeneratorCase(ConditionedCase[Generator]):
    """A generator: noise and a condition to samples."""

    def inputs(self, module: Generator, batch: int = 4, seed: int = 0) -> Inputs:
        random = torch.Generator().manual_seed(seed)
        noise = torch.randn(batch, module.noise_dim, generator=random)
        return {"noise": noise, **self._condition(batch, random)}

    def output(self, module: Generator, inputs: Inputs) -> Tensor:
        made: Tensor = module(inputs["noise"], self.conditioned(inputs))
        return made


class DiscriminatorCase(ConditionedCase[Discriminator]):
    """A discriminator: samples and a condition to logits."""

    def inputs(self, module: Discriminator, batch: int = 4, seed: int = 0) -> Inputs:
        random = torch.Generator().manual_seed(seed)
        return {"sample": samples_of(self.space, batch, random), **self._condition(batch, random)}

    def output(self, module: Discriminator, inputs: Inputs) -> Tensor:
        logits: Tensor = module(inputs["sample"], self.conditioned(inputs)).logits
        return logits


class JointDiscriminatorCase(ConditionedCase[JointDiscriminator]):
    """A joint discriminator: samples of a space and of a small one to logits."""

    def arguments(self) -> tuple[object, ...]:
        return {"one": self.space, "other": OTHER_SPACE}, self.condition

    def inputs(self, module: JointDiscriminator, batch: int = 4, seed: int = 0) -> Inputs:
        random = torch.Generator().manual_seed(seed)
        samples = {
            "sample": samples_of(self.space, batch, random),
            "other sample": samples_of(OTHER_SPACE, batch, random),
        }
        return {**samples, **self._condition(batch, random)}

    def output(self, module: JointDiscriminator, inputs: Inputs) -> Tensor:
        samples = {"one": inputs["sample"], "other": inputs["other sample"]}
        logits: Tensor = module(samples, self.conditioned(inputs)).logits
        return logits


class AuxiliaryLossCase(ConditionedCase[AuxiliaryLoss]):
    """An auxiliary loss in a generator phase, with two small networks of the contract tests."""

    per_row = False

    def arguments(self) -> tuple[object, ...]:
        return (self.space,)

    def inputs(self, module: AuxiliaryLoss, batch: int = 4, seed: int = 0) -> Inputs:
        random = torch.Generator().manual_seed(seed)
        real = samples_of(self.space, batch, random)
        # Not first: a loss that samples noise from the same seed must not get the same noise.
        noise = torch.randn(batch, self.stage().generator.noise_dim, generator=random)
        inputs = {"noise": noise, "real": real, **self._condition(batch, random)}
        if "mask" in inputs:
            inputs["known"] = Masked.of(real, inputs["mask"], self.space).known
        return inputs

    def output(self, module: AuxiliaryLoss, inputs: Inputs) -> Tensor:
        return self.loss(module, self.stage(), inputs)

    def stage(self) -> Stage:
        """The networks."""
        return Stage(self.space, self.condition)

    def loss(self, module: AuxiliaryLoss, stage: Stage, inputs: Inputs) -> Tensor:
        """The value of the auxiliary loss, if it can work on such networks."""
        try:
            loss: Tensor = module(
                stage.generator_step(inputs["noise"], inputs["real"], self.conditioned(inputs))
            )
        except BadValue as refused:
            raise NotApplicable(str(refused)) from None
        return loss


@dataclass(frozen=True)
class EncoderCase(NetworkCase[Encoder]):
    """An encoder of one modality."""

    modality: Modality

    def about(self) -> str:
        return f", {self.modality.kind} of shape {self.modality.space.shape}"

    def arguments(self) -> tuple[object, ...]:
        return (self.modality,)

    def inputs(self, module: Encoder, batch: int = 4, seed: int = 0) -> Inputs:
        prepared: Inputs = module.prepare(values(self.modality, batch, seed))
        return prepared

    def output(self, module: Encoder, inputs: Inputs) -> Tensor:
        # The vector; of an encoder without one, its tokens or its maps.
        return next(part for part in self.answers(module, inputs) if part.numel())

    def answers(self, module: Encoder, inputs: Inputs) -> list[Tensor]:
        encoding = module(inputs)
        parts = (encoding.pooled, encoding.tokens, encoding.maps)
        return [part for part in parts if part is not None]


@dataclass(frozen=True)
class GivenCase(NetworkCase[N], Generic[N]):
    """A fusion or an alignment of some given entries."""

    spaces: Mapping[str, EncodingSpace]

    @property
    def dims(self) -> dict[str, int]:
        """The size of each entry's vector."""
        return {name: space.dim for name, space in self.spaces.items()}

    def about(self) -> str:
        return f", encodings of {self.dims}"

    def arguments(self) -> tuple[object, ...]:
        return (self.dims,)

    def encodings(self, inputs: Inputs) -> dict[str, Encoding]:
        """The encodings among the inputs; tokens and maps are zeros."""
        found = {}
        for name, space in self.spaces.items():
            pooled = inputs[name]
            found[name] = replace(space.zeros(len(pooled), pooled.device), pooled=pooled)
        return found

    def _sampled(self, batch: int, seed: int) -> Inputs:
        random = torch.Generator().manual_seed(seed)
        return {name: torch.randn(batch, dim, generator=random) for name, dim in self.dims.items()}


class FusionCase(GivenCase[Fusion]):
    """A fusion: encodings, and which of them are present, to a condition."""

    def arguments(self) -> tuple[object, ...]:
        return (self.spaces,)

    def inputs(self, module: Fusion, batch: int = 4, seed: int = 0) -> Inputs:
        present = {present_key(name): torch.ones(batch, dtype=torch.bool) for name in self.dims}
        return {**self._sampled(batch, seed), **present}

    def output(self, module: Fusion, inputs: Inputs) -> Tensor:
        present = {name: inputs[present_key(name)] for name in self.dims}
        pooled: Tensor = module(self.encodings(inputs), present).pooled
        return pooled

    def answers(self, module: Fusion, inputs: Inputs) -> list[Tensor]:
        present = {name: inputs[present_key(name)] for name in self.dims}
        made = module(self.encodings(inputs), present)
        return [part for part in (made.pooled, made.tokens, made.maps) if part is not None]


class AlignmentCase(GivenCase[Alignment]):
    """An alignment: encodings, and which rows mean the same, to a scalar."""

    per_row = False

    def inputs(self, module: Alignment, batch: int = 4, seed: int = 0) -> Inputs:
        meaning = torch.arange(batch) // 2
        return {**self._sampled(batch, seed), "same": meaning[:, None] == meaning[None]}

    def output(self, module: Alignment, inputs: Inputs) -> Tensor:
        loss: Tensor = module(self.encodings(inputs), inputs["same"])
        return loss


@dataclass(frozen=True)
class AugmentationCase(NetworkCase[Augmentation]):
    """An augmentation of samples of one space."""

    space: SampleSpace

    def about(self) -> str:
        return f", samples {self.space.shape}"

    def arguments(self) -> tuple[object, ...]:
        return (self.space,)

    def inputs(self, module: Augmentation, batch: int = 4, seed: int = 0) -> Inputs:
        return {"sample": samples_of(self.space, batch, torch.Generator().manual_seed(seed))}

    def output(self, module: Augmentation, inputs: Inputs) -> Tensor:
        return self.change(module, inputs["sample"])(inputs["sample"])

    def change(self, module: Augmentation, sample: Tensor) -> Change:
        """Sample one change."""
        change = module.sample(sample)
        return change if isinstance(change, Change) else Change(change)


class PlainCase(Case[B], Generic[B]):
    """A component built from its options alone: modality, loss, penalty, metric, source, ..."""

    def arguments(self) -> tuple[object, ...]:
        return ()


class DataSourceCase(PlainCase[DataSource]):
    """A data source, opened as it is for a recipe."""

    def build(self, seed: int = 0) -> DataSource:
        """Open the source."""
        options = self.options.model_dump(mode="json")
        return open_source({"use": self.spec.id, **options}, catalogue())


def present_key(name: str) -> str:
    """The key under which inputs say in which rows an entry is present."""
    return f"{name} is present"


def samples_of(space: SampleSpace, batch: int, random: torch.Generator) -> Tensor:
    """Random samples of a space, uniform over its range."""
    uniform = torch.rand(batch, *space.shape, generator=random)
    return space.low + uniform * (space.high - space.low)


def values(modality: Modality, count: int, seed: int = 0) -> list[object]:
    """Decoded values of a modality, which it presents and can read again."""
    found: list[object] = []
    for number in range(seed * 10_000, seed * 10_000 + 50 * count):
        random = torch.Generator().manual_seed(number)
        (value,) = modality.present(samples_of(modality.space, 1, random))
        try:
            modality.decode(value)
            found.append(value)
        except BadValue:
            continue
        if len(found) == count:
            break
    return found


def is_network(module: object) -> bool:
    """Whether a component is a module with weights."""
    return isinstance(module, nn.Module) and any(True for _ in module.parameters())
