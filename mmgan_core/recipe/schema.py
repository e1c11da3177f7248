"""The recipe: pure data that says which parts make a GAN and how it is trained."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from mmgan_core.recipe.schedule import Number, ends

EntryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _held_to(holds: Callable[[float], bool], rule: str) -> AfterValidator:
    def check(number: Number) -> Number:
        for end in ends(number):
            if not holds(end):
                raise ValueError(f"{rule}, not {end:g}")
        return number

    return AfterValidator(check)


_NotNegative = Annotated[
    Number, _held_to(lambda end: 0 <= end < math.inf, "must be finite and not negative")
]
_BelowOne = Annotated[
    Number, _held_to(lambda end: 0 <= end < 1, "must be at least 0 and less than 1")
]
_Share = Annotated[Number, _held_to(lambda end: 0 <= end <= 1, "must be from 0 to 1")]
_Positive = Annotated[Number, _held_to(lambda end: end > 0, "must be over 0")]
# A half-life may be infinite: then the average stays where it began.
_HalfLife = Annotated[Number, _held_to(lambda end: end >= 0, "must not be negative")]


def _spelt_short(value: object) -> object:
    return {"use": value} if isinstance(value, str) else value


def _one_or_several(value: object) -> object:
    if value is None:
        return []
    return value if isinstance(value, (list, tuple)) else [value]


class _Choice(BaseModel):
    """A component and its options; ``core/x`` alone is short for ``{use: core/x}``."""

    model_config = ConfigDict(extra="allow")

    use: str = Field(description="plugin/name, or plugin/name@version")

    @property
    def options(self) -> dict[str, object]:
        """What the recipe says of the component's own options."""
        return dict(self.model_extra or {})


Choice = Annotated[_Choice, BeforeValidator(_spelt_short)]


class _ModalityChoice(_Choice):
    use: str = Field("", description="default: the modality that the entry is named for")


class _PenaltyChoice(_Choice):
    weight: _NotNegative = Field(1.0, description="gamma, or its schedule")
    every: int = Field(1, ge=1, description="lazy: every so many steps, multiplied by as many")


class _AuxiliaryLossChoice(_Choice):
    weight: _NotNegative = Field(1.0, description="its weight in the generator phase")
    every: int = Field(1, ge=1, description="lazy: every so many steps, multiplied by as many")


class Adaptive(_Section):
    """The probability rises while the discriminator overfits, and falls while it does not."""

    target: float = Field(0.6, gt=-1, lt=1, description="mean sign of D's answers to aim at")
    most: float = Field(0.8, gt=0, lt=1, description="largest probability")
    over: int = Field(500_000, ge=1, description="samples in which it may go from 0 to 1")


class _AugmentChoice(_Choice):
    probability: _Share = Field(1.0, description="that a row is changed at all")
    adaptive: Adaptive | None = Field(None, description="find the probability in training")
    condition_discriminator: bool = Field(
        False, description="condition the discriminator on what was changed"
    )

    @model_validator(mode="after")
    def _one_probability(self) -> _AugmentChoice:
        if self.adaptive and "probability" in self.model_fields_set:
            raise ValueError("give a probability or adaptive, not both")
        return self


class _DataAugmentChoice(_Choice):
    probability: _Share = Field(1.0, description="that a row is changed at all")


class _AlignChoice(_Choice):
    weight: _NotNegative = Field(1.0, description="its weight in the discriminator phase")
    same: str = Field("", description="rows equal in this column mean the same; default: pair_on")


class Given(_Section):
    """A kind of data that users may give."""

    modality: Annotated[_ModalityChoice, BeforeValidator(_spelt_short)] = Field(
        default_factory=lambda: _ModalityChoice(use=""),
        description="how its values are read; default: the modality that the entry is named for",
    )
    column: str = Field("", description="column of the data; default: the entry's name")
    encoder: Choice = Field(description="what encodes its values")


