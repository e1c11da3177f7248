"""What is given must be readable from what is made of it, against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import (
    Beside,
    Condition,
    ConditionSpace,
    GeneratorStep,
    SampleSpace,
    Settings,
)
from mmgan_core.errors import BadValue
from mmgan_text.reconstruction import Reconstruction, ReconstructionOptions
from mmgan_text.transformer_generator import TransformerGenerator, TransformerGeneratorOptions

PIECES = Settings.of("pieces", vocabulary="a", pieces=4)
SPACE = SampleSpace("text", (3, 4), 0.0, 1.0, settings=PIECES)
GIVEN = ConditionSpace(0, token_dim=1, choice_settings=PIECES)


def generator(condition: ConditionSpace = GIVEN) -> TransformerGenerator:
    torch.manual_seed(0)
    options = TransformerGeneratorOptions(width=4, layers=1, heads=1)
    return TransformerGenerator(options, SPACE, condition)


def step(choices: list[list[int]] | None, real: Tensor, fake: Tensor) -> GeneratorStep:
    given = None if choices is None else torch.tensor(choices)
    condition = Condition(torch.zeros(len(real), 0), choices=given)
    noise = torch.zeros(len(real), 3)
    return GeneratorStep(generator(), noise, condition, fake, real, discriminate=lambda _: None)  # type: ignore[arg-type, return-value]


def texts(*ids: list[int]) -> Tensor:
    return one_hot(torch.tensor(ids), 4).float()


def reads_by_bias(*numbers: float) -> Reconstruction:
    """One whose network says the same of every text."""
    loss = Reconstruction(ReconstructionOptions(width=2), SPACE)
    last = loss.network.layers[2]
    assert isinstance(last, torch.nn.Linear)
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor(numbers).log())
    return loss


def test_it_is_how_unlikely_the_different_pieces_are() -> None:
    loss = reads_by_bias(0.1, 0.2, 0.3, 0.4)
    # Pieces 2 and 3 of the first row, however often; 1 of the second; the third is given nothing.
    given = [[2, 3, 3, -1], [1, 1, -1, -1], [-1, -1, -1, -1]]
    some = texts([1, 2, 0], [3, 0, 0], [0, 0, 0])
    first = -(math.log(0.3) + math.log(0.4)) / 2
    expected = 2 * (first - math.log(0.2)) / 2
    assert loss(step(given, some, some)).item() == pytest.approx(expected, rel=1e-5)


def test_real_texts_teach_the_network_and_made_ones_the_generator() -> None:
    torch.manual_seed(1)
    loss = Reconstruction(ReconstructionOptions(width=2), SPACE)
    real, fake = texts([1, 2, 0]).requires_grad_(), texts([3, 1, 0]).requires_grad_()
    loss(step([[2, 3]], real, fake)).backward()
    assert fake.grad is not None
    assert fake.grad.any()
    learned = [weight.grad.clone() for weight in loss.parameters() if weight.grad is not None]
    loss.zero_grad()
    loss(step([[2, 3]], real, texts([1, 0, 0]))).backward()
    again = [weight.grad for weight in loss.parameters() if weight.grad is not None]
    assert len(learned) == len(again) > 0
    for one, other in zip(learned, again, strict=True):
        torch.testing.assert_close(one, other)


def test_a_network_learns_which_summary_belongs_to_which_text() -> None:
    torch.manual_seed(2)
    loss = Reconstruction(ReconstructionOptions(width=16), SPACE)
    real = texts([1, 0, 0], [2, 0, 0])
    given = [[2, 2], [3, -1]]
    optimizer = torch.optim.Adam(loss.parameters(), 0.02)
    for _ in range(150):
        optimizer.zero_grad()
        loss(step(given, real, real)).backward()
        optimizer.step()
    right, wrong = loss(step(given, real, real)), loss(step(given, real, real.flip(0)))
    assert right < 0.2
    assert wrong > 2 * right


def test_what_follows_the_end_makes_no_difference() -> None:
    torch.manual_seed(3)
    loss = Reconstruction(ReconstructionOptions(width=4), SPACE)
    one, other = texts([1, 0, 0]), texts([1, 0, 3])
    torch.testing.assert_close(loss(step([[2]], one, one)), loss(step([[2]], other, other)))


def test_pieces_of_another_vocabulary_and_none_at_all_are_refused() -> None:
    other = ConditionSpace(
        0, token_dim=1, choice_settings=Settings.of("pieces", vocabulary="b", pieces=4)
    )
    beside = Beside("text", {"text": generator(other)}, {}, {"text": ()})
    with pytest.raises(BadValue, match="text/reconstruction"):
        Reconstruction.check(ReconstructionOptions(), beside)
    loss = Reconstruction(ReconstructionOptions(width=2), SPACE)
    with pytest.raises(BadValue, match="choices: true"):
        loss(step(None, texts([0, 0, 0]), texts([0, 0, 0])))
