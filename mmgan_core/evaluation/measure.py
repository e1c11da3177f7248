"""One metric on one made entry: runs it, and says which network its numbers come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from mmgan_core.assembly.measurable import EVALUATOR, Chosen
from mmgan_core.contracts import Encoding, Evaluated, Measurement
from mmgan_core.errors import UsageError
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.evaluation.evaluator import Evaluator, encoding_of, frozen_evaluator
from mmgan_core.evaluation.teaching import Learned


@dataclass(frozen=True)
class Extractor:
    """The network that a number was measured with; empty if there was none.

    Attributes:
        name: the id of its encoder, or of both encoders of a matcher.
        digest: the first 12 digits of the hash of its weights.
        target: what it was trained to predict or to match; "" if it was not trained.
        accuracy: the fraction of real test samples that it classifies correctly, or None.
        stopped: what its lesson was cut short after; "" if it was not.
    """

    name: str = ""
    digest: str = ""
    target: str = ""
    accuracy: float | None = None
    stopped: str = ""


class Measure:
    """A metric on a made entry.

    Attributes:
        metric: the metric.
    """

    def __init__(self, entry: EvaluatedEntry, chosen: Chosen) -> None:
        self.entry, self.chosen = entry, chosen
        self.metric = chosen.metric

    def numbers(self, fake: Evaluated, real: Evaluated, other: Evaluated) -> list[Measurement]:
        """Run the metric; where something that it compares was not given, there is no number.

        Raises:
            UsageError: if the metric returns something that is no finite number.
        """
        if self.metric.needs - fake.has - {"encode"}:
            return []
        fake, real, other = map(self._encoded, (fake, real, other))
        return self._finite(self.metric.measure(fake, real, other))

    def numbers_of_real(self, real: Evaluated, other: Evaluated) -> list[Measurement]:
        """What the metric says of real samples alone, once, whatever is given."""
        real, other = map(self._encoded, (real, other))
        return self._finite(self.metric.measure_real(real, other))

    @property
    def reads_labels(self) -> bool:
        """Whether its numbers are about the target, though no network of ours predicts it."""
        return "labels" in self.metric.needs

    def _encoded(self, one: Evaluated) -> Evaluated:
        return one.encoded_by(self.encode) if self.chosen.encoder else one

    def _finite(self, found: list[Measurement]) -> list[Measurement]:
        for one in found:
            if not isinstance(one.value, int | float) or not math.isfinite(one.value):
                raise UsageError(
                    f"{self.chosen.part.spec.id}: {one.name} is {one.value!r:.60}, "
                    "not a finite number",
                    hint="either the model makes samples that are no numbers, which "
                    "mmgan-zoo report shows, or the metric is at fault: leave it out",
                )
        return found

    @property
    def encode(self) -> Callable[[Sequence[object]], Encoding]:
        """The metric's own encoder, as a function of decoded values."""
        return lambda values: encoding_of(self.brought.encoder, values)

    @cached_property
    def brought(self) -> Evaluator:
        """The encoder that the metric brings, frozen."""
        assert self.chosen.encoder is not None
        frozen = frozen_evaluator(self.chosen.encoder, self.entry.modality.shown)
        return frozen.to(self.entry.model.device)

    def extractor(self) -> Extractor:
        """The network that the numbers come from."""
        entry, needs = self.entry, self.metric.needs
        if self.chosen.encoder:
            return Extractor(self.chosen.encoder.spec.id, self.brought.digest)
        if needs & EVALUATOR:
            return evaluator_extractor(entry)
        if "matched" in needs:
            matching = entry.matching
            assert matching is not None
            found = entry.matcher
            cut = stopped(found.learned)
            return Extractor(found.name, found.digest, matching.given, stopped=cut)
        return Extractor()


def evaluator_extractor(entry: EvaluatedEntry) -> Extractor:
    """The evaluator of an entry."""
    evaluator, target = entry.evaluator, entry.lesson.target
    accuracy = round(evaluator.accuracy, 4) if target else None
    cut = stopped(evaluator.learned)
    return Extractor(entry.part.spec.id, evaluator.digest, target, accuracy, cut)


def stopped(learned: Learned | None) -> str:
    """Say after what a lesson was cut short; "" if it was not."""
    if learned is None or learned.ended != "time":
        return ""
    return f"{learned.seconds:.0f} seconds, at {learned.samples:,} samples"
