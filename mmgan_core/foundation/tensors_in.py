"""Finds the tensors in whatever an operation of torch takes or returns."""

from __future__ import annotations

from torch import Tensor
from torch.utils._pytree import tree_leaves


def tensors_in(tree: object) -> list[Tensor]:
    """The tensors in nested lists, tuples and dictionaries, in order."""
    return [one for one in tree_leaves(tree) if isinstance(one, Tensor)]
