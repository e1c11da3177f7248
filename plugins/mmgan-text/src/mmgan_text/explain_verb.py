"""`mmgan-zoo explain`: what samples follow of everything that is given."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.given_values import given_values
from mmgan_core.cli.model_options import Device, ModelName
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

if TYPE_CHECKING:
    from mmgan_text.given_attribution import GivenAttribution

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Say what samples follow of what is given, word by word.",
)


@app.command(
    epilog='Examples: mmgan-zoo explain emoji caption="a red flag" vendor=noto | '
    "mmgan-zoo explain runs/emoji-to-captions image=@flag.png"
)
def explain(
    model: ModelName,
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...",
            help="Given values, one for each name. NAME=@FILE gives what a file holds.",
        ),
    ],
    made: Annotated[
        str, typer.Option(metavar="NAME", help="What is made and looked at; default: the first.")
    ] = "",
    noises: Annotated[
        int, typer.Option(min=1, help="How many samples are made each time, of the same noise.")
    ] = 8,
    orders: Annotated[
        int, typer.Option(min=1, help="How many random orders the test compares with.")
    ] = 8,
    seed: Annotated[int, typer.Option(help="The seed of the noise and of the orders.")] = 0,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Say what samples follow of what is given: which words, and which entries.

    Words of texts, and other entries as a whole, are left out one by one while the noise stays. The
    test leaves them out in order, the most influential first, and in random orders.
    """
    values = given_values(given)
    from mmgan_core.zoo.loading import load
    from mmgan_text.given_attribution import given_attribution

    loaded = load(model, device=device)
    found = given_attribution(loaded, values, made=made, noises=noises, orders=orders, seed=seed)
    if as_json:
        print_json({**asdict(found), "gain": found.gain})
        return
    rows = sorted(zip(found.units, found.influence, strict=True), key=lambda one: -one[1])
    print_table(
        "left out by itself",
        [(str(unit), f"{change:.3f}") for unit, change in rows],
        head=("given", "change"),
    )
    print_table("left out as a whole", [(name, f"{change:.3f}") for name, change in found.entries])
    if found.due:
        due = [(one.word, ", ".join(one.entries) or "nothing by itself") for one in found.due]
        print_table("words of the first sample", due, head=("word", "due to"))
    typer.echo(_tested(found))


def _tested(found: GivenAttribution) -> str:
    if len(found.units) == 1:
        return "deletion test: a single word or entry has no order"
    return (
        f"deletion test: the most influential first changes {found.gain:+.1%} more than random "
        "orders; near 0, the changes above say nothing"
    )
