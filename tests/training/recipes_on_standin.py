"""Trains every recipe for a step on the stand-in device, small and on made-up rows; prints JSON.

It is run in a process of its own, because torch knows a device until its process ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from mmgan_core.assembly.given_data import with_memory
from mmgan_core.assembly.opening import open_recipe, open_source
from mmgan_core.data.feed import open_feed
from mmgan_core.errors import MmganError
from mmgan_core.recipe.reading import check
from mmgan_core.testing.crash import crash_of
from mmgan_core.testing.standin import DEVICE, standin_device
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer
from mmgan_core.zoo.loading import frozen_model

RECIPES = Path(__file__).parents[2] / "zoo" / "recipes"
ROWS = 12
WORDS = ("one two", "three fourteen", "five six seven", "eight")
PICTURES, SOUNDS = ("image", "noto", "twemoji"), ("audio", "heard")
# Columns that are neither given nor made, but compared or learned from.
OTHERS = ("label", "caption", "description", "synopsis", "section", "group")


def main(names: list[str]) -> None:
    found = {}
    for file in sorted(RECIPES.glob("*.yaml")):
        if not names or file.stem in names:
            found[file.stem] = said_of(yaml.safe_load(file.read_text()), file.stem)
    print("FACTS" + json.dumps(found), flush=True)


def said_of(raw: dict[str, Any], name: str) -> list[str] | str:
    """What stops the host in a step; or why there was none."""
    small(raw)
    raw["train"] |= {"batch_size": 4, "samples": 8}
    for make in raw["make"].values():
        make.pop("adversarial_start", None)  # so that its penalties are taken too
    columns = {e.get("column", n) for n, e in [*raw.get("given", {}).items(), *raw["make"].items()]}
    raw["data"] = {"use": "core/memory", "digest": "0" * 64}
    rows = {column: values(column) for column in [*sorted(columns), *OTHERS]}
    try:
        blueprint, source = open_recipe(with_memory(check(raw, name), rows), frozen_model)
    except MmganError as error:
        return f"not opened: {error}"
    with standin_device() as log:
        try:
            networks = Networks(blueprint)
            feed = open_feed(blueprint, networks.gan, source, "train")
            trainer = Trainer(blueprint, networks, feed, Processes(device=DEVICE))
            log.clear()
            trainer.train_step()
            if log.stops():  # frozen models are moved once, when they are first used
                log.clear()
                trainer.train_step()
            return log.stops()
        except Exception as error:
            return str(crash_of(error))[:500]


def small(part: Any) -> None:
    """Make networks of a recipe narrow and shallow."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "width" and isinstance(value, int) and "height" not in part:
                part[key] = min(value, 16)
            elif key == "layers" and isinstance(value, int):
                part[key] = min(value, 2)
            small(value)
    elif isinstance(part, list):
        for one in part:
            small(one)


def values(column: str) -> list[object]:
    """Values that a column of this name could have."""
    if column in PICTURES + SOUNDS:
        first, second = open_source({"use": "core/digits"}).tables("train")
        table, name = (first, "image") if column in PICTURES else (second, "audio")
        return table.values(name, range(ROWS))
    return [WORDS[row % len(WORDS)] for row in range(ROWS)]


if __name__ == "__main__":
    main(sys.argv[1:])
