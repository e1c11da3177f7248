"""`mmgan-zoo verify`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo verify digits-28 | mmgan-zoo verify hf:me/digits@v1 | "
    "mmgan-zoo verify digits-28-onnx"
)
def verify(
    name: ModelName,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Check a model's hashes, make its recorded samples again, and measure one number again."""
    found = []
    for what, how in _findings(name, device):
        found.append({"what": what, "how": how})
        if not as_json:
            print_table("", [("ok", f"{what:8}", how)])
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{name} is verified")


def _findings(name: str, device: str) -> Iterator[tuple[str, str]]:
    """What is checked of a model, or of a folder that was exported for another engine."""
    from mmgan_core.portable.checked import check, is_written
    from mmgan_core.publishing.verify import verify as verified
    from mmgan_core.zoo.loading import opened

    folder = Path(name.removeprefix("dir:"))
    if is_written(folder):
        yield from check(folder)
        return
    for finding in verified(opened(name).path, device):
        yield finding.what, finding.how
