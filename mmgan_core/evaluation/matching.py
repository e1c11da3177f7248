"""The matcher: two encoders that learn, from real pairs alone, which sample and given value match.

Both encode into one space, in which a sample lies near its given value. They learn by InfoNCE (van
den Oord et al. 2018, https://arxiv.org/abs/1807.03748) over samples and given values as in CLIP
(Radford et al. 2021, https://arxiv.org/abs/2103.00020). Rows of a batch whose given values are
equal all match (Khosla et al. 2020, https://arxiv.org/abs/2004.11362): with s_ij the cosine of
sample i and given value j over a learned temperature, and P_i the rows that mean the same as i,

    loss = mean over i of -1/|P_i| sum over P_i of (log softmax_j s_ij + log softmax_j s_ji) / 2

It never trains the GAN.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmgan_core.assembly.parts import Part
from mmgan_core.contracts import Encoder, Matched, Modality, Table
from mmgan_core.data.pairing import Rows
from mmgan_core.data.prepared import Arrays, PreparedColumn, prepare_column
from mmgan_core.errors import DataError
from mmgan_core.evaluation.evaluator import input_key, keep, refuse_no_vector, unfinished
from mmgan_core.evaluation.teaching import SEED, Learned, good_enough, learn, learned_of
from mmgan_core.foundation.files import cache_directory, file_hash

BATCH = 128
SHARPEST = 100.0  # the largest factor of the cosines, as in CLIP
Tensors = Mapping[str, Tensor]
Take = Callable[[Rows], Arrays]


@dataclass(frozen=True)
class Side:
    """One of the two sides of a matcher: what is encoded, and the values of each split's rows.

    Attributes:
        part: the encoder.
        modality: the modality of the values.
        column: the column of the data that they stand in.
    """

    part: Part
    modality: Modality
    column: str


class Matcher(nn.Module):
    """Encodes samples and given values into one space.

    Attributes:
        name: the ids of both encoders.
        digest: the first 12 digits of the hash of its weights.
        learned: how its lesson ended; None if the recipe set its length.
    """

    def __init__(self, sample: Encoder, given: Encoder, dim: int) -> None:
        super().__init__()
        self.sample, self.given = sample, given
        self.sample_head = nn.Linear(sample.dim, dim)
        self.given_head = nn.Linear(given.dim, dim)
        self.sharpness = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # log 1 / temperature
        self.name = self.digest = ""
        self.learned: Learned | None = None

    def forward(self, samples: Tensors, given: Tensors) -> tuple[Tensor, Tensor]:
        """Encode prepared samples and given values into vectors of length 1, each (B, E)."""
        return (
            functional.normalize(self.sample_head(self.sample(samples).pooled), dim=1),
            functional.normalize(self.given_head(self.given(given).pooled), dim=1),
        )

    @torch.no_grad()
    def match(self, values: Sequence[object], given: Sequence[object]) -> Matched:
        """Encode decoded samples and the raw given values of the same rows."""
        self.eval()
        parts = []
        for start in range(0, len(values), BATCH):
            rows = slice(start, start + BATCH)
            parts.append(self(self.sample.prepare(values[rows]), self.given.prepare(given[rows])))
        samples, described = (torch.cat(found) for found in zip(*parts, strict=True))
        return Matched(samples, described, torch.from_numpy(meanings(given)))


def meanings(given: Sequence[object]) -> npt.NDArray[np.int64]:
    """Number given values, (N,); equal values have equal numbers."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in given], dtype=np.int64)


def matching_loss(samples: Tensor, given: Tensor, meaning: Tensor, sharpness: Tensor) -> Tensor:
    """InfoNCE with all rows of equal meaning as matches, over both directions.

    Args:
        samples, given: vectors of length 1, each (B, E).
        meaning: a number for each row, (B,); rows with equal numbers match.
        sharpness: one over the temperature, a scalar.
    """
    cosines = samples @ given.T * sharpness
    same = (meaning[:, None] == meaning[None]).to(cosines)
    share = same / same.sum(1, keepdim=True)
    there = functional.cross_entropy(cosines, share)
    back = functional.cross_entropy(cosines.T, share)
    return (there + back) / 2


