"""The prior of a run and of its model: fitted once, kept as plain tensors, and proved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmgan_core import load
from mmgan_core.errors import IntegrityError
from mmgan_core.publishing.verify import verify
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.zoo.manifest import read_manifest


def test_the_model_draws_what_the_run_draws(run: Path, published: Path) -> None:
    one, other = (load(name) for name in (f"run:{run}", f"dir:{published}"))
    for given in ({}, {"label": "three"}):
        found = [
            model.generate(count=4, seed=3, **given).tensors["image"] for model in (one, other)
        ]
        assert torch.equal(*found)


def test_what_is_drawn_is_not_what_is_left_out(published: Path) -> None:
    model = load(f"dir:{published}")
    drawn, condition = model.generate(count=4), model.condition({}, 4, seed=0).pooled
    assert condition.unique(dim=0).shape == condition.shape
    model.prior = None
    assert not torch.equal(drawn.tensors["image"], model.generate(count=4).tensors["image"])
    assert torch.equal(model.condition({}, 4, seed=0).pooled, model.condition({}, 4).pooled)


def test_a_run_fits_its_prior_once(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(f"run:{run}").generate(count=1)
    assert (checkpoints(run)[-1] / "prior.safetensors").is_file()
    monkeypatch.setattr("mmgan_core.zoo.run_prior.fitted_prior", None)
    assert load(f"run:{run}").generate(count=1).image


def test_it_is_a_file_of_the_model_and_of_its_proof(published: Path) -> None:
    assert "prior.safetensors" in read_manifest(published).files
    assert {"digest.image", "drawn.image"} <= load_file(published / "proof.safetensors").keys()


def test_another_prior_is_noticed(model: Path, rehash: Callable[..., None]) -> None:
    tensors = load_file(model / "prior.safetensors")
    save_file({**tensors, "means": -tensors["means"]}, model / "prior.safetensors")
    rehash()
    with pytest.raises(IntegrityError, match="does not make the samples"):
        list(verify(model))


def test_a_model_that_lacks_its_prior_is_refused(model: Path, rehash: Callable[..., None]) -> None:
    rehash(files=_without(model, "prior.safetensors"))
    with pytest.raises(IntegrityError, match="lacks the prior that its recipe names"):
        load(f"dir:{model}")


def _without(model: Path, name: str) -> dict[str, object]:
    files: dict[str, object] = json.loads((model / "model.json").read_text())["files"]
    return {file: row for file, row in files.items() if file != name}
