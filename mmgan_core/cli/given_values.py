"""``NAME=VALUE`` on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def given_values(given: Sequence[str]) -> dict[str, Any]:
    """By name its value, or a list where a name is repeated.

    Raises:
        UsageError: for what is not of that form.
    """
    from mmgan_core.errors import UsageError

    values: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{text!r} is not of the form NAME=VALUE", hint="such as text=three")
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
