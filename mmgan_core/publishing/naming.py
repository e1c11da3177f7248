"""What a published model is called."""

from __future__ import annotations

import re
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.zoo.manifest import is_model_name

_RULE = (
    "a name has at most 96 of a-z, A-Z, 0-9, '.', '_' and '-', and begins with a letter or digit"
)


def name_of_model(asked: str, recipe: str, run: Path) -> str:
    """Return the name of the model of a run.

    Args:
        asked: the name that was asked for; it may be empty.
        recipe: the recipe's name; it may be empty.
        run: the directory of the run, whose name a model has that nobody named.

    Raises:
        UsageError: if a model cannot be called so.
    """
    name = asked or recipe or run.resolve().name
    if is_model_name(name):
        return name
    whose = "--name" if asked else "the recipe's name" if recipe else "the directory of the run"
    raise UsageError(
        f"{whose}: a model cannot be called {name!r}: {_RULE}",
        hint=f"export it as --name {fitting_name(name) or 'NAME'}",
    )


def is_address_of(address: str, name: str) -> bool:
    """Whether a model of this name can be loaded by an address, as far as both can tell."""
    place = address.partition("@")[0].removeprefix("hf:")
    return address.startswith("dir:") or place.rpartition("/")[2] == name


def refuse_other_address(address: str, name: str) -> None:
    """Refuse an address in a card by which another model would be loaded.

    Raises:
        UsageError: names the model.
    """
    if address and not is_address_of(address, name):
        raise UsageError(
            f"--address {address}: the model is called {name!r}, and would not be found there",
            hint=f"export it as --name {address.rpartition('/')[2]}, or change the address",
        )


def refuse_other_repository(to: str, *, of_run: bool) -> None:
    """Refuse names that the Hub does not take, or that a model cannot have.

    Args:
        to: the repository, ``ORG/NAME``.
        of_run: whether what is published is a run, whose model is then called NAME.

    Raises:
        UsageError: names what is wrong, and a name that fits.
    """
    org, slash, name = to.partition("/")
    if not slash or "/" in name:
        raise UsageError(f"--to {to}: the name of a model on the Hub has the form ORG/NAME")
    if _on_hub(org) and _on_hub(name) and (is_model_name(name) or not of_run):
        return
    raise UsageError(
        f"--to {to}: {_RULE}; on the Hub it has no -- or .. and does not end with '-', '.' or .git",
        hint=f"push it as --to {fitting_name(org) or 'ORG'}/{fitting_name(name) or 'NAME'}",
    )


def _on_hub(name: str) -> bool:
    """Whether the Hub takes the name of an organisation or of a repository."""
    plain = len(name) <= 96 and re.fullmatch(r"\w([\w.-]*\w)?", name, re.ASCII)
    return bool(plain) and not name.endswith(".git") and "--" not in name and ".." not in name


def fitting_name(name: str) -> str:
    """The nearest name that both a model and a repository can have; empty if nothing can stay."""
    joined = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    found = re.sub(r"-[-.]+|\.[-.]+", "-", joined).lstrip("-._")[:96]
    while found.endswith(("-", ".", "_", ".git")):
        found = found.removesuffix(".git").rstrip("-._")
    return found
