"""Adds priors to shipped models: `python scripts/add_prior.py NAME ...`, beside their data packs.

It is for models that were exported before their recipe in zoo/recipes had a `prior`. Nothing is
trained again. The prior is fitted to the training data that the recipe names, its draws join the
proof, the limits become the recipe's, and the model is measured again, because entries that are not
given are now drawn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
import yaml
from make_zoo_index import ZOO, index
from renew_cards import renew
from safetensors.torch import save_file

from mmgan_core import load_recipe
from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.data.encoded_rows import fitted_prior
from mmgan_core.data.feed import open_splits
from mmgan_core.evaluation.classification import classification_score
from mmgan_core.evaluation.evaluate import _metric, _numbers, _row, _whole
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.foundation.files import file_hash
from mmgan_core.inference.model import Model
from mmgan_core.publishing.proof import drawn_digests
from mmgan_core.recipe.reading import dump
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import MANIFEST, PRIOR, PROOF, RECIPE
from mmgan_core.zoo.weights import read_weights


def add(folder: Path, recipe: Path, classification: int) -> None:
    """Add the prior that a recipe names to the directory of a model without one."""
    directory = ModelDirectory.open(folder)
    if PRIOR in directory.manifest.files:
        raise SystemExit(f"{folder} has a prior already")
    blueprint, wanted = directory.blueprint(), load_recipe(recipe)
    gan = directory.gan(blueprint)
    _rewrite_recipe(folder / RECIPE, wanted.prior, wanted.about.limits)
    blueprint = directory.blueprint()
    model = Model(
        blueprint, gan, device=torch.device("cpu"), samples=directory.manifest.cost.samples
    )
    prior = fitted_prior(blueprint, model.gan)
    save_file(prior.tensors(), folder / PRIOR)
    exact = type(prior).of(read_weights(folder / PRIOR), gan.dims, str(folder / PRIOR))
    model.prior = lambda: exact
    save_file({**read_weights(folder / PROOF), **drawn_digests(model)}, folder / PROOF)
    raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name in (PRIOR, PROOF, RECIPE):
        file = folder / name
        file.chmod(0o644)
        raw["files"][name] = {"sha256": file_hash(file), "bytes": file.stat().st_size}
    raw["limits"] = wanted.about.limits
    raw["metrics"] = _measured(model, blueprint, raw["metrics"], classification)
    written = json.dumps(raw, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(written + "\n", encoding="utf-8")
    renew(folder)


def _rewrite_recipe(file: Path, prior: Any, limits: list[str]) -> None:
    """Add the prior to a resolved recipe, and change its limits; nothing else changes."""
    plain = yaml.safe_load(file.read_text(encoding="utf-8"))
    plain["about"]["limits"] = limits
    plain["prior"] = prior.model_dump(mode="json")
    file.write_text(dump(plain), encoding="utf-8")


def _measured(
    model: Model, blueprint: Blueprint, before: list[dict[str, Any]], classification: int
) -> list[Any]:
    """Measure a model again, with the n and the seed of its recorded numbers."""
    count = max(row["n"] for row in before if "made" not in row)
    measures = [_metric(choice, "evaluate.metrics") for choice in blueprint.recipe.evaluate.metrics]
    test, train = open_splits(blueprint, model.gan)
    rows = []
    for name, make in blueprint.recipe.make.items():
        if make.evaluator:
            entry = EvaluatedEntry(model, name, make.evaluator, test, train)
            rows += [_row(entry, *one, count) for one in _numbers(entry, measures, count, 0)]
            if classification:
                scored = classification_score(entry, classification, 0)
                rows.append({**_row(entry, *scored, classification), "made": classification})
    return [_whole(row, "", 0, model.samples) for row in rows]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="+")
    options.add_argument("--classification", type=int, default=0)
    chosen = options.parse_args()
    torch.set_flush_denormal(True)
    for name in chosen.names:
        add(ZOO / "models" / name, ZOO / "recipes" / f"{name}.yaml", chosen.classification)
    (ZOO / "index.yaml").write_text(index(), encoding="utf-8")
