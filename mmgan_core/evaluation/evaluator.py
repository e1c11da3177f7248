"""The evaluator: a classifier, trained on real data alone, that measures samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core.assembly.columns import find_column
from mmgan_core.assembly.parts import Part
from mmgan_core.contracts import Encoder, Encoding, Evaluated, Modality, Table
from mmgan_core.data.identity import identity
from mmgan_core.data.pairing import Rows
from mmgan_core.data.prepared import Arrays, PreparedColumn, prepare_column
from mmgan_core.errors import BadValue, DataError, RecipeError
from mmgan_core.evaluation.teaching import SEED, Learned, good_enough, learn, learned_of, noted
from mmgan_core.foundation.checksums import checksum
from mmgan_core.foundation.files import atomically, cache_directory, file_hash

BATCH = 64


class Evaluator(nn.Module):
    """A classifier of samples: an encoder with a linear head; without classes an encoder alone.

    Attributes:
        names: the names of the classes, in order.
        accuracy: the fraction of real test samples that it classifies correctly.
        digest: the first 12 digits of the hash of its weights.
        learned: how its lesson ended; None if the recipe set its length, or it had none.
    """

    def __init__(self, encoder: Encoder, names: Sequence[str]) -> None:
        super().__init__()
        self.encoder = encoder
        self.head: nn.Module = nn.Linear(encoder.dim, len(names)) if names else nn.Identity()
        self.names = tuple(names)
        self.accuracy = float("nan")
        self.digest = ""
        self.learned: Learned | None = None

    def forward(self, tensors: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Compute the features, (B, F), and the class logits, (B, K), of prepared values."""
        features = self.encoder(tensors).pooled
        return features, self.head(features)

    @torch.no_grad()
    def read(self, values: Sequence[object], asked: Sequence[str | None]) -> Evaluated:
        """Classify decoded values: images, waveforms, strings; without classes, encode them.

        It computes on its own device; what it answers is on the CPU.

        Args:
            values: the samples.
            asked: the names of the classes that were asked for; None where none was.
        """
        self.eval()
        parts = []
        for start in range(0, len(values), BATCH):
            prepared = _beside(self, prepared_made(self.encoder, values[start : start + BATCH]))
            parts.append(tuple(tensor.cpu() for tensor in self(prepared)))
        features, logits = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        if not self.names:
            return Evaluated(features)
        return Evaluated(
            features,
            logits.argmax(1),
            torch.from_numpy(self.classes(asked)),
            probabilities=logits.softmax(1),
        )

    def classes(self, names: Sequence[str | None]) -> npt.NDArray[np.int64]:
        """Return the number of each named class, (N,); -1 for None and for an unknown name."""
        number = {name: index for index, name in enumerate(self.names)}
        found = [-1 if name is None else number.get(name, -1) for name in names]
        return np.array(found, dtype=np.int64)


@torch.no_grad()
def encoding_of(encoder: Encoder, values: Sequence[object]) -> Encoding:
    """Encode decoded values, all at once, with an encoder that does not learn from them.

    It computes on the encoder's device; the encoding is on the CPU.
    """
    encoder.eval()
    encoding: Encoding = encoder(_beside(encoder, prepared_made(encoder, values)))
    return encoding.mapped(Tensor.cpu)


