from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from mmgan_core import Spec
from mmgan_text import plugin

SPECS = [
    spec
    for name in dir(plugin)
    if name.startswith("mmgan_") and name != "mmgan_commands"
    for spec in getattr(plugin, name)()
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.target)
def test_every_target_is_there_and_has_options(spec: Spec) -> None:
    module, _, name = spec.target.partition(":")
    target = getattr(import_module(module), name)
    assert spec.modalities == ("text",)
    assert target.__doc__
    assert all(field.description for field in target.Options.model_fields.values())
    assert target.Options.model_validate({})


def test_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, mmgan_text.plugin; print('torch' in sys.modules, 'numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"], said.stderr
