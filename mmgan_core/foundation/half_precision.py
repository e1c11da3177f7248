"""Whether training in half precision is quick on this machine, or only imitated."""

from __future__ import annotations

from pathlib import Path

import torch

_CPU_INFO = Path("/proc/cpuinfo")
# As Linux names what x86 and ARM processors can do; older ones imitate bf16, several times slower.
_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def computes_bf16() -> bool:
    """Whether the device that training finds by itself, a GPU or the CPU, computes in bf16.

    Only what is known to is said to.
    """
    if torch.accelerator.is_available():
        # The first of NVIDIA's that multiply it are those of 2020.
        return torch.cuda.is_available() and torch.cuda.get_device_capability() >= (8, 0)
    return bool(_FLAGS & processor_flags())


def processor_flags() -> set[str]:
    """What the processor says that it can do; nothing where the system does not tell."""
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    said = (line.partition(":") for line in lines)
    found = [set(can.split()) for name, _, can in said if name.strip() in ("flags", "Features")]
    # A machine may have cores of two kinds.
    return set.intersection(*found) if found else set()
