"""Training and everything after it on the stand-in device: nothing mixes devices, no step waits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import recipes_on_standin, used_on_standin

# What must be there first, a run or a package, need not be where tests run.
MAY_BE_UNOPENED = (
    "synopses-latent",
    "synopses-latent-small",
    "synopses-one-pass-latent",
    "summaries",
    "emoji",
)


def facts(module: str, *arguments: str | Path) -> dict[str, object]:
    said = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, timeout=1800
    )
    assert said.returncode == 0, said.stderr[-3000:]
    found: dict[str, object] = json.loads(said.stdout.rpartition("FACTS")[2])
    return found


def test_no_step_of_any_recipe_waits_or_mixes_devices() -> None:
    found = facts(recipes_on_standin.__name__)
    assert len(found) == len(list(recipes_on_standin.RECIPES.glob("*.yaml")))
    unopened = {n for n, said in found.items() if str(said).startswith("not opened")}
    assert unopened <= set(MAY_BE_UNOPENED), found
    assert {n: said for n, said in found.items() if said and n not in unopened} == {}


def test_training_and_every_use_of_a_model_runs_on_a_device(tmp_path: Path) -> None:
    """Penalties, checkpoints, going on, sheets, repair and the rest; numbers are those of a CPU."""
    found: Any = facts(used_on_standin.__name__, tmp_path)
    assert found["resumed"] == 0, "going on from a checkpoint is exact"
    assert 0 <= found["from the CPU"] < 1e-3
    assert found["numbers"]
    assert set(found["uses"]) == {"generate", "repair", "interpolate", "invert"}
    assert all(apart < 1e-2 for apart in found["uses"].values()), found["uses"]
