"""What a new plugin may supply: for each kind, its template, its hook and a command that uses it.

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
        kind: the value of ``--with``, such as ``"data-source"``; the component is ``$name/kind``.
        summary: what the template does, in one line.
        line: a command that uses it.
        cls: for a component, the name of its class.
        hook: for a component, the hook that supplies it.
        brings: for a component, the docstring of that hook.
        image_only: whether it works on images only.
        paper: where its method was published.
        exportable: whether ``torch.export`` works on it.
        needs: distributions that its file imports, besides mmgan-zoo and pydantic.
        overrides: lines of a Python mapping that use it in the recipe `digits`.
        form: how the plugin module supplies it.
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
        """The name of its Python module in the package."""
        return self.kind.replace("-", "_")

    @property
    def flags(self) -> str:
        """What ``line`` adds to ``mmgan-zoo train digits``, or "" if it is another command."""
        start = "mmgan-zoo train digits "
        return self.line.removeprefix(start) if self.line.startswith(start) else ""


# As in the core's own pyproject.toml.
TORCH, PILLOW, NUMPY = "torch>=2.8", "pillow>=10.3", "numpy>=1.26"
PYDANTIC, TYPER = "pydantic>=2.10", "typer>=0.15"
_TRAIN = "mmgan-zoo train digits"

PARTS = (
    Part(
        "data-source",
        "Rendered discs, rings, squares and crosses, with their names",
        f"{_TRAIN}-unconditional --use data=$name/data-source",
        "Shapes",
        "mmgan_data_sources",
        "Where rows come from",
        needs=(PILLOW,),
        overrides='"data": "$name/data-source",\n"align.same": "label",\n',
    ),
    Part(
        "modality",
        "Pictures with a few brightness levels",
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
        "The mean of linear projections of the given entries",
        f"{_TRAIN} --use fusion=$name/fusion",
        "MeanFusion",
        "mmgan_fusions",
        "Fusions of any subset of encodings",
        needs=(TORCH,),
        overrides='"fusion": "$name/fusion",\n',
    ),
    Part(
        "alignment",
        "Pulls matching rows together by their cosine, and pushes others apart",
        f"{_TRAIN} --use align=$name/alignment",
        "CosineAlignment",
        "mmgan_alignments",
        "Alignments",
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
        "joint-discriminator",
        "The products of projected samples of several made entries",
        f"{_TRAIN} --set 'make.name={{modality: core/label, column: label, "
        "generator: core/dense}' --set 'joint.both={of: [image, name], "
        "discriminator: $name/joint-discriminator, loss: objectives/relativistic}'",
        "ProductJoint",
        "mmgan_joint_discriminators",
        "Discriminators of several made entries",
        needs=(TORCH,),
        overrides='"make.name": {\n    "modality": "core/label",\n    "column": "label",\n'
        '    "generator": "core/dense",\n},\n'
        '"joint.both": {\n    "of": ["image", "name"],\n'
        '    "discriminator": "$name/joint-discriminator",\n'
        '    "loss": "objectives/relativistic",\n},\n',
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
        "A power of the gradient norm at real samples; 2 is R1",
        f"{_TRAIN} --use make.image.penalties.0=$name/penalty",
        "SlopePenalty",
        "mmgan_penalties",
        "Penalties on the gradient of the discriminator",
        paper="https://arxiv.org/abs/1801.04406",
        needs=(TORCH,),
        overrides='"make.image.penalties": ["$name/penalty"],\n',
    ),
    Part(
        "auxiliary-loss",
        "Pulls the mean and deviation of made samples towards those of real ones",
        f"{_TRAIN} --set 'make.image.auxiliary_losses=[$name/auxiliary-loss]'",
        "Moments",
        "mmgan_auxiliary_losses",
        "Losses of the generator beside the adversarial loss",
        paper="https://arxiv.org/abs/1606.03498",
        needs=(TORCH,),
        overrides='"make.image.auxiliary_losses": ["$name/auxiliary-loss"],\n',
    ),
    Part(
        "augmentation",
        "Random contrast of each sample",
        f"{_TRAIN} --use make.image.augment=$name/augmentation",
        "Contrast",
        "mmgan_augmentations",
        "Augmentations",
        needs=(TORCH,),
        overrides='"make.image.augment": "$name/augmentation",\n',
    ),
    Part(
        "metric",
        "The accuracy of the worst class, and how evenly classes occur",
        f"{_TRAIN} --set 'evaluate.metrics=[$name/metric]'",
        "Neglect",
        "mmgan_metrics",
        "Metrics",
        needs=(TORCH,),
        overrides='"evaluate.metrics": ["$name/metric"],\n"make.image.evaluator.samples": 640,\n',
    ),
    Part(
        "explainer",
        "How much more two given entries do together than each by itself",
        "mmgan-zoo explain digits text=three label=three --by $name/explainer",
        "Together",
        "mmgan_explainers",
        "Explainers",
        needs=(TORCH,),
    ),
    Part(
        "optimizer",
        "Moves each weight by the sign of a mean of its gradients",
        f"{_TRAIN} --use train.optimizer=$name/optimizer --set train.learning_rate=0.00003",
        "Lion",
        "mmgan_optimizers",
        "Optimisers",
        paper="https://arxiv.org/abs/2302.06675",
        needs=(TORCH,),
        overrides='"train.optimizer": "$name/optimizer",\n"train.learning_rate": 0.00003,\n',
    ),
    Part(
        "command",
        "A verb that prints the metrics of a run as lines of bars",
        "mmgan-zoo $name runs/digits",
        needs=(TYPER,),
        form="command",
    ),
    Part(
        "observer",
        "Writes the metrics of every run to RUN/$name.csv",
        _TRAIN,
        form="observer",
    ),
)

BY_KIND = {part.kind: part for part in PARTS}


def kind_of(word: str) -> str:
    """The kind that a word names: ``data_source`` means ``data-source``."""
    return word.strip().lower().replace("_", "-")
