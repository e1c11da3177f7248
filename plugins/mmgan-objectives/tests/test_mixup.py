"""Mixup: another row for each, a share of at least half, gradients to each row's own sample."""

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import Change, Condition, SampleSpace
from mmgan_objectives.mixup import Mixup, MixupOptions


def mixed(*shape: int, a: float = 0.5) -> tuple[Tensor, Change, Tensor, Tensor]:
    """Samples, a change of them, the other rows and the own shares."""
    torch.manual_seed(0)
    sample = torch.randn(shape)
    change = Mixup(MixupOptions(a=a), SampleSpace("label", shape[1:])).sample(sample)
    assert change.rows is not None
    assert change.share is not None
    return sample, change, change.rows, change.share


@pytest.mark.parametrize("shape", [(8, 3, 4, 5), (8, 10), (2, 1, 7), (5, 1), (1, 4)])
def test_every_row_is_mixed_with_another(shape: tuple[int, ...]) -> None:
    sample, change, rows, share = mixed(*shape)
    own = share.view(-1, *[1] * (len(shape) - 1))
    torch.testing.assert_close(change(sample), own * sample + (1 - own) * sample[rows])
    assert sorted(rows.tolist()) == list(range(shape[0]))
    assert shape[0] == 1 or (rows != torch.arange(shape[0])).all()
    other = torch.randn(shape)
    torch.testing.assert_close(change(other), own * other + (1 - own) * other[rows])


@pytest.mark.parametrize("a", [0.1, 1.0, 8.0])
def test_shares_are_of_beta_folded_at_half(a: float) -> None:
    _, change, _, share = mixed(20_000, 1, a=a)
    assert (share >= 0.5).all()
    assert (share <= 1).all()
    # Beta(a, a) has variance 1 / (4 (2 a + 1)) about 1/2, however it is folded.
    assert (share - 0.5).square().mean().item() == pytest.approx(1 / (8 * a + 4), rel=0.03)
    assert change.augmentation_parameters is not None
    torch.testing.assert_close(change.augmentation_parameters[:, 0], 2 * (1 - share))


def test_gradients_flow_to_each_row_s_own_sample() -> None:
    sample, change, _, share = mixed(6, 3)
    leaf = sample.requires_grad_()
    weight = torch.arange(1.0, 7)[:, None]
    (weight * change(leaf)).sum().backward()
    torch.testing.assert_close(leaf.grad, (weight * share[:, None]).expand(6, 3))


def test_conditions_are_mixed_likewise() -> None:
    sample, change, rows, share = mixed(6, 3)
    condition = Condition(sample).mixed(rows, share)
    torch.testing.assert_close(condition.pooled, change(sample))


def test_partners_differ_from_draw_to_draw() -> None:
    torch.manual_seed(0)
    module = Mixup(MixupOptions(), SampleSpace("label", (3,)))
    sampled = [module.sample(torch.zeros(5, 3)).rows for _ in range(40)]
    assert len({tuple(rows.tolist()) for rows in sampled if rows is not None}) == 4
