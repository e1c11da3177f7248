"""What a new plugin may be called."""

from __future__ import annotations

import keyword
import re
from importlib import metadata, util

from mmgan_core.errors import UsageError
from mmgan_core.plugins.manager import KNOWN, plugins

LONGEST = 30
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def distribution_of(name: str) -> str:
    """The distribution that brings a plugin of that name."""
    return f"mmgan-{name}"


def package_of(name: str) -> str:
    """Its Python package."""
    return f"mmgan_{name.replace('-', '_')}"


def refuse_name(name: str) -> None:
    """Refuse what cannot be a new plugin's name.

    Raises:
        UsageError: says why, and what would do.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise UsageError(
            f"a plugin cannot be called {name!r}",
            hint=f"lower-case letters, digits and single hyphens between them, a letter first, "
            f"at most {LONGEST} in all: such as {_likely(name)}",
        )
    if keyword.iskeyword(name):
        raise UsageError(f"{name!r} is a word of Python", hint=f"such as {name}-parts")
    owners = {**KNOWN, **{plugin.name: plugin.distribution for plugin in plugins()}}
    if name in owners:
        raise UsageError(
            f"there is a plugin {name!r} already, of {owners[name]}",
            hint=f"its components are its own: call yours otherwise, such as my-{name}",
        )
    if _is_installed(name):
        raise UsageError(
            f"{distribution_of(name)} is installed already, and is something else",
            hint=f"call yours otherwise, such as my-{name}",
        )


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(distribution_of(name))
    except metadata.PackageNotFoundError:
        return util.find_spec(package_of(name)) is not None
    return True


def _likely(name: str) -> str:
    parts = re.findall(r"[a-z0-9]+", name.lower())
    found = "-".join(parts).lstrip("0123456789-")[:LONGEST].strip("-")
    return repr(found or "sparkle")
