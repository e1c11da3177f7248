"""The components that this package supplies: one hook for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core import Spec, Starter, hookimpl

if TYPE_CHECKING:
    import typer

_HOME = "mmgan_sketch"
_KIND = ("sketch",)


@hookimpl
def mmgan_modalities() -> list[Spec]:
    """Sketches."""
    return [
        Spec(
            "sketch/sketch",
            f"{_HOME}.sketch_modality:SketchModality",
            "A drawing as pen strokes; SVG, JSON or lists of points",
            modalities=_KIND,
            default=True,
            starter=Starter(
                encoder="sketch/points",
                generator={"use": "sketch/strokes", "width": 32},
                discriminator={"use": "sketch/strokes", "width": 32},
            ),
            reads=("svg",),
            hub_tasks=("text-to-image",),
        ),
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    """Encoders of sketches."""
    return [
        Spec(
            "sketch/points",
            f"{_HOME}.points_encoder:PointsEncoder",
            "A small convolutional network over points and pen",
            modalities=_KIND,
            paper="https://arxiv.org/abs/1704.03477",
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators of sketches."""
    return [
        Spec(
            "sketch/strokes",
            f"{_HOME}.strokes_generator:StrokesGenerator",
            "Residual 1-D generator, each block modulated by noise and condition",
            modalities=_KIND,
            exportable=True,
            paper="https://arxiv.org/abs/2501.05441",
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators of sketches."""
    return [
        Spec(
            "sketch/strokes",
            f"{_HOME}.strokes_discriminator:StrokesDiscriminator",
            "Residual 1-D discriminator over points and movements, with projection",
            modalities=_KIND,
            exportable=True,
            paper="https://arxiv.org/abs/1802.05637",
        ),
    ]


@hookimpl
def mmgan_data_sources() -> list[Spec]:
    """Where sketches come from."""
    return [
        Spec(
            "sketch/hershey",
            f"{_HOME}.hershey_source:Hershey",
            "Digits of the Hershey plotter fonts, several takes each; whole designs held out",
        ),
    ]


@hookimpl
def mmgan_metrics() -> list[Spec]:
    """Metrics."""
    return [
        Spec(
            "sketch/diversity",
            f"{_HOME}.diversity:Diversity",
            "Whether samples of one class differ as much as real ones do",
            paper="https://arxiv.org/abs/1610.09585",
        ),
    ]


@hookimpl
def mmgan_recipes() -> list[Path]:
    """`sketch-digits`."""
    return [Path(__file__).parent / "recipes"]


@hookimpl
def mmgan_commands() -> dict[str, typer.Typer]:
    """`mmgan-zoo sketch-svg`."""
    from mmgan_sketch.sketch_svg_verb import app

    return {"sketch-svg": app}
