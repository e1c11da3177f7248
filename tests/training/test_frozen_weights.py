"""What a component freezes in its constructor stays frozen: a pretrained part of a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.components.label_embedding import LabelEmbedding
from mmgan_core.errors import MmganError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.training.phases import Networks
from mmgan_core.training.run import train
from mmgan_image.networks.dcgan_discriminator import DCGANDiscriminator
from mmgan_image.networks.dcgan_generator import DCGANGenerator

Small = Callable[..., Recipe]
# One part of each side, and one that teaches but belongs to no player.
FROZEN = {
    DCGANGenerator: "gan.generators.image.",
    DCGANDiscriminator: "gan.discriminators.image.",
    LabelEmbedding: "gan.encoders.label.",
}


def first_weight(module: nn.Module) -> str:
    """The name of its first weight."""
    return next(name for name, _ in module.named_parameters())


def freeze(monkeypatch: pytest.MonkeyPatch, cls: type[nn.Module], *, whole: bool = False) -> None:
    """Makes a component freeze its first weight, or all of them, when it is built."""
    before = cls.__init__

    def init(self: nn.Module, *args: object) -> None:
        before(self, *args)
        if whole:
            self.requires_grad_(False)
        else:
            self.get_parameter(first_weight(self)).requires_grad_(False)

    monkeypatch.setattr(cls, "__init__", init)


def test_frozen_weights_are_saved_and_never_move(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cls in FROZEN:
        freeze(monkeypatch, cls)
    changes = {"train__samples": 64, "train__ema__half_life": 8}
    recipe = small(make__image__loss="objectives/non-saturating", **changes)
    networks = Networks(open_recipe(recipe)[0])
    first = {name: tensor.clone() for name, tensor in networks.state_dict().items()}
    frozen = {name for name, weight in networks.named_parameters() if not weight.requires_grad}
    assert len(frozen) == len(FROZEN)
    assert all(any(name.startswith(start) for name in frozen) for start in FROZEN.values())
    train(recipe, tmp_path / "run", cpu=True)
    tensors, _ = load_checkpoint(checkpoints(tmp_path / "run")[-1])
    learned = {name for name, _ in networks.named_parameters()} - frozen
    for name in frozen:
        assert torch.equal(tensors["weights"][name], first[name]), f"{name} moved"
    for name in learned:
        assert not torch.equal(tensors["weights"][name], first[name]), f"{name} did not learn"
    for name in frozen & {f"gan.{name}" for name in tensors["ema"]}:
        assert torch.equal(tensors["ema"][name.removeprefix("gan.")], first[name])
    assert {name.removeprefix("gan.") for name in first if ".generators." in name} <= set(
        tensors["ema"]
    )
    optimised = [
        {key.partition(".")[0] for key in tensors[f"{side}_optimizer"]}
        for side in ("discriminator", "generator")
    ]
    assert sum(map(len, optimised)) == len(learned)


def test_sides_are_the_same_in_every_phase(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a phase, or a look at samples, has frozen what learns."""
    freeze(monkeypatch, DCGANGenerator)
    networks = Networks(open_recipe(small())[0])
    sides = networks.discriminator_side(), networks.generator_side()
    networks.requires_grad_(False)
    again = networks.discriminator_side(), networks.generator_side()
    assert [[id(p) for p in side] for side in sides] == [[id(p) for p in side] for side in again]
    assert len(sides[1]) == len(list(networks.gan.generators.parameters())) - 1


def test_a_side_without_anything_that_learns_is_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(monkeypatch, DCGANGenerator, whole=True)
    with pytest.raises(MmganError, match="nothing learns in the generator's phase"):
        train(small(), tmp_path / "run", cpu=True)
    assert not (tmp_path / "run").exists()