def _beside(network: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors on the device of a network's weights; of one without weights, where they are."""
    weight = next(network.parameters(), None)
    return {k: t if weight is None else t.to(weight.device) for k, t in tensors.items()}


def prepared_made(encoder: Encoder, values: Sequence[object]) -> dict[str, Tensor]:
    """Prepare decoded values, of which some may be none that can be given, such as empty ones.

    Those become zeros, as what is absent does.

    Raises:
        BadValue: if the encoder can read none of them.
    """
    try:
        return encoder.prepare(values)
    except BadValue:
        rows = [_prepared_or_none(encoder, value) for value in values]
        known = next((row for row in rows if row is not None), None)
        if known is None:
            raise
    absent = {name: torch.zeros_like(tensor) for name, tensor in known.items()}
    return {name: torch.cat([(row or absent)[name] for row in rows]) for name in known}


def _prepared_or_none(encoder: Encoder, value: object) -> dict[str, Tensor] | None:
    try:
        return encoder.prepare([value])
    except BadValue:
        return None


def joined(parts: Sequence[Evaluated]) -> Evaluated:
    """Return what an evaluator read chunk by chunk, as one."""
    names = ("features", "predicted", "asked", "probabilities")
    found: dict[str, Any] = {
        name: torch.cat([getattr(part, name) for part in parts])
        for name in names
        if name in parts[0].has
    }
    return Evaluated(**found)


@dataclass(frozen=True)
class Lesson:
    """The data that an evaluator is trained on.

    Attributes:
        column: the column of its input.
        target: the column that it predicts; "" for none.
        samples: how many samples it is trained on; None: until it has learned.
        seconds: how long that may take; None: as long as it does. It is no part of what is
            learned, unless it cuts the lesson short.
    """

    column: str
    target: str
    samples: int | None
    seconds: float | None = field(default=None, compare=False, repr=False)


def new_evaluator(part: Part, modality: Modality, names: Sequence[str]) -> Evaluator:
    """Return an untrained evaluator of these classes; its initial weights are always the same."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        encoder = part.build(modality)
        if names:
            refuse_no_vector(part, encoder)
        return Evaluator(encoder, names)


def refuse_no_vector(part: Part, encoder: Encoder) -> None:
    """Refuse an encoder without vectors where these alone are used.

    Raises:
        RecipeError: names the place.
    """
    if not encoder.dim:
        raise RecipeError(
            f"{part.where}: {part.spec.id} makes no vector", hint="choose an encoder that does"
        )


def frozen_evaluator(part: Part, modality: Modality) -> Evaluator:
    """Return an evaluator without classes: its encoder's initial or pretrained weights stay."""
    evaluator = new_evaluator(part, modality, ())
    evaluator.digest = digest_of_frozen(evaluator.encoder, part)
    return evaluator


def digest_of_frozen(encoder: Encoder, part: Part) -> str:
    """Return the first 12 digits of the hash of an encoder that is not trained.

    It covers how the encoder prepares values, and the weights that it would save. A pretrained
    network inside ``prepare`` is covered by its name alone.
    """
    found = hashlib.sha256(input_key(part, encoder).encode())
    for name, tensor in sorted(encoder.state_dict().items()):
        found.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return found.hexdigest()[:12]


def trained_evaluator(
    part: Part,
    modality: Modality,
    lesson: Lesson,
    train: Sequence[Table],
    test: Sequence[Table],
    carried: Modality | None = None,
) -> Evaluator:
    """Train an evaluator on the training split, or load it from the cache, and test it.

    Args:
        part: its encoder.
        modality: the modality of the samples, as the encoder reads them.
        lesson: the columns and the number of samples to train on.
        train: the tables of the training split.
        test: the tables of the test split.
        carried: the modality of the made samples where it is another one; real samples go through
            it first, so that they have no more detail than made ones can have.

    Raises:
        DataError: if the table of the evaluated column has no target column.
    """
    table, labels = _labels(train, lesson)
    names = sorted(set(labels) - {"None"})
    evaluator = new_evaluator(part, modality, names)
    key = (table.digest, lesson, input_key(part, evaluator.encoder, carried), names)
    name = hashlib.sha256(f"2|{key}".encode()).hexdigest()[:32]
    file = cache_directory() / "evaluators" / f"{name}.safetensors"
    if not good_enough(file, lesson.seconds):
        column = _prepared(evaluator, table, lesson, part, carried)
        classes = np.where(column.index >= 0, evaluator.classes(labels), -1)
        learned = teach(
            evaluator,
            column.take,
            classes,
            samples=lesson.samples,
            seconds=lesson.seconds,
            what=f"an evaluator of {lesson.target}",
            kept=unfinished(file),
        )
        keep(evaluator, file, learned)
    from safetensors.torch import load_file

    evaluator.load_state_dict(load_file(file))
    evaluator.digest, evaluator.learned = file_hash(file)[:12], learned_of(file)
    evaluator.accuracy = _accuracy(evaluator, test, lesson, part, carried)
    return evaluator


def teach(
    evaluator: Evaluator,
    take: Callable[[Rows], Arrays],
    classes: npt.NDArray[np.int64],
    *,
    samples: int | None,
    what: str,
    seconds: float | None = None,
    kept: Path | None = None,
) -> Learned:
    """Train an evaluator on prepared values and their classes.

    Args:
        evaluator: the evaluator, whose weights change.
        take: returns the prepared values of some rows.
        classes: the class of each row, (N,); -1 leaves a row out.
        samples, seconds, what, kept: as in ``learn``.
    """

    def loss_of(picked: Rows) -> Tensor:
        logits = evaluator({k: torch.from_numpy(v) for k, v in take(picked).items()})[1]
        return functional.cross_entropy(
            logits, torch.from_numpy(classes[picked]), label_smoothing=0.05
        )

    return learn(
        evaluator,
        loss_of,
        classes,
        batch=BATCH,
        rate=3e-3,
        samples=samples,
        seconds=seconds,
        what=what,
        kept=kept,
    )


def unfinished(file: Path) -> Path:
    """The file beside that of a network in the cache, with what it has learned so far."""
    return file.with_name(f".{file.stem}.unfinished")


def _labels(tables: Sequence[Table], lesson: Lesson) -> tuple[Table, list[str]]:
    table, _ = find_column(tables, lesson.column, "evaluator")
    if lesson.target not in table.columns:
        raise DataError(
            f"the evaluator's target {lesson.target!r} is not a column beside {lesson.column!r}",
            hint=f"the columns are {', '.join(table.columns)}",
        )
    return table, [str(value) for value in table.values(lesson.target, range(len(table)))]


def input_key(part: Part, encoder: Encoder, carried: Modality | None = None) -> str:
    """Return a key of everything that decides how the evaluator prepares a value."""
    parts = (encoder, encoder.modality, *(() if carried is None else (carried,)))
    return f"{part.spec.id}@{part.spec.version}|{identity(*parts)}"


def carry(modality: Modality, values: Sequence[object]) -> list[object]:
    """Return values with what the modality's tensors lose: encoded and decoded again."""
    return modality.present(modality.to_sample(modality.prepare(values)))


def _prepare_carried(
    encoder: Encoder, carried: Modality, values: Sequence[object]
) -> dict[str, Tensor]:
    return encoder.prepare(carry(carried, values))


def _prepared(
    evaluator: Evaluator, table: Table, lesson: Lesson, part: Part, carried: Modality | None
) -> PreparedColumn:
    encoder = evaluator.encoder
    key = f"evaluator|{input_key(part, encoder, carried)}"
    prepare = partial(_prepare_carried, encoder, carried) if carried else encoder.prepare
    return prepare_column(table, lesson.column, prepare, key, in_workers=encoder.in_workers)


def keep(network: nn.Module, file: Path, learned: Learned | None = None) -> None:
    """Write the weights of a trained network into the cache, and how its lesson ended."""
    from safetensors.torch import save_file

    note = file.with_suffix(".sum")
    note.unlink(missing_ok=True)
    with atomically(file, shared=True) as beside:
        weights = {k: v.contiguous() for k, v in network.state_dict().items()}
        save_file(weights, beside, metadata=noted(learned))
        said = checksum(beside)
    with atomically(note, shared=True) as beside:
        beside.write_text(said, encoding="utf-8")


def _accuracy(
    evaluator: Evaluator,
    tables: Sequence[Table],
    lesson: Lesson,
    part: Part,
    carried: Modality | None,
) -> float:
    table, labels = _labels(tables, lesson)
    readable = _prepared(evaluator, table, lesson, part, carried).index >= 0
    rows = np.flatnonzero(readable)[:2_000].tolist()
    values = table.values(lesson.column, rows)
    seen = evaluator.read(
        carry(carried, values) if carried else values, [labels[row] for row in rows]
    )
    return float((seen.predicted == seen.asked).float().mean())
