"""The core's components with frozen models keep the contracts, on a model that was trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mmgan_core.spec import Kind
from mmgan_core.testing.report import Result
from mmgan_core.testing.runner import check_component

CHECK = "a frozen model that it works with stays as it is in training"


# What an autoencoder of a few steps loses, and what latents are before their scale is known.
LOSSY = ("a sample that is presented and read again is the same", "samples use the declared range")


def failed(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.outcome == "failed"]


@pytest.mark.parametrize(
    ("kind", "component"), [("modality", "core/latent"), ("encoder", "core/model-encoder")]
)
def test_the_contract(part: Path, kind: Kind, component: str) -> None:
    options: dict[str, object] = {"model": f"dir:{part}"}
    if kind == "encoder":
        options["dim"] = 5
    results = check_component(kind, component, [options])
    assert [one for one in failed(results) if one.check not in LOSSY] == []
    assert [result.outcome for result in results if result.check == CHECK] == ["passed"]
