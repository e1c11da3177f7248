"""Recognises the kind of data of a file by its first bytes or by its name."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

IMAGES = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib", ".webp"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".avif", ".heic", ".heif"),
    *(".jp2", ".j2k", ".jpx", ".jxl", ".qoi", ".psd", ".ico", ".tga"),
}
SOUNDS = {
    *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif", ".aiff", ".aifc"),
    *(".au", ".snd", ".caf", ".rf64", ".w64", ".voc", ".sph", ".m4a", ".aac", ".wma"),
}
TEXTS = {".txt"}

_IMAGE_HEADS = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    *(b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF", b"qoif", b"8BPS", b"\0\0\1\0"),
    *(b"\0\0\0\x0cjP", b"\xff\x4f\xff\x51", b"\0\0\0\x0cJXL", b"\xff\x0a"),
)
_SOUND_HEADS = (
    *(b"fLaC", b"OggS", b"ID3", b"FORM", b"RF64", b".snd", b"dns.", b"caff", b"NIST_1A"),
    *(b"riff\x2e\x91", b"Creative Voice File", b"0&\xb2u\x8ef\xcf\x11"),
)
_IMAGE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heif", b"mif1", b"msf1")


def kind_of_bytes(value: object) -> str:
    """``"image"``, ``"audio"``, or ``""`` for anything else."""
    if not isinstance(value, bytes):
        return ""
    if value.startswith((b"RIFF", b"RIFX")):
        return {b"WAVE": "audio", b"WEBP": "image"}.get(value[8:12], "")
    if value[4:8] == b"ftyp":
        return "image" if value[8:12] in _IMAGE_BRANDS else "audio" * value[8:11].startswith(b"M4A")
    if value.startswith(_IMAGE_HEADS):
        return "image"
    return "audio" if value.startswith(_SOUND_HEADS) or _is_mpeg_audio(value) else ""


def _is_mpeg_audio(value: bytes) -> bool:
    """Whether bytes begin with a frame of MP3, or of another layer of MPEG audio or of AAC."""
    if len(value) < 4 or value[0] != 0xFF or value[1] & 0xE0 != 0xE0 or value[1] >= 0xFE:
        return False
    version, layer = value[1] >> 3 & 3, value[1] >> 1 & 3
    if layer == 0:  # AAC in ADTS
        return value[1] & 0xF6 == 0xF0
    return version != 1 and value[2] >> 4 != 15 and value[2] >> 2 & 3 != 3


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
