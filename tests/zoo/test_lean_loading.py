"""Loading a model imports nothing large that it can do without.

What a model costs is reckoned once on a machine, unless an index says it. Some of torch's own
kernels of the meta device, on which that is done, import its compiler; so each model is loaded
twice, and the second time counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = sorted(path for path in (Path(__file__).parents[2] / "zoo" / "models").iterdir())
# The compiler, its algebra, and what only preparing sounds needs.
HEAVY = ("torch._dynamo", "torch._inductor", "sympy", "librosa")
# Each model in a process of its own; they are forked, so that torch is imported only once.
FIRST_SAMPLES = """
import json, os, sys
from mmgan_core import load
import torch
heavy, *models = sys.argv[1:]
for path in [path for path in models for _ in range(2)]:
    if not (child := os.fork()):
        load("dir:" + path).generate(count=1)
        found = sorted(set(json.loads(heavy)) & sys.modules.keys())
        print(json.dumps([os.path.basename(path), found]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.fixture(scope="module")
def imported() -> tuple[dict[str, list[str]], str]:
    """What of it was imported for the first sample, by model; and what was said of mistakes."""
    if not hasattr(os, "fork"):
        pytest.skip("processes are forked")
    command = [sys.executable, "-c", FIRST_SAMPLES, json.dumps(HEAVY), *map(str, MODELS)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return dict(map(json.loads, said.stdout.splitlines())), said.stderr


@pytest.mark.parametrize("name", [path.name for path in MODELS])
def test_a_first_sample_needs_no_compiler_and_no_librosa(
    name: str, imported: tuple[dict[str, list[str]], str]
) -> None:
    found, mistakes = imported
    assert found.get(name) == [], mistakes
