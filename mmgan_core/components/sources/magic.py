"""Recognises the kind of data of a file by its first bytes or by its name."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
SOUNDS = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"}
TEXTS = {".txt"}

_IMAGE_HEADS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"P5", b"P6")
_SOUND_HEADS = (b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"FORM")


def kind_of_bytes(value: object) -> str:
    """``"image"``, ``"audio"``, or ``""`` for anything else."""
    if not isinstance(value, bytes):
        return ""
    if value.startswith(b"RIFF"):
        return {b"WAVE": "audio", b"WEBP": "image"}.get(value[8:12], "")
    if value.startswith(_IMAGE_HEADS):
        return "image"
    return "audio" if value.startswith(_SOUND_HEADS) else ""


def kind_of_file(file: Path, file_kinds: Mapping[str, str] = MappingProxyType({})) -> str:
    """The kind of data in a file by its name's ending, or "".

    A photo that cannot be decoded here, such as .heic, is an image too: it is reported as a bad row
    and not ignored.

    Args:
        file_kinds: the kind by ending, as modalities say, such as for .mid or .svg; none can claim
            the common endings above.
    """
    ending = file.suffix.lower()
    for kind, endings in (("image", IMAGES), ("audio", SOUNDS), ("text", TEXTS)):
        if ending in endings:
            return kind
    if ending[1:] in file_kinds:
        return file_kinds[ending[1:]]
    guessed = (mimetypes.guess_type(file.name)[0] or "").partition("/")[0]
    return guessed if guessed in ("image", "audio") else ""
