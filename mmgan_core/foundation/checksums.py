"""Checksums of files that this machine keeps, so that damage is noticed before they are used.

They find damage by disks, crashes and other programs, and are no protection against forgery.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

_BLOCK = 1 << 22


def checksum(file: Path) -> str:
    """The size and the CRC-32 of a file, which is read once in blocks."""
    size = found = 0
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            size, found = size + len(block), zlib.crc32(block, found)
    return f"{size}:{found:08x}"


def damage(folder: Path, sums: Mapping[str, str]) -> str:
    """What is wrong with the files of a folder, in a few words; "" if nothing is.

    Args:
        folder: the folder.
        sums: the checksum of each file by its name; there must be no other .npy file.
    """
    for name, wanted in sums.items():
        file = folder / name
        if not file.is_file():
            return f"{name} is missing"
        if file.stat().st_size != int(wanted.partition(":")[0]):
            return f"{name} has another size"
        if checksum(file) != wanted:
            return f"{name} has another content"
    odd = [file.name for file in folder.glob("*.npy") if file.name not in sums]
    return f"{odd[0]} does not belong to it" if odd else ""
