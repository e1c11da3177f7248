"""Writes docs/reference.md, every hook and contract as the code has them.

python scripts/make_reference.py            # --check: fail if the page is not up to date
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"
HEAD = """# Reference: hooks and contracts

Generated from the code by `python scripts/make_reference.py`; do not edit. How to use it:
[Write a plugin in 15 minutes](write-a-plugin.md).
What may change: [the compatibility promise](compatibility.md).
"""


def page() -> str:
    """The page's text."""
    from mmgan_core import contracts, hookspecs, spec

    parts = [HEAD, "## Hooks\n", _doc(hookspecs) + "\n"]
    hooks = {n: f for n, f in vars(hookspecs).items() if n.startswith("mmgan_")}
    supplied = [n for n, f in hooks.items() if not inspect.signature(f).parameters]
    parts.append("### What a plugin supplies\n")
    parts += [_hook(name, hooks[name]) for name in supplied]
    parts.append("### What a plugin watches\n")
    parts += [_hook(name, f) for name, f in hooks.items() if name not in supplied]
    parts += ["## Spec\n", *_class(spec.Spec), "## Contracts\n"]
    parts.append("All are imported from `mmgan_core.contracts`.\n")
    for name in contracts.__all__:
        found = getattr(contracts, name)
        if inspect.isclass(found):
            parts += _class(found)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _hook(name: str, function: Callable[..., Any]) -> str:
    return f"#### `{name}{_signature(function)}`\n\n{_doc(function)}\n"


def _class(found: type) -> Iterator[str]:
    bases = [base.__name__ for base in found.__bases__ if base.__name__ not in ("ABC", "object")]
    derived = f"({', '.join(bases)})" if bases else ""
    yield f"### `{found.__name__}{derived}`\n\n{_doc(found)}\n"
    for name, member in vars(found).items():
        if name == "__init__" and "__dataclass_fields__" not in vars(found):
            member = member if member.__doc__ else None
        elif name.startswith("_"):
            continue
        if isinstance(member, classmethod):
            member = member.__func__
        if isinstance(member, (property, cached_property)):
            yield f"#### `{name}` (property)\n\n{_doc(member)}\n"
        elif inspect.isfunction(member):
            abstract = " (to write)" if getattr(member, "__isabstractmethod__", False) else ""
            yield f"#### `{name}{_signature(member)}`{abstract}\n\n{_doc(member)}\n"


def _signature(function: Callable[..., Any]) -> str:
    found = inspect.signature(function)
    kept = [p for p in found.parameters.values() if p.name not in ("self", "cls")]
    text = str(found.replace(parameters=kept))
    return text.replace("'", "").replace(" -> None", "").replace("BaseOptions", "Options")


def _doc(thing: object) -> str:
    """A docstring as Markdown: sections as lists, examples as code."""
    lines = inspect.cleandoc(getattr(thing, "__doc__", None) or "").splitlines()
    out: list[str] = []
    section = ""
    for line in lines:
        if re.fullmatch(r"(Args|Attributes|Raises|Returns|Example):", line):
            section = line[:-1]
            out += ["", f"*{section}*", ""]
        elif section and section != "Example" and re.match(r"    \w", line):
            name, _, rest = line.strip().partition(": ")
            out.append(f"- `{name}`: {rest}" if rest else f"- {name}")
        elif section and line.startswith("    "):
            out.append(line if section == "Example" else "  " + line.strip())
        else:
            section = section if not line else ""
            out.append(line)
    return "\n".join(out).replace("``", "`")


if __name__ == "__main__":
    from written_page import write_or_check

    write_or_check(PAGE, page())
