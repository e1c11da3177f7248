"""The tasks of `coherence.py`: which entries there are, and the recipe that makes them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.coherence_data import COLUMNS, GIVEN, NAMES, POINTS
from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.opening import open_source
from mmgan_core.contracts import Modality
from mmgan_core.evaluation.evaluator import Evaluator, Lesson, trained_evaluator
from mmgan_core.recipe.schema import Recipe

IN = "_in"
"""A given entry has the name of the made entry of the same column, with this at its end."""
DIM = 64


@dataclass(frozen=True)
class Entry:
    """One kind of data, which is both given and made.

    Attributes:
        modality, encoder, generator, discriminator: sections of a recipe.
        evaluator: the encoder of the network that reads the label from samples.
        aligned: the encoder of its samples, made ones included, in the alignment.
        source: the folder of its column; folders of the same name hold the same rows.
    """

    modality: Mapping[str, Any]
    encoder: Mapping[str, Any]
    generator: Mapping[str, Any]
    discriminator: Mapping[str, Any]
    evaluator: Mapping[str, Any]
    aligned: Mapping[str, Any]
    source: str


@dataclass(frozen=True)
class Task:
    """A data set.

    Attributes:
        entries: what is given and made, by column.
        label: whether the label may be given as well.
    """

    entries: Mapping[str, Entry]
    label: bool

    @property
    def given(self) -> tuple[str, ...]:
        """What may be given, by the names of the columns."""
        return (*self.entries, "label") if self.label else tuple(self.entries)


def _picture(channels: int, source: str, size: int = 28) -> Entry:
    network = {"use": "image/dcgan", "width": 16}
    return Entry(
        {"use": "image/image", "channels": channels, "height": size, "width": size},
        {"use": "image/conv", "dim": DIM, "width": 16},
        {**network, "noise_dim": 64},
        {**network, "normalise": False},
        {"use": "image/conv", "dim": 64},
        {"use": "image/conv", "dim": DIM, "width": 16},
        source,
    )


SOUND = Entry(
    {"use": "audio/log-mel", "rate": 8000, "n_fft": 256, "hop": 128, "bands": 40, "seconds": 0.64},
    {"use": "audio/mel-conv", "dim": DIM},
    {"use": "audio/mel-canvas", "width": 8, "noise_dim": 64},
    {"use": "audio/mel-canvas", "width": 8},
    {"use": "audio/mel-conv"},
    {"use": "audio/mel-canvas", "dim": DIM},
    "speech",
)
STROKES = Entry(
    {"use": "core/vector", "low": [0.0] * 2 * POINTS, "high": [1.0] * 2 * POINTS},
    {"use": "core/dense", "dim": DIM, "waves": 2},
    {"use": "core/dense", "noise_dim": 32, "hidden": [256, 256]},
    {"use": "core/dense", "hidden": [256, 256]},
    {"use": "core/dense", "dim": 128},
    {"use": "core/dense", "dim": DIM, "waves": 2},
    "strokes",
)
TASKS = {
    "poly": Task({f"m{k}": _picture(3, "poly") for k in range(COLUMNS)}, False),
    "digits": Task({"image": _picture(1, "strokes"), "audio": SOUND, "strokes": STROKES}, True),
}


def folder_of(data: Path, speech: Path, source: str, half: bool) -> Path:
    """Where a source lies: its folder, or that of its halves."""
    if half:
        return data / f"{source}-half"
    return speech if source == "speech" else data / source


def data_of(task: Task, data: Path, speech: Path, half: bool) -> dict[str, Any]:
    """The section `data`: one table a source, or if values are missing one more for each entry."""
    sources = dict.fromkeys(entry.source for entry in task.entries.values())
    if half:
        folders = [folder_of(data, speech, source, True) / "given" for source in sources]
        folders += [
            folder_of(data, speech, entry.source, True) / name
            for name, entry in task.entries.items()
        ]
    else:
        folders = [folder_of(data, speech, source, False) for source in sources]
    if len(folders) == 1:
        return {"use": f"parquet:{folders[0]}"}
    found = [{"use": f"parquet:{folder}", "names": {"label": list(NAMES)}} for folder in folders]
    return {"use": "core/paired", "sources": found, "pair_on": "label"}


def recipe_of(
    task: Task, data: Path, speech: Path, *, half: bool, samples: int, seed: int
) -> Recipe:
    """The recipe: any subset of the entries is given, and the others are made."""
    over = {"over": samples}
    penalties = [
        {"use": f"objectives/{name}", "weight": {"from": 0.5, "to": 0.1, **over}, "every": 4}
        for name in ("r1", "r2")
    ]
    lacks = {"may_be_missing": True} if half else {}
    prefix = GIVEN if half else ""
    given: dict[str, Any] = {
        name + IN: {
            "modality": entry.modality,
            "column": prefix + name,
            "encoder": entry.encoder,
            **lacks,
        }
        for name, entry in task.entries.items()
    }
    if task.label:
        given["label" + IN] = {
            "modality": "core/label",
            "column": GIVEN + "name" if half else "label",
            "encoder": {"use": "core/label-embedding", "dim": DIM},
            **lacks,
        }
    make = {
        name: {
            "modality": entry.modality,
            "generator": entry.generator,
            "discriminator": entry.discriminator,
            "loss": "objectives/relativistic",
            "penalties": penalties,
            "matching_aware": 0.1,
        }
        for name, entry in task.entries.items()
    }
    return Recipe.model_validate(
        {
            "name": "coherence",
            "data": data_of(task, data, speech, half),
            "given": given,
            "align": {
                "use": "objectives/contrastive",
                "weight": 1.0,
                "temperature": 0.3,
                "same": "label",
                # Samples are pulled towards what they were made from.
                "made": {name: entry.aligned for name, entry in task.entries.items()},
                "generator_weight": 1.0,
            },
            "fusion": {"use": "core/product-of-experts", "dim": DIM, "drop": 0.5},
            "make": make,
            "train": {
                "samples": samples,
                "batch_size": 64,
                "learning_rate": {"from": 1e-3, "to": 1e-4, **over},
                "ema": {"half_life": 5_000},
                "sample_every": 50_000,
                "checkpoint_every": 10_000,
            },
            "seed": seed,
        }
    )


def evaluators(
    task: Task, data: Path, speech: Path, samples: int
) -> dict[str, tuple[Evaluator, Modality]]:
    """For each entry a network, trained on its complete real data, that reads the label."""
    found = {}
    for name, entry in task.entries.items():
        folder = folder_of(data, speech, entry.source, False)
        section = {"use": f"parquet:{folder}", "names": {"label": list(NAMES)}}
        source = open_source(section)
        how = dict(entry.modality)
        modality = chosen_part("modality", how.pop("use"), how, name).build()
        encoder = dict(entry.evaluator)
        part = chosen_part("encoder", encoder.pop("use"), encoder, f"evaluator of {name}")
        lesson = Lesson(name, "label", samples)
        tables = [source.tables(split) for split in ("train", "test")]
        found[name] = (trained_evaluator(part, modality, lesson, *tables), modality)
    return found


def read(
    judges: Mapping[str, tuple[Evaluator, Modality]], samples: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The label that is read from each sample, (N,), by entry."""
    found = {}
    for name, tensor in samples.items():
        evaluator, modality = judges[name]
        values = modality.present(tensor)
        found[name] = evaluator.read(values, [None] * len(values)).predicted
    return found
