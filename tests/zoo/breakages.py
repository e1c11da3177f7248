"""Faults of models: each breaks a directory, whose hashes are then made to agree."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

PRIOR = "prior.safetensors"
Break = Callable[[Path], None]


def weights(
    change: Callable[[dict[str, torch.Tensor]], None], file: str = "model.safetensors"
) -> Break:
    """A change of model.safetensors, or of another file of tensors."""

    def do(model: Path) -> None:
        tensors = load_file(model / file)
        change(tensors)
        save_file(tensors, model / file)

    return do


def recipe(old: str, new: str) -> Break:
    """A change of recipe.yaml."""

    def do(model: Path) -> None:
        text = (model / "recipe.yaml").read_text()
        assert old in text, text
        (model / "recipe.yaml").write_text(text.replace(old, new))

    return do


def card(more: str) -> Break:
    """More in the card."""

    def do(model: Path) -> None:
        file = model / "README.md"
        file.write_text(file.read_text() + more)

    return do


def sample(content: bytes) -> Break:
    """Another sheet of samples."""
    return lambda model: (model / "samples" / "sheet.png").write_bytes(content) and None


def raw(content: bytes) -> Break:
    """Another model.safetensors."""
    return lambda model: (model / "model.safetensors").write_bytes(content) and None


def _first(tensors: dict[str, torch.Tensor]) -> str:
    return next(name for name, tensor in sorted(tensors.items()) if tensor.dim() > 1)


def _swap(tensors: dict[str, torch.Tensor]) -> None:
    name = _first(tensors)
    tensors[name] = tensors[name].flatten().contiguous()


def _drop(tensors: dict[str, torch.Tensor]) -> None:
    del tensors[_first(tensors)]


def _nan(tensors: dict[str, torch.Tensor]) -> None:
    tensors[_first(tensors)].view(-1)[0] = float("nan")


def _huge(tensors: dict[str, torch.Tensor]) -> None:
    tensors[_first(tensors)] = torch.full_like(tensors[_first(tensors)], 1e300, dtype=torch.float64)


def _header(entries: object, data: bytes = b"") -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
# What is done, and what the refusal says.
BREAKAGES: dict[str, tuple[Break, str]] = {
    "a swapped shape": (weights(_swap), "but the recipe asks for"),
    "a tensor too many": (weights(lambda t: t.update(extra=torch.zeros(2))), "belongs to no part"),
    "a tensor too few": (weights(_drop), "is missing"),
    "NaN": (weights(_nan), "is not finite"),
    "numbers that its network cannot hold": (weights(_huge), "cannot hold"),
    "NaN in the prior": (weights(_nan, PRIOR), "is not finite"),
    "a swapped shape in the prior": (weights(_swap, PRIOR), "is no prior for its recipe"),
    "a tensor too few in the prior": (weights(_drop, PRIOR), "is missing"),
    "a recipe without the prior": (
        recipe("prior:\n  components: 16\n  samples: 5000\n", ""),
        "a prior that its recipe",
    ),
    "no safetensors": (raw(b"\x80\x04pickle"), "not a sound safetensors"),
    "an empty file": (raw(b""), "not a sound safetensors"),
    "an endless header": (raw(struct.pack("<Q", 2**62) + b"{}"), "its header would be"),
    "a header of nonsense": (raw(struct.pack("<Q", 4) + b"[[[["), "not a sound safetensors"),
    "a header that is a list": (raw(_header([1])), "not a sound safetensors"),
    "negative sizes": (raw(_header({"a": {**ONE, "shape": [-1]}}, b"0000")), "integer `-1`"),
    "a size that is a lie": (raw(_header({"a": {**ONE, "shape": [9]}}, b"0000")), "invalid shape"),
    "huge shapes": (raw(_header({"a": {**ONE, "shape": [2**40, 2**40]}}, b"0000")), "overflow"),
    "overlapping tensors": (
        raw(_header({"a": ONE, "b": ONE}, b"0000")),
        "invalid offset for tensor",
    ),
    "a gap between tensors": (
        raw(_header({"a": ONE, "b": {**ONE, "data_offsets": [8, 12]}}, b"0" * 12)),
        "invalid offset for tensor",
    ),
    "a header that nests without end": (
        raw(struct.pack("<Q", 100_005) + b'{"a":' + b"[" * 100_000),
        "recursion limit",
    ),
    "a header over the bound": (
        raw(struct.pack("<Q", 16_000_001) + b"{}" + b" " * 15_999_999),
        "its header would be 16,000,001 bytes long",
    ),
    "a kind of number that no model has": (
        raw(_header({"a": {**ONE, "dtype": "C64", "data_offsets": [0, 8]}}, b"0" * 8)),
        "has the type C64",
    ),
    "data behind the end": (raw(_header({"a": ONE}, b"00000000")), "file not fully covered"),
    "an unknown kind of number": (raw(_header({"a": {**ONE, "dtype": "X9"}}, b"0000")), "X9"),
    "an unknown component": (recipe("image/r3", "image/nothing"), "there is no"),
    "an unknown key": (recipe("bad_rows:", "good_rows:"), "unknown key"),
    "code": (recipe("summary: ", "summary: !!python/object/apply:os.system ['id'] #"), "not YAML"),
    "a huge network": (recipe("noise_dim: 64", "noise_dim: 2000000000"), "more weights than"),
    "endless layers": (recipe("blocks: 1", "blocks: 100000000"), "more weights than"),
    "a script in the card": (card("<script>alert(1)</script>"), "active content"),
    "a handler in the card": (card('<img src=x onerror="alert(1)">'), "active content"),
    "a page among the samples": (sample(b"<!DOCTYPE html><script>x()</script>"), "a page that a"),
    "a pickle among the samples": (sample(b"\x80\x04."), "a pickle"),
    "a script's address": (card("[x](javascript:alert(1))"), "active content"),
}
