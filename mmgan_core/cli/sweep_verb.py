"""`mmgan-zoo sweep`."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgan_core.cli.model_options import Cpu, Device
from mmgan_core.cli.output import print_table
from mmgan_core.cli.recipe_options import RecipeName, Set, Use, chosen_recipe, set_values
from mmgan_core.cli.seeds_option import seeds_of

if TYPE_CHECKING:
    from mmgan_core.recipe.schema import Recipe
    from mmgan_core.training.sweep import Trial

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    epilog="Examples: mmgan-zoo sweep digits --over train.learning_rate=0.001,0.0005 | "
    "mmgan-zoo sweep digits --over make.image.generator.width=16,32 --seed 0,1 --by core/frechet"
)
def sweep(
    recipe: RecipeName,
    over: Annotated[
        list[str],
        typer.Option(
            metavar="KEY=VALUE,VALUE",
            help="A key and its values, or LOW..HIGH for a sampler; can be repeated.",
        ),
    ],
    seed: Annotated[
        str | None, typer.Option(metavar="N[,N...]", help="Train each choice with these seeds.")
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Measure this metric of the recipe, and show the best first."
        ),
    ] = "",
    trials: Annotated[int, typer.Option(min=0, help="How many choices a sampler makes.")] = 0,
    sampler: Annotated[
        str, typer.Option(help="grid: all choices; optuna: chosen by what is measured.")
    ] = "grid",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Its folder; default: sweeps/NAME."),
    ] = None,
    use: Use = None,
    settings: Set = None,
    device: Device = "auto",
    cpu: Cpu = False,
) -> None:
    """Train a recipe with several values of some keys. The same command goes on after Ctrl-C."""
    from mmgan_core.training import sweep as sweeping

    varied = _varied(over)
    _refuse_other_sampler(sampler, by, trials, varied)
    base = _recipe(recipe, use, settings or [], {}, None)
    seeds = seeds_of(seed) or [base.seed]
    metric = sweeping.refuse_unmeasured(base, by) if by else None

    def trials_of(values: Mapping[str, object]) -> list[Trial]:
        return [
            sweeping.Trial(
                sweeping.folder_name(values, one),
                values,
                _recipe(recipe, use, settings or [], values, one),
            )
            for one in seeds
        ]

    choices = [] if sampler == "optuna" else list(sweeping.grid(varied))
    sweeping.refuse_unworkable([t for v in choices or [_first(varied)] for t in trials_of(v)[:1]])
    folder = out or Path("sweeps") / (base.name or "sweep")
    asked = {"recipe": recipe, "use": use or [], "set": settings or [], "keys": list(varied)}
    rest = {"sampler": sampler, "values": varied, "seeds": seeds, "by": by, "trials": trials}
    sweeping.refuse_other_sweep(folder, asked | rest)
    whole = sweeping.Sweep(folder, metric, cpu, device)
    try:
        for values in choices:
            whole.do(trials_of(values))
        if sampler == "optuna":
            from mmgan_core.training.sampled_sweep import sampled

            sampled(folder, varied, trials, seeds[0], lambda values: whole.do(trials_of(values)))
    except sweeping.Stopped as stopped:
        again = shlex.join(["mmgan-zoo", *sys.argv[1:]])
        typer.echo(f"stopped and saved; the same command goes on:\n  {again}", err=True)
        raise typer.Exit(128 + (stopped.signal or 1)) from None
    head, lines = whole.table()
    print_table("", lines, head=head)
    if sampler == "optuna" and metric:
        _write_importances(folder, varied, metric.use, higher=whole.higher)
    typer.echo(f"everything is in {folder}", err=True)


def _write_importances(
    folder: Path, varied: Mapping[str, Sequence[object]], by: str, *, higher: bool
) -> None:
    from mmgan_core.foundation.files import writing
    from mmgan_core.reports.importances import importances, importances_html

    found = importances(folder)
    if found:
        rows = [(key, f"{100 * share:.0f} %") for key, share in found.items()]
        print_table("", rows, head=("key", "importance"))
    file = folder / "importances.html"
    with writing(file, "the page of importances"):
        file.write_text(importances_html(folder, varied, by=by, higher=higher), "utf-8")
    typer.echo(f"what mattered: {file}", err=True)


def _varied(over: Sequence[str]) -> dict[str, list[object]]:
    """The values of each key; commas within brackets belong to a value."""
    found: dict[str, list[object]] = {}
    for text in over:
        key, equals, values = text.partition("=")
        if not equals:
            from mmgan_core.errors import UsageError

            raise UsageError(f"--over {text!r} is not of the form KEY=VALUE,VALUE")
        for name, listed in set_values([f"{key}=[{values}]"]).items():
            assert isinstance(listed, list)
            found.setdefault(name, []).extend(map(_number, listed))
    return found


def _number(value: object) -> object:
    """A number that YAML takes for text, such as 1e-3, as a number."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _refuse_other_sampler(
    sampler: str, by: str, trials: int, varied: Mapping[str, Sequence[object]]
) -> None:
    from mmgan_core.errors import UsageError, nearest
    from mmgan_core.training.sampled_sweep import range_of
    from mmgan_core.training.sweep import refuse_no_choice

    if sampler not in ("grid", "optuna"):
        raise UsageError(
            f"there is no sampler {sampler!r}", hint=nearest(sampler, ("grid", "optuna"))
        )
    if sampler == "grid":
        refuse_no_choice(varied)
        if trials:
            raise UsageError(
                "--trials is for a sampler; a grid tries all choices", hint="--sampler optuna"
            )
        return
    refuse_no_choice({key: range_of(values) or values for key, values in varied.items()})
    if not by or not trials:
        raise UsageError(
            "a sampler chooses by a metric, so many times", hint="give --by ID and --trials N"
        )


def _recipe(
    name: str,
    use: Sequence[str] | None,
    settings: Sequence[str],
    values: Mapping[str, object],
    seed: int | None,
) -> Recipe:
    from mmgan_core.errors import RecipeError

    varied = [f"{key}={json.dumps(value)}" for key, value in values.items()]
    try:
        return chosen_recipe(name, use, [*settings, *varied], seed)
    except RecipeError as error:
        said = str(error)
        for key in values:
            said = said.replace(f"--set {key}", f"--over {key}")
        raise RecipeError(said) from None


def _first(varied: Mapping[str, Sequence[object]]) -> dict[str, object]:
    from mmgan_core.training.sampled_sweep import range_of

    return {k: ends[0] if (ends := range_of(v)) else v[0] for k, v in varied.items()}
