"""Weights that a pulled recipe refers to elsewhere are read as warily as its own."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save

from mmgan_core.component import options_of
from mmgan_core.errors import MmganError, RecipeError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_image.networks.timm_encoder import TimmEncoder

from ..hub.server import Hub

REPO = "alice/eyes"


class Bomb:
    """What runs when a pickle of it is read."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> object:
        return (open, (str(self.file), "w"))


def encoder(**options: object) -> object:
    known = catalogue()
    modality = known.load("modality", "image/image", where="")
    cls = known.load("encoder", "image/timm", where="")
    chosen = options_of(cls, {"model": f"hf-hub:{REPO}", "dim": 8, **options}, where="encoder")
    return cls(chosen, modality(options_of(modality, {"channels": 3}, where="")))


@pytest.fixture
def network(hub: Hub) -> torch.nn.Module:
    """A timm model whose repository has a configuration and a bomb."""
    made = timm.create_model("test_resnet", pretrained=False, num_classes=0)
    config = {"architecture": "test_resnet", "num_classes": 0, "pretrained_cfg": made.default_cfg}
    config = json.loads(json.dumps(config, default=str))
    hub.put(REPO, {"config.json": json.dumps(config).encode()})
    return made


def test_safetensors_are_read(hub: Hub, network: torch.nn.Module) -> None:
    hub.put(REPO, {"model.safetensors": save(network.state_dict())})
    read = encoder(train=True).network.state_dict()
    assert all(torch.equal(read[key], tensor) for key, tensor in network.state_dict().items())


def test_a_pickle_is_not_even_fetched(hub: Hub, network: torch.nn.Module, tmp_path: Path) -> None:
    hub.put(REPO, {"pytorch_model.bin": pickle.dumps(Bomb(tmp_path / "ran"))})
    with pytest.raises(MmganError, match="cannot make"):
        encoder(train=True)
    assert not (tmp_path / "ran").exists()
    assert not hub.calls("GET", "pytorch_model")


def test_folders_are_given_as_a_checkpoint() -> None:
    with pytest.raises(RecipeError, match="checkpoint: FILE"):
        encoder(model="local-dir:/tmp/x", train=True)


def test_a_published_network_of_the_hub_is_pinned(hub: Hub) -> None:
    commit = hub.put("alice/eyes", {"model.safetensors": b"x"}).oid
    hub.put("alice/eyes", {"README.md": b"# Eyes"})
    newest = hub.repository("alice/eyes").at("main").oid
    named = {"model": "hf-hub:alice/eyes"}
    assert commit != newest
    assert TimmEncoder.pinned(TimmEncoder.Options(**named)) == {
        "model": f"hf-hub:alice/eyes@{newest}"
    }
    for fixed in (
        {"model": f"hf-hub:alice/eyes@{commit}"},
        {"model": "resnet18"},
        {**named, "pretrained": False, "train": True},
        {**named, "checkpoint": "x.safetensors"},
    ):
        assert TimmEncoder.pinned(TimmEncoder.Options(**fixed)) == {}
