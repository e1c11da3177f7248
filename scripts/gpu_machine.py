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


# Peaks of dense products by what the name of the card holds, in TFLOP/s: bf16, TF32, fp32. They are
# from the makers' data sheets; of several forms of a card the fastest, so no share is too high.
PEAKS = {
    "H200": (989.0, 495.0, 67.0),
    "H100 PCIe": (756.0, 378.0, 51.0),
    "H100": (989.0, 495.0, 67.0),
    "A100": (312.0, 156.0, 19.5),
    "L40S": (362.0, 183.0, 91.6),
    "L4": (121.0, 60.0, 30.3),
    "A10": (125.0, 62.5, 31.2),
    "RTX 4090": (165.2, 82.6, 82.6),
    "RTX 3090": (71.0, 35.6, 35.6),
}


def peak_flops(device: torch.device, precision: str) -> float | None:
    """Return the published peak of a card in this precision, FLOP/s; None if it is not known."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_properties(device).name
    return peak_of(name, precision, tf32=torch.backends.cudnn.allow_tf32)


def peak_of(name: str, precision: str, *, tf32: bool) -> float | None:
    """Return the published peak of a card of this name; fp32 may be multiplied in TF32."""
    for part, (bf16, in_tf32, fp32) in PEAKS.items():
        if part in name:
            return 1e12 * (bf16 if precision == "bf16" else in_tf32 if tf32 else fp32)
    return None


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
