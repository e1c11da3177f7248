"""The manifest, `model.json`: what a model takes, makes and needs, and the hashes of its files.

It is read as plain data, and checked before any other file of a model is opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from mmgan_core.errors import IntegrityError
from mmgan_core.foundation import kept_files
from mmgan_core.foundation.plain import Plain
from mmgan_core.plugins.manager import LOCAL
from mmgan_core.recipe.old_spellings import present_measurement
from mmgan_core.recipe.schema import EntryName
from mmgan_core.zoo.sample_files import (
    FOLDER,
    LARGEST_SAMPLE,
    MOST_SAMPLES,
    checked_ending,
    is_sample_name,
    refuse_other_endings,
)

FORMAT = 1
MANIFEST = "model.json"
WEIGHTS = "model.safetensors"
DISCRIMINATOR = "discriminator.safetensors"
PROOF = "proof.safetensors"
PRIOR = "prior.safetensors"
RECIPE = "recipe.yaml"
DIRECTIONS = "directions.json"
CARD = "README.md"
CONFIG = "config.json"
PARTS = "parts/"
KEPT = f"{kept_files.FOLDER}/"
# How deep models may stand in one another, and how many in one.
DEEPEST = 3
MOST_PARTS = 8
_DISTRIBUTION_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_MODEL_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
# The directory of a frozen model in the directory of the model that it is a part of.
_IN_A_PART = re.compile(rf"parts/({_MODEL_NAME})/(.+)")
# The files that a model may have beside its samples: no others are pushed, pulled or read.
_NAMES = re.compile(
    r"(?:model|discriminator|proof|prior)\.safetensors|recipe\.yaml|README\.md|(?:config|directions)\.json"
    r"|training/(?:[a-z_]+\.safetensors|state\.json)"
    r"|files/[0-9a-f]{64}"
)
# The endings of samples for manifests that do not list them, from before version 0.1.
_UNLISTED_ENDINGS = ("png", "jpg", "wav", "flac", "txt", "svg", "json")
LARGEST_MANIFEST = 4_000_000
_SHA256 = r"^[0-9a-f]{64}$"


def is_of_a_model(path: str) -> bool:
    """Whether a model may have a file of this name; no such name leads out of its directory."""
    inner = path
    for _ in range(DEEPEST):
        found = _IN_A_PART.fullmatch(inner)
        inner = found[2] if found else inner
    manifest_of_a_part = inner == MANIFEST and inner != path
    return bool(_NAMES.fullmatch(inner)) or is_sample_name(inner) or manifest_of_a_part


def is_model_name(name: str) -> bool:
    """Whether a model may have this name."""
    return bool(re.fullmatch(_MODEL_NAME, name))


def is_distribution_name(name: str) -> bool:
    """Whether a package can have this name; what cannot is never written into a command."""
    return bool(re.fullmatch(_DISTRIBUTION_NAME, name))


def is_part_name(name: str) -> bool:
    """Whether a frozen model may have this name in the model that it is a part of."""
    return bool(_IN_A_PART.fullmatch(f"{PARTS}{name}/{MANIFEST}")) and "/" not in name


def _known_name(path: str) -> str:
    if not is_of_a_model(path):
        raise ValueError(f"{path!r} is not a file of a model")
    return path


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class File(_Section):
    """One file of a model."""

    sha256: str = Field(pattern=_SHA256)
    bytes: int = Field(ge=0)


class Takes(_Section):
    """A given entry: its modality and its encoder, with all their options."""

    modality: Plain
    encoder: Plain
    example: str = Field("", max_length=100, description="a value that the card shows")


class Makes(_Section):
    """A made entry: its modality with all options, the tensor of a sample, and its files."""

    modality: Plain
    shape: list[int]
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    noise: int = Field(ge=0, description="how many numbers of noise a sample is made from")
    endings: list[Annotated[str, AfterValidator(checked_ending)]] = Field(
        list(_UNLISTED_ENDINGS),
        max_length=16,
        description="the endings of its sample files",
    )


class PartUsed(_Section):
    """A component that the weights belong to."""

    slot: str = Field(pattern=r"^[A-Za-z0-9_.:/ -]{1,200}$")
    id: str = Field(pattern=r"^[A-Za-z0-9_./-]{1,200}$")
    version: int
    # Messages tell people to install this, so it can be nothing but a name.
    distribution: str = Field(pattern=rf"^{_DISTRIBUTION_NAME}$")
    distribution_version: str = Field(pattern=r"^[A-Za-z0-9.+!_-]{1,50}$")


class Licences(_Section):
    """The licences of the code, the weights and the data, as SPDX names where they have one."""

    code: str = "Apache-2.0"
    weights: str = ""
    data: str = ""


class Cost(_Section):
    """What training the model took, and how large the model is."""

    samples: int = Field(ge=0, lt=2**63)
    seconds: float | None
    device: str
    weights: int = Field(description="how many weights making samples needs")


def _present_measurement(row: object) -> object:
    return present_measurement(row) if isinstance(row, Mapping) else row


class Recorded(_Section):
    """A number that `verify` measures again."""

    entry: str
    name: str
    given: str
    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    n: int = Field(ge=1, le=4096)
    seed: int
    evaluator: Plain
    classes: list[str]

    @model_validator(mode="after")
    def _refuse_value_outside(self) -> Recorded:
        # The ends of an interval are rounded, so that they may miss the value by as much.
        if not self.low - 1e-6 <= self.value <= self.high + 1e-6:
            raise ValueError(f"{self.value} is outside of {self.low} to {self.high}")
        return self


class Proof(_Section):
    """What `verify` makes again; the tensors are in proof.safetensors."""

    given: list[str] = Field([], description="the entries whose values are recorded")
    seed: int = 0
    samples: int = Field(ge=1, le=64, description="how many samples have a digest")
    tolerance: float = Field(gt=0, le=1e-3)
    measured: Annotated[Recorded | None, BeforeValidator(_present_measurement)] = None


class Faithful(_Section):
    """How far explanations of one sort are to be believed, measured on many given values."""

    explained: str = Field(min_length=1, max_length=100, description="such as letters of a word")
    by: str = Field(pattern=r"^[A-Za-z0-9_./-]{1,200}$", description="the id of the explainer")
    n: int = Field(ge=1, description="how many given values")
    gain: float = Field(
        allow_inf_nan=False,
        description="how much more samples change without the most influential units than without "
        "random ones, as a fraction",
    )
    low: float = Field(allow_inf_nan=False, description="the lower end of its 95 % interval")
    high: float = Field(allow_inf_nan=False)
    stands: float = Field(ge=0, le=1, description="the share of values of which it is believed")

    @model_validator(mode="after")
    def _refuse_gain_outside(self) -> Faithful:
        if not self.low <= self.gain <= self.high:
            raise ValueError(f"{self.gain} is outside of {self.low} to {self.high}")
        return self


class Manifest(_Section):
    """The whole of `model.json`."""

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=rf"^{_MODEL_NAME}$")]
    summary: str = ""
    given: dict[EntryName, Takes]
    made: dict[EntryName, Makes]
    half: bool = Field(False, description="whether weights were rounded to half precision")
    mask: Literal["1 = missing"] = "1 = missing"
    parts: list[PartUsed]
    files: dict[Annotated[str, AfterValidator(_known_name)], File]
    proof: Proof
    metrics: list[Annotated[Plain, BeforeValidator(_present_measurement)]] = []
    explanations: list[Faithful] = []
    licences: Licences = Licences()
    limits: list[str] = []
    cost: Cost
    made_with: Plain = {}
    seed: int

    @model_validator(mode="after")
    def _refuse_other_samples(self) -> Manifest:
        samples = {path: file for path, file in self.files.items() if path.startswith(FOLDER)}
        refuse_other_endings(samples, (e for made in self.made.values() for e in made.endings))
        if len(samples) > MOST_SAMPLES:
            raise ValueError(f"{len(samples)} samples are more than {MOST_SAMPLES}")
        for path, file in self.files.items():
            if f"/{FOLDER}" in f"/{path}" and file.bytes > LARGEST_SAMPLE:
                raise ValueError(f"{path!r} is larger than {LARGEST_SAMPLE:,} bytes")
        for name in self.kept:
            file = self.files[f"{KEPT}{name}"]
            if file.sha256 != name or file.bytes > kept_files.LARGEST:
                raise ValueError(f"{KEPT}{name!r} has another hash than its name, or is too large")
        if len(self.kept) > kept_files.MOST:
            raise ValueError(f"{len(self.kept)} kept files are more than {kept_files.MOST}")
        if len(self.models) > MOST_PARTS:
            raise ValueError(f"{len(self.models)} models as parts are more than {MOST_PARTS}")
        return self

    @property
    def models(self) -> list[str]:
        """The names of the frozen models that it carries, sorted."""
        found = (_IN_A_PART.fullmatch(path) for path in self.files)
        return sorted({match[1] for match in found if match})

    @property
    def kept(self) -> list[str]:
        """The names of the files below files/, sorted: the hashes of their contents."""
        return sorted(path.removeprefix(KEPT) for path in self.files if path.startswith(KEPT))

    @property
    def samples(self) -> list[str]:
        """The names of the files below samples/, sorted."""
        return sorted(path.removeprefix(FOLDER) for path in self.files if path.startswith(FOLDER))

    @property
    def size(self) -> int:
        """The size of all files together, in bytes."""
        return sum(file.bytes for file in self.files.values())

    @property
    def plugins(self) -> dict[str, str]:
        """The distributions that the model needs, each with the version that it was made with."""
        return {
            part.distribution: part.distribution_version
            for part in self.parts
            if part.distribution != LOCAL
        }

    @property
    def local_components(self) -> list[str]:
        """The ids of its components that no package brings: whoever uses it registers them."""
        return sorted({part.id for part in self.parts if part.distribution == LOCAL})


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest in the directory of a model.

    Raises:
        IntegrityError: if there is no manifest, or this version cannot read it.
    """
    file = folder / MANIFEST
    try:
        if file.exists() and not file.is_file():
            raise IntegrityError(f"{file} is no file: it is refused")
        if file.stat().st_size > LARGEST_MANIFEST:
            raise IntegrityError(f"{file} is larger than {LARGEST_MANIFEST:,} bytes: it is refused")
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IntegrityError(
            f"{folder} does not hold a model: it has no {MANIFEST}",
            hint="mmgan-zoo export RUN writes the model of a run",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise IntegrityError(f"{file} cannot be read: {str(error)[:200]}") from error
    return checked_manifest(raw, str(file))


def checked_manifest(raw: object, where: str) -> Manifest:
    """Check plain data, and return it as a manifest.

    Raises:
        IntegrityError: names the first key that is wrong.
    """
    if isinstance(raw, Mapping) and isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
        raise IntegrityError(
            f"{where} has format {raw['format']}, but this version reads formats up to {FORMAT}",
            hint="pip install --upgrade mmgan-zoo",
        )
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the manifest"
        raise IntegrityError(
            f"{where} is not a sound manifest: {key[:200]}: {first['msg'][:200]}"
        ) from None
    for needed in (WEIGHTS, RECIPE, PROOF, CARD):
        if needed not in manifest.files:
            raise IntegrityError(f"{where} does not list {needed}")
    return manifest
