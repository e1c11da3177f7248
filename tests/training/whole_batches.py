"""What compares rows of a batch, in two processes with half of it each, against one with all of it.

torchrun starts it. Then the two learn the weights that ``shared_noise`` compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor, nn

from mmgan_core.blocks.shared_norm import share_statistics
from mmgan_core.contracts import Critique, Encoding
from mmgan_core.foundation.whole_batch import own_rows, rows_of_all
from mmgan_core.recipe.schema import Adaptive
from mmgan_core.training.auxiliary_classifier import reading_loss
from mmgan_core.training.matching_aware import mismatched
from mmgan_core.training.processes import Processes

from . import shared_noise
from .test_augmenting_by_hand import Raised, augmenting

BATCH = 8
FAST = Adaptive(target=0.0, most=0.9, over=100)
processes = Processes(cpu=True)
OWN = slice(processes.rank * BATCH // 2, (processes.rank + 1) * BATCH // 2)


@contextmanager
def alone() -> Iterator[None]:
    """In this block the process has the whole batch."""
    with patch.object(torch.distributed, "is_initialized", lambda: False):
        yield


def gradients_agree(network: nn.Module, loss_of: Callable[[slice], Tensor]) -> None:
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    with alone():
        whole = torch.autograd.grad(loss_of(slice(0, BATCH)), weights)
    for weight, grad in zip(weights, torch.autograd.grad(loss_of(OWN), weights), strict=True):
        weight.grad = grad
    processes.average_gradients(weights)
    for weight, grad in zip(weights, whole, strict=True):
        torch.testing.assert_close(weight.grad, grad, rtol=1e-5, atol=1e-6)


def batch_norm() -> None:
    torch.manual_seed(0)
    x = torch.randn(BATCH, 3, 4, 4) * torch.arange(1.0, BATCH + 1).view(-1, 1, 1, 1)
    first, last = nn.Conv2d(3, 2, 1), nn.Linear(32, 1)

    def network(norm: nn.BatchNorm2d) -> nn.Module:
        return nn.Sequential(first, norm, nn.Tanh(), nn.Flatten(), last)

    norms = nn.BatchNorm2d(2), nn.BatchNorm2d(2)
    share_statistics(norms[0])
    assert isinstance(norms[0], nn.BatchNorm2d)
    assert not isinstance(norms[1], type(norms[0]))
    with alone():
        network(norms[1])(x)
    network(norms[0])(x[OWN])
    for name, tensor in norms[1].state_dict().items():
        torch.testing.assert_close(norms[0].state_dict()[name], tensor)
    shared = network(norms[0])
    gradients_agree(shared, lambda rows: shared(x[rows]).square().mean())

    def penalty(rows: slice) -> Tensor:
        sample = x[rows].requires_grad_()
        # The sum over all rows, of which each process has some.
        (slope,) = torch.autograd.grad(shared(sample).sum(), sample, create_graph=True)
        return slope.square().sum((1, 2, 3)).mean()

    gradients_agree(nn.Sequential(first), penalty)


def comparisons() -> None:
    torch.manual_seed(1)
    x, meaning = torch.randn(BATCH, 4), torch.arange(BATCH) % 5
    networks = nn.ModuleList([nn.Linear(4, 3), nn.Linear(4, 3)])

    def auxiliary(rows: slice) -> Tensor:
        return reading_loss(networks[0](x[rows]), networks[1](x[rows]), meaning[rows])

    def contrastive(rows: slice) -> Tensor:
        one, other = (rows_of_all(network(x[rows])) for network in networks)
        same = rows_of_all(meaning[rows])
        likely = torch.log_softmax(one @ other.T, dim=1)
        return -(likely * (same[:, None] == same[None])).sum(1).mean()

    gradients_agree(networks, auxiliary)
    gradients_agree(networks, contrastive)
    assert torch.equal(rows_of_all(meaning[OWN] > 2), meaning > 2)
    # In each process all rows but one are alike: what differs is with the other.
    alike = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
    given = Encoding(alike[OWN, None].float()).mapped(rows_of_all)
    shown = {"a": torch.ones(BATCH, dtype=torch.bool)}
    rows = mismatched({"a": given}, shown, rows_of_all(alike[OWN]))["a"][own_rows(BATCH // 2)]
    assert bool((alike[rows] != alike[OWN]).all())


def adaptive() -> None:
    torch.manual_seed(2)
    logits = torch.randn(4, BATCH, 1) + 0.3
    fake = Critique(torch.zeros(BATCH, 1))
    with alone():
        whole = augmenting(Raised, adaptive=FAST)
        for each in logits:
            whole.observe(Critique(each), fake)
    share = augmenting(Raised, adaptive=FAST)
    for each in logits:
        share.observe(Critique(each[OWN]), fake)
    assert float(whole.probability) > 0
    torch.testing.assert_close(share.probability, whole.probability)


if __name__ == "__main__":
    assert processes.count == 2
    batch_norm()
    comparisons()
    adaptive()
    shared_noise.main(Path(sys.argv[1]))
