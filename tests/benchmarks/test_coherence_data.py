"""The data of the coherence benchmark: which pictures, on what, and what is missing of them."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.coherence_data import (
    COLUMNS,
    background,
    classes_of_rows,
    kept,
    on_background,
    picked,
    poly,
    tinted,
    write_both,
)
from benchmarks.pen_strokes import strokes, thinned, traced
from mmgan_core.components.sources.parquet import ParquetTable


def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_colours_are_inverted_where_there_is_ink() -> None:
    behind = np.array([[[10.0, 200.0, 100.0], [10.0, 200.0, 100.0], [0.0, 0.0, 0.0]]])
    ink = np.array([[0, 255, 51]], dtype=np.uint8)
    assert on_background(ink, behind)[0].tolist() == [[10, 200, 100], [245, 55, 155], [51, 51, 51]]


def test_backgrounds_differ_and_stay_the_same() -> None:
    found = [background(number, 64) for number in range(COLUMNS)]
    assert all(one.shape == (64, 64, 3) and one.dtype == np.uint8 for one in found)
    assert np.array_equal(background(2, 64), found[2])
    assert len({one.tobytes() for one in found}) == COLUMNS
    for number, one in enumerate(found):
        assert one.mean() == pytest.approx(127, abs=1.0)
        light = tinted(one, number)
        assert (light.max() <= 115) if number % 2 == 0 else (light.min() >= 140)


def test_no_picture_is_used_twice_and_all_of_a_row_show_its_digit() -> None:
    labels = np.repeat(np.arange(10), 30)
    wanted = classes_of_rows(50, random())
    assert np.bincount(wanted).tolist() == [5] * 10
    chosen = picked(labels, wanted, random())
    assert chosen.shape == (50, COLUMNS)
    assert (labels[chosen] == wanted[:, None]).all()
    assert len(np.unique(chosen)) == chosen.size
    with pytest.raises(SystemExit, match="7 rows of the digit 0 need 35 pictures of it"):
        picked(labels, np.zeros(7, dtype=np.int64), random())


def test_half_is_kept_and_something_of_every_row() -> None:
    found = kept(4_000, 5, random())
    assert found.any(1).all()
    # A row of five is empty once in 32, and then gets one back.
    assert found.mean() == pytest.approx(0.5 + 1 / 32 / 5, abs=0.01)


def test_files_of_halves_hold_what_is_left(tmp_path: Path) -> None:
    pictures = np.arange(100 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(100, 28, 28)
    columns, labels = poly(pictures, np.repeat(np.arange(10), 10), 20, False, 0)
    again, _ = poly(pictures, np.repeat(np.arange(10), 10), 20, False, 0)
    assert columns == again
    for split in ("train", "test"):
        write_both(tmp_path / "poly", split, columns, labels.tolist(), 3, named=True)
    whole = ParquetTable([tmp_path / "poly" / "train.parquet"])
    assert whole.columns["label"].names[:2] == ("zero", "one")
    assert whole.columns["m0"].modality == "image"
    given = ParquetTable([tmp_path / "poly-half" / "given" / "train.parquet"])
    every = range(20)
    assert given.values("label", every) == whole.values("label", every)
    for name in columns:
        values = given.values(f"given_{name}", every)
        assert all(v is None or v == w for v, w in zip(values, columns[name], strict=True))
        left = ParquetTable([tmp_path / "poly-half" / name / "train.parquet"])
        assert left.values(name, range(len(left))) == [v for v in values if v is not None]
        assert 0 < len(left) < 20
    names = given.values("given_name", every)
    assert {n for n in names if n} <= set(whole.columns["label"].names)
    test = pq.read_table(tmp_path / "poly-half" / "given" / "test.parquet")
    assert sum(test[name].null_count for name in test.schema.names) == 0


def test_a_thick_line_is_thinned_to_one_pixel() -> None:
    ink = np.zeros((2, 12, 20), dtype=bool)
    ink[0, 4:7, 2:18] = True
    line = thinned(ink)
    assert not line[1].any()
    assert line[0].sum(0).max() == 1
    assert set(np.nonzero(line[0])[0]) == {5}
    assert line[0].sum() >= 13


def test_a_line_is_traced_from_its_top_end_at_equal_distances() -> None:
    line = np.zeros((11, 11), dtype=bool)
    line[0:11, 3] = True
    line[10, 3:11] = True
    found = traced(line, 4)
    # 17 pixels long: down 10, then right 7; the third point is 4/3 past the corner.
    expected = [[0.3, 0], [0.3, 17 / 30], [0.3 + 4 / 30, 1], [1, 1]]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert traced(np.zeros((5, 5), dtype=bool), 2).tolist() == [[0.5, 0.5]] * 2
    pictures = np.stack([line, line]).astype(np.uint8) * 255
    assert strokes(pictures, 2) == ["0.300,0.000,1.000,1.000"] * 2
