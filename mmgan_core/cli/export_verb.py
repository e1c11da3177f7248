"""`mmgan-zoo export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgan_core.cli.renamed import OUT_WAS_TO

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Half = Annotated[
    bool, typer.Option("--half", help="Round the weights to half precision: half the size.")
]
WithDiscriminator = Annotated[
    bool,
    typer.Option(
        "--with-discriminator",
        help="Include the discriminator, so that others can fine-tune the model.",
    ),
]
WithTrainingState = Annotated[
    bool,
    typer.Option(
        "--with-training-state",
        help="Include the newest checkpoint, so that training can resume exactly.",
    ),
]


Format = Annotated[
    str,
    typer.Option(
        metavar="onnx|torch",
        help="Write the model for another engine instead: onnx, one graph that onnxruntime runs "
        "without torch, or torch, a program of torch.export.",
    ),
]
Int8 = Annotated[
    bool,
    typer.Option(
        "--int8", help="With --format onnx: also in 8-bit numbers, if samples hardly change."
    ),
]


@app.command(
    epilog="Examples: mmgan-zoo export runs/digits --out models/digits --half | "
    "mmgan-zoo export digits-28 --format onnx --out digits-28-onnx",
    context_settings=OUT_WAS_TO,
)
def export(
    run: Annotated[
        str,
        typer.Argument(
            help="A run: its directory, such as runs/digits, its name, or run:DIR. With --format, "
            "also a model, named as for generate."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The directory to write.")],
    name: Annotated[
        str, typer.Option(help="The model's name; default: the recipe's or run's.")
    ] = "",
    address: Annotated[
        str, typer.Option(help="The address in the card to load it by; default: dir:DIR.")
    ] = "",
    half: Half = False,
    with_discriminator: WithDiscriminator = False,
    with_training_state: WithTrainingState = False,
    format: Format = "",
    int8: Int8 = False,
) -> None:
    """Write the model of a run: weights, recipe, card, samples, and a proof to verify it with."""
    if format or int8:
        others = (name, address, half, with_discriminator, with_training_state)
        _for_engine(run, out, format, int8=int8, others=any(others))
        return
    from mmgan_core.publishing.export import export as export_run
    from mmgan_core.zoo.addresses import run_of

    made = export_run(
        run_of(run, "a model is exported from a run; an exported one is copied with pull"),
        out,
        name=name,
        address=address or f"dir:{out}",
        half=half,
        discriminator=with_discriminator,
        training=with_training_state,
    )
    typer.echo(
        f"{made.manifest.name}: {len(made.manifest.files)} files, "
        f"{made.manifest.size / 1e6:.1f} MB, in {out}"
    )
    typer.echo(f"check it:   mmgan-zoo verify dir:{out}")
    typer.echo(f"publish it: mmgan-zoo push {out} --to ORG/{made.manifest.name}")


def _for_engine(model: str, out: Path, format: str, *, int8: bool, others: bool) -> None:
    from mmgan_core.errors import UsageError
    from mmgan_core.portable.written import write
    from mmgan_core.zoo.addresses import address_of
    from mmgan_core.zoo.loading import load, opened

    if others:
        raise UsageError(
            "--format writes what another engine needs, and nothing else",
            hint="leave out --name, --address, --half, --with-discriminator and "
            "--with-training-state",
        )
    address = address_of(model)
    examples: dict[str, str] = {}
    if address.kind != "run":
        taken = opened(str(address)).manifest.given
        examples = {entry: takes.example for entry, takes in taken.items() if takes.example}
    written = write(load(model), out, format, int8=int8, examples=examples)
    said = written.said
    size = sum(file["bytes"] for file in said["files"].values())
    typer.echo(
        f"{said['name']}: {len(said['files'])} files, {size / 1e6:.1f} MB, in {out}; samples differ "
        f"from those of torch by {said['parity']['float32']:.1g} at most"
    )
    if written.dropped:
        typer.echo(written.dropped)
    typer.echo(f"check it: mmgan-zoo verify {out}")
    if format == "onnx":
        typer.echo(f"use it:   mmgan-zoo generate {out} --engine onnx")
