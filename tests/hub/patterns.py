"""What ``.gitattributes`` calls large and ``.gitignore`` leaves out: as much as the Hub needs."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from fnmatch import fnmatchcase

_LARGE = "filter=lfs diff=lfs merge=lfs -text"
ATTRIBUTES = "".join(
    f"*.{ending} {_LARGE}\n"
    for ending in (
        "7z",
        "bin",
        "ckpt",
        "gz",
        "h5",
        "msgpack",
        "npy",
        "npz",
        "onnx",
        "ot",
        "pb",
        "pickle",
        "pkl",
        "pt",
        "pth",
        "safetensors",
        "tar",
        "zip",
    )
)


def is_large(path: str, attributes: str) -> bool:
    """Whether attributes send a file to the large-file storage."""
    large = False
    for words in _lines(attributes):
        if _matches(path, words[0].replace("[[:space:]]", " ")):
            filters = [word for word in words[1:] if word.lstrip("-!").startswith("filter")]
            large = filters == ["filter=lfs"] if filters else large
    return large


def attribute(path: str) -> str:
    """The line that makes one file large."""
    return f"{glob.escape(path).replace(' ', '[[:space:]]')} {_LARGE}\n"


def is_ignored(path: str, ignore: str) -> bool:
    """Whether a ``.gitignore`` at the top leaves a file out."""
    parents = path.split("/")
    ignored = False
    for words in _lines(ignore):
        pattern = words[0].removeprefix("!").removesuffix("/")
        last = len(parents) - words[0].endswith("/")
        if any(_matches("/".join(parents[: n + 1]), pattern) for n in range(last)):
            ignored = not words[0].startswith("!")
    return ignored


def _lines(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            yield words


def _matches(path: str, pattern: str) -> bool:
    if "/" in pattern:
        return fnmatchcase(path, pattern.removeprefix("/"))
    return fnmatchcase(path.rpartition("/")[2], pattern)