class Evaluator(_Section):
    """A network that never trains the GAN, and reads from a sample what was asked for."""

    encoder: Choice = Field(description="the network below its classifier")
    target: str = Field(description="column of the data that it reads")
    samples: int = Field(150_000, ge=1, description="how many samples it is trained on")


class Repair(_Section):
    """Which part of a sample training masks, for a model that fills it in."""

    masks: list[str] = Field(
        [], description="kinds of masks; default: centre and all that the modality has"
    )
    smallest: float = Field(0.05, gt=0, le=1, description="smallest fraction that is masked")
    largest: float = Field(0.5, gt=0, le=1, description="largest fraction that is masked")
    everything: float = Field(0.0, ge=0, le=1, description="fraction of samples masked whole")

    @model_validator(mode="after")
    def _in_order(self) -> Repair:
        if self.smallest > self.largest:
            raise ValueError(f"smallest {self.smallest:g} is larger than largest {self.largest:g}")
        return self


class Make(_Section):
    """A kind of data that the GAN makes."""

    modality: Annotated[_ModalityChoice, BeforeValidator(_spelt_short)] = Field(
        default_factory=lambda: _ModalityChoice(use=""),
        description="what its samples are; default: the modality that the entry is named for",
    )
    column: str = Field("", description="column of the data; default: the entry's name")
    generator: Choice = Field(description="what makes the samples")
    discriminator: Choice = Field(description="what tells real samples from generated ones")
    loss: Choice = Field(description="the adversarial loss of both networks")
    penalties: list[Annotated[_PenaltyChoice, BeforeValidator(_spelt_short)]] = Field(
        [], description="gradient penalties of the discriminator"
    )
    auxiliary_losses: list[Annotated[_AuxiliaryLossChoice, BeforeValidator(_spelt_short)]] = Field(
        [], description="auxiliary losses of the generator"
    )
    augment: Annotated[
        list[Annotated[_AugmentChoice, BeforeValidator(_spelt_short)]],
        BeforeValidator(_one_or_several),
    ] = Field([], description="what changes real and generated samples before D sees them")
    data_augment: Annotated[
        list[Annotated[_DataAugmentChoice, BeforeValidator(_spelt_short)]],
        BeforeValidator(_one_or_several),
    ] = Field([], description="augmentations that make other real samples, to be learned too")
    matching_aware: _NotNegative = Field(
        0.0,
        description="weight of telling real samples from real ones beside a wrong condition",
    )
    auxiliary_classifier: _NotNegative = Field(
        0.0, description="weight of reading the condition off the sample, in both phases"
    )
    adversarial_start: int = Field(
        0,
        ge=0,
        description="samples in which the auxiliary losses alone teach the generator",
    )
    repair: Repair | None = Field(None, description="fill in what is missing of a sample")
    evaluator: Evaluator | None = Field(
        None, description="the network that `evaluate` measures with"
    )


class LearningRates(_Section):
    """A learning rate for each of the two networks."""

    generator: _NotNegative = Field(description="the generator's learning rate")
    discriminator: _NotNegative = Field(description="that of everything else")


class Ema(_Section):
    """Averaged weights, which samples are drawn with."""

    half_life: _HalfLife = Field(10_000, description="samples after which a weight counts half")


class Train(_Section):
    """How it is trained. The time axis is samples seen, so batch size can change."""

    samples: int = Field(500_000, ge=1, description="real samples that D sees in all")
    batch_size: int = Field(64, ge=1, description="over all processes")
    optimizer: Literal["adam", "sgd"] = Field("adam", description="of both networks")
    learning_rate: _NotNegative | LearningRates = Field(2e-4, description="one for all, or two")
    betas: tuple[_BelowOne, _BelowOne] = Field((0.0, 0.99), description="Adam's two decay rates")
    ema: Ema = Field(Ema(half_life=10_000), description="the average of the weights")
    precision: Literal["fp32", "bf16"] = Field("fp32", description="bf16 is for GPUs that have it")
    clip_gradient: _Positive | None = Field(None, description="largest norm, per network")
    log_every: int = Field(5_000, ge=1, description="samples between lines of metrics")
    sample_every: int = Field(50_000, ge=1, description="samples between sample sheets")
    checkpoint_every: int = Field(100_000, ge=1, description="samples between checkpoints")
    keep: int = Field(2, ge=1, description="how many checkpoints are kept")
    tensorboard: bool = Field(False, description="also write event files for TensorBoard")


