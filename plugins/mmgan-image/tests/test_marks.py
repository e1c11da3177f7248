"""What places of pictures have, on pictures painted by hand."""

from __future__ import annotations

import torch

from mmgan_image.modality.marks import marks_of


def test_ink_is_what_stands_out_from_the_border() -> None:
    picture = -torch.ones(1, 1, 8, 8)
    picture[0, 0, 1:3, 5] = 1  # at the top right
    marks = marks_of(picture)
    assert {name: int(mark.sum()) for name, mark in marks.items()} == {
        "ink": 2,
        "ink at the left": 0,
        "ink at the right": 2,
        "ink at the top": 2,
        "ink at the bottom": 0,
    }
    assert marks_of(-picture)["ink"].equal(marks["ink"]), "on white as on black"


def test_ink_of_a_colour() -> None:
    picture = torch.ones(1, 3, 8, 8)
    for column, colour in enumerate(((1, -1, -1), (1, 1, -1), (-1, 1, -1), (-1, -1, 1))):
        picture[0, :, 4, 2 + column] = torch.tensor(colour).float()
    marks = marks_of(picture)
    for column, name in enumerate(("red", "yellow", "green", "blue")):
        assert marks[name].nonzero().tolist() == [[0, 0, 4, 2 + column]]
