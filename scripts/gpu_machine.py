"""The machine that `gpu_check.py` runs on: its device, its versions, and the memory in use."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

PACKAGES = (
    "mmgan-zoo",
    "torch",
    "numpy",
    "timm",
    "accelerate",
    "sentence-transformers",
    "pydantic",
    "pyarrow",
    "librosa",
    "soundfile",
    "soxr",
)


def device_here(cpu: bool) -> torch.device:
    """Return the device that the toolkit trains on here."""
    if cpu or not torch.accelerator.is_available():
        return torch.device("cpu")
    return torch.device(torch.accelerator.current_accelerator() or "cpu")


def forget_peaks(device: torch.device) -> None:
    """Reset the peaks of memory."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    # If this file cannot be written, the peak stays that of the whole process.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peaks(device: torch.device) -> dict[str, float | None]:
    """Return the peaks of memory since ``forget_peaks``, of process and device, in MB."""
    held = {"process": _peak_of_process()}
    if device.type == "cuda":
        held["device"] = torch.cuda.max_memory_allocated(device) / 1e6
    return held


def _peak_of_process() -> float | None:
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line[:6] == "VmHWM:")
    except (OSError, StopIteration):
        return None


def machine(device: torch.device, bare: Sequence[str], note: str) -> dict[str, Any]:
    """Return the device, the versions and the source that are checked."""
    facts: dict[str, Any] = {
        "device": str(device),
        "name": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "not_installed": list(bare),
        "tf32": {
            "matmul": torch.backends.cuda.matmul.allow_tf32,
            "cudnn": torch.backends.cudnn.allow_tf32,
        },
        "note": note,
    }
    if device.type == "cuda":
        seen = torch.cuda.get_device_properties(device)
        facts |= {
            "name": seen.name,
            "memory_mb": seen.total_memory / 1e6,
            "capability": f"{seen.major}.{seen.minor}",
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
        }
    return facts


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
