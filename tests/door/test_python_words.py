"""Errors in Python name arguments, come from the line of the user, and are short in a notebook."""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import mmgan_core as mmgan
from mmgan_core import MmganError, UsageError
from mmgan_core.foundation.python_words import in_python, speaking_python

CORE = Path(mmgan.__file__).parent
# Commands of pip, and what concerns the command line alone.
KEPT = {"--upgrade", "--force-reinstall", "--no-plugin"}
WRITTEN_ELSEWHERE = ("cli", "scaffold", "testing", "publishing/card.py", "publishing/usage.py")


def messages() -> Iterator[tuple[str, str]]:
    """Every string of the core, outside of the command line, that names a flag."""
    for file in sorted(CORE.rglob("*.py")):
        place = file.relative_to(CORE).as_posix()
        if place.startswith(WRITTEN_ELSEWHERE) or file.name == "python_words.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "THING"
                    for part in node.values
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if id(node) not in docs and re.search(r"--[a-z]", text):
                yield place, text


def test_no_message_that_python_can_raise_names_a_flag() -> None:
    found = list(messages())
    assert len(found) > 20
    for place, text in found:
        left = set(re.findall(r"--[a-z][a-z-]*", in_python(text))) - KEPT
        assert not left, f"{place}: {in_python(text)}"


@pytest.mark.parametrize(
    ("command_line", "python"),
    [
        ("with --resume, or another: --run DIR", "with resume=True, or another: run=DIR"),
        ("mmgan-zoo train ... --resume", "train(..., resume=True)"),
        ("first: mmgan-zoo export runs/x --out DIR", 'first: export("runs/x", FOLDER)'),
        ("--set bad_rows=0.1", '**{"bad_rows": 0.1}'),
        ("--set train.x: must be", '"train.x": must be'),
        ("leave out --init-from", "leave out init_from="),
        ("export it as --name fine", 'export it as name="fine"'),
        ("mmgan-zoo ls encoders --modality image", 'list_components("encoder", modality="image")'),
        ("pip install --upgrade mmgan-zoo", "pip install --upgrade mmgan-zoo"),
        ("a--b and --no-plugin x", "a--b and --no-plugin x"),
    ],
)  # fmt: skip
def test_flags_become_arguments(command_line: str, python: str) -> None:
    assert in_python(command_line) == python


def test_an_unknown_key_is_named_as_an_argument() -> None:
    with pytest.raises(UsageError) as refused:
        mmgan.load_recipe("digits", **{"train.smaples": 3})
    assert "--set" not in str(refused.value)
    assert '"train.smaples"' in refused.value.message


def test_the_frames_of_the_toolkit_are_left_out_unless_someone_debugs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def deep(left: int = 20) -> None:
        if left:
            deep(left - 1)
        raise UsageError("leave out --cpu", hint="or --resume")

    monkeypatch.delenv("MMGAN_DEBUG", raising=False)
    with pytest.raises(UsageError) as short:
        speaking_python(deep)()
    assert len(traceback.extract_tb(short.value.__traceback__)) <= 3
    assert (short.value.message, short.value.hint) == ("leave out cpu=True", "or resume=True")
    assert str(short.value) == "leave out cpu=True\n  or resume=True"
    monkeypatch.setenv("MMGAN_DEBUG", "1")
    with pytest.raises(UsageError) as long:
        speaking_python(deep)()
    assert len(traceback.extract_tb(long.value.__traceback__)) > 20


def test_other_errors_keep_their_traceback() -> None:
    @speaking_python
    def broken() -> None:
        raise ZeroDivisionError("--resume")

    with pytest.raises(ZeroDivisionError, match="--resume"):
        broken()


def test_a_notebook_shows_the_message_and_the_hint_alone() -> None:
    error = MmganError("what is wrong", hint="what to do")
    assert error._render_traceback_() == ["MmganError: what is wrong\n  what to do"]
