from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mmgan_sketch.drawing import Drawing
from mmgan_sketch.sketch_svg_verb import app
from typer.testing import CliRunner, Result

import mmgan_core as mmgan
from mmgan_core import UsageError

Verb = Callable[..., Result]


@pytest.fixture
def verb(run: Path) -> Verb:
    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [f"run:{run}", *map(str, arguments)])

    return call


def test_a_page_of_sketches(verb: Verb, tmp_path: Path) -> None:
    out = tmp_path / "new" / "sheet.svg"
    said = verb("label=three", "--count", "9", "--out", out)
    assert said.exit_code == 0, said.output
    assert said.output == f"9 sketches: {out}\n"
    page = out.read_text(encoding="utf-8")
    assert 'viewBox="0 0 300 300"' in page
    assert page.count("<polyline") >= 9


def test_the_same_seed_draws_the_same(verb: Verb, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        verb("text=two", "label=two", "--count", 2, "--seed", seed, "--out", tmp_path / name)
    a, b, c = ((tmp_path / name).read_text() for name in "abc")
    assert a == b != c


def test_rows_and_lists(verb: Verb, tmp_path: Path) -> None:
    out = tmp_path / "sheet.svg"
    verb("label=one", "label=two", "--count", 4, "--columns", 4, "--out", out)
    assert 'viewBox="0 0 400 100"' in out.read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [("three", "label=three"), ("lable=three", "did you mean 'label'"), ("label=tree", "three")],
)
def test_mistakes_are_told(verb: Verb, given: str, message: str, tmp_path: Path) -> None:
    said = verb(given, "--out", tmp_path / "sheet.svg")
    assert isinstance(said.exception, UsageError)
    assert message in str(said.exception)
    assert not (tmp_path / "sheet.svg").exists()


def test_in_python(run: Path, tmp_path: Path) -> None:
    samples = mmgan.load(f"run:{run}").generate(text=["three", "seven"], seed=0)
    assert all(isinstance(drawing, Drawing) for drawing in samples.sketch)
    assert [file.name for file in samples.save(tmp_path)] == ["sketch-000.svg", "sketch-001.svg"]
    assert samples.sheet().width > 64
