"""The arguments by which several verbs name a model, a run, a device and seeds."""

from __future__ import annotations

from typing import Annotated

import typer

ModelName = Annotated[
    str,
    typer.Argument(
        help="A name of the zoo, hf:ORG/NAME[@REV], or the directory of a run or of an exported "
        "model; run:DIR and dir:DIR where a name could mean two things."
    ),
]
RunName = Annotated[
    str, typer.Argument(help="A run: its directory, such as runs/digits, its name, or run:DIR.")
]
Device = Annotated[str, typer.Option(help="The device: cpu, cuda, cuda:1, mps, or auto.")]
Cpu = Annotated[bool, typer.Option("--cpu", help="Short for --device cpu.")]
Seeds = Annotated[
    str,
    typer.Option(
        metavar="N[,N...]",
        help="The same seed makes the same samples; several, such as 3,7, make the first sample "
        "of each.",
    ),
]


def seeds_of(text: str) -> int | list[int]:
    """Return the seed that the command line gives, or the list of several.

    Raises:
        UsageError: for anything but whole numbers.
    """
    from mmgan_core.errors import UsageError

    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(
            f"--seed {text!r}: a seed is a whole number", hint="one, or several: --seed 1,2,3"
        ) from None
    return seeds[0] if len(seeds) == 1 else seeds
