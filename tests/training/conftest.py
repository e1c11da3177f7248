"""A recipe small enough to train in a test, of real parts on real data."""

from collections.abc import Callable
from typing import Any

import pytest

from mmgan_core import load_recipe
from mmgan_core.recipe.schema import Recipe

SMALL = {
    "train.samples": 128,
    "train.batch_size": 16,
    "train.log_every": 32,
    "train.sample_every": 1_000,
    "train.checkpoint_every": 64,
    "make.image.generator.width": 8,
    "make.image.discriminator.width": 8,
    "make.image.penalties.0.every": 2,
}


@pytest.fixture
def small() -> Callable[..., Recipe]:
    """The recipe `digits`, made small; changes by dotted key."""

    def load(**changes: Any) -> Recipe:
        dotted = {key.replace("__", "."): value for key, value in changes.items()}
        return load_recipe("digits", **{**SMALL, **dotted})

    return load
