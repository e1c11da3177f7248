"""Samples as a metric sees them: the parts that it declares in ``needs``, and no others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmgan_core.contracts import Encoding, Evaluated, Matched, Metric, Modality
from mmgan_core.errors import BadValue
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import Spec
from mmgan_core.testing.samples import CLASSES
from mmgan_core.testing.subjects import modalities

_TENSORS = {"features", "predicted", "asked", "samples", "probabilities"}


class Shown:
    """Makes samples of four classes, as a metric of one kind of data sees them.

    In features, in samples and in the joint space each class is a Gaussian with its own mean.
    """

    def __init__(self, spec: Spec, metric: Metric) -> None:
        self.needs = metric.needs
        self.modality = _modality(spec)

    def __call__(
        self,
        seed: int,
        count: int = 64,
        *,
        shifted: bool = False,
        asked: bool = True,
        equal: bool = False,
        collapsed: bool = False,
        stuck: bool = False,
    ) -> Evaluated:
        """Return samples; shifted ones are far away, and of another class than was asked for.

        Equal ones have the same features; collapsed ones are all of one class; stuck ones are at
        the upper end of their range everywhere.
        """
        classes = torch.arange(count) % CLASSES
        looks = torch.zeros_like(classes) if collapsed else (classes + shifted) % CLASSES
        random = torch.Generator().manual_seed(seed)
        features = _means(8)[looks] * 3 + torch.randn(count, 8, generator=random)
        if equal:
            features = features[:1].expand(count, -1)
        joint = normalize(_means(8)[looks] + 0.1 * torch.randn(count, 8, generator=random))
        samples = self._samples(looks, random)
        if stuck:
            samples = torch.full_like(samples, self.modality.space.high)
        parts = {
            "features": features * 3 + 5 if shifted else features,
            "predicted": looks,
            "asked": classes.clone() if asked else torch.full_like(classes, -1),
            "references": lambda: Evaluated(
                modality=self.modality,
                values=self.modality.present(self._samples(classes, random.manual_seed(1))),
                samples=self._samples(classes, random.manual_seed(1)),
            ),
            "given": {"given": [f"class {number}" for number in classes.tolist()]},
            "matched": Matched(joint, normalize(_means(8)[classes]), classes.clone()),
            "probabilities": (torch.nn.functional.one_hot(looks, CLASSES) * 4.0).softmax(1),
            "labels": [f"class {number}" if asked else None for number in classes.tolist()],
        }
        return Evaluated(
            modality=self.modality,
            values=lambda: self.modality.present(samples),
            samples=samples,
            encode=self._encode if "encode" in self.needs else None,
            **{name: part for name, part in parts.items() if name in self.needs},  # type: ignore[arg-type]
        )

    def _samples(self, classes: Tensor, random: torch.Generator) -> Tensor:
        space = self.modality.space
        means = _means(math.prod(space.shape)).view(CLASSES, *space.shape)[classes]
        noise = torch.randn(means.shape, generator=random)
        middle, reach = (space.low + space.high) / 2, (space.high - space.low) / 2
        return (middle + reach * (0.4 * means + 0.1 * noise)).clamp(space.low, space.high)

    @property
    def _encode(self) -> Callable[[Sequence[object]], Encoding]:
        return lambda values: Encoding(torch.cat([self._encoded(value) for value in values]))

    def _encoded(self, value: object) -> Tensor:
        modality = self.modality
        try:
            sample = modality.to_sample(modality.prepare([value]))
        except BadValue:  # a made value, such as an empty one, need not be one that can be given
            sample = torch.zeros(1, *modality.space.shape)
        return sample.flatten(1).float()


def tensors(evaluated: Evaluated) -> dict[str, Tensor]:
    """The tensors among the parts of samples, by name."""
    found = {name: getattr(evaluated, name) for name in sorted(evaluated.has & _TENSORS)}
    if "matched" in evaluated.has:
        matched = evaluated.matched
        found |= {"matched samples": matched.samples, "matched given": matched.given}
        found["matched meaning"] = matched.meaning
    if "references" in evaluated.has:
        found["references"] = evaluated.references.samples
    return found


def _means(size: int) -> Tensor:
    return torch.randn(CLASSES, size, generator=torch.Generator().manual_seed(99))


def _modality(spec: Spec) -> Modality:
    """The first modality that the spec names; for any kind of data that of numbers."""
    known = catalogue()
    if spec.modalities:
        return next(modalities(known, spec))
    numbers = known.load("modality", "core/vector")
    built: Modality = numbers(numbers.Options(low=(-1.0,) * 8, high=(1.0,) * 8))
    return built
