"""Maps of what is given, for networks that follow them place by place."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Condition, ConditionPart, ConditionSpace
from mmgan_image.init_weights import SLOPE, init_kaiming, init_zeros


class FollowOptions(Options):
    """The option of networks that can follow maps, and can do without."""

    follow: bool = Field(
        False, description="follow the maps of what is given, such as a picture's pixels"
    )


def followed_parts(condition: ConditionSpace) -> frozenset[ConditionPart]:
    """What a network with `follow: true` reads.

    Raises:
        BadValue: if there are no maps to follow, or they do not lie on a grid (H, W).
    """
    if len(condition.map_shape) != 2:
        made = f"makes maps along {condition.map_shape}" if condition.map_shape else "makes maps"
        none = "something given" if condition.map_shape else "nothing given"
        raise BadValue(
            f"follow: {none} {made}, but the network follows maps of pictures: give one with "
            "encoder: image/pixels, or leave follow out"
        )
    return frozenset({"pooled", "maps"})


def fitted(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (B, C, H, W) at another size: bilinear, and averaged where they become smaller."""
    if maps.shape[2:] == size:
        return maps
    smaller = maps.shape[2] > size[0] or maps.shape[3] > size[1]
    return interpolate(maps, size, mode="bilinear", align_corners=False, antialias=smaller)


def followed(condition: Condition, size: tuple[int, int], like: Tensor) -> Tensor:
    """The maps of a condition at a size, in the precision of a tensor."""
    assert condition.maps is not None, "the GAN gives maps to every network that reads them"
    return fitted(condition.maps, size).to(like.dtype)


class FollowedMaps(nn.Module):
    """What maps add to the maps (B, C, h, w) of one level: at first nothing.

    Two convolutions, of which the second starts at zero. Zhang et al. 2023, "Adding conditional
    control to text-to-image diffusion models", https://arxiv.org/abs/2302.05543, with larger
    networks.
    """

    def __init__(self, channels: int, wide: int) -> None:
        super().__init__()
        self.look = init_kaiming(nn.Conv2d(channels, wide, 3, padding=1))
        self.add = init_zeros(nn.Conv2d(wide, wide, 3, padding=1))

    def forward(self, maps: Tensor, size: tuple[int, int]) -> Tensor:
        """Return what is added, (B, C, h, w), for given maps of any size."""
        added: Tensor = self.add(leaky_relu(self.look(fitted(maps, size)), SLOPE))
        return added
