"""`mmgan-zoo verify`."""

from __future__ import annotations

import typer

from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog="Examples: mmgan-zoo verify digits-28 | mmgan-zoo verify hf:me/digits@v1")
def verify(
    name: ModelName,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Check a model's hashes, make its recorded samples again, and measure one number again."""
    from mmgan_core.publishing.verify import verify as verified
    from mmgan_core.zoo.loading import opened

    found = []
    for finding in verified(opened(name).path, device):
        found.append({"what": finding.what, "how": finding.how})
        if not as_json:
            print_table("", [("ok", f"{finding.what:8}", finding.how)])
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{name} is verified")
