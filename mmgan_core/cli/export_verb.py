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
        metavar="onnx|torch|web",
        help="Write the model for another engine instead: onnx, one graph that onnxruntime runs "
        "without torch; torch, a program of torch.export; or web, a page for a browser.",
    ),
]
Int8 = Annotated[
    bool,
    typer.Option(
        "--int8", help="With --format onnx: also in 8-bit numbers, if samples hardly change."
    ),
]
Runtime = Annotated[
    Path | None,
    typer.Option(
        "--runtime",
        metavar="DIR",
        help="With a page: a folder with onnxruntime-web, which npm fetches otherwise.",
    ),
]


@app.command(
    epilog="Examples: mmgan-zoo export runs/digits --out models/digits --half | "
    "mmgan-zoo export digits-28 --format onnx --out digits-28-onnx | "
    "mmgan-zoo export digits-28 --format web --out digits-28-page",
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
    runtime: Runtime = None,
) -> None:
    """Write the model of a run: weights, recipe, card, samples, and a proof to verify it with."""
    if format or int8 or runtime:
        others = (name, address, half, with_discriminator, with_training_state)
        _for_engine(run, out, format, int8=int8, runtime=runtime, others=any(others))
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


def _for_engine(
    model: str, out: Path, format: str, *, int8: bool, runtime: Path | None, others: bool
) -> None:
    from mmgan_core.errors import UsageError
    from mmgan_core.portable.page import WEB
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
    if format == WEB:
        _page(model, out, int8=int8, runtime=runtime, examples=examples)
        return
    if runtime:
        raise UsageError("--runtime is of a page", hint="add --format web")
    written = write(load(model), out, format, int8=int8, examples=examples)
    said = written.said
    size = sum(file["bytes"] for file in said["files"].values())
    apart = f"samples differ from those of torch by {said['parity']['float32']:.1g} at most"
    typer.echo(
        f"{said['name']}: {len(said['files'])} files, {size / 1e6:.1f} MB, in {out}; {apart}"
    )
    if written.dropped:
        typer.echo(written.dropped)
    typer.echo(f"check it: mmgan-zoo verify {out}")
    if format == "onnx":
        typer.echo(f"use it:   mmgan-zoo generate {out} --engine onnx")


def _page(
    model: str, out: Path, *, int8: bool, runtime: Path | None, examples: dict[str, str]
) -> None:
    from mmgan_core.errors import UsageError
    from mmgan_core.portable.page import size_beside_runtime, write_page
    from mmgan_core.zoo.loading import load

    if int8:
        raise UsageError("--int8 is of the format onnx", hint="add --format onnx")
    write_page(load(model), out, at_hand=runtime, examples=examples)
    typer.echo(
        f"a page in {out}: {size_beside_runtime(out) / 1e6:.1f} MB, and the engine that runs it"
    )
    typer.echo(f"see it:     python -m http.server --directory {out}")
    typer.echo(f"publish it: mmgan-zoo push {model} --to ORG/NAME --space")
