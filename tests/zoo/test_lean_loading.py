"""Loading a model imports nothing large that it can do without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[2] / "zoo" / "models"
# The compiler, its algebra, and what only preparing sounds needs.
HEAVY = ("torch._dynamo", "torch._inductor", "sympy", "librosa")
FIRST_SAMPLE = """
import sys
from pathlib import Path
from mmgan_core import load
model = load("dir:" + sys.argv[1])
model.generate(count=1)
print(*sorted(set(sys.argv[2:]) & sys.modules.keys()), sep=",")
"""


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_a_first_sample_needs_no_compiler_and_no_librosa(name: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", FIRST_SAMPLE, MODELS / name, *HEAVY],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == ""
