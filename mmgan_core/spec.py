"""What the catalogue knows of a component without importing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
