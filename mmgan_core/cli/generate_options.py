"""The arguments of `mmgan-zoo generate`: from what, how many, how unlike, and in which files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Given = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME=VALUE]...",
        help="Given values; repeat a name for a list. NAME=@FILE gives what a file holds.",
    ),
]
Count = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="How many samples to make in all; several given values take turns. Default: one "
        "for each value or seed.",
    ),
]
Truncation = Annotated[
    float,
    typer.Option(
        min=0,
        max=2,
        help="The factor of the noise: below 1, samples are more usual and more alike; above "
        "1, they differ more.",
    ),
]
Interpolate = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="STEPS",
        help="Interpolate from each sample to the next in so many steps, also as a GIF "
        "and, if they are sounds, as one sound.",
    ),
]
Join = Annotated[
    bool,
    typer.Option(
        "--join",
        help="Also write all samples one after another as one, such as words as a sentence.",
    ),
]
FileFormat = Annotated[
    str,
    typer.Option(
        metavar="ENDING",
        help="The format of the files, such as flac or mp3 for sounds; default: the usual one.",
    ),
]
Size = Annotated[
    str,
    typer.Option(
        metavar="SIZE",
        help="Make samples of this size, such as 10s of a sound, if the model makes any size.",
    ),
]
SetOfUse = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change how a generator makes samples, by an option that counts outside training "
        "alone, such as make.text.generator.beams=4.",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="What makes the samples: torch, or onnx for a folder that export --format onnx "
        "wrote, with the package mmgan-onnx.",
    ),
]
Along = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=AMOUNT",
        help="Move samples along a direction: so many standard deviations of the noise, such as "
        "ink=+2; or, to a value of a label, by a share of the way, such as seven=+0.5. Can be "
        "repeated.",
    ),
]
DirectionsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The directions that `mmgan-zoo directions` wrote. Default: those that were kept "
        "with the model; without such, directions.json.",
    ),
]
