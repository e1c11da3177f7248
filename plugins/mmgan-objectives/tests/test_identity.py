"""What an entry would make of its own samples, against numbers worked out by hand."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Encoding,
    Generator,
    GeneratorStep,
    SampleSpace,
)
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_objectives.identity import Identity, IdentityOptions

SPACE = SampleSpace("label", (1, 2))
REAL = torch.tensor([[[1.0, 2.0]], [[0.0, -4.0]]])


class Doubled(Generator):
    """Twice what the condition holds, and the noise."""

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return (2 * condition.pooled + noise)[:, None]


def step(places: Tensor | None = None) -> GeneratorStep:
    """A step of entry b, made from a, whose encoder hands samples on."""

    def encode(given: str, sample: Tensor) -> Encoding:
        assert given == "a"
        return Encoding(sample[:, 0])

    def fuse(encodings: Mapping[str, Encoding], entry: str) -> Condition:
        assert entry == "b"
        return Condition(encodings["a"].pooled)

    return GeneratorStep(
        Doubled(Options(), SPACE, ConditionSpace(2)),
        torch.tensor([[0.0, 0.0], [1.0, 1.0]]),
        Condition(torch.full((2, 2), 9.0), places=places),
        torch.full((2, 1, 2), 7.0),
        REAL,
        lambda sample: Critique(sample),
        entry="b",
        encode=encode,
        fuse=fuse,
    )


def test_a_real_sample_in_the_place_of_what_is_given_must_stay() -> None:
    """Made of it: (2, 4) and (1, -7); differences 1, 2, 1 and 3. What was made otherwise is no
    matter."""
    found = [Identity(IdentityOptions(given="a", norm=n), SPACE)(step()) for n in ("l1", "l2")]
    assert [loss.item() for loss in found] == [7 / 4, 15 / 4]


def test_padding_counts_for_nothing() -> None:
    places = torch.tensor([[[True, True]], [[True, False]]])
    loss = Identity(IdentityOptions(given="a"), SPACE)(step(places))
    assert loss.item() == pytest.approx(4 / 3)


def test_an_encoder_that_cannot_encode_samples_is_refused() -> None:
    plain = GeneratorStep(
        Doubled(Options(), SPACE, ConditionSpace(2)),
        torch.zeros(2, 2),
        Condition(torch.zeros(2, 2)),
        REAL,
        REAL,
        lambda sample: Critique(sample),
    )
    with pytest.raises(BadValue):
        Identity(IdentityOptions(given="a"), SPACE)(plain)
