"""Any timm model, with weights that timm names, from a repository on the Hub, or from a file.

Wightman 2019, "PyTorch image models", https://github.com/huggingface/pytorch-image-models.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from mmgan_core import MmganError, Options

_HUB = "hf-hub:"


class TimmOptions(Options):
    """Options of the timm model, for every component that uses one."""

    model: str = Field("resnet18", description="a name of timm.list_models(), or hf-hub:ORG/NAME")
    pretrained: bool = Field(True, description="use the weights that timm names")
    checkpoint: str = Field("", description="a safetensors file of weights to use instead")

    @field_validator("model")
    @classmethod
    def _no_folder(cls, value: str) -> str:
        scheme = value.partition(":")[0] + ":" if ":" in value else _HUB
        if scheme != _HUB:
            raise ValueError(f"{scheme} is not read: give a name and checkpoint: FILE")
        return value


def pinned_timm(options: TimmOptions) -> dict[str, object]:
    """The options with the commit of a repository on the Hub, if they name one without."""
    name = options.model.removeprefix(_HUB)
    if name == options.model or "@" in name or not options.pretrained or options.checkpoint:
        return {}
    # Files of the Hub's cache lie in a folder whose name is the commit.
    return {"model": f"{options.model}@{Path(_from_hub(name)).parent.name}"}


@cache
def frozen_timm(model: str, pretrained: bool, checkpoint: str) -> Any:
    """A frozen model; it is no part of a component's modules, so its weights are never saved."""
    # Its randomness is its own, so that the first call of a process changes nothing elsewhere.
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.manual_seed(0)
        return timm_network(model, pretrained, checkpoint).eval().requires_grad_(False)


@cache
def weights_hash(network: nn.Module) -> str:
    """The SHA-256 of the weights of a frozen network, wherever they come from."""
    found = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def timm_network(model: str, pretrained: bool, checkpoint: str) -> Any:
    """The network without its classifier.

    Raises:
        MmganError: if there is no such model, or its weights cannot be loaded.
    """
    import timm

    of_the_hub = model.startswith(_HUB)
    if torch.get_default_device().type == "meta":  # its numbers are in the model's own file
        pretrained, checkpoint = False, ""
    wanted = pretrained and not checkpoint
    try:
        network = timm.create_model(model, pretrained=wanted and not of_the_hub, num_classes=0)
        if of_the_hub and wanted:
            checkpoint = _from_hub(model.removeprefix(_HUB))
    except MmganError:  # such as that it is larger than a pulled model may name
        raise
    except Exception as error:
        raise MmganError(
            f"timm cannot make {model!r}: {type(error).__name__}: {error}",
            hint="check the name with timm.list_models(); without a network give checkpoint: FILE",
        ) from None
    if checkpoint:
        _load(network, checkpoint)
    return network


def _from_hub(name: str) -> str:
    """The safetensors file of ORG/NAME[@REV]; timm itself would also load a pickle."""
    from huggingface_hub import hf_hub_download

    repo, _, revision = name.partition("@")
    return hf_hub_download(repo, "model.safetensors", revision=revision or None)


def _load(network: nn.Module, checkpoint: str) -> None:
    try:
        missing, _ = network.load_state_dict(read_weights(checkpoint), strict=False)
    except RuntimeError as error:
        raise MmganError(f"{checkpoint} does not fit the network: {error}") from None
    if missing:
        raise MmganError(f"{checkpoint} lacks {missing[0]} and {len(missing) - 1} more")


def read_weights(checkpoint: str) -> dict[str, Tensor]:
    """The tensors of a safetensors file, by name.

    Raises:
        MmganError: if it cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(checkpoint)
    except (OSError, SafetensorError) as error:
        raise MmganError(f"{checkpoint} cannot be read: {error}") from None
