"""The recipe: plain data that names the parts of a GAN and says how to train it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.seeds import one_seed
from mmgan_core.recipe.choices import (
    AuxiliaryLossChoice,
    Choice,
    ComponentChoice,
    ModalityChoice,
    NotNegative,
    Penalties,
    Section,
    Share,
    one_or_several,
    spelt_short,
)
from mmgan_core.recipe.consistency import refuse_inconsistent, refuse_other_discriminators
from mmgan_core.recipe.training_keys import Train

Size = Annotated[int, Field(ge=1)]
EntryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class DiscriminatorChoice(ComponentChoice):
    """One of several discriminators of a made entry."""

    name: str = Field(
        "",
        pattern=r"^[a-z0-9_]*$",
        description="what its weights and metrics are called, after the entry; default: its "
        "number; the first is called as the entry is",
    )
    weight: NotNegative = Field(1.0, description="its weight in the generator phase")
    loss: Choice | None = Field(None, description="its adversarial loss; default: the entry's")
    penalties: Penalties | None = Field(None, description="its penalties; default: the entry's")


Discriminators = Annotated[
    list[Annotated[DiscriminatorChoice, BeforeValidator(spelt_short)]], Field(min_length=1)
]


class Adaptive(Section):
    """Raise the probability while the discriminator overfits, and lower it while it does not."""

    target: float = Field(
        0.6, gt=-1, lt=1, description="mean sign of D's logits for real samples to aim at"
    )
    most: float = Field(0.8, gt=0, lt=1, description="largest probability")
    over: int = Field(
        500_000, ge=1, description="samples in which the probability can go from 0 to 1"
    )


class _AugmentChoice(ComponentChoice):
    probability: Share = Field(1.0, description="probability that a row is changed at all")
    adaptive: Adaptive | None = Field(
        None, description="adapt the probability during training to how much D overfits"
    )
    condition_discriminator: bool = Field(
        False, description="condition the discriminator on the parameters of the augmentation"
    )

    @model_validator(mode="after")
    def _one_probability(self) -> _AugmentChoice:
        if self.adaptive and "probability" in self.model_fields_set:
            raise ValueError("give a probability or adaptive, not both")
        return self


class _DataAugmentChoice(ComponentChoice):
    probability: Share = Field(1.0, description="probability that a row is changed at all")


class _AlignChoice(ComponentChoice):
    weight: NotNegative = Field(1.0, description="its weight in the discriminator phase")
    same: str = Field(
        "", description="column whose equal values mean the same; default: pair_on of the data"
    )
    given: list[EntryName] | None = Field(
        None, description="the given entries that it aligns; default: all that have a vector"
    )
    made: dict[EntryName, Choice] = Field(
        {}, description="by made entry, an encoder of its samples, which is aligned with them"
    )
    generator_weight: NotNegative = Field(
        0.0,
        description="its weight in the generator phase, where made samples stand for real ones",
    )


class Given(Section):
    """An entry that users may give."""

    modality: Annotated[ModalityChoice, BeforeValidator(spelt_short)] = Field(
        default_factory=lambda: ModalityChoice(use=""),
        description="its kind of data; default: the modality with the same name as the entry",
    )
    column: str = Field("", description="column of the data; default: the entry's name")
    encoder: Choice = Field(description="the encoder of its values")
    may_be_missing: bool = Field(
        False,
        description="train on rows without its value too, as though it were not given",
    )


class Evaluator(Section):
    """A classifier that never trains the GAN; it predicts from a sample what was asked for.

    Without a target it is a frozen encoder, of which only the features are used.
    """

    encoder: Choice = Field(description="the encoder below its linear classifier")
    target: str | None = Field(
        description="column of the data that it predicts; null: no training, features alone"
    )
    samples: int | None = Field(
        None, ge=1, description="how many samples it is trained on; default: until it has learned"
    )
    modality: Annotated[ModalityChoice, BeforeValidator(spelt_short)] | None = Field(
        None,
        description="the modality to which samples are converted for its encoder, such as one of "
        "another size; default: the made entry's, which also gives the options left out here",
    )


class Matcher(Section):
    """Two encoders that never train the GAN; they learn which sample and given value match."""

    encoder: Choice = Field(description="the encoder of made samples")
    given: str = Field(description="the given entry whose values are matched with samples")
    given_encoder: Choice | None = Field(
        None, description="the encoder of its values; default: the given entry's, trained anew"
    )
    dim: int = Field(128, ge=1, description="size of the joint space")
    samples: int | None = Field(
        None, ge=1, description="how many pairs it is trained on; default: until it has learned"
    )


class Repair(Section):
    """How training masks samples, so that the model learns to fill in what is missing."""

    masks: list[str] = Field(
        [], description="kinds of masks; default: centre and every kind of the modality"
    )
    smallest: float = Field(0.05, gt=0, le=1, description="smallest fraction that is masked")
    largest: float = Field(0.5, gt=0, le=1, description="largest fraction that is masked")
    everything: float = Field(
        0.0, ge=0, le=1, description="fraction of samples that are masked as a whole"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Repair:
        if self.smallest > self.largest:
            raise ValueError(f"smallest {self.smallest:g} is larger than largest {self.largest:g}")
        return self


class Make(Section):
    """An entry that the GAN makes."""

    modality: Annotated[ModalityChoice, BeforeValidator(spelt_short)] = Field(
        default_factory=lambda: ModalityChoice(use=""),
        description="its kind of data; default: the modality with the same name as the entry",
    )
    column: str = Field("", description="column of the data; default: the entry's name")
    generator: Choice = Field(description="the network that makes the samples")
    given: list[EntryName] | None = Field(
        None, description="the given entries that it is conditioned on; default: all"
    )
    noise: EntryName | None = Field(
        None, description="another made entry, from whose noise it is made; default: its own noise"
    )
    discriminator: Choice | Discriminators | None = Field(
        None,
        description="the network that distinguishes real from generated samples, or a list of "
        "several; without any, auxiliary losses or a joint discriminator teach the generator",
    )
    loss: Choice | None = Field(None, description="the adversarial loss of both networks")
    penalties: Penalties = Field([], description="gradient penalties of the discriminator")
    auxiliary_losses: list[Annotated[AuxiliaryLossChoice, BeforeValidator(spelt_short)]] = Field(
        [], description="auxiliary losses of the generator"
    )
    augment: Annotated[
        list[Annotated[_AugmentChoice, BeforeValidator(spelt_short)]],
        BeforeValidator(one_or_several),
    ] = Field([], description="augmentations of real and generated samples before D sees them")
    data_augment: Annotated[
        list[Annotated[_DataAugmentChoice, BeforeValidator(spelt_short)]],
        BeforeValidator(one_or_several),
    ] = Field([], description="augmentations of real samples alone, which the GAN then learns too")
    matching_aware: NotNegative = Field(
        0.0,
        description="weight of the loss by which D refuses real samples with a wrong condition",
    )
    auxiliary_classifier: NotNegative = Field(
        0.0,
        description="weight of predicting the condition from the sample, in both phases",
    )
    adversarial_start: int = Field(
        0,
        ge=0,
        description="samples before the adversarial loss starts; until then the auxiliary losses "
        "alone train the generator",
    )
    inference: Choice | None = Field(
        None,
        description="the encoder that infers noise from real samples; discriminators then see "
        "the noise beside each sample",
    )
    window: Size | Annotated[list[Size], Field(min_length=1)] | None = Field(
        None,
        description="train on random parts of this size, in numbers of a sample along each axis "
        "that may have any size: pixels, samples of a waveform, frames",
    )
    places: EntryName | None = Field(
        None,
        description="the given entry whose value says how long a sample is, such as the "
        "spectrogram that is made audible; what lies beyond is padding, and teaches nothing",
    )
    repair: Repair | None = Field(
        None, description="train on masked samples, to fill in what is missing"
    )
    evaluator: Evaluator | None = Field(
        None, description="the network that `evaluate` measures with"
    )
    matcher: Matcher | None = Field(
        None, description="two encoders by which `evaluate` compares samples with given values"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Make:
        refuse_other_discriminators(self)
        return self

    @property
    def discriminators(self) -> list[Choice]:
        """Its discriminators; those of a list are each a ``DiscriminatorChoice``."""
        if isinstance(self.discriminator, list):
            return list(self.discriminator)
        return [] if self.discriminator is None else [self.discriminator]


class Joint(Section):
    """A discriminator that sees several made entries together."""

    of: list[EntryName] = Field(min_length=2, description="the made entries that it sees")
    discriminator: Choice = Field(
        description="the network that distinguishes real from generated samples of all of them"
    )
    loss: Choice = Field(description="the adversarial loss of all networks")
    penalties: Penalties = Field(
        [], description="penalties on the gradient by the samples of all entries together"
    )
    weight: NotNegative = Field(1.0, description="its weight in the generator phase")


class Prior(Section):
    """A mixture of Gaussians, from which entries that a user does not give are drawn."""

    components: int = Field(
        32,
        ge=1,
        le=256,
        description="largest number of Gaussians; held-out rows decide how many are used",
    )
    samples: int = Field(5_000, ge=2, description="how many training rows it is fitted to")


class Evaluate(Section):
    """What `evaluate` measures."""

    metrics: list[Choice] = Field(
        default_factory=lambda: [
            ComponentChoice(use="core/condition-accuracy"),
            ComponentChoice(use="core/frechet"),
        ],
        description="the metrics",
    )
    count: int = Field(1_000, ge=2, description="samples made for each number")


class About(Section):
    """What people should know about a model of this recipe; it goes into the model's card."""

    licence: str = Field("", description="the licence of the weights, as an SPDX name")
    data_licence: str = Field("", description="the licence of the data, as an SPDX name")
    data_source: str = Field("", description="where the data come from, in one line")
    limits: list[str] = Field([], description="what the model cannot do, one sentence each")


