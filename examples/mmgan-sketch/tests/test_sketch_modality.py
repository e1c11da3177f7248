from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from mmgan_sketch import drawing as drawings
from mmgan_sketch.drawing import Drawing, drawing_of
from mmgan_sketch.resampling import drawing_of_points, points_of
from mmgan_sketch.sketch_modality import SketchModality, SketchOptions

from mmgan_core import BadValue

STROKES = [[[0.1, 0.5], [0.9, 0.5]], [[0.5, 0.1], [0.5, 0.5], [0.9, 0.9]], [[0.2, 0.8]]]


def sketch(points: int = 32) -> SketchModality:
    return SketchModality(SketchOptions(points=points))


def ink(drawing: Drawing) -> float:
    return sum(math.dist(a, b) for stroke in drawing for a, b in itertools.pairwise(stroke))


def test_every_form_is_the_same_drawing(tmp_path: Path) -> None:
    modality = sketch()
    read = modality.decode(STROKES)
    text = read.to_json()
    (tmp_path / "a.json").write_text(text, encoding="utf-8-sig")
    file = tmp_path / "a.json"
    for form in (tuple(STROKES), read, text, f" {text}\n", text.encode(), file, str(file)):
        assert modality.decode(form) == read
    svg = modality.save(read, tmp_path / "b.c")
    assert svg.name == "b.c.svg"
    for form in (svg, str(svg), svg.read_text(), svg.read_bytes()):
        assert [stroke[0] for stroke in modality.decode(form)] == [stroke[0] for stroke in read]


def test_there_and_back() -> None:
    modality = sketch(64)
    read = modality.decode(STROKES)
    sample = modality.to_sample(modality.prepare([STROKES]))
    assert sample.shape == (1, *modality.space.shape)
    (again,) = modality.present(sample)
    assert isinstance(again, Drawing)
    assert len(again) == len(read)
    for before, after in zip(read, again, strict=True):
        assert np.allclose([before[0], before[-1]], [after[0], after[-1]], atol=1e-3)
    assert ink(again) == pytest.approx(ink(read), rel=0.02)
    torch.testing.assert_close(modality.prepare([again]).float(), sample, atol=0.02, rtol=0)


def test_points_lie_at_equal_steps_and_long_strokes_have_more() -> None:
    points = points_of(drawing_of([[(0, 0), (0.1, 0), (0.9, 0)], [(0, 1), (0.2, 1)]]), 20)
    ends = np.flatnonzero(points[2] > 0)
    assert ends.tolist() == [14, 19]
    steps = np.diff(points[0, :15])
    assert np.allclose(steps, steps[0])


def test_strokes_that_only_just_fit() -> None:
    lines = drawing_of([[(0, 0), (1, 1)]] * 4)
    assert (points_of(lines, 8)[2] > 0).tolist() == [False, True] * 4
    with pytest.raises(BadValue, match="5 strokes do not fit into 8 points: they need 10"):
        points_of(drawing_of([[(0, 0), (1, 1)]] * 5), 8)


def test_only_dots() -> None:
    points = points_of(drawing_of([[(0.5, 0.5)], [(0.2, 0.2), (0.2, 0.2)]]), 9)
    assert points.shape == (3, 9)
    assert len(drawing_of_points(points)) == 2


def test_a_pen_that_never_lifts_draws_one_stroke() -> None:
    assert len(drawing_of_points(np.full((3, 8), -1.0))) == 1
    assert len(drawing_of_points(np.full((3, 8), 1.0))) == 8


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "NoneType"),
        (3.5, "float"),
        ({}, "dict"),
        ([], "one or more"),
        ([[]], "stroke 0"),
        ([3], "stroke 0"),
        (["ab"], "stroke 0"),
        ([[[0.1, 0.2]], [[0.1, 0.2, 0.3]]], "stroke 1"),
        ([[["0.1", 0.2]]], "not a number"),
        ([[[True, 0.2]]], "not a number"),
        ([[[float("nan"), 0.2]]], "leaves"),
        ([[[0.1, 1.2]]], "leaves the unit square, at 1.2"),
        ("", "neither"),
        ("[[[0.1, 0.2]", "not JSON"),
        ("[[[NaN, 0.2]]]", "leaves"),
        ("[" * 100_000, "not JSON"),
        ("no-such-file.svg", "not a file"),
        ("a\0b", "not a file"),
        (Path("."), "not a file"),
        (b"\xff\xfe", "UTF-8"),
        (b"three", "neither"),
    ],
)
def test_nonsense_is_a_bad_value(value: object, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        sketch().prepare([value])


def test_sketches_have_a_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("mmgan_sketch.sketch_modality.MOST_BYTES", 10)
    text = drawing_of(STROKES).to_json()
    (tmp_path / "a.json").write_text(text)
    for form in (text, text.encode(), tmp_path / "a.json"):
        with pytest.raises(BadValue, match="larger than 10 bytes"):
            sketch().decode(form)


def test_rounding_may_lead_over_the_edge() -> None:
    assert drawing_of([[(-drawings.SLACK / 2, 1.0)]]).strokes == (((0.0, 1.0),),)


def test_pictures_show_lines_and_dots() -> None:
    picture = np.asarray(sketch().render(STROKES))
    assert picture.shape == (64, 64)
    assert picture[32, 20] < 100  # on the first line
    assert picture[51, 13] < 100  # the dot
    assert picture[5, 5] == 255
