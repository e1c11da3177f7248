"""Reads raw values as text."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path

from mmgan_core.errors import BadValue


def read_text(value: object) -> str:
    """A raw value as composed text; of a file, without surrounding white space.

    Raises:
        BadValue: if it is missing, empty, or not text.
    """
    if isinstance(value, Path):
        return read_text(_content(value)).strip()
    if isinstance(value, bytes | bytearray | memoryview):
        try:
            value = bytes(value).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadValue(f"the bytes are not UTF-8 ({error.reason})") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise BadValue("the text is missing (not a number)")
    if not isinstance(value, str | int | float):
        raise BadValue(f"a text cannot be read from {type(value).__name__}")
    text = unicodedata.normalize("NFC", str(value))
    if not text.strip():
        raise BadValue("the text is empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadValue("the text holds half a character (a lone surrogate)")
    return text


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise BadValue(f"{file} cannot be read: {error}") from None
