"""`mmgan-zoo train`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.model_options import Cpu, Device
from mmgan_core.cli.recipe_options import RecipeName, Set, Use, chosen_recipe, set_values
from mmgan_core.cli.seeds_option import of_seed, print_over_seeds, seeds_of

if TYPE_CHECKING:
    from mmgan_core.recipe.schema import Recipe
    from mmgan_core.training.run import Run

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo train digits | mmgan-zoo train digits --use "
    "make.image.generator=image/r3 --set train.batch_size=128 | "
    "mmgan-zoo train digits --resume --set train.samples=200000 | "
    "mmgan-zoo train mine.yaml --init-from digits-28 | mmgan-zoo train mine.yaml --minutes 30"
)
def train(
    recipe: RecipeName,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run", "--out", metavar="DIR", help="The directory of the run; default: runs/NAME."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the run's newest checkpoint.")
    ] = False,
    init_from: Annotated[
        str,
        typer.Option(
            "--init-from", metavar="MODEL", help="Start from the weights of a trained model."
        ),
    ] = "",
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            metavar="N",
            help="Train for about so long on this machine: fits train.samples and all schedules.",
        ),
    ] = None,
    use: Use = None,
    settings: Set = None,
    seed: Annotated[
        str | None,
        typer.Option(
            metavar="N[,N...]", help="Short for --set seed=N; several train one run each."
        ),
    ] = None,
    device: Device = "auto",
    cpu: Cpu = False,
) -> None:
    """Train a recipe. Ctrl-C saves and stops; --resume then continues to the same result."""
    seeds = seeds_of(seed)
    checked = chosen_recipe(recipe, use, settings, seeds[0] if seeds else None)
    from mmgan_core.training.minutes import refuse_both, refuse_seeds
    from mmgan_core.training.run import default_run
    from mmgan_core.training.run import train as train_run

    if minutes is not None:
        refuse_both(set_values(settings))
        refuse_seeds(len(seeds))
    if len(seeds) > 1:
        recipes = [chosen_recipe(recipe, use, settings, one) for one in seeds]
        _train_each(recipes, run or default_run(checked), cpu, device, init_from)
        return
    result = train_run(
        checked,
        run or default_run(checked),
        resume=resume,
        cpu=cpu,
        device=device,
        init_from=init_from,
        minutes=minutes,
    )
    if result.outcome == "stopped":
        if result.main:
            typer.echo(
                f"stopped and saved at {result.samples:,} samples; continue with\n  "
                f"{_again() if minutes is None else _as_fitted(result)}",
                err=True,
            )
        raise typer.Exit(128 + (result.signal or 1))
    if result.main:
        _print_next_steps(result, checked)


def _train_each(
    recipes: Sequence[Recipe], run: Path, cpu: bool, device: str, init_from: str
) -> None:
    """Train one run a seed, each from where it stands, and compare them."""
    from mmgan_core.training.going_on import train_or_go_on

    runs = [of_seed(run, recipe.seed) for recipe in recipes]
    main = True
    for recipe, each in zip(recipes, runs, strict=True):
        result = train_or_go_on(recipe, each, cpu=cpu, device=device, init_from=init_from)
        if result is None:
            typer.echo(f"{each} is finished already", err=True)
            continue
        main = result.main
        if result.outcome == "stopped":
            if main:
                again = shlex.join(["mmgan-zoo", *sys.argv[1:]])
                typer.echo(f"stopped and saved; the same command goes on:\n  {again}", err=True)
            raise typer.Exit(128 + (result.signal or 1))
    if main:
        print_over_seeds(runs)


def _again() -> str:
    arguments = [argument for argument in sys.argv[1:] if argument != "--resume"]
    if "--init-from" in arguments:  # the run has weights of its own by now
        at = arguments.index("--init-from")
        del arguments[at : at + 2]
    return shlex.join(["mmgan-zoo", *arguments, "--resume"])


def _as_fitted(result: Run) -> str:
    """The command that goes on with the recipe that was fitted to some minutes."""
    path = str(result.path)
    return shlex.join(["mmgan-zoo", "train", f"{path}/recipe.yaml", "--run", path, "--resume"])


def _print_next_steps(result: Run, recipe: Recipe) -> None:
    path = shlex.quote(str(result.path))
    given = f" {next(iter(recipe.given))}=..." if recipe.given else ""
    typer.echo(f"trained on {result.samples:,} samples")
    if result.sheet:
        typer.echo(f"sample sheet: {result.sheet}")
    typer.echo(f"make samples: mmgan-zoo generate run:{path}{given} --count 8")
    if any(entry.evaluator or entry.matcher or entry.repair for entry in recipe.make.values()):
        typer.echo(f"measure it:   mmgan-zoo evaluate {path}")
    typer.echo(f"report:       mmgan-zoo report {path}")
