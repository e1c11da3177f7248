"""FID and KID as published: distances in the features of one Inception network.

Heusel et al. 2017, https://arxiv.org/abs/1706.08500; Binkowski et al. 2018,
https://arxiv.org/abs/1801.01401. Published numbers are of tens of thousands of samples: `n` stands
beside ours, and the FID of few samples is larger. Pictures have 8 bits, and the size they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from mmgan_core import Options
from mmgan_core.components.frechet import Frechet
from mmgan_core.components.kernel_distance import KernelDistance

NETWORK = {"use": "image/inception"}


class InceptionDistanceOptions(Options):
    """`image/fid` and `image/kid` have no options: others would be other numbers."""


class FID(Frechet):
    """The Fréchet distance in Inception features; its floor is that of other real pictures."""

    Options = InceptionDistanceOptions
    title = "FID"
    explains: ClassVar[Mapping[str, str]] = {
        title: "How far made pictures as a whole are from real ones, as the Inception network sees "
        "them. It is larger for fewer pictures: compare it at the same n alone.",
    }

    def __init__(self, options: InceptionDistanceOptions) -> None:
        super().__init__(options)
        self.use_encoder(NETWORK)


class KID(KernelDistance):
    """The kernel distance in Inception features, of 100 subsets of 1,000."""

    Options = InceptionDistanceOptions
    title = "KID"
    explains: ClassVar[Mapping[str, str]] = {
        title: "How far made pictures as a whole are from real ones, as the Inception network sees "
        "them; the number of pictures hardly matters.",
    }

    def __init__(self, options: InceptionDistanceOptions) -> None:
        super().__init__(options)
        self.use_encoder(NETWORK)
