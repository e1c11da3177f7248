"""Any timm model as an encoder of pictures: frozen and cached, or trained with the GAN.

A frozen network is part of `prepare`: it runs once for each picture, its features are kept on disk,
and only a small head is trained and saved. Wightman 2019, "PyTorch image models",
https://github.com/huggingface/pytorch-image-models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_image.blocks.timm_network import (
    TimmOptions,
    frozen_timm,
    pinned_timm,
    timm_network,
    weights_hash,
)
from mmgan_image.modality.picture import decode_picture


class TimmEncoderOptions(TimmOptions):
    """Options of `image/timm`."""

    train: bool = Field(False, description="train the network with the GAN; otherwise it is frozen")
    dim: int = Field(
        128, ge=0, description="size of the encoding; 0: the network's features, without a head"
    )

    @model_validator(mode="after")
    def _frozen_needs_weights(self) -> TimmEncoderOptions:
        if not (self.train or self.pretrained or self.checkpoint):
            raise ValueError(
                "a frozen network with random weights tells nothing of a picture: "
                "set pretrained: true, checkpoint: FILE, or train: true"
            )
        return self


class TimmEncoder(Encoder):
    """Pictures (B, C, H, W) of any size to (B, dim)."""

    Options = TimmEncoderOptions
    in_workers: ClassVar[bool] = False
    options: TimmEncoderOptions

    @classmethod
    def pinned(cls, options: TimmEncoderOptions) -> Mapping[str, object]:
        """The commit of a repository on the Hub."""
        return pinned_timm(options)

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"model": "test_resnet", "pretrained": False, "train": True, "dim": 8},
            {"model": "test_resnet", "pretrained": False, "train": True, "dim": 0},
        )

    def __init__(self, options: TimmEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        weights = (options.model, options.pretrained, options.checkpoint)
        self.network = timm_network(*weights) if options.train else None
        features = _width(frozen_timm(*weights) if self.network is None else self.network)
        self.dim = options.dim or features
        self.head = _head(features, options.dim) if options.dim else nn.Identity()

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        """The features of a frozen network, (B, F); the input of a trained one, (B, 3, h, w)."""
        options = self.options
        network = self.network
        if network is None:
            network = frozen_timm(options.model, options.pretrained, options.checkpoint)
        transform = _transform(network)
        pixels = torch.stack([transform(_rgb(value)) for value in values])
        if self.network is not None:
            return {"pixels": pixels}
        with torch.no_grad():
            return {"features": network(pixels).float()}

    def fingerprint(self) -> str:
        """How a picture is transformed for the network and, if that is frozen, its weights."""
        if self.network is not None:
            return str(_data_config(self.network))
        options = self.options
        network = frozen_timm(options.model, options.pretrained, options.checkpoint)
        return f"{_data_config(network)}{weights_hash(network)}"

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        """Encode prepared features or pixels."""
        features = tensors.get("features")
        if features is None:
            assert self.network is not None
            features = self.network(tensors["pixels"])
        return Encoding(self.head(features))


def _head(features: int, dim: int) -> nn.Module:
    return nn.Sequential(
        nn.LayerNorm(features), nn.Linear(features, dim), nn.GELU(), nn.Linear(dim, dim)
    )


@torch.no_grad()
def _width(network: Any) -> int:
    """Size of a network's features, measured: some models state a wrong one."""
    size = network.default_cfg["input_size"]
    was_training = network.training
    # A frozen network has numbers even where what is built around it has none.
    with next(network.parameters()).device:
        features = network.eval()(torch.zeros(1, *size))
    network.train(was_training)
    return int(features.shape[1])


def _transform(network: Any) -> Any:
    """The transform to the model's own size, mean and deviation."""
    from timm.data.transforms_factory import create_transform

    return create_transform(**_data_config(network), is_training=False)


def _data_config(network: Any) -> Any:
    from timm.data.config import resolve_model_data_config

    return resolve_model_data_config(network)


def _rgb(value: object) -> Any:
    return decode_picture(value).convert("RGB")
