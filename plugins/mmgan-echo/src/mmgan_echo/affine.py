"""A linear generator of numbers that fails on demand, to test how tools bear failures."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace


class AffineOptions(Options):
    """Options of `echo/affine`. Calls are counted in each process from 1, two a training step."""

    noise_dim: int = Field(4, ge=1, description="size of the noise")
    fail_at: int | None = Field(None, ge=1, description="raise an error at this call")
    nan_at: int | None = Field(None, ge=1, description="return NaN from this call on")
    seconds: float = Field(0.0, ge=0, le=60, description="seconds that each call sleeps")


class Affine(Generator):
    """Noise (B, Z) and condition (B, dim) to numbers (B, N)."""

    Options = AffineOptions
    options: AffineOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"noise_dim": 1})

    def __init__(
        self, options: AffineOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 1:
            raise BadValue(f"echo/affine makes vectors (N,), not samples {space.shape}")
        self.noise_dim = options.noise_dim
        self.calls = 0
        self.layer = nn.Linear(options.noise_dim + condition.dim, space.shape[0])

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make samples, or fail as the options say.

        Raises:
            RuntimeError: at the call ``fail_at``.
        """
        self.calls += 1
        if self.options.seconds:
            time.sleep(self.options.seconds)
        if self.calls == self.options.fail_at:
            raise RuntimeError(f"echo/affine fails at call {self.calls}, as fail_at says")
        vector = torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1)
        made: Tensor = self.layer(vector).float()
        if self.options.nan_at is not None and self.calls >= self.options.nan_at:
            made = made * float("nan")
        return made
