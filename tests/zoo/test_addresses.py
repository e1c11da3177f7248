"""What the name of a model means: the same for every verb and function that takes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmgan_core.errors import UsageError
from mmgan_core.foundation import progress
from mmgan_core.zoo.addresses import Address, address_of, run_of

WHY = "only runs have metrics"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with two runs, one called as a model of the zoo is, and an exported model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_noted", set())
    for name in ("runs/mine", "runs/digits-28"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "resolved.yaml").touch()
    (tmp_path / "models/mine").mkdir(parents=True)
    (tmp_path / "models/mine/model.json").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("digits-28", "digits-28"),
        ("hf:org/name@v1", "hf:org/name@v1"),
        ("run:anywhere", "run:anywhere"),
        ("dir:anywhere", "dir:anywhere"),
        ("mine", "run:runs/mine"),
        ("runs/mine", "run:runs/mine"),
        ("runs/mine/", "run:runs/mine"),
        ("./runs/digits-28", "run:runs/digits-28"),
        ("models/mine", "dir:models/mine"),
        (Path("models/mine"), "dir:models/mine"),
        (Path("runs/digits-28"), "run:runs/digits-28"),
    ],
)
def test_every_spelling_of_a_model(name: str | Path, meant: str) -> None:
    assert str(address_of(name)) == meant


def test_a_name_of_the_zoo_stays_one_and_what_else_it_could_mean_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert address_of("digits-28") == Address("zoo", "digits-28")
    said = capsys.readouterr().err
    assert "digits-28 is the model of the zoo" in said
    assert "run:runs/digits-28" in said


def test_nothing_is_said_of_a_name_that_means_one_thing(capsys: pytest.CaptureFixture[str]) -> None:
    assert address_of("speech") == Address("zoo", "speech")
    assert capsys.readouterr().err == ""


def test_a_path_of_python_is_never_a_name_of_the_zoo(here: Path) -> None:
    with pytest.raises(UsageError, match="there is no run and no model in 'digits-28'"):
        address_of(Path("digits-28"))
    (here / "digits-28").mkdir()
    (here / "digits-28/model.json").touch()
    assert str(address_of(Path("digits-28"))) == "dir:digits-28"


def test_a_name_that_could_mean_two_things_is_refused_with_both_spellings(here: Path) -> None:
    (here / "mine").mkdir()
    (here / "mine/model.json").touch()
    with pytest.raises(UsageError, match="could mean dir:mine or run:runs/mine"):
        address_of("mine")
    with pytest.raises(UsageError, match="could mean dir:mine or run:runs/mine"):
        run_of("mine", WHY)


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("runs/mien", "did you mean 'runs/mine'"),
        ("org/name", "hf:org/name"),
        ("mien", "did you mean 'mine'"),
        ("digits-29", "did you mean 'digits-28'"),
        ("nothing", "hf:ORG/NAME"),
        ("ftp:x", "cannot load 'ftp:x'"),
        ("", "there is no model ''"),
        (7, "not by 7"),
    ],
)
def test_what_lies_nowhere_is_refused_with_the_nearest(name: str, way: str) -> None:
    with pytest.raises(UsageError, match=way):
        address_of(name)


@pytest.mark.parametrize("name", ["mine", "runs/mine", "run:runs/mine", Path("runs/mine")])
def test_every_spelling_of_a_run(name: str | Path) -> None:
    assert run_of(name, WHY) == Path("runs/mine")


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("digits-28", "the model digits-28 of the zoo or run:runs/digits-28: only runs have"),
        ("speech", "speech is a model, and no run: only runs have metrics"),
        ("dir:models/mine", "is a model, and no run"),
        ("models/mine", "is a model, and no run"),
        ("run:runs/mien", r"there is no run in runs/mien\n  did you mean 'runs/mine'"),
        ("nothing", "there is no run in nothing"),
    ],
)
def test_what_is_no_run_is_refused_where_a_run_is_needed(name: str, way: str) -> None:
    with pytest.raises(UsageError, match=way):
        run_of(name, WHY)
