"""Checkpoints: everything that resuming a run needs, as safetensors; a damaged one is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from torch import Tensor

from mmgan_core.errors import IntegrityError
from mmgan_core.foundation.files import atomically, file_hash, writing
from mmgan_core.runs.optimizer_state import flat_optimizer as flat_optimizer
from mmgan_core.runs.optimizer_state import restore_optimizer as restore_optimizer

STATE = "state.json"


class TrainingState(TypedDict):
    """How far training has come."""

    samples: int
    step: int
    seed: int


def save_checkpoint(
    folder: Path, tensors: Mapping[str, Mapping[str, Tensor]], state: TrainingState
) -> Path:
    """Write a checkpoint; it appears under its name only when it is complete on disk.

    Args:
        folder: the folder of the checkpoint, such as ``runs/x/checkpoints/000100000``.
        tensors: the named tensors of each file, by the file's name without its ending.
        state: how far training has come; the hashes of the files are added to it.

    Raises:
        MmganError: if it cannot be written; older checkpoints stay as they are.
    """
    from safetensors.torch import save_file

    with writing(folder, "the checkpoint"), atomically(folder, durable=True) as beside:
        beside.mkdir()
        hashes = {}
        for name, named in tensors.items():
            file = beside / f"{name}.safetensors"
            save_file({key: _plain(tensor) for key, tensor in named.items()}, file)
            hashes[file.name] = file_hash(file)
        counters = counters_hash(state)
        text = json.dumps({**state, "sha256": hashes, "counters_sha256": counters}, indent=1)
        (beside / STATE).write_text(text, encoding="utf-8")
    return folder


def load_checkpoint(
    folder: Path, *names: str
) -> tuple[dict[str, dict[str, Tensor]], TrainingState]:
    """Read a checkpoint, or only some of its files; returns the tensors by file, and the state.

    Args:
        folder: the folder of the checkpoint.
        names: the files to read, without their endings; none means all.

    Raises:
        IntegrityError: if a file is missing or damaged, or does not match its hash.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        hashes: dict[str, str] = state["sha256"]
        # Checkpoints of before version 0.1 have none.
        if state.get("counters_sha256", counters_hash(state)) != counters_hash(state):
            raise IntegrityError(
                f"{folder / STATE} is damaged: its counters do not match their hash",
                hint=_way_out(folder),
            )
        tensors = {}
        for file_name, expected in hashes.items():
            if names and Path(file_name).stem not in names:
                continue
            file = folder / Path(file_name).name
            if file_hash(file) != expected:
                raise IntegrityError(
                    f"{file} is damaged: it does not match its hash", hint=_way_out(folder)
                )
            tensors[file.stem] = load_file(file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise IntegrityError(
            f"the checkpoint {folder} cannot be read: {error}", hint=_way_out(folder)
        ) from error
    return tensors, state


def counters_hash(state: Mapping[str, object]) -> str:
    """The hash of how far training has come."""
    counters = {key: state.get(key) for key in sorted(TrainingState.__annotations__)}
    return hashlib.sha256(json.dumps(counters).encode()).hexdigest()


def discriminators_of(folder: Path) -> dict[str, Tensor]:
    """Return the weights that only discriminators read, as a GAN names them.

    These are their own, and what joins tokens if no generator has a share of it in the average.
    """
    tensors, _ = load_checkpoint(folder, "weights", "ema")
    named = {key.removeprefix("gan."): tensor for key, tensor in tensors["weights"].items()}
    read = ("discriminators.", "tokens.")
    return {k: v for k, v in named.items() if k.startswith(read) and k not in tensors["ema"]}


def checkpoints(run: Path) -> list[Path]:
    """Return the complete checkpoints of a run, the oldest first."""
    return sorted(path.parent for path in (run / "checkpoints").glob(f"[0-9]*/{STATE}"))


def prune(run: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` checkpoints."""
    for old in checkpoints(run)[:-keep]:
        # Without its state a folder does not count as a checkpoint, if removing it is interrupted.
        (old / STATE).unlink()
        shutil.rmtree(old)


def _plain(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True).contiguous()


def _way_out(folder: Path) -> str:
    others = [p.name for p in checkpoints(folder.parent.parent) if p != folder]
    if not others:
        return "this run has no other checkpoint: train it again"
    return f"delete {folder}; --resume then continues from {others[-1]}"
