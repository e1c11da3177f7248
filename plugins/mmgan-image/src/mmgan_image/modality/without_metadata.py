"""The bytes of a picture without what says nothing of its pixels, where that is damaged."""

from __future__ import annotations

import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_WEBP_KEPT = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF")
# EXIF, XMP and ICC profiles of JPEG; APP14 says how colours are stored, and APP0 which JPEG it is.
_JPEG_LEFT_OUT = {*range(0xE1, 0xEE), 0xEF, 0xFE}


def without_metadata(data: bytes) -> bytes | None:
    """The same picture without EXIF, profiles, texts and times; None for other formats.

    A picture whose own parts are damaged stays so.
    """
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _png(data: bytes) -> bytes:
    kept, at = [_PNG], len(_PNG)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        chunk = data[at : at + 12 + length]
        if kind in _PNG_KEPT:
            kept.append(_with_sum(chunk) if kind == b"tRNS" and len(chunk) >= 12 else chunk)
        at += 12 + length
    return b"".join(kept)


def _with_sum(chunk: bytes) -> bytes:
    return chunk[:-4] + zlib.crc32(chunk[4:-4]).to_bytes(4, "big")


def _jpeg(data: bytes) -> bytes:
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] == 0xFF:  # a marker may have several of them before it
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] not in _JPEG_LEFT_OUT:
            kept.append(data[at:end])
        at = end
    return b"".join((*kept, data[at:]))


def _webp(data: bytes) -> bytes:
    kept, at = [], 12
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        end += end % 2
        if data[at : at + 4] in _WEBP_KEPT:
            kept.append(data[at:end])
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
