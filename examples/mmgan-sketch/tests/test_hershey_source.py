from __future__ import annotations

import json

import pytest
from mmgan_sketch.drawing import drawing_from_json
from mmgan_sketch.hershey_source import (
    WORDS,
    Hershey,
    HersheyOptions,
    digits_of,
    fonts_by_design,
    take_of,
)

from mmgan_core import DataError
from mmgan_core.contracts import Table


def tables(**options: object) -> tuple[Table, Table]:
    source = Hershey(HersheyOptions.model_validate({"takes": 3, **options}))
    (train,), (test,) = source.tables("train"), source.tables("test")
    return train, test


def column(table: Table, name: str) -> list[object]:
    return table.values(name, range(len(table)))


def test_many_fonts_share_their_digits() -> None:
    designs = list(fonts_by_design().values())
    assert len(designs) == 7
    assert sum(map(len, designs)) == 29
    assert ["futuram", "rowmand"] in designs


def test_no_design_is_in_both_splits_under_any_name() -> None:
    train, test = tables()
    seen, new = ({str(font) for font in column(table, "font")} for table in (train, test))
    assert len(seen) == 5
    assert len(new) == 2
    assert not {digits_of(font) for font in seen} & {digits_of(font) for font in new}
    assert not set(column(train, "sketch")) & set(column(test, "sketch"))


def test_any_name_of_a_design_holds_it_out() -> None:
    for name in ("gothicger", "gothgbt"):
        train, test = tables(held_out=(name,))
        assert set(column(test, "font")) == {"gothgbt"}
        assert "gothgbt" not in column(train, "font")


def test_rows() -> None:
    train, _ = tables()
    assert len(train) == 5 * 10 * 3
    assert tuple(dict.fromkeys(column(train, "label"))) == WORDS == train.columns["label"].names
    assert train.columns["sketch"].modality == "sketch"
    assert train.where(0) == "Hershey font astrology, zero, row 0"
    for value in column(train, "sketch"):
        assert isinstance(value, str)
        drawing_from_json(value)


def test_takes_differ_and_are_always_the_same() -> None:
    train, _ = tables()
    assert len(set(column(train, "sketch"))) == len(train)
    again, _ = tables()
    assert train.digest == again.digest
    assert column(train, "sketch") == column(again, "sketch")
    assert tables(takes=2)[0].digest != train.digest
    plain, _ = tables(jitter=0.0)
    assert len(set(column(plain, "sketch"))) == len(plain) / 3


def test_takes_stay_upright_inside_the_square() -> None:
    for font in (fonts[0] for fonts in fonts_by_design().values()):
        for digit, strokes in enumerate(digits_of(font)):
            for number in range(20):
                drawing = take_of(strokes, f"{font}/{digit}/{number}", 1.0)
                values = [axis for stroke in drawing for point in stroke for axis in point]
                assert min(values) > 0
                assert max(values) < 1


def test_the_first_point_is_where_the_pen_was_set_down() -> None:
    (zero, *_) = digits_of("futural")
    drawing = json.loads(take_of(zero, "x", 0.0).to_json())
    assert drawing[0][0][0] == pytest.approx(0.47, abs=0.05)
    assert drawing[0][0][1] < 0.25


@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        (("gothicgre",), "no font with digits is called 'gothicgre'"),
        (("japanese",), "no font with digits"),
        (tuple(fonts[0] for fonts in fonts_by_design().values()), "none is left"),
    ],
)
def test_mistakes_are_told(held_out: tuple[str, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        tables(held_out=held_out)
