"""The text of a recipe: a line for each key, and above it the reason."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence

import yaml

from mmgan_core.starting.draft import Draft

WIDTH = 100
# These are written with a line for each of their keys, as far down as this.
OPEN = ("given", "make", "train")


def written(draft: Draft, head: Sequence[str]) -> str:
    """Return the text of a recipe file.

    Args:
        draft: the recipe and its reasons.
        head: sentences at the top, as comments.
    """
    lines = [line for text in head for line in _comment(text)]
    for key, value in draft.recipe.items():
        lines += _comment(draft.why.get(key, ""))
        if key in OPEN and isinstance(value, Mapping):
            lines += [f"{key}:", *_inside(key, value, draft, 1)]
        else:
            lines.append(f"{key}: {flow(value)}")
    return "\n".join(lines) + "\n"


def _inside(path: str, block: Mapping[str, object], draft: Draft, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, value in block.items():
        here = f"{path}.{key}"
        yield from _comment(draft.why.get(here, ""), indent)
        if path == "make" and isinstance(value, Mapping):
            yield f"{indent}{flow(key)}:"
            yield from _inside(here, value, draft, depth + 1)
        elif isinstance(value, list) and len(value) > 1:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {flow(one)}" for one in value)
        else:
            yield f"{indent}{flow(key)}: {flow(value)}"


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def flow(value: object) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, str):  # inside brackets more of them need quotes
        alone: str = yaml.safe_dump(value, allow_unicode=True, width=math.inf)
        return alone.removesuffix("...\n").strip()
    text: str = yaml.dump(
        [_plain(value)],
        Dumper=_Dumper,
        default_flow_style=True,
        allow_unicode=True,
        sort_keys=False,
        width=math.inf,
    )
    return text.strip()[1:-1]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


class _Dumper(yaml.SafeDumper):
    """Writes whole numbers with a mark at each thousand, and nothing as an anchor."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _whole(dumper: yaml.SafeDumper, number: int) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:int", f"{number:_}")


_Dumper.add_representer(int, _whole)
