"""Real and made samples are looked at once, which changes no number of a phase."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Discriminator
from mmgan_core.data.feed import open_feed
from mmgan_core.recipe.reading import check
from mmgan_core.training.networks import Networks
from mmgan_core.training.phases import Phases

CRITICS: dict[str, dict[str, Any]] = {
    "dcgan": {"use": "image/dcgan", "width": 4, "normalise": False},
    "read": {"use": "image/dcgan", "width": 4, "normalise": False, "conditioning": "auxiliary"},
    "r3": {"use": "image/r3", "width": 4, "group": 4},
    "residual": {"use": "image/residual", "width": 4, "max_width": 8, "spectral": False},
    "normalised": {"use": "image/dcgan", "width": 4},
    "spectral": {"use": "image/residual", "width": 4, "max_width": 8},
    "following": {"use": "image/r3", "width": 4, "group": 4, "follow": True},
}
SEPARATE = ("normalised", "spectral", "following")
REPAIRED = {"repair": {"masks": ["box"]}}
PICTURE = {"use": "image/image", "channels": 1, "height": 16, "width": 16}


def phases(critic: dict[str, Any], **make: Any) -> tuple[Phases, Any]:
    given = {
        "label": {"encoder": {"use": "core/label-embedding", "dim": 8}},
        "seen": {"column": "image", "modality": PICTURE, "encoder": "image/pixels"},
    }
    follow = critic.get("follow", False)
    unet = {"use": "image/unet", "width": 4, "follow": follow}
    entry = {
        "modality": PICTURE,
        "generator": unet if follow or "repair" in make else {"use": "image/dcgan", "width": 4},
        "discriminator": critic,
        "loss": "objectives/relativistic",
        "matching_aware": 0.5,
        "auxiliary_classifier": 0.5 if critic.get("conditioning") == "auxiliary" else 0.0,
        **make,
    }
    raw = {
        "data": "core/digits",
        "given": given if follow else {"label": given["label"]},
        "fusion": {"use": "core/concatenation", "dim": 8},
        "make": {"image": entry},
        "train": {"samples": 64, "batch_size": 8},
    }
    blueprint, source = open_recipe(check(raw, "small"))
    networks = Networks(blueprint).train()
    batch = open_feed(blueprint, networks.gan, source, "train").batch(0, 0, 8, torch.device("cpu"))
    return Phases(blueprint, networks), batch


@pytest.mark.parametrize("make", [{}, REPAIRED], ids=["whole", "repaired"])
@pytest.mark.parametrize("name", CRITICS)
def test_the_numbers_are_those_of_separate_calls(
    name: str, make: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for looks in (True, False):
        torch.manual_seed(0)
        made, batch = phases(CRITICS[name], **make)
        judge = made.gan.discriminators["image"]
        assert isinstance(judge, Discriminator)
        calls: list[int] = []
        layer = next(one for one in judge.modules() if isinstance(one, torch.nn.Conv2d))
        layer.register_forward_pre_hook(lambda _, given, calls=calls: calls.append(len(given[0])))
        assert judge.looks_first is (name not in SEPARATE)
        judge.looks_first = looks and judge.looks_first
        torch.manual_seed(1)
        noise = {"image": torch.randn(8, made.gan.noise_dims["image"])}
        loss, metrics = made.discriminator(batch, noise, step=0, samples=0)
        loss.backward()
        grads = {n: w.grad for n, w in made.networks.named_parameters() if w.grad is not None}
        assert calls == ([16] if judge.looks_first else [8, 8, 8])
        found.append((loss, metrics, grads))
    (loss, metrics, grads), (apart, metrics_apart, grads_apart) = found
    torch.testing.assert_close(loss, apart)
    torch.testing.assert_close(metrics, metrics_apart)
    assert any("encoders" in one for one in grads)
    torch.testing.assert_close(grads, grads_apart, rtol=1e-4, atol=1e-6)
