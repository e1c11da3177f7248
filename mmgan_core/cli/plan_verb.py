"""`mmgan-zoo plan`."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, NotRequired, TypedDict

import typer

from mmgan_core.cli.model_options import Cpu, Device
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json, RecipeName, Set, Use, chosen_recipe

if TYPE_CHECKING:
    from torch import nn

    from mmgan_core.assembly.blueprint import Blueprint
    from mmgan_core.recipe.schema import Recipe
    from mmgan_core.training.phases import Networks
    from mmgan_core.training.timing import Timing

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class _Facts(TypedDict):
    parts: list[tuple[str, str, int]]
    shapes: dict[str, tuple[int, ...]]
    memory: int
    batch_memory: int
    rows: int
    steps: int
    disk: int
    data: NotRequired[list[list[str]]]
    rate: NotRequired[float]
    seconds: NotRequired[float]
    step_seconds: NotRequired[float]
    timed_batch: NotRequired[int]
    at_least: NotRequired[bool]
    device: NotRequired[str]


@app.command(epilog="Example: mmgan-zoo plan digits --set train.batch_size=128")
def plan(
    recipe: RecipeName,
    use: Use = None,
    settings: Set = None,
    timing: Annotated[bool, typer.Option(help="Time some steps of real training.")] = True,
    device: Device = "auto",
    cpu: Cpu = False,
    as_json: Json = False,
) -> None:
    """Show what a recipe would build, and how long its training would take."""
    checked = chosen_recipe(recipe, use, settings)
    facts = _Facts(parts=[], shapes={}, memory=0, batch_memory=0, rows=0, steps=0, disk=0)
    for heading in _found(checked, facts, timing, "cpu" if cpu else device):
        if not as_json:
            print_table(heading, _TABLES[heading](facts, checked))
            sys.stdout.flush()  # what takes longer comes later
    if as_json:
        print_json(facts)


def _found(recipe: Recipe, facts: _Facts, timing: bool, device: str) -> Iterator[str]:
    """Fill in the facts; yields the heading of each table once all that it shows is known."""
    import torch

    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.data.feed import open_feed
    from mmgan_core.data.found import found_in
    from mmgan_core.training.phases import Networks
    from mmgan_core.training.processes import Processes
    from mmgan_core.training.timing import samples_of_step, time_steps
    from mmgan_core.zoo.loading import frozen_model

    blueprint, source = open_recipe(recipe, frozen_model)
    networks = Networks(blueprint)
    weights = sum(p.numel() for p in networks.parameters())
    shapes = {name: blueprint.modalities[name].space.shape for name in blueprint.make}
    facts["parts"] = _parts(blueprint, networks)
    facts["shapes"] = shapes
    # Weights, their averages and gradients, and two moments for each weight.
    facts["memory"] = weights * 4 * 5
    numbers = sum(math.prod(shape) for shape in shapes.values())
    facts["batch_memory"] = recipe.train.batch_size * 4 * numbers
    facts["steps"] = -(-recipe.train.samples // samples_of_step(recipe))
    # Without the gradients.
    facts["disk"] = weights * 4 * 4 * (recipe.train.keep + 1)
    yield "parts"
    yield "samples"
    yield "needs"
    feed = open_feed(blueprint, networks.gan, source, "train")
    facts["rows"] = len(feed)
    facts["data"] = found_in(source, blueprint, feed.tables).plain()
    yield "data"
    yield "training"
    if timing:
        with torch.random.fork_rng(devices=[]):
            found = time_steps(blueprint, networks, feed, Processes(device=device))
        _add_times(facts, found)
        yield "time"


def _add_times(facts: _Facts, found: Timing) -> None:
    facts["rate"] = found.rate
    facts["seconds"] = found.seconds
    facts["step_seconds"] = found.slowest
    facts["timed_batch"] = found.batch
    facts["at_least"] = found.over
    facts["device"] = found.device


def _times(facts: _Facts, recipe: Recipe) -> list[tuple[str, str]]:
    rate, device = facts["rate"], facts["device"]
    if facts["at_least"]:
        return [
            ("a step takes", f"more than {facts['step_seconds']:.0f} seconds on {device}"),
            ("training takes", f"more than {spoken(facts['seconds'])}"),
        ]
    size = recipe.train.batch_size
    by = f", estimated from a batch of {facts['timed_batch']}" * (facts["timed_batch"] < size)
    return [
        ("rate", f"{rate:,.{0 if rate >= 10 else 2}f} samples a second on {device}{by}"),
        ("training takes about", spoken(facts["seconds"])),
    ]


_TABLES: dict[str, Callable[[_Facts, Recipe], list[tuple[str, ...]]]] = {
    "parts": lambda facts, _: [(n, use, f"{w:,} weights") for n, use, w in facts["parts"]],
    "samples": lambda facts, _: [(name, str(tuple(s))) for name, s in facts["shapes"].items()],
    "needs": lambda facts, _: [
        ("memory for weights and their moments", f"{facts['memory'] / 1e6:,.0f} MB"),
        ("memory for samples of a batch", f"{facts['batch_memory'] / 1e6:,.1f} MB, each time"),
        ("disk for checkpoints", f"{facts['disk'] / 1e6:,.0f} MB"),
    ],
    "data": lambda facts, _: [(what, said) for what, said in facts["data"]],
    "training": lambda facts, _: [
        ("rows of an epoch", f"{facts['rows']:,}"),
        ("steps", f"{facts['steps']:,}"),
    ],
    "time": lambda facts, recipe: [*_times(facts, recipe)],
}


def _parts(blueprint: Blueprint, networks: Networks) -> list[tuple[str, str, int]]:
    gan = networks.gan
    rows: list[tuple[str, str, nn.Module | None]] = []
    for name, part in blueprint.given.items():
        rows.append((f"given.{name}.encoder", part.encoder.spec.id, gan.encoders[name]))
    if blueprint.fusion:
        rows.append(("fusion", blueprint.fusion.spec.id, gan.fusion))
    if blueprint.align:
        rows.append(("align", blueprint.align.spec.id, networks.align))
    for name, encoder in blueprint.align_made.items():
        rows.append((encoder.where, encoder.spec.id, networks.align_encoders[name]))
    for name, made in blueprint.make.items():
        rows.append((f"make.{name}.generator", made.generator.spec.id, gan.generators[name]))
        for one in made.discriminators(name):
            rows.append((one.part.where, one.part.spec.id, gan.discriminators[one.name]))
        if made.inference:
            rows.append((f"make.{name}.inference", made.inference.spec.id, gan.inferences[name]))
    for name, joint in blueprint.joint.items():
        chosen = joint.discriminator.part
        rows.append((f"joint.{name}", chosen.spec.id, gan.discriminators[name]))
    return [
        (slot, use, sum(p.numel() for p in module.parameters()))
        for slot, use, module in rows
        if module is not None
    ]


def spoken(seconds: float) -> str:
    """Say a time in its usual unit."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
