"""Given values and what is made of them, as an explainer sees these, without a model.

One given entry decides most of what is made, another a little of it, and a third nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Explained, Inputs
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
        judged: whether a discriminator, a search, the training data and what encoders read are at
            hand.
    """
    vector, given_value = Vector(VectorOptions(low=(-1, -1, -1), high=(1, 1, 1))), (1.0, -1.0, 1.0)
    made = next(modalities(catalogue(), spec), vector)
    random = torch.Generator().manual_seed(0)
    least, most = (samples_of(made.space, COUNT, random) for _ in range(2))

    def shared(numbers: Mapping[str, Tensor]) -> Tensor:
        share = torch.zeros(1)
        for name, rows in numbers.items() if moved else ():
            share = share + WEIGHTS[name] * (rows.abs() * torch.tensor([0.6, 0.3, 0.1])).sum(-1)
        return share.view(-1, *[1] * len(made.space.shape))

    def read(values: Sequence[object]) -> Tensor:
        return vector.prepare([(0, 0, 0) if one is None else one for one in values])

    def make(values: Mapping[str, object]) -> Tensor:
        return torch.lerp(least, most, shared({name: read([one]) for name, one in values.items()}))

    def inputs(entry: str) -> Inputs | None:
        others = {name: read([given_value]) for name in given if name != entry}

        def made_of(numbers: Tensor, rows: Tensor) -> Tensor:
            return torch.lerp(least[rows], most[rows], shared({**others, entry: numbers}))

        return Inputs(read, made_of) if judged else None

    def shares() -> dict[str, float]:
        whole = 1 + sum(WEIGHTS[name] for name in given)
        return {**{name: WEIGHTS[name] / whole for name in given}, "": 1 / whole}

    def realness(samples: Tensor) -> Tensor:
        return samples.flatten(1).mean(1)

    def nearest(wanted: Tensor, values: Mapping[str, object]) -> Tensor:
        samples = make(values)
        return samples[int(made.apart(wanted.expand_as(samples), samples).argmin())]

    return Explained(
        dict.fromkeys(given, given_value),
        "made",
        {**dict.fromkeys(given, vector), "made": made},
        make,
        shares,
        3,
        realness=realness if judged else None,
        nearest=nearest if judged else None,
        training=lambda: torch.cat([least, most]) if judged else least[:0],
        inputs=inputs,
    )
