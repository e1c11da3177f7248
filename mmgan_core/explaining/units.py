"""Units: which channels of a generator make what.

A channel of an inner layer is where it is strong: at as many places of all samples as have a mark,
such as the ink of pictures or a band of sounds. Its agreement with the mark is the share of places
that have both among those that have either (Bau et al. 2019, "GAN dissection",
https://arxiv.org/abs/1811.10597). The channels that agree most are then switched off, in order,
and in random orders with as many others of the layer: what makes the mark takes it away.

Where nothing is given, what an evaluator reads of a sample is a mark of the whole of it, if one is
at hand: a channel is strong in as many samples as are read as a label, by its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import interpolate

from mmgan_core.contracts import Explained, Explainer, Explanation, Inner
from mmgan_core.explaining.deletion import belief, by_deletion
from mmgan_core.options import Options as BaseOptions

_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


class UnitsOptions(BaseOptions):
    """Options of `core/units`."""

    best: int = Field(8, ge=1, le=64, description="how many channels are switched off, and others")


class Units(Explainer):
    """Compares the maps of channels with the marks of samples, and switches channels off."""

    Options = UnitsOptions
    options: UnitsOptions
    slow: ClassVar[bool] = True
    needs: ClassVar[str] = (
        "it needs samples with marks, such as pictures or spectrograms, and a generator whose "
        "layers have places"
    )

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return the agreement of the best channels with each mark."""
        inner = explained.inner()
        marks = _marks(explained, explained.samples)
        # One half of the samples decides which channels are the best, and the other tests them.
        marks = {n: m for n, m in marks.items() if m[::2].any() and m[1::2].any() and not m.all()}
        if inner is None or not inner.layers or not marks:
            return []
        agreements: dict[str, dict[str, Tensor]] = {name: {} for name in marks}
        for layer in inner.layers:
            maps = inner.maps(layer)
            for name, mark in marks.items():
                agreements[name][layer] = agreement(maps, mark)
        return [self._of(explained, inner, name, found) for name, found in agreements.items()]

    def _of(
        self, explained: Explained, inner: Inner, name: str, found: dict[str, Tensor]
    ) -> Explanation:
        """The units of the layer whose best ones agree most, in the mean over half the samples."""
        deciding = {layer: each[:, ::2].mean(1) for layer, each in found.items()}

        def of_best(layer: str) -> float:
            best = deciding[layer].topk(min(self.options.best, len(deciding[layer])))
            return float(best.values.mean())

        layer = max(deciding, key=of_best)
        order = deciding[layer].argsort(descending=True, stable=True).tolist()
        best, rest = order[: self.options.best], order[self.options.best :]
        random = torch.Generator().manual_seed(explained.seed)
        others = [rest[at] for at in torch.randperm(len(rest), generator=random)[: len(best)]]
        units = best + others
        before = _marks(explained, explained.samples)[name].flatten(1).sum(1).float()

        def lost(gone: Sequence[int]) -> Tensor:
            left = inner.without(layer, [units[at] for at in gone])
            after = _marks(explained, left)[name].flatten(1).sum(1).float()
            return (before - after) / before.mean()

        influence, test = by_deletion(
            len(units),
            lost,
            orders=explained.orders,
            seed=explained.seed,
            influence=found[layer][units],
        )
        halves = range(len(best)), range(len(best), len(units))
        gone = [float(lost(some).mean()) for some in halves]
        said = f"Without the {len(best)} that agree most, {gone[0]:.0%} of {name} is gone"
        if others:
            said += f", and without {len(others)} others {gone[1]:.0%}"
        return Explanation(
            title=f"units of {explained.made} that make {name}",
            units=tuple(f"{layer}, channel {at + 1}" for at in units),
            influence=influence,
            measure=f"agreement with {name}",
            believe=f"{said}. {belief(test)}",
            test=test,
            samples=torch.stack([inner.without(layer, [at])[0] for at in units]),
        )


def _marks(explained: Explained, samples: Tensor) -> dict[str, Tensor]:
    """What places of samples have, (B, 1, *places), and what whole samples are read as, (B, 1)."""
    found = dict(explained.modalities[explained.made].marks(samples))
    if explained.labels is not None and not explained.given:
        for name, read in explained.labels(samples).items():
            found[f"what is read as {name}"] = read[:, None]
    return found


def agreement(maps: Tensor, mark: Tensor) -> Tensor:
    """The agreement of channels, (B, C, *grid), with a mark, (B, 1, *places): (C, B).

    A channel is strong at as many places of all samples as have the mark. With that of whole
    samples, (B, 1), it is compared by its mean; what agrees there counts more than 1, so that the
    mean over samples is the share of those that have both among those that have either.
    """
    places = mark.shape[2:]
    there = mark.flatten(1)
    found = []
    for one in maps.split(1, dim=1):
        if not places:
            one = one.flatten(1).mean(1, keepdim=True)
        elif one.shape[2:] != places:
            one = interpolate(one, places, mode=_MODES[len(places)], align_corners=False)
        one = one.flatten(1)
        count = int(there.sum())
        threshold = one.flatten().topk(count).values[-1]
        strong = one >= threshold
        both, either = (strong & there).sum(1).float(), (strong | there).sum(1).float()
        found.append(both / (either.clamp_min(1) if places else either.mean()))
    return torch.stack(found)
