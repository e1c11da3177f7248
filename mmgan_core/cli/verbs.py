"""The verbs of the command line: those of the core, and those that plugins add."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mmgan_core.plugins.manager import Plugin, Plugins

VERBS = {
    "init": "Write a starter recipe for some data.",
    "ls": "List components, recipes, models, and plugins that can be installed.",
    "show": "Show a component's options, or a recipe.",
    "validate": "Check a recipe's keys, components and data.",
    "plan": "Show what a recipe would build, and how long its training would take.",
    "train": "Train a recipe.",
    "suggest": "Suggest settings for a recipe, and say what to expect of them.",
    "sweep": "Train a recipe with several values of some keys, and compare them.",
    "generate": "Make samples with a trained model.",
    "repair": "Fill in the missing parts of a sample.",
    "invert": "Find the noise that makes a sample.",
    "explain": "Say which part of what is given makes a sample what it is.",
    "directions": "Find directions of a model's noise, along which samples change in one way.",
    "evaluate": "Measure a model with evaluators, which had no part in its training.",
    "export": "Write the model of a run, with all that using it needs.",
    "push": "Publish a run or a model on the Hugging Face Hub.",
    "pull": "Get a model of the zoo or of the Hub, and check it.",
    "verify": "Check a model: its hashes, its samples, one of its numbers.",
    "report": "Write the report of a run as one HTML file.",
    "compare": "Compare runs: a table over seeds, and one HTML file.",
    "doctor": "Check this installation.",
    "schema": "Write the JSON Schema of recipes, for editors.",
    "plugins": "List plugins and their status, check one, or start a new one.",
}


def plugin_verbs() -> dict[str, typer.Typer]:
    """Return the verbs of plugins by name; a name that two plugins claim is unavailable."""
    from mmgan_core.plugins.manager import plugins

    return _verbs_of(plugins())


@cache
def _verbs_of(plugins: Plugins) -> dict[str, typer.Typer]:
    from mmgan_core.plugins.conflicts import without_conflicts

    brought = plugins.call("mmgan_commands", _checked, if_wrong="partial")
    return without_conflicts(plugins, brought, own=VERBS, what="verb")


def _checked(plugin: Plugin, answer: object) -> dict[str, typer.Typer]:
    from mmgan_core.plugins.manager import InvalidHookResult

    if not isinstance(answer, dict) or not all(
        isinstance(name, str) and isinstance(app, typer.Typer) for name, app in answer.items()
    ):
        raise InvalidHookResult(f"must return a dict of Typer apps by name, not {answer!r:.80}")
    for name, app in answer.items():
        if not app.registered_commands and not app.registered_groups:
            raise InvalidHookResult(f"the verb {name!r} is a Typer app without a command")
    return answer


def ask_everything() -> None:
    """Ask plugins for all that they supply, because some faults show only then."""
    from mmgan_core.plugins.catalogue import catalogue
    from mmgan_core.recipe.shelf import list_recipes

    catalogue()
    plugin_verbs()
    list_recipes()
