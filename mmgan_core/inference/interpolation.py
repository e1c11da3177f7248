"""Interpolation: paths from one sample to the next through the noise and the condition."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from mmgan_core.contracts import Condition


def slerp(one: Tensor, other: Tensor, share: Tensor) -> Tensor:
    """Interpolate between noise vectors along the great circle; their lengths change linearly.

    Points on a straight line between two samples of N(0, I) are shorter than samples usually are.
    Shoemake 1985, "Animating rotation with quaternion curves"; White 2016,
    https://arxiv.org/abs/1609.04468.

    Args:
        one, other: the noise vectors at the two ends, (B, Z).
        share: how far along the path the result lies, from 0 to 1, (B, 1).

    Returns:
        The noise vectors between, (B, Z).
    """
    lengths = [ends.norm(dim=1, keepdim=True).clamp_min(1e-12) for ends in (one, other)]
    cosine = (one / lengths[0] * other / lengths[1]).sum(1, keepdim=True).clamp(-1, 1)
    angle = cosine.acos()
    # Vectors in the same or in opposite directions have no unique great circle: use the line.
    straight = angle.sin() < 1e-4
    sine = angle.sin().where(~straight, torch.ones_like(angle))
    first = torch.where(straight, 1 - share, ((1 - share) * angle).sin() / sine)
    second = torch.where(straight, share, (share * angle).sin() / sine)
    direction = first * one / lengths[0] + second * other / lengths[1]
    between: Tensor = direction * torch.lerp(lengths[0], lengths[1], share)
    return between


class InterpolationPath:
    """A path of frames from each anchor to the next; anchors are the samples that it visits.

    Args:
        anchors: how many anchors there are, at least 2.
        steps: frames from one anchor to the next.

    Attributes:
        frames: how many frames there are, both ends included.
    """

    def __init__(self, anchors: int, steps: int) -> None:
        place = torch.arange((anchors - 1) * steps + 1)
        self.frames = len(place)
        self._from = (place // steps).clamp_max(anchors - 2)
        self._share = ((place - self._from * steps) / steps).unsqueeze(1)

    def noise(self, anchors: Tensor) -> Tensor:
        """Return the noise of the frames, (F, Z), from that of the anchors, (A, Z)."""
        return slerp(anchors[self._from], anchors[self._from + 1], self._share)

    def condition(self, anchors: Condition) -> Condition:
        """Return the condition of the frames from that of the anchors.

        Vectors and maps are interpolated linearly; tokens are those of the nearer anchor.
        """
        device = anchors.pooled.device
        start, share = self._from.to(device), self._share.to(device)
        near = start + (share[:, 0] >= 0.5)
        one, other = anchors.take(start), anchors.take(start + 1)
        pooled = torch.lerp(one.pooled, other.pooled, share)
        mixed = replace(anchors.take(near), pooled=pooled)
        if one.maps is None or other.maps is None:
            return mixed
        along = share.view(-1, *[1] * (one.maps.dim() - 1))
        return replace(mixed, maps=torch.lerp(one.maps, other.maps, along))
