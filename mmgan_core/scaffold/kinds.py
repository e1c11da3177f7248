"""What a new plugin may supply: for each kind its template, its hook and the line that uses it.

In texts, ``$name`` is the plugin's name and ``$package`` its Python package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["component", "command", "observer"]


@dataclass(frozen=True)
class Part:
    """One thing that a plugin may supply.

    Attributes:
        kind: as ``--with`` says it, such as ``"data-source"``; the component is ``$name/kind``.
        summary: what the template is, in one line.
        line: the command that uses it.
        cls: for a component, the class in its file.
        hook: for a component, the hook that brings it.
        brings: what that hook brings, for its docstring.
        image_only: whether it works on pictures alone.
        paper: where its formula is from.
        exportable: whether ``torch.export`` takes it.
        needs: distributions that its file imports, besides mmgan-zoo and pydantic.
        overrides: lines of a Python mapping that put it into the recipe `digits`.
        form: how the plugin module brings it.
    """

    kind: str
    summary: str
    line: str
    cls: str = ""
    hook: str = ""
    brings: str = ""
    image_only: bool = False
    paper: str = ""
    exportable: bool = False
    needs: tuple[str, ...] = ()
    overrides: str = ""
    form: Form = "component"

    @property
    def module(self) -> str:
        """The Python module of its file, below the package."""
        return self.kind.replace("-", "_")

    @property
    def flags(self) -> str:
        """What its line adds to ``mmgan-zoo train digits``, or "" if it is no such line."""
        start = "mmgan-zoo train digits "
        return self.line.removeprefix(start) if self.line.startswith(start) else ""


# As in the core's own pyproject.toml.
TORCH, PILLOW, NUMPY = "torch>=2.8", "pillow>=10.3", "numpy>=1.26"
PYDANTIC, TYPER = "pydantic>=2.10", "typer>=0.15"
_TRAIN = "mmgan-zoo train digits"

PARTS = (
    Part(
        "data-source",
        "Drawn discs, rings, squares and crosses, with their names",
        f"{_TRAIN}-unconditional --use data=$name/data-source",
        "Shapes",
        "mmgan_data_sources",
        "Where rows come from",
        needs=(PILLOW,),
        overrides='"data": "$name/data-source",\n"align.same": "label",\n',
    ),
    Part(
        "modality",
        "Pictures of a few brightness levels",
        f"{_TRAIN} --set make.image.modality.use=$name/modality",
        "PosterModality",
        "mmgan_modalities",
        "Kinds of data",
        image_only=True,
        needs=(NUMPY, PILLOW, TORCH),
        overrides='"make.image.modality.use": "$name/modality",\n',
    ),
    Part(
        "encoder",
        "A small convolutional encoder of pictures",
        f"{_TRAIN} --set 'given.picture="
        "{modality: image/image, column: image, encoder: $name/encoder}'",
        "PictureEncoder",
        "mmgan_encoders",
        "Encoders of what is given",
        image_only=True,
        needs=(TORCH,),
        overrides='"given.picture": {\n    "modality": "image/image",\n    "column": "image",\n'
        '    "encoder": "$name/encoder",\n},\n',
    ),
    Part(
        "fusion",
        "The mean of linear projections of what is given",
        f"{_TRAIN} --use fusion=$name/fusion",
        "MeanFusion",
        "mmgan_fusions",
        "Fusions of any subset of encodings",
        needs=(TORCH,),
        overrides='"fusion": "$name/fusion",\n',
    ),
    Part(
        "alignment",
        "Matching rows drawn together by their cosine, others pushed apart",
        f"{_TRAIN} --use align=$name/alignment",
        "CosineAlignment",
        "mmgan_alignments",
        "Terms that pull given entries together",
        needs=(TORCH,),
        overrides='"align": {\n    "use": "$name/alignment",\n    "same": "label",\n},\n',
    ),
    Part(
        "generator",
        "Enlarges a small grid until it is a picture",
        f"{_TRAIN} --use make.image.generator=$name/generator",
        "UpsamplingGenerator",
        "mmgan_generators",
        "Generators",
        image_only=True,
        exportable=True,
        paper="https://arxiv.org/abs/1511.06434",
        needs=(TORCH,),
        overrides='"make.image.generator": "$name/generator",\n',
    ),
    Part(
        "discriminator",
        "Strided convolutions and a projection of the condition",
        f"{_TRAIN} --use make.image.discriminator=$name/discriminator",
        "ConvDiscriminator",
        "mmgan_discriminators",
        "Discriminators",
        image_only=True,
        exportable=True,
        paper="https://arxiv.org/abs/1802.05637",
        needs=(TORCH,),
        overrides='"make.image.discriminator": "$name/discriminator",\n',
    ),
    Part(
        "loss",
        "Logistic, with a sharpness",
        f"{_TRAIN} --use make.image.loss=$name/loss",
        "Logistic",
        "mmgan_losses",
        "Adversarial losses",
        paper="https://arxiv.org/abs/1406.2661",
        needs=(TORCH,),
        overrides='"make.image.loss": "$name/loss",\n',
    ),
    Part(
        "penalty",
        "A power of the slope at real samples; 2 is R1",
        f"{_TRAIN} --use make.image.penalties.0=$name/penalty",
        "SlopePenalty",
        "mmgan_penalties",
        "Penalties on the discriminator's slope",
        paper="https://arxiv.org/abs/1801.04406",
        needs=(TORCH,),
        overrides='"make.image.penalties": ["$name/penalty"],\n',
    ),
    Part(
        "auxiliary-loss",
        "The mean and the spread of made samples drawn to those of real ones",
        f"{_TRAIN} --set 'make.image.auxiliary_losses=[$name/auxiliary-loss]'",
        "Moments",
        "mmgan_auxiliary_losses",
        "What generators minimise beside the adversarial loss",
        paper="https://arxiv.org/abs/1606.03498",
        needs=(TORCH,),
        overrides='"make.image.auxiliary_losses": ["$name/auxiliary-loss"],\n',
    ),
    Part(
        "augmentation",
        "Contrast, another for each sample",
        f"{_TRAIN} --use make.image.augment=$name/augmentation",
        "Contrast",
        "mmgan_augmentations",
        "Changes of samples before the discriminator sees them",
        needs=(TORCH,),
        overrides='"make.image.augment": "$name/augmentation",\n',
    ),
    Part(
        "metric",
        "The worst class's condition accuracy, and how evenly classes are drawn",
        f"{_TRAIN} --set 'evaluate.metrics=[$name/metric]'",
        "Neglect",
        "mmgan_metrics",
        "Numbers that say how good samples are",
        needs=(TORCH,),
        overrides='"evaluate.metrics": ["$name/metric"],\n"make.image.evaluator.samples": 640,\n',
    ),
    Part(
        "command",
        "A verb that draws a run's metrics as lines of bars",
        "mmgan-zoo $name runs/digits",
        needs=(TYPER,),
        form="command",
    ),
    Part(
        "observer",
        "Keeps the metrics of every run as RUN/$name.csv",
        _TRAIN,
        form="observer",
    ),
)

BY_KIND = {part.kind: part for part in PARTS}


def kind_of(word: str) -> str:
    """A kind as a user may have said it: ``data_source`` is ``data-source``."""
    return word.strip().lower().replace("_", "-")
