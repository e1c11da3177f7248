"""The options that components show in their examples are valid, and differ from each other."""

from __future__ import annotations

import pytest

from mmgan_core.contracts import Component
from mmgan_objectives.anchor import Anchor
from mmgan_objectives.contrastive import Contrastive
from mmgan_objectives.feature_matching import FeatureMatching
from mmgan_objectives.finite_difference import FiniteDifference
from mmgan_objectives.mixup import Mixup
from mmgan_objectives.mode_seeking import ModeSeeking
from mmgan_objectives.reconstruction import Reconstruction


@pytest.mark.parametrize(
    "cls",
    [
        Anchor,
        Contrastive,
        FeatureMatching,
        FiniteDifference,
        Mixup,
        ModeSeeking,
        Reconstruction,
    ],
)
def test_each_example_is_valid_and_different(cls: type[Component]) -> None:
    found = [cls.Options.model_validate(example) for example in cls.examples()]
    assert found
    assert all(one != other for k, one in enumerate(found) for other in found[:k])
