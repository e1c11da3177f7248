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
    "loss",
    "penalty",
    "auxiliary_loss",
    "augmentation",
    "metric",
    "data_source",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ID = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")

# An entry of a recipe: a component's id, or `use` and its options.
Suggestion = str | Mapping[str, object]


@dataclass(frozen=True)
class Starter:
    """What `mmgan-zoo init` writes into a new recipe for one kind of data.

    The suggestions are ids, which the catalogue looks up like those of any recipe.

    Example:
        ``Starter(encoder="sketch/points", generator="sketch/strokes",
        discriminator={"use": "sketch/strokes", "width": 32})``

    Attributes:
        encoder: what reads a value that is given, and what an evaluator reads samples with.
        generator: what makes it; without one, `init` never suggests to make this kind of data.
        discriminator: what tells real samples from made ones.
        made_as: the modality to make it as, where that is not the one that it is given as.
        augment: an augmentation that helps while there is little data.
        columns: names of columns that `init` gives unless the user chooses: those that usually
            describe a sample, such as ``("text", "caption")``.
        reads_unknown: whether a column can be given as this kind of data when its source does not
            know what kind it is.
    """

    encoder: Suggestion = field(default="", hash=False)
    generator: Suggestion = field(default="", hash=False)
    discriminator: Suggestion = field(default="", hash=False)
    made_as: Suggestion = field(default="", hash=False)
    augment: Suggestion = field(default="", hash=False)
    columns: tuple[str, ...] = ()
    reads_unknown: bool = False

    def __post_init__(self) -> None:
        for name in ("encoder", "generator", "discriminator", "made_as", "augment"):
            suggestion = getattr(self, name)
            use = suggestion if isinstance(suggestion, str) else suggestion.get("use")
            if suggestion and not _ID.fullmatch(str(use)):
                raise ValueError(f"the suggested {name} {use!r} is not of the form plugin/name")
        if bool(self.generator) != bool(self.discriminator):
            raise ValueError("a generator and a discriminator are suggested together")


@dataclass(frozen=True)
class Spec:
    """One component, as its plugin announces it.

    Example:
        ``Spec("image/r3", "mmgan_image.networks.r3_generator:R3Generator",
        "Residual generator of R3GAN", modalities=("image",))``

    Attributes:
        id: ``plugin/name``, lower case, the name unique for its kind.
        target: ``module:Class``; imported only when the component is used.
        summary: one line in plain words.
        modalities: the kinds of data it works on (``"image"``, ``"audio"``, ...); empty means any.
            For a modality component, exactly one: the kind that it is.
        version: goes up when old weights would no longer load.
        default: for a modality, whether it stands for its kind when a recipe does not choose.
        starter: for such a modality, what `mmgan-zoo init` suggests for its kind of data.
        reads: for a modality, what files that hold its values end in, without the dot, such as
            ``("mid",)``: sources of files then call a column of them by its kind. The endings of
            common images, sounds and texts cannot be claimed.
        hub_tasks: for a modality, the Hub's names of the tasks that make it, such as
            ``"text-to-image"``. A model's card names the one that begins with the kind that is
            given, or with ``unconditional`` if nothing is; ``{given}`` stands for any kind.
        twice_differentiable: for discriminators and encoders, whether exact gradient penalties
            (which differentiate the gradient) may be used on it.
        keeps_batch_state: whether one sample's result depends on the others in its batch
            (batch normalisation).
        exportable: for generators and discriminators, whether ``torch.export`` takes them.
        repairs: for generators, whether they fill in what is missing (``condition.masked``).
        paper: where it was published.
        licence: SPDX name of the code's licence, and of the weights if it brings any.
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
    paper: str = ""
    licence: str = "Apache-2.0"

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
