"""Alignments leave out rows that lack a value."""

import math

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import Alignment, Encoding
from mmgan_objectives.anchor import Anchor, AnchorOptions
from mmgan_objectives.contrastive import Contrastive, ContrastiveOptions

DIMS = {"a": 2, "b": 2}
ALIGNMENTS = [Contrastive(ContrastiveOptions(), DIMS), Anchor(AnchorOptions(anchor="a"), DIMS)]


def encodings(a: Tensor, b: Tensor) -> dict[str, Encoding]:
    return {"a": Encoding(a), "b": Encoding(b)}


def rows(*there: int) -> Tensor:
    return torch.tensor(there, dtype=torch.bool)


def test_info_nce_of_the_rows_that_have_a_value() -> None:
    """b lacks its last row: a's last row has no positive, and b's last row is no negative.

    Cosines of a to b are [[1, .6], [0, .8]] in the first two rows, over the temperature 0.5.
    """
    align = Contrastive(ContrastiveOptions(temperature=0.5), DIMS)
    a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    b = torch.tensor([[1.0, 0.0], [3.0, 4.0], [-5.0, 2.0]])
    present = {"a": rows(1, 1, 1), "b": rows(1, 1, 0)}
    a_to_b = (math.log(math.e**2 + math.e**1.2) - 2 + math.log(1 + math.e**1.6) - 1.6) / 2
    cosines = torch.nn.functional.normalize(a) @ torch.nn.functional.normalize(b).T / 0.5
    # from b's two rows to all three of a
    b_to_a = (cosines.logsumexp(0) - cosines.diagonal())[:2].mean().item()
    value = align(encodings(a, b), torch.eye(3, dtype=torch.bool), present)
    assert value.item() == pytest.approx((a_to_b + b_to_a) / 2, rel=1e-5)


def test_the_anchor_pulls_the_rows_that_have_both_values() -> None:
    align = Anchor(AnchorOptions(anchor="a"), DIMS)
    with torch.no_grad():
        align.project["b"].weight.copy_(torch.eye(2))
        align.project["b"].bias.zero_()
    a = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    b = torch.tensor([[3.0, 4.0], [-1.0, 0.0], [-1.0, 0.0]])
    present = {"a": rows(1, 0, 1), "b": rows(1, 1, 0)}
    value = align(encodings(a, b), torch.eye(3, dtype=torch.bool), present)
    assert value.item() == pytest.approx(1 - 0.6)


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_what_stands_in_makes_no_difference_and_gets_no_gradient(align: Alignment) -> None:
    torch.manual_seed(0)
    a, b = torch.randn(4, 2), torch.randn(4, 2, requires_grad=True)
    present = {"a": rows(1, 1, 0, 1), "b": rows(1, 0, 1, 1)}
    same = torch.tensor([0, 0, 1, 1])[:, None] == torch.tensor([0, 0, 1, 1])[None]
    value = align(encodings(a, b), same, present)
    value.backward()
    assert b.grad is not None
    assert torch.isfinite(b.grad).all()
    assert b.grad[1].tolist() == [0, 0]
    assert b.grad[0].any()
    assert b.grad[3].any()
    other_a, other_b = a.clone(), b.detach().clone()
    other_a[2], other_b[1] = torch.tensor([9.0, -9.0]), torch.tensor([-7.0, 3.0])
    assert align(encodings(other_a, other_b), same, present) == value


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_with_every_value_it_is_the_same_loss(align: Alignment) -> None:
    torch.manual_seed(1)
    given = encodings(torch.randn(6, 2), torch.randn(6, 2))
    meaning = torch.tensor([0, 1, 2, 0, 1, 2])
    same = meaning[:, None] == meaning[None]
    every = {name: rows(*[1] * 6) for name in DIMS}
    torch.testing.assert_close(align(given, same, every), align(given, same))


@pytest.mark.parametrize("align", ALIGNMENTS)
def test_with_no_value_there_is_no_loss(align: Alignment) -> None:
    given = encodings(torch.randn(3, 2), torch.randn(3, 2, requires_grad=True))
    value = align(given, torch.eye(3, dtype=torch.bool), {"a": rows(0, 0, 0), "b": rows(1, 1, 1)})
    assert value.item() == 0
    value.backward()
    assert given["b"].pooled.grad.tolist() == [[0, 0]] * 3
