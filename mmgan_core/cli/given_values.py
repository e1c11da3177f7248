"""Given values on the command line: ``NAME=VALUE``, or ``NAME=@FILE`` for what a file holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from mmgan_core.foundation.plain import Plain


def given_values(given: Sequence[str]) -> Plain:
    """Return the value of each name; a list of values for a name that is repeated.

    A value ``@FILE`` is the path of a file, whose content is given; ``@@`` begins a value that
    itself begins with ``@``.

    Raises:
        UsageError: if an argument is not of the form ``NAME=VALUE``, or there is no such file.
    """
    from mmgan_core.errors import UsageError

    values: dict[str, list[str | Path]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{text!r} is not of the form NAME=VALUE", hint="such as text=three")
        values.setdefault(name, []).append(_content_of(value))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def amounts_of(said: Sequence[str]) -> dict[str, float]:
    """Return the number of each name, of ``NAME=NUMBER``.

    Raises:
        UsageError: if an argument is not of this form.
    """
    from mmgan_core.errors import UsageError

    amounts = {}
    for text in said:
        name, _, number = text.rpartition("=")
        try:
            amounts[name] = float(number)
        except ValueError:
            amounts[name] = math.nan
        if not name or not math.isfinite(amounts[name]):
            raise UsageError(f"{text!r} is not of the form NAME=NUMBER", hint="such as thick=+2")
    return amounts


def _content_of(value: str) -> str | Path:
    from mmgan_core.errors import UsageError

    if not value.startswith("@") or value.startswith("@@"):
        return value.removeprefix("@") if value.startswith("@@") else value
    file = Path(value[1:])
    if not file.is_file():
        raise UsageError(
            f"there is no file {str(file)!r}",
            hint=f"for a value that begins with @, write @{value}",
        )
    return file
