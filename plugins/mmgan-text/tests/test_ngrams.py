"""Counts of pieces of texts."""

from __future__ import annotations

from zlib import crc32

import pytest
import torch

from mmgan_text.ngrams_encoder import NgramsEncoder, NgramsOptions
from mmgan_text.text_modality import TextModality


def encoder(**options: object) -> NgramsEncoder:
    modality = TextModality(TextModality.Options(alphabet="abc ", length=8))
    return NgramsEncoder(NgramsOptions(**{"dim": 0, **options}), modality)


def of(one: NgramsEncoder, *texts: str) -> torch.Tensor:
    return one(one.prepare(texts)).pooled


def test_two_pieces_by_hand() -> None:
    """ab with a space at both ends has the pieces of three " ab" and "ab "."""
    found = of(encoder(buckets=4_096, shortest=3, longest=3), "ab")[0]
    hashes = [crc32(piece) for piece in (b" ab", b"ab ")]
    expected = torch.zeros(4_096)
    for number in hashes:
        expected[(number >> 1) % 4_096] += (1 if number & 1 else -1) / 2**0.5
    assert torch.allclose(found, expected)


def test_capitals_do_not_matter_but_order_does() -> None:
    small, capital, turned = of(encoder(), "ab", "AB", "ba")
    assert torch.equal(small, capital)
    assert not torch.allclose(small, turned)


def test_texts_that_share_pieces_are_near() -> None:
    one, near, far = of(encoder(), "abcab", "abcaa", "ccccc")
    assert one @ near > one @ far
    assert [float(row.norm()) for row in (one, near, far)] == pytest.approx([1, 1, 1])


def test_an_empty_text_that_was_made_can_be_measured() -> None:
    assert of(encoder(), "").isfinite().all()


def test_pieces_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="shortest 3 is more than longest 2"):
        NgramsOptions(shortest=3, longest=2)
