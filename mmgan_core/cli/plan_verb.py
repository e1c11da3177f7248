"""`mmgan-zoo plan`."""

from __future__ import annotations

import itertools
import time
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
    from mmgan_core.training.trainer import Trainer

app = typer.Typer(add_completion=False, rich_markup_mode=None)

WARM_UP, TIMED = 3, 16


class _Facts(TypedDict):
    parts: list[tuple[str, str, int]]
    shapes: dict[str, tuple[int, ...]]
    rows: int
    steps: int
    disk: int
    rate: NotRequired[float]
    seconds: NotRequired[float]
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
    facts = _facts(chosen_recipe(recipe, use, settings), timing, "cpu" if cpu else device)
    if as_json:
        print_json(facts)
        return
    print_table(
        "parts", [(name, use, f"{weights:,} weights") for name, use, weights in facts["parts"]]
    )
    print_table("samples", [(name, str(tuple(shape))) for name, shape in facts["shapes"].items()])
    rows = [
        ("rows of an epoch", f"{facts['rows']:,}"),
        ("steps", f"{facts['steps']:,}"),
        ("disk for checkpoints", f"{facts['disk'] / 1e6:,.0f} MB"),
    ]
    if timing:
        rows += [
            ("rate", f"{facts['rate']:,.0f} samples a second on {facts['device']}"),
            ("training takes about", _spoken(facts["seconds"])),
        ]
    print_table("training", rows)


def _facts(recipe: Recipe, timing: bool, device: str) -> _Facts:
    import torch

    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.data.feed import open_feed
    from mmgan_core.training.phases import Networks
    from mmgan_core.training.processes import Processes
    from mmgan_core.training.trainer import Trainer
    from mmgan_core.zoo.loading import frozen_model

    blueprint, source = open_recipe(recipe, frozen_model)
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    weights = sum(p.numel() for p in networks.parameters())
    facts: _Facts = {
        "parts": _parts(blueprint, networks),
        "shapes": {name: blueprint.modalities[name].space.shape for name in blueprint.make},
        "rows": len(feed),
        "steps": -(-recipe.train.samples // _of_step(recipe)),
        # Weights, their averages, and two moments for each weight.
        "disk": weights * 4 * 4 * (recipe.train.keep + 1),
    }
    if timing:
        torch.set_flush_denormal(True)
        trainer = Trainer(blueprint, networks, feed, Processes(device=device))
        seconds = _seconds(trainer, recipe)
        facts["rate"] = recipe.train.samples / seconds
        facts["seconds"] = seconds
        facts["device"] = str(trainer.device)
    return facts


def _seconds(trainer: Trainer, recipe: Recipe) -> float:
    """Estimate how long training takes; steps take longer once the adversarial loss starts."""
    begins = {0, *(make.adversarial_start for make in recipe.make.values())}
    stages = [*sorted(n for n in begins if n < recipe.train.samples), recipe.train.samples]
    total = 0.0
    for start, end in itertools.pairwise(stages):
        trainer.samples = start
        for _ in range(WARM_UP):
            trainer.train_step()
        trainer.metrics()  # waits for the device
        began = time.perf_counter()
        for _ in range(TIMED):
            trainer.train_step()
        trainer.metrics()
        took = time.perf_counter() - began
        total += took * (end - start) / (TIMED * _of_step(recipe))
    return total


def _of_step(recipe: Recipe) -> int:
    """How many real samples discriminators see in one step."""
    return recipe.train.batch_size * recipe.train.n_critic


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


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
