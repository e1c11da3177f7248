"""A manifest or a card that lies is not vouched for, however well its hashes agree."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.errors import IntegrityError
from mmgan_core.publishing.card import card
from mmgan_core.publishing.export import export
from mmgan_core.publishing.usage import address_in
from mmgan_core.publishing.verify import verify
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import checked_manifest

Raw = dict[str, Any]
INF = float("inf")
# What is changed, by the dotted place in model.json, and what it says instead.
PLACES: Mapping[str, tuple[Any, ...]] = {
    "summary": ("Makes faces of film stars.", ""),
    "seed": (1, -7),
    "limits": ([], ["It has none."]),
    "half": (True,),
    "licences.code": ("MIT", ""),
    "licences.weights": ("MIT", "", "CC0-1.0"),
    "licences.data": ("CC0-1.0", ""),
    "cost.weights": (1, 10**9),
    "cost.samples": (10**9, 0),
    "cost.seconds": (-1.0, 0.0, INF),
    "cost.device": ("cuda",),
    "made_with.seed": (5,),
    "made_with.device": ("cuda:7",),
    "given.text.modality.length": (99,),
    "given.text.modality.use": ("image/image", "text/tokens"),
    "given.text.modality.colour": ("blue",),
    "given.text.encoder.dim": (512,),
    "given.text.encoder.use": ("text/bag", "core/label-embedding"),
    "given.text.example": ("two\nlines", "```"),
    "given.label.modality.names": (["cat", "dog"],),
    "made.image.modality.height": (1024,),
    "made.image.modality.channels": (3,),
    "made.image.shape": ([3, 1024, 1024], [1], []),
    "made.image.low": (0.0, -INF),
    "made.image.high": (255.0, INF),
    "made.image.noise": (0, 10**6),
    "made.image.endings": (["wav"], ["png", "jpg", "gif"]),
    "parts.0.id": ("text/other",),
    "parts.0.version": (7, 0),
    "parts.0.slot": ("given.voice.modality",),
    "parts.0.distribution": ("evil",),
    "parts.1.distribution_version": ("99.0",),
    "parts": ([],),
    "proof.seed": (1,),
    "proof.samples": (64,),
    "proof.given": ([], ["label"], ["label", "text"], ["text", "voice"]),
    "proof.measured": (None,),
    "proof.measured.entry": ("video",),
    "proof.measured.name": ("read by everybody", "Fréchet distance"),
    "proof.measured.given": ("nothing", "text"),
    "proof.measured.low": (-INF, -1.0, 0.0),
    "proof.measured.high": (INF, 1.0, 99.0),
    "proof.measured.n": (100, 4096),
    "proof.measured.seed": (3,),
    "proof.measured.evaluator.use": ("image/dense",),
    "proof.measured.evaluator.width": (1,),
    "metrics.0.entry": ("video",),
    "metrics.0.given": ("the moon", "text + voice"),
    "metrics.0.value": (INF, "all", 1.5e308 * 10),
    "metrics.0.n": (0, -4, "many"),
    "metrics.0.seed": (99, "none"),
    "metrics.0.split": ("train", "secret"),
    "metrics.0.samples": (10**9,),
    "metrics.0.better": ("bigger",),
    "metrics.0.evaluator": ("image/oracle", "audio/conv"),
    "metrics.0.evaluator_accuracy": (1.2, 0.5),
    "metrics.0.target": ("anything",),
    "metrics.0.low": (2.0,),
}


def change(raw: Raw, place: str, value: object) -> None:
    *path, last = place.split(".")
    here: Any = raw
    for step in path:
        here = here[int(step)] if isinstance(here, list) else here[step]
    assert last == "colour" or (last.isdigit() and int(last) < len(here)) or last in here, place
    here[int(last) if isinstance(here, list) else last] = value


def all_numbers(raw: Raw, name: str, **keys: Any) -> None:
    for row in raw["metrics"]:
        if row["name"] == name:
            row.update(keys)


def swap(raw: Raw, key: str, one: str, other: str) -> None:
    for row in raw["metrics"]:
        row[key] = {one: other, other: one}.get(row[key], row[key])


# Lies in several places at once.
TOGETHER: Mapping[str, Callable[[Raw], object]] = {
    "a better number in a fitting interval": lambda raw: raw["proof"]["measured"].update(
        value=0.99, low=0.965, high=0.997
    ),
    "a worse number": lambda raw: raw["proof"]["measured"].update(value=0.01, low=0.0, high=0.03),
    "any number": lambda raw: raw["proof"]["measured"].update(value=0.5, low=-9.0, high=9.0),
    "a share that no count gives": lambda raw: all_numbers(raw, "condition accuracy", value=0.51),
    "perfect numbers": lambda raw: all_numbers(
        raw, "condition accuracy", value=1.0, low=0.9433, high=1.0
    ),
    "one better share": lambda raw: raw["metrics"][_at(raw, "text + label")].update(
        value=1.0, low=0.943375, high=1.0, n=64
    ),
    "shuffled is as good": lambda raw: raw["metrics"][_at(raw, "text + label, shuffled")].update(
        value=1.0, low=0.943375, high=1.0, n=64
    ),
    "shares of other givens": lambda raw: swap(raw, "given", "text", "nothing"),
    "a number twice": lambda raw: raw["metrics"].append(dict(raw["metrics"][0], value=0.001)),
    "a number without its n": lambda raw: raw["metrics"][0].pop("n"),
    "an entry more": lambda raw: raw["given"].update(voice=raw["given"]["text"]),
    "an entry less": lambda raw: raw["given"].pop("text"),
    "another made entry": lambda raw: raw["made"].update(film=raw["made"].pop("image")),
    "a part more": lambda raw: raw["parts"].append(dict(raw["parts"][0], slot="given.x.modality")),
    "a part less": lambda raw: raw["parts"].pop(),
    "classes twice": lambda raw: raw["proof"]["measured"]["classes"].__setitem__(0, "two"),
    "another class": lambda raw: raw["proof"]["measured"]["classes"].__setitem__(0, "eleven"),
    "a mask of the other kind": lambda raw: raw.update(mask="1 = known"),
}
CARDS: Mapping[str, Callable[[str], str]] = {
    "a number": lambda text: text.replace("| 64 |", "| 640 |", 1),
    "the count of weights": lambda text: text.replace(" weights.", " thousand weights.", 1),
    "a licence": lambda text: text.replace("Apache-2.0", "MIT", 1),
    "the licence on the Hub": lambda text: text.replace("license: apache-2.0", "license: mit"),
    "the heading": lambda text: text.replace("# small", "# StyleGAN4", 1),
    "another limit": lambda text: text.replace("## Limits\n", "## Limits\n\n- None.\n"),
    "no limits": lambda text: text.partition("## Limits")[0] + text.partition("## How it")[2],
    "a sentence more": lambda text: text + "\nIt was checked by a university.\n",
    "a sentence less": lambda text: text.replace("A sample is made up", "A sample is real"),
    "a command": lambda text: text.replace("pip install ", "pip install evil ", 1),
    "another model": lambda text: text.replace("dir:small", "hf:evil/other"),
    "the data": lambda text: text.replace("Data: ", "Data: a secret, not "),
    "a space at the end of a line": lambda text: text.replace("\n## Use", " \n## Use"),
    "all of it": lambda text: "# small\n\nThe best model of all.\n",
    "nothing": lambda text: "",
}


def _at(raw: Raw, given: str) -> int:
    rows = [(row["given"], row["name"]) for row in raw["metrics"]]
    return rows.index((given, "condition accuracy"))


def seal(model: Path, raw: Raw) -> None:
    """Make hashes and card agree with a manifest, as a cheat would, as far as a card can."""
    directory = ModelDirectory.open(model)
    address = address_in((model / "README.md").read_text(encoding="utf-8"))
    try:
        said = checked_manifest(raw, "a lie")
        written = card(said, directory.blueprint(), said.samples, address)
        (model / "README.md").write_text(written, encoding="utf-8")
    except Exception:
        pass
    rehash(model, raw)


def rehash(model: Path, raw: Raw) -> None:
    for name, row in raw["files"].items():
        content = (model / name).read_bytes()
        row |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (model / "model.json").write_text(json.dumps(raw), encoding="utf-8")


@pytest.fixture(scope="module")
def honest(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = export(run, tmp_path_factory.mktemp("honest") / "small", name="small").path
    list(verify(path))
    return path


def test_honest_models_that_are_sealed_again_verify(honest: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(honest, tmp_path / "small"))
    seal(model, json.loads((model / "model.json").read_text(encoding="utf-8")))
    assert [finding.what for finding in verify(model)] == ["files", "weights", "samples", "number"]


LIES = [(place, value) for place, values in PLACES.items() for value in values]


def test_there_are_many() -> None:
    assert len({(place, str(value)) for place, value in LIES}) + len(TOGETHER) + len(CARDS) >= 120


@pytest.mark.parametrize(("place", "value"), LIES, ids=[f"{p} = {v!r:.40}" for p, v in LIES])
def test_a_manifest_that_lies_is_not_vouched_for(
    honest: Path, tmp_path: Path, place: str, value: object
) -> None:
    model = Path(shutil.copytree(honest, tmp_path / "small"))
    raw = json.loads((model / "model.json").read_text(encoding="utf-8"))
    change(raw, place, value)
    seal(model, raw)
    with pytest.raises(IntegrityError) as refusal:
        list(verify(model))
    assert refusal.value.message


@pytest.mark.parametrize("what", TOGETHER)
def test_lies_that_agree_are_not_vouched_for(honest: Path, tmp_path: Path, what: str) -> None:
    model = Path(shutil.copytree(honest, tmp_path / "small"))
    raw = json.loads((model / "model.json").read_text(encoding="utf-8"))
    before = json.dumps(raw)
    TOGETHER[what](raw)
    assert json.dumps(raw) != before
    seal(model, raw)
    with pytest.raises(IntegrityError):
        list(verify(model))


@pytest.mark.parametrize("what", CARDS)
def test_an_edited_card_is_not_vouched_for(honest: Path, tmp_path: Path, what: str) -> None:
    model = Path(shutil.copytree(honest, tmp_path / "small"))
    file = model / "README.md"
    before = file.read_text(encoding="utf-8")
    after = CARDS[what](before)
    assert after != before
    file.write_text(after, encoding="utf-8")
    rehash(model, json.loads((model / "model.json").read_text(encoding="utf-8")))
    with pytest.raises(IntegrityError):
        list(verify(model))


def test_numbers_of_other_weights_are_not_published(run: Path, tmp_path: Path) -> None:
    older = Path(shutil.copytree(run, tmp_path / "older"))
    rows = json.loads((older / "evaluation.json").read_text(encoding="utf-8"))
    for row in rows[1:]:
        row["samples"] -= 32
    (older / "evaluation.json").write_text(json.dumps(rows), encoding="utf-8")
    assert len(export(older, tmp_path / "model").manifest.metrics) == 1