class Evaluate(_Section):
    """What `evaluate` measures."""

    metrics: list[Choice] = Field(
        default_factory=lambda: [
            _Choice(use="core/condition-accuracy"),
            _Choice(use="core/frechet"),
        ],
        description="what is measured",
    )
    count: int = Field(1_000, ge=2, description="samples made for each number")


class About(_Section):
    """What people should know of a model that is trained from this; it goes into its card."""

    licence: str = Field("", description="of the weights, SPDX name")
    data_licence: str = Field("", description="of the data, SPDX name")
    data_source: str = Field("", description="where the data come from, in a line")
    limits: list[str] = Field([], description="what it cannot do, a sentence each")


class Recipe(_Section):
    """A whole recipe. Unknown keys are errors."""

    name: str = Field("", description="default: the file's name")
    summary: str = Field("", description="what it makes, in a line")
    about: About = Field(About(), description="what the card of a model says")
    data: Choice = Field(description="the data source")
    bad_rows: float = Field(0.01, ge=0, lt=1, description="fraction of bad rows allowed")
    given: dict[EntryName, Given] = Field({}, description="what users may give, in any subset")
    align: Annotated[_AlignChoice, BeforeValidator(_spelt_short)] | None = Field(
        None, description="what teaches the encoders that two entries mean the same"
    )
    fusion: Choice | None = Field(
        None, description="what makes one condition of several; default: core/product-of-experts"
    )
    make: dict[EntryName, Make] = Field(min_length=1, description="what is made")
    train: Train = Field(Train(), description="how it is trained")
    evaluate: Evaluate = Field(Evaluate(), description="what `evaluate` measures")
    seed: int = Field(0, ge=0, lt=2**31, description="decides everything random")
    _given: dict[str, object] = PrivateAttr(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _one_folder(cls, value: str) -> str:
        if value in (".", "..") or set(value) & set("/\\\0"):
            raise ValueError(f"runs/{value} would be no folder of its own: leave out / and \\")
        return value

    @field_validator("data", mode="before")
    @classmethod
    def _sources(cls, value: object) -> object:
        if isinstance(value, dict) and "sources" in value and "use" not in value:
            return {"use": "core/paired", **value}
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        both = set(self.given) & set(self.make)
        if both:
            raise ValueError(f"{sorted(both)[0]!r} is both given and made: name one differently")
        if self.given and self.fusion is None:
            self.fusion = _Choice(use="core/product-of-experts")
        for name, make in self.make.items():
            for key, verb in (("matching_aware", "mismatch"), ("auxiliary_classifier", "be read")):
                if any(ends(getattr(make, key))) and not self.given:
                    raise ValueError(f"make.{name}.{key}: nothing is given that could {verb}")
            if make.adversarial_start and not make.auxiliary_losses:
                raise ValueError(
                    f"make.{name}.adversarial_start: there are no auxiliary losses to teach "
                    "before it: add auxiliary_losses, or set it to 0"
                )
        if self.align and len(self.given) < 2:
            raise ValueError("align pulls given entries together: it needs at least two of them")
        return self

    @property
    def as_given(self) -> dict[str, object]:
        """The recipe as its author wrote it, with the command line's changes."""
        return self._given or self.plain()

    def plain(self) -> dict[str, Any]:
        """The recipe as plain data, every default filled in."""
        return self.model_dump(mode="json", by_alias=True)
