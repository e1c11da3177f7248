"""How a GPU computes: chosen here, so that a run does not depend on the program that it is part of.

Convolutions in single precision may use TF32 (10 bits of mantissa, as torch has it by default);
other matrix products, of which penalties take gradients of gradients, do not. cuDNN does not try
which of its algorithms is the fastest: what it chose would differ from run to run, and so would the
bits. ``train.precision: bf16`` is the way to compute faster.
"""

from __future__ import annotations

import torch


def choose_arithmetic() -> None:
    """Set what a training computes with; it makes no difference on a CPU."""
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = False


def arithmetic() -> dict[str, bool]:
    """What is set now, for the lock file of a run."""
    return {
        "tf32_convolutions": torch.backends.cudnn.allow_tf32,
        "tf32_products": torch.backends.cuda.matmul.allow_tf32,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }
