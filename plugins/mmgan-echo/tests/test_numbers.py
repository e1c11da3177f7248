"""The values and the rows of echo."""

from pathlib import Path

import pytest
import torch

from mmgan_core import BadValue
from mmgan_core.contracts import Column
from mmgan_echo.number import Number, NumberOptions
from mmgan_echo.numbers import Numbers, NumbersOptions

PAIR, ONE = Number(NumberOptions(size=2)), Number(NumberOptions(size=1))


@pytest.mark.parametrize("value", [[0.5, -1], (0.5, -1), "[0.5, -1]", b"[0.5, -1]"])
def test_forms_of_a_value(value: object) -> None:
    assert PAIR.decode(value) == [0.5, -1.0]


@pytest.mark.parametrize("value", [0.25, "0.25", [0.25]])
def test_one_number_stands_alone(value: object) -> None:
    assert ONE.decode(value) == [0.25]
    assert ONE.prepare([value]).shape == (1, 1)


@pytest.mark.parametrize(
    "value", ["x", "", None, [2, 0], [float("nan"), 0], ["0.5", 0], True, {}, [[0.1], 0], "[0.1]"]
)
def test_what_cannot_be_read_is_said(value: object) -> None:
    with pytest.raises(BadValue, match="numbers"):
        PAIR.decode(value)


def test_a_value_goes_into_a_file_and_back(tmp_path: Path) -> None:
    file = PAIR.save([0.5, -1.0], tmp_path / "one")
    assert PAIR.decode(file.read_text("utf-8")) == [0.5, -1.0]
    assert PAIR.present(torch.tensor([[0.5, -9.0]])) == [[0.5, -1.0]]


def test_the_size_is_read_off_the_data() -> None:
    column = Column("echo", "echo")
    assert Number.suggest(column, ["cannot be read", "[0.1, 0.2, 0.3]"]) == {"size": 3}
    assert Number.suggest(column, []) == {}


def test_rows_follow_the_seed() -> None:
    def rows(split: str = "train", **options: int) -> list[object]:
        (table,) = Numbers(NumbersOptions(rows=10, **options)).tables(split)
        return table.values("echo", range(10))

    assert rows() == rows()
    assert len({str(rows()), str(rows("test")), str(rows(seed=1))}) == 3
    assert rows(bad=2)[:3] == ["cannot be read", "cannot be read", rows()[2]]
    low, high = (
        torch.tensor([PAIR.decode(value) for value in rows(size=2)[place::2]]).mean(0)
        for place in (0, 1)
    )
    assert (low - high).abs().max() > 0.5
