"""Nothing of the machine in what is published: where data lie there names people and projects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from mmgan_core.foundation.plain import Plain
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe

# What a recipe says of data and of itself; what it needs to build a model stays as it is.
_SAID = ("data", "summary", "about")
_POSIX = r"(?:/(?!/)|\.\./|~[\w.-]*/)"
_WINDOWS = r"(?:[A-Za-z]:[\\/]|\\\\[^\\\s]+\\|~[\w.-]*\\|\.\.\\)"
_URL = r"file:/*"
# A whole value: a source's name may stand before the path.
_WHOLE = re.compile(rf"((?:[a-z][a-z0-9_-]+:)?)({_URL}.+|{_POSIX}.+|{_WINDOWS}.+)", re.DOTALL)
# A path in a sentence has at least two parts, and no space.
_INSIDE = re.compile(
    rf"[a-z]+://[^\s\"'<>]+|(?<![\w./:~<\\])(?:{_URL}[^\s\"'<>|)]+|{_WINDOWS}[^\s\"'<>|)]+"
    r"|~(?:[A-Za-z][\w.-]*)?/[^\s\"'<>|)]+|(?:/|\.\./)(?:[^\s/\"'<>|)]+/)+[^\s\"'<>|)]*)"
)


def recipe_to_publish(recipe: Recipe, tell: Callable[[str], None]) -> Recipe:
    """A recipe that names data by their base names alone, and no other place of this machine.

    Args:
        recipe: the recipe.
        tell: is told of every value that is replaced.
    """
    plain = recipe.plain()
    said = {key: without_places(plain[key], tell, key) for key in _SAID if key in plain}
    return check({**plain, **said}, "the recipe") if said != _part(plain, said) else recipe


def without_places(value: object, tell: Callable[[str], None], where: str = "") -> object:
    """Return plain data in which every path of this machine is its base name."""
    if isinstance(value, str):
        found = without_place(value)
        if found != value:
            tell(f"{where}: {value[:200]!r} is published as {found[:200]!r}")
        return found
    if isinstance(value, Mapping):
        return {k: without_places(v, tell, f"{where}.{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_places(one, tell, f"{where}.{n}") for n, one in enumerate(value)]
    return value


def without_place(text: str) -> str:
    """Return text in which every path of this machine is its base name.

    Example:
        >>> without_place("folder:/home/jane/photos")
        'folder:photos'
    """
    whole = _WHOLE.fullmatch(text)
    if whole and not text.startswith("//") and "\n" not in text:
        return whole[1].removesuffix("file:") + _base(whole[2])
    home = str(Path.home())
    if len(home) > 1:
        text = text.replace(home + "/", "/-/")
    return _INSIDE.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    text = found.group()
    is_address = "://" in text and not text.startswith("file:")
    return text if is_address else _base(text)


def places_in(plain: Plain) -> list[str]:
    """The paths of this machine in plain data, each with its key."""
    found: list[str] = []
    without_places(plain, lambda said: found.append(said.partition(" is published as ")[0]))
    return found


def address_to_publish(address: str) -> str:
    """An address in a card: a directory by its base name, unless it lies below this one."""
    prefix, colon, path = address.partition(":")
    return f"dir:{_base(path)}" if (prefix, colon) == ("dir", ":") and _is_place(path) else address


def _is_place(path: str) -> bool:
    return bool(_WHOLE.fullmatch(path))


def _base(path: str) -> str:
    windows = "\\" in path or re.match("[A-Za-z]:", path)
    pure = PureWindowsPath(path) if windows else PurePosixPath(path.removeprefix("file:"))
    return pure.name or "data"


def _part(plain: Plain, keys: Mapping[str, object]) -> Plain:
    return {key: plain[key] for key in keys}
