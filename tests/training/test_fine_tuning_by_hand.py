"""Which files the weights come from that training starts with."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import mmgan_core.training.fine_tuning as tuning
import mmgan_core.zoo.loading as loading
import mmgan_core.zoo.weights as weights
from mmgan_core.runs.checkpoint import save_checkpoint
from mmgan_core.zoo.manifest import DISCRIMINATOR, WEIGHTS


def test_of_three_checkpoints_the_newest_counts(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        tensors = {
            "ema": {"generators.x.g": torch.tensor(10.0 * number)},
            "weights": {"gan.discriminators.x.d": torch.tensor(20.0 * number)},
        }
        folder = tmp_path / "checkpoints" / f"{number:012d}"
        save_checkpoint(folder, tensors, {"samples": number, "step": number, "seed": 0})
    found = {name: weight.item() for name, weight in tuning._weights(f"run:{tmp_path}").items()}
    assert found == {"generators.x.g": 30, "discriminators.x.d": 60}


@pytest.mark.parametrize("files", [[WEIGHTS, DISCRIMINATOR], [WEIGHTS], [DISCRIMINATOR]])
def test_of_a_model_what_it_holds_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str]
) -> None:
    read: list[Path] = []

    def reading(file: Path) -> dict[str, torch.Tensor]:
        read.append(file)
        return {file.name: torch.zeros(1)}

    model: Any = SimpleNamespace(path=tmp_path, manifest=SimpleNamespace(files=files))
    asked: list[str] = []
    monkeypatch.setattr(loading, "opened", lambda name: asked.append(name) or model)
    monkeypatch.setattr(weights, "read_weights", reading)
    assert set(tuning._weights("dir:one:two")) == set(files)
    assert asked == ["dir:one:two"]
    assert read == [tmp_path / file for file in files]
