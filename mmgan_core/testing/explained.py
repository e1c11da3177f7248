"""Given values and what is made of them, as an explainer sees these, without a model.

One given entry decides most of what is made, another a little of it, and a third nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Explained
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import Spec
from mmgan_core.testing.cases import samples_of
from mmgan_core.testing.subjects import modalities

COUNT = 6
WEIGHTS = {"much": 0.9, "little": 0.1, "nothing": 0.0}


def explained(
    spec: Spec,
    *,
    given: tuple[str, ...] = tuple(WEIGHTS),
    moved: bool = True,
    judged: bool = True,
) -> Explained:
    """What an explainer of one kind of data sees.

    Args:
        spec: the explainer's; samples are of a kind that it works on.
        given: which of the entries are given.
        moved: whether what is made depends on what is given.
        judged: whether a discriminator, a search and the training data are at hand.
    """
    vector = Vector(VectorOptions(low=(-1, -1, -1), high=(1, 1, 1)))
    made = next(modalities(catalogue(), spec), vector)
    random = torch.Generator().manual_seed(0)
    least, most = (samples_of(made.space, COUNT, random) for _ in range(2))

    def make(values: Mapping[str, object]) -> Tensor:
        share = torch.zeros(())
        for name, value in values.items() if moved else ():
            sizes = torch.tensor(vector.decode(value)).abs() * torch.tensor([0.6, 0.3, 0.1])
            share = share + WEIGHTS[name] * sizes.sum()
        return torch.lerp(least, most, share)

    def shares() -> dict[str, float]:
        whole = 1 + sum(WEIGHTS[name] for name in given)
        return {**{name: WEIGHTS[name] / whole for name in given}, "": 1 / whole}

    def realness(samples: Tensor) -> Tensor:
        return samples.flatten(1).mean(1)

    def nearest(wanted: Tensor, values: Mapping[str, object]) -> Tensor:
        samples = make(values)
        return samples[int(made.apart(wanted.expand_as(samples), samples).argmin())]

    return Explained(
        dict.fromkeys(given, (1.0, -1.0, 1.0)),
        "made",
        {**dict.fromkeys(given, vector), "made": made},
        make,
        shares,
        3,
        realness=realness if judged else None,
        nearest=nearest if judged else None,
        training=lambda: torch.cat([least, most]) if judged else least[:0],
    )
