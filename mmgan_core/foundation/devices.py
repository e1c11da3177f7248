"""Devices by their names, tried before they are used."""

from __future__ import annotations

import torch

from mmgan_core.errors import UsageError

AUTO, CPU = "auto", "cpu"


def device_of(name: str | torch.device) -> torch.device:
    """Return the device of a name, after trying that it works.

    Args:
        name: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or any other device of torch; ``auto`` is a
            GPU, or the CPU if there is none.

    Raises:
        UsageError: if it does not work; the hint names those that do.
    """
    if name == AUTO:
        return torch.device(_there()[0].partition(":")[0])
    try:
        torch.zeros(1, device=name).cpu()
        return torch.device(name)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"device {str(name)!r} cannot be used: {reason}",
            hint=f"here there are: {', '.join(_there())}",
        ) from None


def _there() -> list[str]:
    """The devices of this machine, the fastest first."""
    cards = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return [*cards, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]