def new_matcher(sample: Side, given: Side, dim: int) -> Matcher:
    """Return an untrained matcher; its initial weights are always the same."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        of_sample = sample.part.build(sample.modality)
        of_given = given.part.build(given.modality)
        refuse_no_vector(sample.part, of_sample)
        refuse_no_vector(given.part, of_given)
        return Matcher(of_sample, of_given, dim)


def trained_matcher(
    sample: Side,
    given: Side,
    tables: tuple[Table, Table],
    pairs: tuple[Rows, Rows],
    *,
    dim: int,
    samples: int | None,
    seconds: float | None = None,
) -> Matcher:
    """Train a matcher on real pairs of the training split, or load it from the cache.

    Args:
        sample: the side of the samples.
        given: the side of the given values.
        tables: the tables of the training split that hold the two columns.
        pairs: the rows of each pair in the two tables, (N,) each.
        dim: the size of the joint space.
        samples: how many pairs it is trained on; None: until it has learned.
        seconds: how long that may take; None: as long as it does.

    Raises:
        DataError: if all given values are equal, so that there is nothing to tell apart.
    """
    matcher = new_matcher(sample, given, dim)
    sides = [
        f"{table.digest}|{side.column}|{input_key(side.part, encoder)}"
        for table, side, encoder in zip(
            tables, (sample, given), (matcher.sample, matcher.given), strict=True
        )
    ]
    rows = hashlib.sha256(b"".join(np.ascontiguousarray(r).tobytes() for r in pairs)).hexdigest()
    name = hashlib.sha256(f"1|{sides}|{rows}|{dim}|{samples}".encode()).hexdigest()[:32]
    file = cache_directory() / "matchers" / f"{name}.safetensors"
    if not good_enough(file, seconds):
        columns = [
            _prepared(encoder, table, side)
            for encoder, table, side in zip(
                (matcher.sample, matcher.given), tables, (sample, given), strict=True
            )
        ]
        readable = (columns[0].index[pairs[0]] >= 0) & (columns[1].index[pairs[1]] >= 0)
        kept = [some[readable] for some in pairs]
        meaning = meanings(tables[1].values(given.column, kept[1].tolist()))
        if len(meaning) == 0 or meaning.max() == 0:
            raise DataError(
                f"all values of {given.column!r} are equal: no matcher can tell them apart",
                hint="match another given entry",
            )
        learned = teach_matches(
            matcher,
            lambda at: columns[0].take(kept[0][at]),
            lambda at: columns[1].take(kept[1][at]),
            meaning,
            samples=samples,
            seconds=seconds,
            what=f"a matcher of {given.column}",
            kept=unfinished(file),
        )
        keep(matcher, file, learned)
    from safetensors.torch import load_file

    matcher.load_state_dict(load_file(file))
    matcher.name = f"{sample.part.spec.id} + {given.part.spec.id}"
    matcher.digest, matcher.learned = file_hash(file)[:12], learned_of(file)
    return matcher


def teach_matches(
    matcher: Matcher,
    take_samples: Take,
    take_given: Take,
    meaning: npt.NDArray[np.int64],
    *,
    samples: int | None,
    what: str,
    seconds: float | None = None,
    kept: Path | None = None,
) -> Learned:
    """Train a matcher on prepared pairs.

    Args:
        matcher: the matcher, whose weights change.
        take_samples, take_given: return the prepared values of pairs, by their numbers.
        meaning: a number for each pair, (N,); pairs with equal given values have equal numbers.
        samples, seconds, what, kept: as in ``learn``.
    """

    def loss_of(picked: Rows) -> Tensor:
        ends = (_tensors(take(picked)) for take in (take_samples, take_given))
        one, other = matcher(*ends)
        sharpness = matcher.sharpness.exp().clamp_max(SHARPEST)
        return matching_loss(one, other, torch.from_numpy(meaning[picked]), sharpness)

    return learn(
        matcher,
        loss_of,
        np.zeros_like(meaning),
        batch=BATCH,
        rate=1e-3,
        samples=samples,
        seconds=seconds,
        what=what,
        kept=kept,
    )


def _tensors(arrays: Arrays) -> Tensors:
    return {key: torch.from_numpy(array) for key, array in arrays.items()}


def _prepared(encoder: Encoder, table: Table, side: Side) -> PreparedColumn:
    key = f"evaluator|{input_key(side.part, encoder)}"
    return prepare_column(table, side.column, encoder.prepare, key, in_workers=encoder.in_workers)
