"""After an edit of a plugin, training and evaluation go on with what the new code prepares."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# Each session is a process of its own; they are forked, so that torch is imported only once.
PROGRAM = '''
import json, os, sys, traceback
from pathlib import Path
import torch
from mmgan_core.api import load_recipe
from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data import feed
from mmgan_core.data.feed import open_feed
from mmgan_core.evaluation import evaluator
from mmgan_core.evaluation.evaluator import Lesson, trained_evaluator

HOME = Path("late")
FILES = {
    "late/__init__.py": "from late.unrelated import ANYTHING\\n",
    "late/unrelated.py": "ANYTHING = 1\\n",
    "late/helper.py": "def shifted(tensor):\\n    return tensor\\n",
    "late/plugin.py": """
from mmgan_core import Spec, hookimpl

@hookimpl
def mmgan_encoders():
    return [Spec("late/late", "late.encoder:Late", "Late", modalities=("echo",))]
""",
    "late/encoder.py": """
from late import helper
from mmgan_echo.linear_encoder import LinearEncoder

class Late(LinearEncoder):
    def prepare(self, values):
        found = super().prepare(values)
        return {"prepared": helper.shifted(found["prepared"]) + 0}
""",
    "mmgan_late-1.0.dist-info/METADATA": "Name: mmgan-late\\nVersion: 1.0\\n",
    "mmgan_late-1.0.dist-info/entry_points.txt": "[mmgan.plugins]\\nlate = late.plugin\\n",
}
EDITS = {
    "first": {},
    "again": {},
    "unrelated": {"late/unrelated.py": "ANYTHING = 2\\n"},
    "helper": {"late/helper.py": "def shifted(tensor):\\n    return tensor + 100\\n"},
    "prepare": {"late/encoder.py": FILES["late/encoder.py"].replace("+ 0", "+ 1000")},
}


def session():
    """The mean of a given batch; whether columns were prepared; whether an evaluator was taught."""
    from mmgan_core.data import prepared
    filled, taught = [], []
    fill, teach = prepared._fill, evaluator.teach
    prepared._fill = lambda folder, *rest: (filled.append(rest[1]), fill(folder, *rest))
    evaluator.teach = lambda *a, **k: (taught.append(1), teach(*a, **k))[1]
    seen = {"column": "echo", "modality": "echo/number", "encoder": "late/late"}
    recipe = load_recipe("echo", given={"seen": seen})
    blueprint, source = open_recipe(recipe)
    train = open_feed(blueprint, blueprint.build(), source, "train")
    part = chosen_part("encoder", "late/late", {}, "evaluator")
    judge = trained_evaluator(
        part, blueprint.modalities["echo"], Lesson("echo", "label", 640),
        train.tables, source.tables("test"),
    )
    mean = train.batch(0, 0, 64, torch.device("cpu")).given["seen"]["prepared"].float().mean()
    return {"mean": float(mean), "prepared": bool(filled), "taught": bool(taught)}


sys.path.insert(0, os.getcwd())
for name, changed in EDITS.items():
    for path, text in {**(FILES if name == "first" else {}), **changed}.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)
    if not (child := os.fork()):
        try:
            Path(f"{name}.json").write_text(json.dumps(session()))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
'''


def test_an_edit_of_what_an_encoder_runs_is_seen_and_no_other(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "MMGAN_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    found = {
        name: json.loads((tmp_path / f"{name}.json").read_text())
        for name in ("first", "again", "unrelated", "helper", "prepare")
    }
    anew = {name: (one["prepared"], one["taught"]) for name, one in found.items()}
    assert anew == {
        "first": (True, True),
        "again": (False, False),
        "unrelated": (False, False),
        "helper": (True, True),
        "prepare": (True, True),
    }
    means = {name: round(one["mean"] - found["first"]["mean"]) for name, one in found.items()}
    assert means == {"first": 0, "again": 0, "unrelated": 0, "helper": 100, "prepare": 1100}
