"""Reading weights from strangers: their headers are checked before memory is taken for them."""

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
# The bounds of the frozen networks that a recipe names; 2**29 numbers are 2 GB.
FROZEN_COUNT, FROZEN_NUMBERS = 2**14, 2**29
Shape = tuple[int, ...]


def read_header(file: Path) -> dict[str, Shape]:
    """Return the shapes of the tensors in a safetensors file, by name, checked with its size.

    Raises:
        IntegrityError: if the header is too long, is not JSON, or does not fit the file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        room = file.stat().st_size - 8
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
        if length > min(LARGEST_HEADER, room):
            raise _unsound(file, f"its header would be {length:,} bytes long")
        # safe_open refuses gaps, overlaps, and sizes that differ from the shapes or the file.
        with safe_open(file, framework="pt") as tensors:
            found = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
            for name, tensor in found.items():
                if tensor.get_dtype() not in _KINDS:
                    raise _unsound(file, f"{name[:80]!r} has the type {tensor.get_dtype()}")
            return {name: tuple(tensor.get_shape()) for name, tensor in found.items()}
    except (SafetensorError, OSError) as error:
        reason = str(error).removeprefix("Error while deserializing header: ")
        raise _unsound(file, reason[:200]) from error


def read_weights(file: Path) -> dict[str, Tensor]:
    """Read the tensors of a file, by name.

    Raises:
        IntegrityError: if the file is not sound, or a number in it is not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    read_header(file)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise _unsound(file, str(error)[:200]) from error
    for name, tensor in tensors.items():
        # A sum is finite only if its terms are, and is faster than testing each of them.
        if tensor.is_floating_point() and not math.isfinite(float(tensor.sum(dtype=torch.float64))):
            raise _unsound(file, f"{name!r} is not finite")
    return tensors


def refuse_other_shapes(
    found: Mapping[str, Shape], wanted: Mapping[str, Shape], where: str
) -> None:
    """Refuse tensors whose names or shapes are not those of a recipe.

    Raises:
        IntegrityError: names the first tensor that differs.
    """
    for name in sorted({*found, *wanted}):
        one, other = found.get(name), wanted.get(name)
        if one != other:
            fault = "is missing" if one is None else "belongs to no part"
            if one and other:
                fault = f"has shape {list(one)}, but the recipe asks for {list(other)}"
            raise IntegrityError(
                f"{where} does not fit its recipe: {name[:120]!r} {fault}",
                hint="a component has changed, or the file was tampered with: see `parts` in "
                "model.json for the versions it was made with",
            )


@contextmanager
def no_larger_than(count: int, numbers: int, where: str) -> Iterator[None]:
    """Bound the modules that are built inside, on the meta device, to the weights in the files.

    A recipe can ask for a million layers in a few bytes. Frozen networks, which it names but no
    file of a model holds, take memory at once, and have bounds of their own.

    Args:
        count: the largest number of weights, as tensors.
        numbers: the largest number of numbers in all weights together.
        where: what an error names as the file that describes the networks.

    Raises:
        IntegrityError: as soon as a module exceeds a bound.
    """
    kept = _Room(count, numbers, f"{where} asks for more weights than its files hold")
    frozen = _Room(
        FROZEN_COUNT,
        FROZEN_NUMBERS,
        f"{where} names frozen networks with more than "
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
    """How many tensors and numbers are still allowed, and the message if there are too many."""

    count: int
    numbers: int
    refusal: str

    def take(self, numbers: int) -> None:
        self.count -= 1
        self.numbers -= numbers
        if self.count < 0 or self.numbers < 0:
            raise IntegrityError(self.refusal)


def shapes_of(state: Mapping[str, Tensor]) -> dict[str, Shape]:
    """Return the shapes of named tensors, by name."""
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def _unsound(file: Path, reason: str) -> IntegrityError:
    return IntegrityError(
        f"{file} is not a sound safetensors file: {reason}",
        hint="pull it again, or ask its author",
    )
