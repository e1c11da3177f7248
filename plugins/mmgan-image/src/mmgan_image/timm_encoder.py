"""Any timm model as an encoder: frozen and cached, or trained along.

Frozen, the network is part of `prepare`: it runs once for each picture, its features are kept on
disk, and only a small head is trained and saved. Wightman 2019, "PyTorch image models".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor, nn

from mmgan_core import MmganError, Options
from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_image.picture import decode_picture

_HUB = "hf-hub:"


class TimmEncoderOptions(Options):
    """Options of `image/timm`."""

    model: str = Field("resnet18", description="a name of timm.list_models(), or hf-hub:ORG/NAME")
    pretrained: bool = Field(True, description="with the weights that timm names")
    checkpoint: str = Field("", description="a safetensors file of weights to use instead")
    train: bool = Field(False, description="train the network along; else it is frozen")
    dim: int = Field(128, ge=1, description="size of the encoding")

    @field_validator("model")
    @classmethod
    def _no_folder(cls, value: str) -> str:
        scheme = value.partition(":")[0] + ":" if ":" in value else _HUB
        if scheme != _HUB:
            raise ValueError(f"{scheme} is not read: give a name and checkpoint: FILE")
        return value

    @model_validator(mode="after")
    def _frozen_needs_weights(self) -> TimmEncoderOptions:
        if not (self.train or self.pretrained or self.checkpoint):
            raise ValueError(
                "a frozen network with random weights says nothing: "
                "set pretrained: true, checkpoint: FILE, or train: true"
            )
        return self


class TimmEncoder(Encoder):
    """(B, C, H, W) of any size to (B, dim)."""

    Options = TimmEncoderOptions
    in_workers: ClassVar[bool] = False
    options: TimmEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"model": "test_resnet", "pretrained": False, "train": True, "dim": 8},)

    def __init__(self, options: TimmEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim
        weights = (options.model, options.pretrained, options.checkpoint)
        self.network = _network(*weights) if options.train else None
        features = _width(_frozen(*weights) if self.network is None else self.network)
        self.head = nn.Sequential(
            nn.LayerNorm(features), nn.Linear(features, options.dim), nn.GELU(),
            nn.Linear(options.dim, options.dim),
        )  # fmt: skip

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """Frozen: the network's features, (B, F). Trained along: its input, (B, 3, h, w)."""
        options = self.options
        network = self.network
        if network is None:
            network = _frozen(options.model, options.pretrained, options.checkpoint)
        transform = _transform(network)
        pixels = torch.stack([transform(_rgb(value)) for value in values])
        if self.network is not None:
            return {"pixels": pixels}
        with torch.no_grad():
            return {"features": network(pixels).float()}

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode what was prepared."""
        features = tensors.get("features")
        if features is None:
            assert self.network is not None
            features = self.network(tensors["pixels"])
        return Encoding(self.head(features))


@cache
def _frozen(model: str, pretrained: bool, checkpoint: str) -> Any:
    """Kept outside the encoder's modules: what is frozen is named in a model, not copied."""
    # Its own random draws, so that the first encoder of a process is made like any other.
    with torch.random.fork_rng(devices=[]):
        return _network(model, pretrained, checkpoint).eval().requires_grad_(False)


@torch.no_grad()
def _width(network: Any) -> int:
    """Size of a network's features: some models say another than they have."""
    size = network.default_cfg["input_size"]
    was_training = network.training
    features = network.eval()(torch.zeros(1, *size))
    network.train(was_training)
    return int(features.shape[1])


def _network(model: str, pretrained: bool, checkpoint: str) -> Any:
    import timm

    of_the_hub = model.startswith(_HUB)
    wanted = pretrained and not checkpoint
    try:
        network = timm.create_model(model, pretrained=wanted and not of_the_hub, num_classes=0)
        if of_the_hub and wanted:
            checkpoint = _from_hub(model.removeprefix(_HUB))
    except Exception as error:
        raise MmganError(
            f"image/timm cannot make {model!r}: {type(error).__name__}: {error}",
            hint="check the name with timm.list_models(); without a network give checkpoint: FILE, "
            "or pretrained: false with train: true",
        ) from None
    if checkpoint:
        _load(network, checkpoint)
    return network


def _from_hub(name: str) -> str:
    """The safetensors file of ORG/NAME[@REV]; timm itself would make do with a pickle."""
    from huggingface_hub import hf_hub_download

    repo, _, revision = name.partition("@")
    return hf_hub_download(repo, "model.safetensors", revision=revision or None)


def _load(network: nn.Module, checkpoint: str) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(checkpoint)
        missing, _ = network.load_state_dict(state, strict=False)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise MmganError(f"image/timm cannot load {checkpoint}: {error}") from None
    if missing:
        raise MmganError(f"image/timm: {checkpoint} lacks {missing[0]} and {len(missing) - 1} more")


def _transform(network: Any) -> Any:
    """The model's own size, mean and deviation."""
    from timm.data.config import resolve_model_data_config
    from timm.data.transforms_factory import create_transform

    config = resolve_model_data_config(network)
    return create_transform(**config, is_training=False)


def _rgb(value: object) -> Any:
    return decode_picture(value).convert("RGB")
