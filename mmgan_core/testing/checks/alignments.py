"""Alignments: what means the same is pulled together, and nothing else."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Alignment
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import AlignmentCase
from mmgan_core.testing.check import Broken, NotApplicable, check

ROWS, MEANINGS = 32, 16
# Of the difference between matching and other encodings: less is no fault.
TOLERANCE = 0.015
# Draws of encodings, by which chance is ruled out.
FEW, MANY = 4, 64


@check(
    "it is smaller where encodings of the same meaning are alike",
    "alignment",
    advice="minimise the distance of encodings that mean the same: look at the sign, and at which "
    "rows and columns `same` marks",
)
def pulls_together(case: AlignmentCase) -> None:
    probe = _Probe(case)
    matching, others = probe.matching()
    chance = 1e-5 * matching.abs()  # of rounding
    if (matching >= others.amax(1) - chance).all():
        raise Broken(
            f"encodings that match give {matching.mean():.4g}, and those of other meanings "
            f"{others.mean():.4g}"
        )
    _refuse_unlike(matching, others)


@check(
    "rows that mean the same are not pushed apart",
    "alignment",
    advice="use `same`: another row of the same meaning is no negative",
)
def heeds_same(case: AlignmentCase) -> None:
    """It may do without `same` if it has no negatives, or none that harm."""
    probe = _Probe(case)
    matching, others = probe.matching()
    _refuse_unlike(matching, others)
    rows = _random(MEANINGS, probe.size, 0)[probe.meaning]
    right, wrong = (
        probe.loss(rows, rows, probe.meaning),
        probe.loss(rows, rows, probe.meaning.roll(1)),
    )
    if wrong > right:
        return
    if wrong < right:
        raise Broken(f"the right `same` gives {right:.4g}, and a wrong one {wrong:.4g}")
    gains = []
    for seed in range(MANY):
        apart = _random(ROWS, probe.size, seed)
        alike = apart[:MEANINGS][probe.meaning]
        on_both = [probe.loss(rows, rows, probe.meaning) for rows in (alike, apart)]
        gains.append(on_both[0] - on_both[1])
    lost, scale = torch.tensor(gains), float((others.mean(1) - matching).mean())
    if lost.mean() > TOLERANCE * scale and lost.mean() > 3 * lost.std() / MANY**0.5:
        raise Broken(
            f"`same` makes no difference, and it grows by {lost.mean():.4g} where rows of one "
            "meaning are alike"
        )


class _Probe:
    """An alignment of entries that are all encoded by the same weights.

    With different ones, nobody could say from outside which encodings are alike.
    """

    def __init__(self, case: AlignmentCase) -> None:
        if len(set(case.dims.values())) > 1:
            raise NotApplicable("its entries have encodings of several sizes")
        self._case, self._module = case, _alike(case)
        (self.size,) = set(case.dims.values())
        self.meaning = torch.arange(ROWS) // (ROWS // MEANINGS)

    def loss(self, first: Tensor, others: Tensor, meaning: Tensor) -> float:
        """The loss if the first entry has these encodings, and the others those."""
        names = list(self._case.dims)
        rows = {name: others if number else first for number, name in enumerate(names)}
        seed_step(0)
        rows["same"] = meaning[:, None] == meaning[None]
        return float(self._case.output(self._module, rows).detach())

    def matching(self) -> tuple[Tensor, Tensor]:
        """For each draw, the loss of matching encodings, (N,), and of others, (N, M)."""
        matching, others = [], []
        rolls = range(ROWS // MEANINGS, ROWS, ROWS // MEANINGS)
        for seed in range(FEW):
            rows = _random(MEANINGS, self.size, seed)[self.meaning]
            matching.append(self.loss(rows, rows, self.meaning))
            others.append([self.loss(rows, rows.roll(by, 0), self.meaning) for by in rolls])
        return torch.tensor(matching), torch.tensor(others)


def _random(count: int, size: int, seed: int) -> Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed % 2**31))


def _refuse_unlike(matching: Tensor, others: Tensor) -> None:
    if not (matching < others.amin(1)).all():
        raise NotApplicable("it encodes entries in different ways, so that none are alike at first")


def _alike(case: AlignmentCase) -> Alignment:
    """The alignment with the same weights for every entry; square ones change nothing."""
    if len(set(case.dims.values())) > 1:
        raise NotApplicable("its entries have encodings of several sizes")
    module = case.build().eval()
    firsts: dict[tuple[str, torch.Size], Tensor] = {}
    with torch.no_grad():
        for name, weight in module.named_parameters():
            last = name.rpartition(".")[2]
            if weight.dim() == 2 and weight.shape[0] == weight.shape[1]:
                weight.copy_(torch.eye(len(weight)))
            elif last == "bias":
                weight.zero_()
            else:
                weight.copy_(firsts.setdefault((last, weight.shape), weight.detach().clone()))
    return module
