"""Logits: a discriminator returns no probabilities."""

from __future__ import annotations

from mmgan_core.testing.cases import DiscriminatorCase
from mmgan_core.testing.check import Broken, check

SEEDS = 8
# Inputs so far away that what is bounded reaches its bounds.
SCALES = (1.0, 100.0)


@check(
    "it returns logits, which have no bounds",
    "discriminator",
    advice="return the last layer's output: no sigmoid, softmax or tanh after it, because the "
    "losses take logits",
)
def no_probabilities(case: DiscriminatorCase) -> None:
    low, high = float("inf"), float("-inf")
    for seed in range(SEEDS):
        module = case.shaken(seed).eval()
        for scale in SCALES:
            inputs = case.inputs(module, 8, seed)
            logits = case.output(module, {**inputs, "sample": inputs["sample"] * scale}).detach()
            low, high = min(low, float(logits.min())), max(high, float(logits.max()))
        if low < 0 and max(-low, high) > 1:
            return
    if low >= 0:
        raise Broken(f"whatever the sample, it returns {low:.3g} to {high:.3g}: probabilities?")
    if low < -0.9 and high > 0.9:
        raise Broken(f"whatever the sample, it returns {low:.3g} to {high:.3g}: bounded by tanh?")
