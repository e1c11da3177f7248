"""The names that a new plugin may have."""

from __future__ import annotations

import keyword
import re
from importlib import metadata, util

from mmgan_core.errors import UsageError
from mmgan_core.plugins.manager import KNOWN, plugins

LONGEST = 30
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def distribution_of(name: str) -> str:
    """The name of the distribution of a plugin."""
    return f"mmgan-{name}"


def package_of(name: str) -> str:
    """The name of the Python package of a plugin."""
    return f"mmgan_{name.replace('-', '_')}"


def refuse_name(name: str) -> None:
    """Refuse a name that a new plugin cannot have.

    Raises:
        UsageError: says why, and suggests a name.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise UsageError(
            f"a plugin cannot be named {name!r}",
            hint=f"use lower-case letters, digits and single hyphens, a letter first and at most "
            f"{LONGEST} characters, such as {_suggested(name)}",
        )
    if keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} is a Python keyword", hint=f"choose another, such as {name}-parts"
        )
    owners = {**KNOWN, **{plugin.name: plugin.distribution for plugin in plugins()}}
    if name in owners:
        raise UsageError(
            f"there is already a plugin {name!r}, of {owners[name]}",
            hint=f"ids of components begin with it: choose another name, such as my-{name}",
        )
    if _is_installed(name):
        raise UsageError(
            f"{distribution_of(name)} is already installed, and is something else",
            hint=f"choose another name, such as my-{name}",
        )


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(distribution_of(name))
    except metadata.PackageNotFoundError:
        return util.find_spec(package_of(name)) is not None
    return True


def _suggested(name: str) -> str:
    parts = re.findall(r"[a-z0-9]+", name.lower())
    found = "-".join(parts).lstrip("0123456789-")[:LONGEST].strip("-")
    return repr(found or "sparkle")
