"""The core knows no kind of data by name: plugins say of themselves what the core has to know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import mmgan_core

CORE = Path(mmgan_core.__file__).parent
KINDS = ("image", "audio", "text", "sound", "picture")
# A kind itself, alone or in a list of several; a component of a kind's plugin; a media type.
NAMED = re.compile(rf"(?:{'|'.join(KINDS)})(?:/[\w*-]+)?s?")
INSIDE = re.compile(rf"(?<![\w/.-])(?:{'|'.join(KINDS)})/[a-z][\w-]*")
ROOMS_LEFT_OUT = ("scaffold", "zoo_files")

# File, what it may say, and why.
ALLOWED: dict[str, tuple[set[str], str]] = {
    "components/sources/magic.py": (
        {"image", "audio", "text"},
        "a file's content or ending tells its media type, and kinds are called as those are",
    ),
    "components/sources/chosen_rows.py": (
        {"text"},
        "what plain strings are, where no name and no number of values says otherwise",
    ),
    "components/sources/splits.py": (
        {"images", "pictures"},
        "usual endings of the names of split folders, such as train_images",
    ),
    "recipe/old_spellings.py": ({"image/dense"}, "ids as old recipes spell them"),
    "cli/recipe_options.py": ({"image/r3"}, "an example in a help text and in a message"),
    "cli/show_verb.py": ({"image/r3"}, "an example in a help text"),
    "cli/train_verb.py": ({"image/r3"}, "an example in a help text"),
    "cli/validate_verb.py": ({"image/r3"}, "an example in a help text"),
    "inference/shown.py": ({"image/png"}, "the media type of what a notebook shows"),
}


def docstrings(tree: ast.AST) -> set[int]:
    """The nodes that are docstrings: words for readers, which name kinds as examples."""
    return {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }


def named(code: str) -> Iterator[str]:
    """Kinds, components of kinds and media types that the strings of a file name."""
    tree = ast.parse(code)
    left_out = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) in left_out:
                continue
            if NAMED.fullmatch(node.value.strip().lower()):
                yield node.value
            else:
                yield from INSIDE.findall(node.value)


def test_the_core_names_no_modality() -> None:
    found: dict[str, set[str]] = {}
    for file in sorted(CORE.rglob("*.py")):
        path = file.relative_to(CORE)
        words = set(named(file.read_text(encoding="utf-8")))
        if words and path.parts[0] not in ROOMS_LEFT_OUT:
            found[path.as_posix()] = words
    excess = {
        path: words - ALLOWED.get(path, (set(), ""))[0]
        for path, words in found.items()
        if words - ALLOWED.get(path, (set(), ""))[0]
    }
    assert not excess, "a modality or a Spec says this of itself: see mmgan_core.Starter"
    stale = {path: words - found.get(path, set()) for path, (words, _) in ALLOWED.items()}
    assert not any(stale.values()), "the list allows what nobody says any more"


def test_the_search_finds_what_it_looks_for() -> None:
    planted = '"""image"""\nX = {"image": 1, "b": "audio/log-mel"}\nY = f"try image/conv or {X}"\n'
    assert sorted(named(planted)) == ["audio/log-mel", "image", "image/conv"]
    assert not list(named('X = "an image of text", "core/label", "context", "mmgan-image"'))
