from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest
from mmgan_sketch.drawing import Drawing, drawing_of
from mmgan_sketch.svg import drawing_from_svg, svg_of

from mmgan_core import BadValue

CROSS = drawing_of([[(0.1, 0.2), (0.9, 0.8)], [(0.9, 0.2), (0.5, 0.5), (0.1, 0.8)]])
DOT = drawing_of([[(0.25, 0.75)]])


def rounded(drawing: Drawing) -> list[list[tuple[float, float]]]:
    return [[(round(x, 3), round(y, 3)) for x, y in stroke] for stroke in drawing]


def svg(body: str, head: str = 'viewBox="0 0 10 10"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{body}</svg>'


def test_what_is_written_is_read() -> None:
    assert rounded(drawing_from_svg(svg_of([CROSS]))) == rounded(CROSS)


def test_a_dot_is_a_line_that_goes_nowhere() -> None:
    assert rounded(drawing_from_svg(svg_of([DOT]))) == [[(0.25, 0.75)] * 2]


def test_several_lie_side_by_side() -> None:
    page = ElementTree.fromstring(svg_of([CROSS, DOT, CROSS], columns=2))
    assert page.attrib["viewBox"] == "0 0 200 200"
    lines = page.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 3, 2, 2, 3]
    assert lines[2].attrib["points"] == "125.00,75.00 125.00,75.00"


def test_fewer_than_a_row_need_no_more_paper() -> None:
    assert 'viewBox="0 0 100 100"' in svg_of([DOT], columns=8)


@pytest.mark.parametrize(
    "body",
    [
        '<polyline points="0,0 10,5"/>',
        '<polyline points="0 0, 10 5"/>',
        '<g><path d="M0 0L10 5"/></g>',
        '<path d="M 0,0 10,5"/>',
        '<path d="M0-0L1e1 .5e1"/>',
    ],
)
def test_ways_to_write_a_line(body: str) -> None:
    assert rounded(drawing_from_svg(svg(body))) == [[(0.0, 0.0), (1.0, 0.5)]]


def test_each_m_begins_a_stroke() -> None:
    drawing = drawing_from_svg(svg('<path d="M1 1L2 2 3 3M5 5L6 6"/><polyline points="7 7 8 8"/>'))
    assert [len(stroke) for stroke in drawing] == [3, 2, 2]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('viewBox="0 0 20 10"', [(0.0, 0.25), (0.5, 0.75)]),
        ('viewBox="-10 0 20 20"', [(0.5, 0.0), (1.0, 0.5)]),
        ('width="20px" height="10"', [(0.0, 0.25), (0.5, 0.75)]),
        ('width="100%"', [(0.0, 0.0), (1.0, 1.0)]),
    ],
)
def test_the_page_becomes_the_square(head: str, expected: list[tuple[float, float]]) -> None:
    drawing = drawing_from_svg(svg('<polyline points="0,0 10,10"/>', head))
    assert rounded(drawing) == [expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<svg", "cannot be read"),
        ("<html/>", "not SVG"),
        (svg(""), "no polyline"),
        (svg('<polyline points=""/>'), "0 numbers"),
        (svg('<polyline points="1 2 3"/>'), "3 numbers"),
        (svg('<path d=""/>'), "empty"),
        (svg('<path d="L1 1"/>'), "begin with M"),
        (svg('<path d="M0 0C1 1 2 2 3 3"/>'), "only M and L are read in paths, not 'C'"),
        (svg('<path d="M0 0l1 1"/>'), "not 'l'"),
        (svg('<path d="M0 0L1e999 1"/>'), "leaves"),
        (svg('<polyline points="0 0 11 0"/>'), "leaves the unit square"),
        (svg('<g transform="scale(2)"/>'), "transform"),
        (svg('<svg x="3"/>'), "transform"),
        (svg("", 'viewBox="0 0 0 1"'), "no size"),
        (svg("", 'viewBox="0 0 1"'), "no size"),
        (svg('<polyline points="\ud800"/>'), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        drawing_from_svg(text)


def test_entities_are_refused_before_they_grow() -> None:
    layers = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10 if k else "0 0 "}">' for k in range(30))
    text = f'<!DOCTYPE svg [{layers}]><svg><polyline points="&l29;"/></svg>'
    began = time.perf_counter()
    with pytest.raises(BadValue, match="document type"):
        drawing_from_svg(text)
    assert time.perf_counter() - began < 1


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="nothing"):
        svg_of([])
