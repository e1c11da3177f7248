"""Names that entries of a recipe cannot have, because they mean something else."""

from __future__ import annotations

from torch import nn

from mmgan_core.errors import RecipeError

# Arguments of `generate`, `interpolate`, `repair` and `invert`, and attributes of their results.
_TAKEN = {
    "batch",
    "count",
    "film",
    "get",
    "keep_known",
    "mask",
    "mask_kind",
    "masked",
    "noise",
    "save",
    "save_joined",
    "seed",
    "sheet",
    "starts",
    "steps",
    "tensors",
    "truncation",
}


def is_taken(name: str) -> bool:
    """Whether a name has another meaning, so that no entry of a recipe can have it."""
    # Entries become attributes of modules, which have attributes of their own.
    return name in _TAKEN or hasattr(nn.ModuleDict(), name)


def refuse_taken(name: str, section: str) -> None:
    """Refuse such a name for an entry of this section.

    Raises:
        RecipeError: if the name is taken; says how to name the entry.
    """
    if is_taken(name):
        raise RecipeError(
            f"{section}.{name}: an entry cannot be named {name!r}, which means something else",
            hint=f"name it {name}_, and set its modality: and column: {name}",
        )
