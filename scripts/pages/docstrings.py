"""Docstrings as mkdocstrings reads them: our section `Example:` is its section `Examples:`."""

from __future__ import annotations

import re
from typing import Any

import griffe


class Docstrings(griffe.Extension):
    """Griffe calls this for every object whose docstring it has found."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Let examples be shown as code."""
        if obj.docstring:
            obj.docstring.value = re.sub(
                r"^( *)Example:$", r"\1Examples:", obj.docstring.value, flags=re.M
            )