class Recipe(Section):
    """A whole recipe. Unknown keys are errors."""

    name: str = Field("", description="the recipe's name; default: the file's name")
    summary: str = Field("", description="what the model makes, in one line")
    about: About = Field(About(), description="what the model's card says about it")
    data: Choice = Field(description="the data source")
    bad_rows: float = Field(
        0.01,
        ge=0,
        lt=1,
        description="largest fraction of rows that may be unreadable; one row of a split always "
        "may, unless it is 0",
    )
    given: dict[EntryName, Given] = Field({}, description="what users may give, in any subset")
    align: Annotated[_AlignChoice, BeforeValidator(spelt_short)] | None = Field(
        None, description="the loss that pulls the encodings of given entries together"
    )
    fusion: Choice | None = Field(
        None,
        description="the fusion of all encodings into one condition; "
        "default: core/product-of-experts",
    )
    prior: Prior | None = Field(
        None,
        description="the density from which entries that are not given are drawn; default: they "
        "are left out",
    )
    make: dict[EntryName, Make] = Field(min_length=1, description="what the GAN makes")
    joint: dict[EntryName, Joint] = Field(
        {}, description="discriminators that see several made entries together"
    )
    train: Train = Field(Train(), description="how the GAN is trained")
    evaluate: Evaluate = Field(Evaluate(), description="what `evaluate` measures")
    seed: Annotated[int, BeforeValidator(one_seed)] = Field(
        0, ge=0, lt=2**31, description="the seed of everything random"
    )
    _given: dict[str, object] = PrivateAttr(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _one_folder(cls, value: str) -> str:
        if value in (".", "..") or set(value) & set("/\\\0"):
            raise ValueError(f"runs/{value} cannot be the folder of a run: leave out / and \\")
        return value

    @field_validator("data", mode="before")
    @classmethod
    def _sources(cls, value: object) -> object:
        if isinstance(value, dict) and "use" not in value:
            of_several = {"sources": "core/paired", "mix": "core/mixed"}
            found = next((use for key, use in of_several.items() if key in value), None)
            return {"use": found, **value} if found else value
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        both = set(self.given) & set(self.make)
        if both:
            raise ValueError(f"{sorted(both)[0]!r} is both given and made: rename one of them")
        if self.given and self.fusion is None:
            self.fusion = ComponentChoice(use="core/product-of-experts")
        refuse_inconsistent(self)
        return self

    def aligned(self) -> tuple[str, ...]:
        """The given entries that the alignment may pull together, in the recipe's order."""
        chosen = self.align.given if self.align else ()
        return tuple(n for n in self.given if chosen is None or n in chosen)

    def given_of(self, name: str) -> tuple[str, ...]:
        """The given entries that a made entry is conditioned on, in the recipe's order."""
        chosen = self.make[name].given
        return tuple(n for n in self.given if chosen is None or n in chosen)

    @property
    def encoders_with_generator(self) -> bool:
        """Whether encoders and fusion learn in the generator phase."""
        if self.train.encoders is None:
            return not self.joint and not any(make.discriminators for make in self.make.values())
        return self.train.encoders == "generator"

    @property
    def as_given(self) -> dict[str, object]:
        """The recipe as its author wrote it, with the command line's changes."""
        return self._given or self.plain()

    def plain(self) -> Plain:
        """Return the recipe as plain data, with every default filled in."""
        return self.model_dump(mode="json", by_alias=True)
