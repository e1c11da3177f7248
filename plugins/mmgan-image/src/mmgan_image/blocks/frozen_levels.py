"""Features of pictures from a frozen, pretrained network: maps from fine to coarse, one a level.

Gradients go through the network to the picture. A model names the weights and does not store them.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import interpolate

from mmgan_core import BadValue, MmganError
from mmgan_image.blocks.conv_blocks import conv_blocks
from mmgan_image.blocks.timm_network import frozen_timm, read_weights

# A network that halves it five times leaves a side of 4.
SMALLEST = 128


class Weights(NamedTuple):
    """A network by name, and the weights that it gets.

    Attributes:
        model: a name that timm knows, or "" for the blocks of an `image/conv`.
        pretrained: whether to use the weights that timm names.
        checkpoint: a safetensors file of weights to use instead, or "".
    """

    model: str
    pretrained: bool
    checkpoint: str


class FrozenTimm(nn.Module):
    """Pictures (B, C, H, W) from -1 to 1 to the feature maps of a timm model.

    Attributes:
        channels: the number of channels that it takes.
        size: the height and width that it takes, or None where it takes any.
        smallest: a longer side below which little is left of a picture on the coarsest level.
    """

    channels, smallest = 3, SMALLEST
    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        from timm.data.config import resolve_model_data_config

        self.network: Any = frozen_timm(*weights)
        if not hasattr(self.network, "forward_intermediates"):
            raise MmganError(
                f"timm's {weights.model} does not return its inner levels",
                hint="choose another model",
            )
        config = resolve_model_data_config(self.network)
        fixed = self.network.default_cfg.get("fixed_input_size")
        self.size: tuple[int, int] | None = config["input_size"][1:] if fixed else None
        # For pictures from 0 to 1.
        self.register_buffer("mean", torch.tensor(config["mean"])[:, None, None])
        self.register_buffer("deviation", torch.tensor(config["std"])[:, None, None])

    def forward(self, sample: Tensor) -> list[Tensor]:
        """The maps of all levels."""
        pixels = ((sample + 1) / 2 - self.mean) / self.deviation
        # Fused attention cannot be differentiated twice.
        with sdpa_kernel(SDPBackend.MATH):
            levels: list[Tensor] = self.network.forward_intermediates(
                pixels, intermediates_only=True
            )
        return levels


class FrozenConv(nn.Module):
    """Pictures (B, C, H, W) from -1 to 1 to the feature maps of a trained `image/conv`.

    The file holds the weights of an encoder or of an evaluator; the sizes are read from it.
    """

    channels: int
    size: tuple[int, int] | None = None
    smallest = 1

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        names = {k.removeprefix("encoder."): v for k, v in read_weights(weights.checkpoint).items()}
        state = {k.removeprefix("blocks."): v for k, v in names.items() if k.startswith("blocks.")}
        convs = [tensor for tensor in state.values() if tensor.dim() == 4]
        try:
            wide, self.channels = state["0.weight"].shape[:2]
            self.blocks = conv_blocks(self.channels, wide, len(convs))
            self.blocks.load_state_dict(state)
        except (KeyError, ValueError, RuntimeError):
            raise MmganError(
                f"{weights.checkpoint} holds no blocks of image/conv",
                hint="give the weights of an image/conv or of an evaluator, or set model: to a "
                "name that timm knows",
            ) from None

    def forward(self, sample: Tensor) -> list[Tensor]:
        """The maps after each convolution."""
        levels = []
        for block in self.blocks:
            sample = block(sample)
            if isinstance(block, nn.SiLU):
                levels.append(sample)
        return levels


@cache
def frozen_levels(
    weights: Weights, device: torch.device | None = None, dtype: torch.dtype = torch.float32
) -> FrozenTimm | FrozenConv:
    """The frozen network in evaluation mode, built once for each device (default: the CPU)."""
    if device is not None or dtype != torch.float32:
        return copy.deepcopy(frozen_levels(weights)).to(device=device, dtype=dtype)
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        network = FrozenTimm(weights) if weights.model else FrozenConv(weights)
    return network.eval().requires_grad_(False)


def fitted(sample: Tensor, network: FrozenTimm | FrozenConv, size: tuple[int, int]) -> Tensor:
    """Samples brought to the channels and the size that a network takes."""
    sample = _coloured(sample, network.channels)
    if sample.shape[2:] == size:
        return sample
    return interpolate(sample, size=size, mode="bilinear", align_corners=False)


def _coloured(sample: Tensor, channels: int) -> Tensor:
    """Transparent places over white; grey as three equal channels, or colours as their mean."""
    if sample.shape[1] == channels:
        return sample
    if sample.shape[1] in (2, 4):
        opaque = (sample[:, -1:] + 1) / 2
        sample = sample[:, :-1] * opaque + (1 - opaque)
    if (sample.shape[1], channels) not in ((1, 3), (3, 1), (1, 1), (3, 3)):
        raise BadValue(
            f"samples of {sample.shape[1]} channels cannot be shown to a network of {channels}"
        )
    return sample.expand(-1, 3, -1, -1) if channels == 3 else sample.mean(1, keepdim=True)
