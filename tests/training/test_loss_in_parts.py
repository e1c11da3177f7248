"""Penalties' gradients are taken one by one: the same gradient, and less in memory at once."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Augmentation, Change
from mmgan_core.data.feed import open_feed
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.recipe.reading import check
from mmgan_core.training.networks import Networks
from mmgan_core.training.phases import Phases
from tests.training.by_hand import Slope, augmented, game, trainer, weighted

SLOPES = [{"use": f"objectives/{name}", "weight": 0.5} for name in ("r1", "r2")]
NETWORK = {"use": "image/dcgan", "width": 8, "normalise": False}
RECIPE: dict[str, Any] = {
    "data": "core/digits",
    "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 8}}},
    "fusion": {"use": "core/concatenation", "dim": 8},
    "make": {
        "image": {
            "modality": {"channels": 1, "height": 16, "width": 16},
            "generator": {"use": "image/dcgan", "width": 8, "noise_dim": 4},
            "discriminator": [
                {**NETWORK, "loss": "objectives/hinge", "penalties": SLOPES},
                {**NETWORK, "loss": "objectives/relativistic", "penalties": SLOPES, "name": "two"},
            ],
            "matching_aware": 0.5,
            "augment": [{"use": "image/diffaugment", "condition_discriminator": True}],
        }
    },
    "train": {"samples": 64, "batch_size": 16},
}


@dataclass
class Kept:
    """How much autograd keeps at once."""

    now: int = 0
    most: int = 0

    def pack(self, tensor: Tensor) -> Tensor:
        size = tensor.nbytes
        kept = tensor.detach()
        weakref.finalize(kept, self._add, -size)
        self._add(size)
        return kept

    def _add(self, size: int) -> None:
        self.now += size
        self.most = max(self.most, self.now)


def gradients(phases: Phases, batch: Any, *, in_parts: bool) -> tuple[dict[str, Tensor], float]:
    networks = phases.networks
    for weight in networks.parameters():
        weight.grad = None
    torch.manual_seed(0)
    noise = {"image": torch.randn(16, 4)}
    lasts: list[bool] = []

    def backward(loss: Tensor, *, last: bool) -> None:
        loss.backward()
        lasts.append(last)

    given = backward if in_parts else None
    loss, _ = phases.discriminator(batch, noise, step=0, samples=0, backward=given)
    if in_parts:
        assert (lasts.index(True), lasts.count(True)) == (len(lasts) - 1, 1)
    assert loss.requires_grad is not in_parts
    if not in_parts:
        loss.backward()
    found = {n: w.grad for n, w in networks.named_parameters() if w.grad is not None}
    return found, loss.item()


def test_the_gradient_is_that_of_the_whole_loss_and_less_is_kept() -> None:
    blueprint, source = open_recipe(check(RECIPE, "small"))
    networks = Networks(blueprint).train()
    phases = Phases(blueprint, networks)
    batch = open_feed(blueprint, networks.gan, source, "train").batch(0, 0, 16, torch.device("cpu"))
    found, most = {}, {}
    for in_parts in (False, True):
        kept = Kept()
        with torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda tensor: tensor):
            found[in_parts] = gradients(phases, batch, in_parts=in_parts)
        most[in_parts] = kept.most
    (whole, loss), (parts, same) = found[False], found[True]
    assert same == pytest.approx(loss)
    assert any("encoders" in name for name in whole)
    assert whole.keys() == parts.keys()
    for name, grad in whole.items():
        torch.testing.assert_close(parts[name], grad, rtol=1e-4, atol=1e-6)
    assert most[True] < 0.6 * most[False], most


class Strong(Augmentation):
    """x times s, which it has made of its own weight; the discriminator is told s."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.root = nn.Parameter(torch.tensor(1.5))

    def sample(self, like: Tensor) -> Change:
        strength = self.root.square()
        return Change(lambda sample: sample * strength)


@pytest.mark.parametrize("chosen", [{}, {"augment": [augmented(Strong)]}])
def test_a_step_moves_weights_by_the_gradient_of_the_whole_loss(chosen: dict[str, Any]) -> None:
    """Plain descent. What an augmentation that learns has sampled, every part goes through."""
    chosen |= {"penalties": [weighted(Slope, 0.25), weighted(Slope, 0.5)]}
    training = trainer(**chosen)
    before = {n: w.detach().clone() for n, w in training.networks.named_parameters()}
    rate = training.recipe.train.learning_rate
    assert isinstance(rate, float)
    training._do_phase(0, 0, 0)
    whole = game(**chosen)
    seed_step(training.recipe.seed, 0, "discriminator", 0)
    batch, noise = training.batch(0, 0), training._noise()
    loss, _ = whole.phases.discriminator(batch, noise, step=0, samples=0)
    loss.backward()
    moved = set()
    for name, weight in whole.networks.named_parameters():
        if name.startswith("gan.generators"):
            continue
        grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
        after = training.networks.get_parameter(name)
        torch.testing.assert_close(after, before[name] - rate * grad)
        moved |= {name.split(".")[-1]} if grad.any() else set()
    assert moved >= {"d", "e", "w"} | ({"root"} if "augment" in chosen else set())
