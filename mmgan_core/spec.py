"""What the catalogue knows of a component without importing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal[
    "modality",
    "encoder",
    "alignment",
    "fusion",
    "generator",
    "discriminator",
    "joint_discriminator",
    "loss",
    "penalty",
    "auxiliary_loss",
    "augmentation",
    "metric",
    "explainer",
    "data_source",
    "optimizer",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ID = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")

# An entry of a recipe: a component's id, or `use` and its options.
Suggestion = str | Mapping[str, object]


@dataclass(frozen=True)
class Starter:
    """The components that `mmgan-zoo init` writes into a new recipe for one kind of data.

    Each suggestion is the id of a component, or a mapping of ``use`` and options, as in a recipe.

    Example:
        ``Starter(encoder="sketch/points", generator="sketch/strokes",
        discriminator={"use": "sketch/strokes", "width": 32})``

    Attributes:
        encoder: the encoder of given values, and of an evaluator of made samples.
        frozen: a pretrained encoder of given values. `init` writes it instead of ``encoder`` where
            it works: its packages are installed, and it encodes a value of the data.
        generator: the generator; without one, `init` never suggests making this kind of data.
        discriminator: the discriminator.
        taught_by: auxiliary losses that teach the generator where there is no discriminator, such
            as likelihood.
        networks: pairs of a generator and a discriminator, from the smallest to the largest, among
            which `init` chooses by the time that there is; without them there is the one above.
            The discriminator is "" where ``taught_by`` teaches alone.
        describes: whether values of this kind usually describe samples of other kinds; `init` then
            makes them only where it is asked to, or where there is nothing else to make.
        metrics: metrics of made samples that need no evaluator.
        features: an encoder of cheap features without weights, by which evaluation reads samples
            and compares their spread, independently of every network that is trained here.
        repairer: a generator that fills in what is missing of a masked sample.
        windowed: a generator that makes any size, which `init` writes where training sees windows
            of samples (``Modality.start_window``), with the other options of the usual generator.
        made_as: the modality of a made entry, if it differs from that of a given entry.
        augment: an augmentation that helps while there is little data.
        columns: names of columns that usually describe a sample, such as ``("text", "caption")``:
            where several columns would do, `init` gives the one that is called so.
        reads_unknown: whether a column can be given as this kind of data when its source does not
            know what kind it is.
    """

    encoder: Suggestion = field(default="", hash=False)
    frozen: Suggestion = field(default="", hash=False)
    generator: Suggestion = field(default="", hash=False)
    discriminator: Suggestion = field(default="", hash=False)
    taught_by: tuple[Suggestion, ...] = field(default=(), hash=False)
    networks: tuple[tuple[Suggestion, Suggestion], ...] = field(default=(), hash=False)
    describes: bool = False
    metrics: tuple[Suggestion, ...] = field(default=(), hash=False)
    repairer: Suggestion = field(default="", hash=False)
    windowed: str = ""
    made_as: Suggestion = field(default="", hash=False)
    augment: Suggestion = field(default="", hash=False)
    columns: tuple[str, ...] = ()
    reads_unknown: bool = False
    features: Suggestion = field(default="", hash=False)

    def __post_init__(self) -> None:
        single = (
            "encoder",
            "frozen",
            "generator",
            "discriminator",
            "repairer",
            "windowed",
            "made_as",
            "augment",
            "features",
        )
        suggested = [(name, getattr(self, name)) for name in single]
        suggested += [("networks", one) for pair in self.networks for one in pair]
        suggested += [("taught_by", one) for one in self.taught_by]
        suggested += [("metrics", one) for one in self.metrics]
        for name, suggestion in suggested:
            use = suggestion if isinstance(suggestion, str) else suggestion.get("use")
            if suggestion and not _ID.fullmatch(str(use)):
                raise ValueError(f"the suggested {name} {use!r} is not of the form plugin/name")
        taught = bool(self.taught_by)
        for generator, discriminator in ((self.generator, self.discriminator), *self.networks):
            if bool(generator) == bool(discriminator) or (generator and taught):
                continue
            raise ValueError(
                "a generator is suggested together with a discriminator, or with what teaches it: "
                "taught_by"
            )


@dataclass(frozen=True)
class Spec:
    """One component, as its plugin announces it.

    Example:
        ``Spec("image/r3", "mmgan_image.networks.r3_generator:R3Generator",
        "Residual generator of R3GAN", modalities=("image",))``

    Attributes:
        id: ``plugin/name`` in lower case; no two components of a kind have the same id.
        target: ``module:Class``; imported only when the component is used.
        summary: what the component does, in one line of plain words.
        modalities: the kinds of data that it works on (``"image"``, ``"audio"``, ...); empty means
            any. A modality names exactly one: its own kind.
        version: a number that its author raises when old weights would no longer load.
        default: for a modality, whether entries of its kind use it unless the recipe chooses.
        starter: for such a modality, what `mmgan-zoo init` suggests for its kind of data.
        reads: for a modality, the endings of the files that hold its values, without the dot, such
            as ``("mid",)``; sources of files then give a column of such files this kind. The
            endings of common images, sounds and texts cannot be claimed.
        hub_tasks: for a modality, the Hub's names of the tasks that make it, such as
            ``"text-to-image"``. A model's card names the one that begins with the kind that is
            given, or with ``unconditional`` if nothing is given; ``{given}`` stands for any kind.
        twice_differentiable: for discriminators and encoders, whether exact gradient penalties,
            which differentiate the gradient, may be used on them.
        keeps_batch_state: whether one sample's result depends on the others in its batch
            (batch normalisation).
        exportable: for generators and discriminators, whether ``torch.export`` can export them.
        repairs: for generators, whether they fill in the missing parts of a masked sample
            (``condition.masked``).
        condition_parts: for generators and discriminators, the parts of a condition that they can
            read, by some choice of options: ``"pooled"`` vectors, ``"tokens"`` to attend to, and
            ``"maps"`` that lie along the places of a sample.
        knows_likelihood: for generators, whether they know how likely a sample is under a condition
            (``Generator.log_likelihood``).
        any_size: for generators, whether they can make samples as large as the maps of a condition
            demand, by some choice of options (``Generator.any_size``).
        unconditional: for discriminators, whether they deliberately ignore the condition.
        paper: the address of the paper that describes it.
        licence: the SPDX name of the licence of its code, and of weights that it brings; "" if it
            is the one that the metadata of its distribution state.
    """

    id: str
    target: str
    summary: str
    modalities: tuple[str, ...] = ()
    version: int = 1
    default: bool = False
    starter: Starter | None = None
    reads: tuple[str, ...] = ()
    hub_tasks: tuple[str, ...] = ()
    twice_differentiable: bool = True
    keeps_batch_state: bool = False
    exportable: bool = False
    repairs: bool = False
    condition_parts: tuple[Literal["pooled", "tokens", "maps"], ...] = ("pooled",)
    knows_likelihood: bool = False
    any_size: bool = False
    unconditional: bool = False
    paper: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"component id {self.id!r} is not of the form plugin/name")
        if not _TARGET.fullmatch(self.target):
            raise ValueError(f"target {self.target!r} of {self.id} is not of the form module:Class")

    @property
    def plugin(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]

    def fits(self, modality: str) -> bool:
        """Whether the component works on this kind of data."""
        return not self.modalities or modality in self.modalities
