"""The training samples nearest to a sample: is it a copy?

r is the distance from a sample to its nearest training sample, divided by the distance from that
one to its own nearest: about 1 for new samples and 0 for copies (`core/memorisation`). Distances
are those of the samples' numbers, so that a copy that was moved is not found.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from mmgan_core.components.memorisation import apart
from mmgan_core.contracts import Explained, Explainer, Explanation
from mmgan_core.options import Options as BaseOptions

# As near as this, a sample is as good as a copy, if training samples are not as near to each other.
COPY = 0.3


class NearestTrainingOptions(BaseOptions):
    """Options of `core/nearest-training`."""

    most: int = Field(5, ge=1, description="how many training samples are shown")


class NearestTraining(Explainer):
    """Finds the training samples nearest to the first sample, and how near all samples are."""

    Options = NearestTrainingOptions
    options: NearestTrainingOptions
    slow: ClassVar[bool] = True
    needs: ClassVar[str] = "it needs the training data, at the place that the recipe names"

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return the nearest training samples, and r in words."""
        training = explained.training() if explained.training else explained.samples[:0]
        if len(training) < 2:
            return []
        made, known = explained.samples.flatten(1), training.flatten(1)
        distances = (known - made[0]).square().mean(1).sqrt()
        order = distances.argsort(stable=True)[: self.options.most]
        near = apart(made, known)
        new, copies = float((near > 1).double().mean()), float((near < COPY).double().mean())
        verdict = "It may be a copy" if near[0] < COPY else "It is no copy"
        of_all = f"of {len(training):,}. Of {len(made)} samples, {new:.0%} are farther than 1 time"
        return [
            Explanation(
                title=f"training samples nearest to the first {explained.made}",
                units=tuple(f"number {int(at) + 1}" for at in order),
                influence=tuple(distances[order].tolist()),
                measure="distance from the first sample",
                believe=f"{verdict}: its nearest training sample is {float(near[0]):.2f} times as "
                f"far away as that one's own nearest, {of_all}, and {copies:.0%} nearer than "
                f"{COPY:g}. "
                "Copies that were moved or made lighter are not found.",
                samples=training[order],
            )
        ]
