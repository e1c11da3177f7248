"""`init` suggests characters for short texts, and pieces for long ones."""

from __future__ import annotations

import pytest

from mmgan_core.contracts import Column
from mmgan_core.starting.columns import Seen
from mmgan_core.starting.made_samples import samples_of, unreadable


@pytest.mark.parametrize(
    ("values", "modality", "options", "why"),
    [
        (("cat", "two dogs", "3"), "text/text", {}, ""),
        (
            ("a library of many things for games", "a game in which mines are found", "a" * 60),
            "text/tokens",
            {"tokenizer": "bpe", "pieces": 2000},
            "half of the texts have 34 characters or more, so they are made of pieces",
        ),
        ((None, 3.0), "text/text", {}, ""),
    ],
)
def test_the_length_of_texts_decides(
    values: tuple[object, ...], modality: str, options: dict[str, object], why: str
) -> None:
    seen = Seen(Column("title", "text"), "texts", rows=len(values), values=values)
    found = samples_of(seen, 32)
    assert (found.modality, found.options) == (modality, options)
    assert found.why.startswith(why)


def test_a_fraction_that_cannot_be_read_is_found_without_a_vocabulary() -> None:
    values = ("a" * 40, "b" * 50, " ", "c" * 60)
    seen = Seen(Column("title", "text"), "texts", rows=4, values=values)
    assert unreadable(seen, samples_of(seen, 32)) == 0.25
