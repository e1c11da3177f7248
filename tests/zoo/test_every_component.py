"""Whatever can stand in a model is trained, exported, verified, used, pushed and pulled.

Every example of every installed component that a model is built of or taught by, several in one
recipe, and frozen networks in each way that weights can be named. Data sources and metrics do not
come along with a model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest
import timm
from safetensors.torch import save, save_file

from mmgan_core import Spec, load
from mmgan_core.assembly.measurable import chosen_metric
from mmgan_core.contracts import Column, DataSource, Modality
from mmgan_core.plugins.catalogue import Catalogue, catalogue
from mmgan_core.publishing.export import export
from mmgan_core.publishing.push import push
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.choices import choice_of
from mmgan_core.recipe.reading import check
from mmgan_core.spec import KINDS, Kind
from mmgan_core.testing.cases import Case, EncoderCase, NetworkCase, values
from mmgan_core.testing.subjects import subject_of
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load_run
from mmgan_core.zoo.pull import pull
from mmgan_image.blocks.frozen_levels import frozen_levels
from mmgan_image.blocks.timm_network import frozen_timm

from ..hub.server import Hub

REPO, EYES = "alice/small", "alice/eyes"
GROUPS, ROWS = 3, 20
# Discriminators that show features, which some losss compare.
FEATURES = ("image/dcgan", "image/r3", "image/residual")
# Losses between two made entries, which encoders of given entries read.
BETWEEN = ("objectives/cycle", "objectives/identity", "objectives/agreement")
# What needs the pieces of a given text.
COPIED = ("text/reconstruction",)
# What compares waveforms.
HEARD = ("audio/mel-distance", "audio/stft-distance")
# What networks follow; every recipe gives it.
FOLLOWED = "image/pixels"
Plain = dict[str, Any]


class Rows(DataSource):
    """A column for each entry of a recipe, filled from its modality."""

    modalities: Mapping[str, Modality] = {}

    def tables(self, split: str) -> list[Any]:
        return [_Table(split, self.modalities)]


class _Table:
    def __init__(self, split: str, modalities: Mapping[str, Modality]) -> None:
        seed = ["train", "test"].index(split)
        self.digest = f"{split} of {sorted(modalities)}"
        self.columns = {name: Column(name, one.kind) for name, one in modalities.items()}
        self._values = {name: values(one, ROWS, seed) for name, one in modalities.items()}

    def __len__(self) -> int:
        return ROWS

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        return [self._values[column][row] for row in rows]

    def where(self, row: int) -> str:
        return f"row {row}"


class Shelf:
    """The installed components, with examples of their own and frozen networks."""

    def __init__(self, known: Catalogue, weights: Path) -> None:
        self.known = known
        checkpoint = {"model": "test_resnet", "checkpoint": str(weights)}
        pretrained = {"model": f"hf-hub:{EYES}", "pretrained": True}
        small = {"size": 32, "mix": 4, "width": 4, "levels": 2}
        self.frozen: dict[str, tuple[Plain, ...]] = {
            "image/timm": (
                {"dim": 8, **checkpoint},
                {"dim": 8, **pretrained},
                {"dim": 8, "train": True, **checkpoint},
            ),
            "image/projected": ({**small, **checkpoint}, {**small, **pretrained}),
        }
        self.modality_ids = {
            known.load("modality", spec.id): spec.id for spec in known.of("modality")
        }

    def cases(self, kind: Kind) -> Iterator[tuple[str, list[Case]]]:
        """By component and example, every way to build it."""
        for spec in self.known.of(kind):
            cls = self.known.load(kind, spec.id)
            for example in (*cls.examples(), *self.frozen.get(spec.id, ())):
                yield spec.id, list(subject_of(self.known, kind, spec, [example]).cases)

    def plain(self, kind: Kind) -> list[Plain]:
        """Components that need nothing but their options."""
        return [
            {"use": spec.id, **example}
            for spec in self.known.of(kind)
            for example in self.known.load(kind, spec.id).examples()
        ]

    def modality(self, one: Modality) -> Plain:
        """As a recipe writes it."""
        return {"use": self.modality_ids[type(one)], **one.options.model_dump(mode="json")}


def chosen(case: Case) -> Plain:
    """As a recipe writes it."""
    return {"use": case.spec.id, **case.options.model_dump(mode="json", exclude_defaults=True)}


def spaces(cases: Sequence[Case]) -> set[str]:
    return {_key(case.modality) for case in cases if isinstance(case, NetworkCase)}


def _key(modality: Modality | None) -> str:
    return f"{type(modality).__name__} {modality.options if modality else ''}"


def made_entries(shelf: Shelf) -> list[tuple[Modality, Plain]]:
    """Every generator and discriminator, in pairs that share a modality."""
    discriminators = [cases for _, cases in shelf.cases("discriminator")]
    fallback, turn = {"use": "image/dense", "hidden": (8,)}, count()
    found = []
    for _, every in shelf.cases("generator"):
        # What copies choices has a recipe of its own.
        cases = [one for one in every if not one.condition.choice_settings]  # type: ignore[attr-defined]
        if not cases:
            continue
        case = cases[next(turn) % len(cases)]
        assert isinstance(case, NetworkCase)
        assert case.modality
        if case.condition.map_settings:
            continue
        fitting = next((j for j in discriminators if _key(case.modality) in spaces(j)), None)
        if fitting:
            discriminators.remove(fitting)
        discriminator = chosen(fitting[0]) if fitting else fallback
        entry: Plain = {"generator": chosen(case), "discriminator": discriminator}
        if case.spec.repairs:
            entry["repair"] = {"masks": ["centre"]}
        found.append(
            (case.modality, {**entry, "discriminator": entry["discriminator"] or fallback})
        )
    for cases in discriminators:
        case = cases[next(turn) % len(cases)]
        assert isinstance(case, NetworkCase)
        assert case.modality
        generator = {"use": "image/dense", "hidden": (8,), "noise_dim": 4}
        found.append((case.modality, {"generator": generator, "discriminator": chosen(case)}))
    return found


def follows(network: Plain) -> bool:
    """Whether it reads maps of what is given."""
    return bool(network.get("follow")) or network["use"] == "image/spade"


def teach(shelf: Shelf, made: Sequence[tuple[Modality, Plain]]) -> None:
    """Give every loss, penalty, auxiliary loss and augmentation to some entry that can take it."""
    losses = cycle(shelf.plain("loss"))
    for _, entry in made:
        entry["loss"] = next(losses)
        entry |= {"penalties": [], "auxiliary_losses": [], "augment": []}
    smooth = cycle([e for _, e in made if e["discriminator"]["use"] == "image/dense"])
    for penalty in shelf.plain("penalty"):
        next(smooth)["penalties"].append(penalty)
    styled = cycle([e for _, e in made if e["generator"]["use"] == "image/style"])
    seeing = cycle([e for _, e in made if e["discriminator"]["use"] in FEATURES])
    likely = cycle([e for _, e in made if e["generator"]["use"] == "core/gaussian"])
    at_once = cycle([e for _, e in made if e["generator"]["use"] == "text/parallel"])
    special = {"image/path-length": styled, "objectives/likelihood": likely}
    special["text/cross-entropy"] = at_once
    for loss in shelf.plain("auxiliary_loss"):
        if loss["use"] not in (*BETWEEN, *HEARD, *COPIED):
            next(special.get(loss["use"], seeing))["auxiliary_losses"].append(loss)
    for _, cases in shelf.cases("augmentation"):
        able = [
            entry
            for modality, entry in made
            # What mixes rows cannot mix the maps that a discriminator follows.
            if not (entry["discriminator"].get("follow") or entry["discriminator"].get("attend"))
            and modality.space in [case.space for case in cases]  # type: ignore[attr-defined]
        ]
        min(able, key=lambda entry: len(entry["augment"]))["augment"].append(chosen(cases[0]))


def add_pair(shelf: Shelf, raw: Plain, columns: dict[str, Modality]) -> None:
    """Two made entries of labels, with every loss that stands between two."""
    cls = shelf.known.load("modality", "core/label")
    label = cls(cls.Options(names=("a", "b", "c")))
    columns |= dict.fromkeys(("given_label", "made_label", "made_too"), label)
    plain = shelf.modality(label)
    raw["given"]["given_label"] = {"modality": plain, "encoder": "core/label-embedding"}
    dense = {"use": "core/dense", "hidden": [4]}
    made = {"modality": plain, "generator": {**dense, "noise_dim": 4}}
    made |= {"discriminator": [dense, dense], "loss": "objectives/hinge"}
    names = {"back": "made_too", "given": "given_label", "other": "made_too"}
    names["other_given"] = "given_label"
    losses = [one for one in shelf.plain("auxiliary_loss") if one["use"] in BETWEEN]
    raw["make"]["made_too"] = made
    raw["make"]["made_label"] = {
        **made,
        "noise": "made_too",
        "auxiliary_losses": [{key: names.get(key, loss[key]) for key in loss} for loss in losses],
    }


def vocoders(shelf: Shelf) -> tuple[Plain, dict[str, Modality]]:
    """A recipe of all that follows a spectrogram, and of what compares waveforms."""
    found = []
    for use, options in (
        ("audio/log-mel", {"n_fft": 256, "hop": 128, "bands": 24, "rate": 8000}),
        ("audio/audio", {"rate": 8000}),
    ):
        cls = shelf.known.load("modality", use)
        found.append(cls(cls.Options(seconds=0.096, **options)))
    mel, wave = found
    columns = {"mel": mel}
    given = {"modality": shelf.modality(mel), "encoder": {"use": "audio/mel-frames"}}
    raw: Plain = {"name": "small", "data": "test/rows", "given": {"mel": given}, "make": {}}
    for use, cases in shelf.cases("generator"):
        if cases[0].condition.map_settings:  # type: ignore[attr-defined]
            name = f"made{len(raw['make'])}"
            columns[name] = wave
            raw["make"][name] = {
                "modality": shelf.modality(wave),
                "generator": {**chosen(cases[0]), "use": use},
                "discriminator": {"use": "audio/multi-scale", "layers": 1},
                "loss": "objectives/hinge",
                "auxiliary_losses": [
                    one for one in shelf.plain("auxiliary_loss") if one["use"] in HEARD
                ],
            }
    raw["fusion"] = {"use": "core/concatenation", "drop": 0, "drop_all": 0}
    raw["train"] = {"samples": 8, "batch_size": 4}
    raw["evaluate"] = {"metrics": []}
    return raw, columns


def copying(shelf: Shelf) -> tuple[Plain, dict[str, Modality]]:
    """A recipe of a text that is copied from another one."""
    cls = shelf.known.load("modality", "text/tokens")
    text = cls(cls.Options(tokenizer="bytes", length=6))
    small = {"width": 8, "layers": 1, "heads": 2}
    encoder = {"use": "text/transformer", "dim": 8, "choices": True, **small}
    made = {
        "modality": shelf.modality(text),
        "generator": {"use": "text/transformer", "copying": True, "coverage": True, **small},
        "discriminator": {"use": "text/conv", "width": 8, "layers": 1},
        "loss": "objectives/hinge",
        "auxiliary_losses": [
            "objectives/likelihood",
            *(one for one in shelf.plain("auxiliary_loss") if one["use"] in COPIED),
        ],
    }
    given = {"modality": shelf.modality(text), "encoder": encoder}
    raw: Plain = {"name": "small", "data": "test/rows", "given": {"long": given}}
    raw |= {"make": {"short": made}, "train": {"samples": 8, "batch_size": 4}}
    raw |= {"fusion": {"use": "core/concatenation", "dim": 8}, "evaluate": {"metrics": []}}
    return raw, {"long": text, "short": text}


def recipes(shelf: Shelf) -> list[tuple[Plain, dict[str, Modality]]]:
    """Recipes that together hold everything, and the modality of each of their columns."""
    # Generators that follow come first, so that each recipe has one.
    made = sorted(made_entries(shelf), key=lambda one: not follows(one[1]["generator"]))
    teach(shelf, made)
    encoders = [(name, cases[0]) for name, cases in shelf.cases("encoder")]
    given = [
        case
        for name, case in encoders
        if name != FOLLOWED and not case.build().space.map_settings  # type: ignore[attr-defined]
    ]
    followed = [case for name, case in encoders if name == FOLLOWED]
    fusions, alignments = shelf.plain("fusion"), shelf.plain("alignment")
    found = []
    for group in range(GROUPS):
        columns: dict[str, Modality] = {}
        raw: Plain = {"name": "small", "data": "test/rows", "given": {}, "make": {}}
        for number, case in enumerate([*given[group::GROUPS], *followed]):
            assert isinstance(case, EncoderCase)
            columns[f"given{number}"] = case.modality
            raw["given"][f"given{number}"] = {
                "modality": shelf.modality(case.modality),
                "encoder": chosen(case),
            }
        for number, (modality, entry) in enumerate(made[group::GROUPS]):
            columns[f"made{number}"] = modality
            raw["make"][f"made{number}"] = {"modality": shelf.modality(modality), **entry}
        if not group:
            add_pair(shelf, raw, columns)
        joint = shelf.plain("joint_discriminator")
        raw["joint"] = {
            f"joint{number}": {
                "of": list(raw["make"])[:2],
                "discriminator": chosen,
                "loss": "objectives/hinge",
            }
            for number, chosen in enumerate(joint)
        }
        raw["fusion"] = fusions[group % len(fusions)]
        raw["align"] = alignments[group % len(alignments)]
        if "anchor" in raw["align"]:
            raw["align"] |= {"anchor": "given0"}
        else:  # its encodings differ in size
            raw["align"] = {"dim": 8, **raw["align"]}
        optimizers = shelf.plain("optimizer")
        raw["train"] = {"samples": 8, "batch_size": 4, "optimizer": optimizers[group - 1]}
        raw["evaluate"] = {"metrics": shelf.plain("metric")}
        found.append((raw, columns))
    return [*found, vocoders(shelf), copying(shelf)]


@pytest.fixture
def shelf(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """All that is installed; a timm model in a file and on the Hub; and rows of any kind."""
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("mmgan_core.publishing.proof.COUNT", 16)
    network = timm.create_model("test_resnet", pretrained=False, num_classes=0)
    config = {
        "architecture": "test_resnet",
        "num_classes": 0,
        "pretrained_cfg": network.default_cfg,
    }
    hub.put(
        EYES,
        {
            "config.json": json.dumps(config, default=str).encode(),
            "model.safetensors": save(network.state_dict()),
        },
    )
    save_file(network.state_dict(), tmp_path / "eyes.safetensors")
    known = catalogue()
    spec = Spec("test/rows", "nowhere:Rows", "Rows of any kind")
    monkeypatch.setitem(known._specs["data_source"], spec.id, spec)
    find = type(known).load
    monkeypatch.setattr(
        type(known),
        "load",
        lambda self, kind, use, **k: Rows if use == spec.id else find(self, kind, use, **k),
    )
    return Shelf(known, tmp_path / "eyes.safetensors")


def forget_frozen_networks() -> None:
    """As in a new process: the first time that a network is built is the one to look at."""
    frozen_timm.cache_clear()
    frozen_levels.cache_clear()


def test_nothing_is_left_out(shelf: Shelf) -> None:
    text = json.dumps([raw for raw, _ in recipes(shelf)])
    # A model works without the optimiser that taught it; no recipe names what explains it.
    kinds = [kind for kind in KINDS if kind not in ("data_source", "optimizer", "explainer")]
    examples = [
        (spec.id, shelf.known.load(kind, spec.id).examples())
        for kind in kinds
        for spec in shelf.known.of(kind)
    ]
    assert [name for name, tried in examples if tried and f'"use": "{name}"' not in text] == []
    assert text.count(EYES) == 2


@pytest.mark.filterwarnings("ignore::mmgan_core.errors.Unread")
@pytest.mark.parametrize("group", range(GROUPS + 2))
def test_there_and_back(
    group: int, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, columns = recipes(shelf)[group]
    monkeypatch.setattr(Rows, "modalities", columns)
    run = tmp_path / "run"
    forget_frozen_networks()  # another test's may have the same name and other weights
    for metric in raw["evaluate"]["metrics"]:  # no recipe here has what all of them need
        chosen_metric(choice_of(metric), "evaluate.metrics", shelf.known)
    train(check({**raw, "evaluate": {"metrics": []}}, "small"), run, cpu=True)
    given = {name: values(columns[name], 2, seed=5) for name in raw["given"]}
    wanted = load_run(run, device="cpu").generate(**given)
    for half in (False, True):
        model, repo = tmp_path / f"model-{half}", f"{REPO}-{half}"
        forget_frozen_networks()
        made = export(run, model, discriminator=True, half=half)
        assert made.manifest.half is half
        published = (model / "recipe.yaml").read_text()
        assert published.count(f"hf-hub:{EYES}@") == published.count(f"hf-hub:{EYES}")
        forget_frozen_networks()
        assert [finding.what for finding in verify(model)][:3] == ["files", "weights", "samples"]
        if half:
            wanted = load(f"dir:{model}").generate(**given)
        push(model, repo)
        forget_frozen_networks()
        assert pull(f"hf:{repo}").missing == ""
        forget_frozen_networks()
        found = load(f"hf:{repo}").generate(**given)
        for name in raw["make"]:
            assert (found.tensors[name] - wanted.tensors[name]).abs().max() < 1e-4, name
            assert found.tensors[name].isfinite().all()
        assert 0 < made.cost.memory < 4e8, made.cost
