"""The binary formats of Xet, as much of them as a server reads."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_RECORD = 48
_VERIFIED, _HAS_SHA256 = 1 << 31, 1 << 30


@dataclass(frozen=True)
class Term:
    """A run of chunks of one xorb, and how many bytes of the file they are."""

    xorb: str
    size: int
    start: int
    end: int


@dataclass(frozen=True)
class Described:
    """A file that a shard describes."""

    hash: str
    sha256: str
    terms: tuple[Term, ...]


def files(shard: bytes) -> Iterator[Described]:
    """The files of a shard."""
    if not shard.startswith(b"HFRepoMetaData"):
        raise ValueError("not a shard")
    at = _RECORD
    while (name := shard[at : at + 32]) != b"\xff" * 32:
        flags, number = struct.unpack_from("<II", shard, at + 32)
        at += _RECORD
        terms = []
        for _ in range(number):
            size, start, end = struct.unpack_from("<III", shard, at + 36)
            terms.append(Term(_text(shard[at : at + 32]), size, start, end))
            at += _RECORD
        at += _RECORD * number if flags & _VERIFIED else 0
        sha256 = ""
        if flags & _HAS_SHA256:
            sha256 = _text(shard[at : at + 32])
            at += _RECORD
        yield Described(_text(name), sha256, tuple(terms))


def chunks(xorb: bytes) -> list[int]:
    """Where each chunk of a xorb begins, and where the last one ends."""
    offsets = [0]
    # A byte other than 0, the version of a chunk, begins the footer.
    while xorb[offsets[-1] : offsets[-1] + 1] == b"\0":
        packed = int.from_bytes(xorb[offsets[-1] + 1 : offsets[-1] + 4], "little")
        offsets.append(offsets[-1] + 8 + packed)
    if offsets[-1] > len(xorb):
        raise ValueError("a chunk ends beyond the xorb")
    return offsets


def _text(raw: bytes) -> str:
    """A hash as it is written: four little-endian numbers."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", raw))
