"""What a model does not read of given values is said once, and never of rows of data."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import mmgan_core as mmgan
from mmgan_core.errors import Unread
from mmgan_core.inference.model import Model
from mmgan_core.inference.unread import of_rows

from .conftest import Zoo

LONG = "three hundred and thirty-three"


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return mmgan.load(f"run:{trained}")


def test_the_command_line_prints_one_note(zoo: Zoo, trained: Path, elsewhere: Path) -> None:
    said = zoo("generate", trained, f"text={LONG}", "--count", 3)
    assert said.code == 0
    assert said.err.splitlines() == ["note: text: only the first 12 of its 30 bytes are read"]
    assert zoo("generate", trained, "text=three", "--out", "whole").err == ""


def test_a_verb_that_makes_samples_many_times_says_it_once(
    zoo: Zoo, trained: Path, elsewhere: Path
) -> None:
    said = zoo("directions", trained, f"text={LONG}", "--most", 1, "--noises", 2)
    assert said.code == 0
    assert said.err.count("note: text: only the first 12 of its 30 bytes are read") == 1


def test_python_gets_a_warning_at_its_own_line(model: Model) -> None:
    with pytest.warns(Unread, match="^text: only the first 12 of its 30 bytes are read$") as found:
        model.generate(text=LONG, count=4)
    assert len(found) == 1
    assert found[0].filename == __file__


def test_of_several_values_the_first_that_is_cut_is_told(model: Model) -> None:
    said = "text: 2 of 3 values are cut; of the first, only the first 12 of its 30 bytes are read"
    with pytest.warns(Unread, match=f"^{said}$"):
        model.generate(text=["one", LONG, f"{LONG}!"])


def test_paths_between_samples_say_it_too(model: Model) -> None:
    with pytest.warns(Unread, match="30 bytes") as found:
        model.interpolate(steps=1, text=LONG)
    assert len(found) == 1


def test_rows_of_data_say_nothing(model: Model) -> None:
    with warnings.catch_warnings(), of_rows():
        warnings.simplefilter("error")
        model.generate(text=LONG)
    with pytest.warns(Unread):
        model.generate(text=LONG)


def test_a_value_that_cannot_be_read_is_refused_as_ever(model: Model) -> None:
    with pytest.raises(mmgan.UsageError, match="text: the text is empty"):
        model.generate(text=" ")
