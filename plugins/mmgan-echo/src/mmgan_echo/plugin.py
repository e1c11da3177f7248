"""The components that this package supplies."""

from __future__ import annotations

from pathlib import Path

from mmgan_core import Spec, Starter, hookimpl

_HOME = "mmgan_echo"


@hookimpl
def mmgan_modalities() -> list[Spec]:
    """Short vectors of numbers."""
    return [
        Spec(
            "echo/number",
            f"{_HOME}.number:Number",
            "A short vector of numbers",
            modalities=("echo",),
            default=True,
            starter=Starter(
                encoder="echo/linear", generator="echo/affine", discriminator="echo/linear"
            ),
        ),
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    """Encoders of numbers."""
    return [
        Spec(
            "echo/linear",
            f"{_HOME}.linear_encoder:LinearEncoder",
            "One linear layer",
            modalities=("echo",),
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators of numbers."""
    return [
        Spec(
            "echo/affine",
            f"{_HOME}.affine:Affine",
            "One linear layer; fails, returns NaN or is slow on demand",
            modalities=("echo",),
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators of numbers."""
    return [
        Spec(
            "echo/linear",
            f"{_HOME}.linear_discriminator:LinearDiscriminator",
            "Linear in the sample, by weights that the condition chooses",
            modalities=("echo",),
            exportable=True,
        ),
    ]


@hookimpl
def mmgan_losses() -> list[Spec]:
    """Adversarial losses."""
    return [
        Spec(
            "echo/logistic",
            f"{_HOME}.logistic:Logistic",
            "Binary cross-entropy, so that no other plugin is needed",
            paper="https://arxiv.org/abs/1406.2661",
        ),
    ]


@hookimpl
def mmgan_data_sources() -> list[Spec]:
    """Where rows come from."""
    return [
        Spec(
            "echo/numbers",
            f"{_HOME}.numbers:Numbers",
            "Random rows in memory: numbers around a middle for each label",
        ),
    ]


@hookimpl
def mmgan_recipes() -> list[Path]:
    """The recipe `echo`."""
    return [Path(__file__).parent / "recipes"]
