"""The Inception network of the FID, with the weights that TensorFlow published on 2015-12-05.

Szegedy et al. 2015, https://arxiv.org/abs/1512.00567; Heusel et al. 2017,
https://arxiv.org/abs/1706.08500. It is torchvision's network with three differences of the graph
that the published numbers come from: average pooling counts no padding, the last block takes the
maximum instead, and pictures are resized as TensorFlow 1 did, from the upper left corner.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

from mmgan_core import MmganError

FEATURES, SIZE, CLASSES = 2_048, 299, 1_008
FILE = "pt_inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{FILE}"
# Both projects that convert these weights name their file by the beginning of its SHA-256.
ALIKE = (FILE, "weights-inception-2015-12-05-6726825d.pth")
HASH = "6726825d"
_AVERAGED = (
    *("Mixed_5b", "Mixed_5c", "Mixed_5d"),
    *("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e", "Mixed_7b"),
)


def inception() -> Any:
    """The network with random weights, which returns features, (B, 2048)."""
    from torchvision.models import Inception3  # type: ignore[import-untyped]

    network = Inception3(
        num_classes=CLASSES, aux_logits=False, transform_input=False, init_weights=False
    )
    for name in _AVERAGED:
        getattr(network, name).branch_pool.register_forward_pre_hook(_without_padding)
    _pool_by_maximum(network.Mixed_7c)
    return network.eval().requires_grad_(False)


@torch.no_grad()
def features_of(network: Any, pixels: Tensor) -> Tensor:
    """The features, (B, 2048), of pictures, (B, 3, H, W), with levels from 0 to 255."""
    found = resized(pixels.float())
    network.fc, head = nn.Identity(), network.fc
    try:
        features: Tensor = network((found - 128) / 128)
    finally:
        network.fc = head
    return features


def resized(pixels: Tensor, size: int = SIZE) -> Tensor:
    """Resize as TensorFlow 1 did: place y of the result is y * H / size of the picture."""
    for dim in (2, 3):
        length = pixels.shape[dim]
        place = torch.arange(size, dtype=torch.float32) * (length / size)
        low = place.floor().long()
        high = (low + 1).clamp_max(length - 1)
        share = (place - low).reshape((-1, 1) if dim == 2 else (-1,))
        first, second = pixels.index_select(dim, low), pixels.index_select(dim, high)
        pixels = first + (second - first) * share
    return pixels


@cache
def published_inception() -> Any:
    """The network with the published weights.

    Raises:
        MmganError: if their file is missing or another one; says where to get it.
    """
    file = weights_file()
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if not found.startswith(HASH):
        raise MmganError(
            f"{file} does not hold the published weights: its SHA-256 begins with {found[:8]}, "
            f"not {HASH}",
            hint=f"download {URL} again",
        )
    network = inception()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return network


def weights_file() -> Path:
    """The file of the published weights, in the folder of torch's downloads.

    Raises:
        MmganError: if it is missing; says where to get it.
    """
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    found = next((folder / name for name in ALIKE if (folder / name).is_file()), None)
    if found is None:
        raise MmganError(
            f"the FID needs the published weights of its network, which are not in {folder}",
            hint=f"download {URL} (96 MB) into {folder}, which TORCH_HOME changes; or measure with "
            "other features, which are no FID: core/frechet, with the evaluator or an encoder",
        )
    return found


def _without_padding(block: nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
    """Turn averages over 3 x 3 places with zeros around into those of the places there are."""
    (averages,) = given
    return (averages / avg_pool2d(torch.ones_like(averages[:1, :1]), 3, 1, 1),)


def _pool_by_maximum(block: Any) -> None:
    seen: list[Tensor] = []
    block.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    block.branch_pool.register_forward_pre_hook(lambda _, given: (max_pool2d(seen.pop(), 3, 1, 1),))
