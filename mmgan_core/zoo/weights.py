"""Weights that nobody vouches for: their header is read and bounded before memory is taken."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from mmgan_core.errors import IntegrityError

LARGEST_HEADER = 16_000_000
_KINDS = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"}
# Of the frozen networks that a recipe names: 2 GB.
FROZEN_COUNT, FROZEN_NUMBERS = 2**14, 2**29
Shape = tuple[int, ...]


def read_header(file: Path) -> dict[str, Shape]:
    """The shape of every tensor in a safetensors file, by name; the file's size bears them out.

    Raises:
        IntegrityError: for a header that is too long, is no JSON, or does not fit the file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        room = file.stat().st_size - 8
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
        if length > min(LARGEST_HEADER, room):
            raise _unsound(file, f"its header would be {length:,} bytes long")
        # Refuses gaps, overlaps, and sizes that are not those of the shapes or of the file.
        with safe_open(file, framework="pt") as tensors:
            found = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
            for name, tensor in found.items():
                if tensor.get_dtype() not in _KINDS:
                    raise _unsound(file, f"{name[:80]!r} is of the kind {tensor.get_dtype()}")
            return {name: tuple(tensor.get_shape()) for name, tensor in found.items()}
    except (SafetensorError, OSError) as error:
        reason = str(error).removeprefix("Error while deserializing header: ")
        raise _unsound(file, reason[:200]) from error


def read_weights(file: Path) -> dict[str, Tensor]:
    """The tensors of a file, all of them finite.

    Raises:
        IntegrityError: names the first that differs.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    read_header(file)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise _unsound(file, str(error)[:200]) from error
    for name, tensor in tensors.items():
        # A sum has what its terms have, and is quicker than to look at each of them.
        if tensor.is_floating_point() and not math.isfinite(float(tensor.sum(dtype=torch.float64))):
            raise _unsound(file, f"{name!r} is not finite")
    return tensors


def refuse_other_shapes(
    found: Mapping[str, Shape], wanted: Mapping[str, Shape], where: str
) -> None:
    """Refuse tensors that are not those of a recipe.

    Raises:
        IntegrityError: names the first that differs.
    """
    for name in sorted({*found, *wanted}):
        one, other = found.get(name), wanted.get(name)
        if one != other:
            told = "is missing" if one is None else "belongs to no part"
            if one and other:
                told = f"has shape {list(one)}, its recipe asks for {list(other)}"
            raise IntegrityError(
                f"{where} does not fit its recipe: {name[:120]!r} {told}",
                hint="a component has changed, or the file was tampered with: see `parts` in "
                "model.json for the versions it was made with",
            )


@contextmanager
def no_larger_than(count: int, numbers: int, where: str) -> Iterator[None]:
    """While modules are built on the meta device: end it once a file cannot fill their weights.

    A recipe can ask for a million layers in a few bytes. Frozen networks, which it names and no
    file of a model holds, take memory at once, and are bounded apart.

    Raises:
        IntegrityError: at the weight that is one too many.
    """
    kept = _Room(count, numbers, f"{where} asks for more weights than there are in its files")
    frozen = _Room(
        FROZEN_COUNT,
        FROZEN_NUMBERS,
        f"{where} names frozen networks of more than "
        f"{FROZEN_NUMBERS:,} numbers or {FROZEN_COUNT:,} tensors",
    )

    def count_weight(module: nn.Module, name: str, weight: nn.Parameter | None) -> None:
        if weight is not None:
            (kept if weight.is_meta else frozen).take(weight.numel())

    def count_buffer(module: nn.Module, name: str, buffer: Tensor | None) -> None:
        if buffer is not None and not buffer.is_meta:
            frozen.take(buffer.numel())

    handles = (
        register_module_parameter_registration_hook(count_weight),
        register_module_buffer_registration_hook(count_buffer),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@dataclass
class _Room:
    """So many tensors and numbers, and what is said when they are used up."""

    count: int
    numbers: int
    refusal: str

    def take(self, numbers: int) -> None:
        self.count -= 1
        self.numbers -= numbers
        if self.count < 0 or self.numbers < 0:
            raise IntegrityError(self.refusal)


def shapes_of(state: Mapping[str, Tensor]) -> dict[str, Shape]:
    """Shapes by name."""
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def _unsound(file: Path, reason: str) -> IntegrityError:
    return IntegrityError(
        f"{file} is no sound safetensors file: {reason}", hint="pull it again, or ask its author"
    )
