"""What frozen networks see of pictures: maps from fine to coarse, one a level.

The gradient goes through them to the picture; their weights are named, not kept.
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
from mmgan_image.blocks.timm_network import frozen_timm, read_weights
from mmgan_image.networks.conv_encoder import conv_blocks

# A side of 4 is left of it where a network has halved it five times.
SMALLEST = 128


class Weights(NamedTuple):
    """Which network, with which weights.

    Attributes:
        model: a name of timm's, or "" for blocks of `image/conv`.
        pretrained: with the weights that timm names.
        checkpoint: a safetensors file of weights to use instead, or "".
    """

    model: str
    pretrained: bool
    checkpoint: str


class FrozenTimm(nn.Module):
    """(B, C, H, W) from -1 to 1, to what a timm model sees.

    Attributes:
        channels: that it takes.
        size: height and width that it takes, where it takes no others.
        smallest: the longer side of the smallest pictures of which it sees much.
    """

    channels, smallest = 3, SMALLEST
    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        from timm.data.config import resolve_model_data_config

        self.network: Any = frozen_timm(*weights)
        if not hasattr(self.network, "forward_intermediates"):
            raise MmganError(f"{weights.model} does not show its levels", hint="choose another")
        config = resolve_model_data_config(self.network)
        fixed = self.network.default_cfg.get("fixed_input_size")
        self.size: tuple[int, int] | None = config["input_size"][1:] if fixed else None
        # Of pictures from 0 to 1.
        self.register_buffer("mean", torch.tensor(config["mean"])[:, None, None])
        self.register_buffer("deviation", torch.tensor(config["std"])[:, None, None])

    def forward(self, sample: Tensor) -> list[Tensor]:
        """All levels that the model knows of."""
        pixels = ((sample + 1) / 2 - self.mean) / self.deviation
        # Fused attention can be differentiated but once.
        with sdpa_kernel(SDPBackend.MATH):
            levels: list[Tensor] = self.network.forward_intermediates(
                pixels, intermediates_only=True
            )
        return levels


class FrozenConv(nn.Module):
    """(B, C, H, W) from -1 to 1, to what the blocks of an `image/conv` see.

    Sizes are read off the file, which holds an encoder or a judge.
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
                hint="give weights of an image/conv or of a judge, or model: a name of timm's",
            ) from None

    def forward(self, sample: Tensor) -> list[Tensor]:
        """One level a convolution."""
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
    """The network, in evaluation mode, on a device (default: the CPU)."""
    if device is not None or dtype != torch.float32:
        return copy.deepcopy(frozen_levels(weights)).to(device=device, dtype=dtype)
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        network = FrozenTimm(weights) if weights.model else FrozenConv(weights)
    return network.eval().requires_grad_(False)


def fitted(sample: Tensor, network: FrozenTimm | FrozenConv, size: tuple[int, int]) -> Tensor:
    """Samples in the channels and the size that a network takes."""
    sample = _coloured(sample, network.channels)
    if sample.shape[2:] == size:
        return sample
    return interpolate(sample, size=size, mode="bilinear", align_corners=False)


def _coloured(sample: Tensor, channels: int) -> Tensor:
    """Over white where it is transparent, grey as three equal channels, colours as their mean."""
    if sample.shape[1] == channels:
        return sample
    if sample.shape[1] in (2, 4):
        opaque = (sample[:, -1:] + 1) / 2
        sample = sample[:, :-1] * opaque + (1 - opaque)
    if (sample.shape[1], channels) not in ((1, 3), (3, 1), (1, 1), (3, 3)):
        raise BadValue(f"samples of {sample.shape[1]} channels do not become {channels}")
    return sample.expand(-1, 3, -1, -1) if channels == 3 else sample.mean(1, keepdim=True)
