"""An independent reader: what readers that are no networks of ours read from made samples.

A network that was trained to read may see in a sample what no other reader sees. So two other
readers learn the target's values from real training samples, as the data hold them, in cheap
features without weights, each scaled to mean 0 and deviation 1:

    nearest neighbour   the label of the nearest training sample (Cover and Hart 1967)
    kernel machine      argmax_k sum_i a_ik exp(-|x - x_i|^2 / F) + b_k,
                        (K + ridge I) a = y - b,   y_ik = 1 for the label of x_i and -1 for others

The second is a least-squares support vector machine (Suykens and Vandewalle 1999), whose bias b is
the mean of y; it needs one linear system and no iterations.

Value: the fraction of made samples from which a reader reads what was asked for. Floor: of real
test samples, as the data hold them. The number of real samples that were encoded and decoded by the
modality stands once: what is missing there, the modality costs and no generator can win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.components.feature_metric import FeatureOptions
from mmgan_core.components.frozen_features import FrozenFeatures, scale_of
from mmgan_core.contracts import Evaluated, Measurement

NEIGHBOUR, KERNEL = "read by nearest neighbour", "read by kernel machine"
# Rows compared at a time.
CHUNK = 512
Labels = Sequence[str | None]


class IndependentReaderOptions(FeatureOptions):
    """Options of `core/independent-reader`."""

    encoder: dict[str, object] | None = Field(
        None,
        description="the frozen encoder whose features are read, as use and its options; default: "
        "the one that the kind of data suggests",
    )
    rows: int = Field(
        2_000, ge=2, le=10_000, description="how many training samples the readers learn from"
    )
    ridge: float = Field(
        0.1, gt=0, description="how smooth the kernel machine is; larger is smoother"
    )


class IndependentReader(FrozenFeatures):
    """Two numbers, each with its 95 % interval (Wilson 1927)."""

    Options = IndependentReaderOptions
    options: IndependentReaderOptions
    needs = frozenset({"values", "labels", "encode"})
    explains: ClassVar[Mapping[str, str]] = {
        NEIGHBOUR: "In what fraction of samples the most similar real training sample, by simple "
        "features and without any network, is of what was asked for.",
        KERNEL: "In what fraction of samples a support vector machine on simple features, which "
        "was taught on real samples alone, recognises what was asked for.",
    }

    def __init__(self, options: IndependentReaderOptions) -> None:
        super().__init__(options)
        self.needs_training_rows = options.rows
        self._taught: tuple[Evaluated, Readers] | None = None

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return a number of each reader, or nothing if no label was asked for or can be taught."""
        readers = self._readers(held_out)
        if readers is None:
            return []
        floors = readers.right(self.features_of_data(real), real.labels)
        found = readers.right(self.features(fake, fake.values), fake.labels)
        return [_share(name, found[name], floors.get(name)) for name in found]

    def measure_real(self, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return the same of the values of real samples, unless their features are the data's."""
        readers = self._readers(held_out)
        if readers is None or "raw" not in real.has:
            return []
        raw, decoded = self.features_of_data(real), self.features(real, real.values)
        if torch.allclose(raw, decoded, atol=1e-6):
            return []
        floors, found = (readers.right(some, real.labels) for some in (raw, decoded))
        return [_share(name, found[name], floors[name]) for name in found]

    def _readers(self, held_out: Evaluated) -> Readers | None:
        """The readers that these samples taught; None if they are of fewer than two labels."""
        if self._taught and self._taught[0] is held_out:
            return self._taught[1]
        labels = held_out.labels
        known = [row for row, label in enumerate(labels) if label is not None]
        known = known[: self.options.rows]
        names = [str(labels[row]) for row in known]
        if len(set(names)) < 2:
            return None
        features = self.features_of_data(held_out)[known]
        readers = Readers(features, names, self.options.ridge)
        self._taught = (held_out, readers)
        return readers


class Readers:
    """Both readers, taught on features (N, F) and their labels."""

    def __init__(self, features: Tensor, labels: Sequence[str], ridge: float) -> None:
        self.mean, self.deviation = scale_of(features)
        self.known = self._scaled(features)
        self.names = sorted(set(labels))
        self.of = torch.tensor([self.names.index(label) for label in labels])
        wanted = torch.nn.functional.one_hot(self.of, len(self.names)).double() * 2 - 1
        self.bias = wanted.mean(0)
        kernel = self._kernel(self.known)
        kernel.diagonal().add_(ridge)
        factor = torch.linalg.cholesky(kernel)
        self.weights = torch.cholesky_solve(wanted - self.bias, factor)

    def right(self, features: Tensor, asked: Labels) -> dict[str, tuple[int, int]]:
        """How many samples each reader reads correctly, and of how many; empty without any."""
        rows = [row for row, label in enumerate(asked) if label is not None]
        if not rows:
            return {}
        scaled = self._scaled(features[rows])
        number = {name: at for at, name in enumerate(self.names)}
        wanted = torch.tensor([number.get(str(asked[row]), -1) for row in rows])
        parts = scaled.split(CHUNK)
        by_neighbour = torch.cat([self.of[torch.cdist(p, self.known).argmin(1)] for p in parts])
        by_kernel = torch.cat([self._machine(p).argmax(1) for p in parts])
        read = {NEIGHBOUR: by_neighbour, KERNEL: by_kernel}
        return {name: (int((found == wanted).sum()), len(rows)) for name, found in read.items()}

    def _machine(self, scaled: Tensor) -> Tensor:
        return self._kernel(scaled) @ self.weights + self.bias

    def _scaled(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.deviation

    def _kernel(self, features: Tensor) -> Tensor:
        squared = torch.cdist(features, self.known).square()
        return torch.exp(-squared / features.shape[1])


def _share(name: str, found: tuple[int, int], floor: tuple[int, int] | None) -> Measurement:
    right, count = found
    low, high = wilson(right, count)
    real = floor[0] / floor[1] if floor else None
    return Measurement(name, right / count, real, low, high, n=count)
