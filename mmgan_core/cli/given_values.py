"""Given values on the command line: ``NAME=VALUE``."""

from __future__ import annotations

from collections.abc import Sequence

from mmgan_core.foundation.plain import Plain


def given_values(given: Sequence[str]) -> Plain:
    """Return the value of each name; a list of values for a name that is repeated.

    Raises:
        UsageError: if an argument is not of the form ``NAME=VALUE``.
    """
    from mmgan_core.errors import UsageError

    values: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{text!r} is not of the form NAME=VALUE", hint="such as text=three")
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
