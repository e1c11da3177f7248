"""Components that no package brings: of a notebook or a script, and of one file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mmgan_core as mmgan
from mmgan_core import UsageError
from mmgan_core.cli.main import app
from mmgan_core.contracts import Loss
from mmgan_core.errors import IntegrityError, PluginMissing
from mmgan_core.plugins import local_code, manager
from mmgan_core.plugins.catalogue import renew

FILE = '''
"""A plugin of one file."""
import torch
from mmgan_core import Spec, hookimpl
from mmgan_core.contracts import Loss

@hookimpl
def mmgan_losses():
    return [Spec("my-losses/soft", f"{__name__}:Soft", "Soft")]

class Soft(Loss):
    """Softplus of both logits."""
    def discriminator(self, real, fake):
        return (fake.logits - real.logits).mean()
    def generator(self, real, fake):
        return -fake.logits.mean() * 1.0
'''
QUICK: dict[str, Any] = {"cpu": True, "train.samples": 32}


@pytest.fixture(autouse=True)
def files_of_no_other_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The modules of a test's files are gone after it, even of those that were refused."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in ("my_losses", "cells"):
        sys.modules.pop(name, None)


CELL = """
import torch
from mmgan_core.contracts import Loss

class SoftLoss(Loss):
    'A soft loss.'

    def discriminator(self, real, fake):
        return WEIGHT * torch.nn.functional.softplus(fake.logits - real.logits).mean()

    def generator(self, real, fake):
        return torch.nn.functional.softplus(-fake.logits).mean()
"""


def soft(weight: float) -> type[Loss]:
    """The class of a cell of a notebook, which has no file."""
    cells = sys.modules.setdefault("cells", ModuleType("cells"))
    exec(CELL.replace("WEIGHT", str(weight)), vars(cells))
    found: type[Loss] = cells.SoftLoss
    return found


def of(kind: str) -> dict[str, str]:
    return {one.id: one.summary for one in mmgan.list_components(kind)}


def test_a_registered_class_is_a_component_with_the_name_of_its_class() -> None:
    cls = soft(1.0)
    assert mmgan.register(cls) is cls
    assert of("loss")["notebook/soft-loss"] == "A soft loss."
    assert (
        next(one.distribution for one in mmgan.list_components() if one.id.startswith("notebook/"))
        == manager.LOCAL
    )


def test_it_can_be_named_as_a_decorator_and_is_replaced_when_it_is_registered_again() -> None:
    for weight in (1.0, 2.0):
        named = mmgan.register(name="mine", summary="Mine")(soft(weight))
    assert [name for name in of("loss") if name.startswith("notebook/")] == ["notebook/mine"]
    from mmgan_core.plugins.catalogue import catalogue

    assert catalogue().load("loss", "notebook/mine") is named


@pytest.mark.parametrize(
    ("cls", "facts", "said"),
    [
        (int, {}, "int is no component"),
        (soft(1.0), {"name": "My Loss"}, "not of the form plugin/name"),
        (soft(1.0), {"modalites": ("image",)}, "modalites"),
    ],
)
def test_what_is_no_component_is_refused(cls: type, facts: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        mmgan.register(**facts)(cls)
    assert not [name for name in of("loss") if name.startswith("notebook/")]


def test_choosing_plugins_anew_keeps_what_was_registered() -> None:
    mmgan.register(soft(1.0))
    manager.choose()
    assert "notebook/soft-loss" in of("loss")


def test_a_run_with_it_resumes_with_the_same_code_alone(
    recipe: Path, data: dict[str, Any], tmp_path: Path
) -> None:
    mmgan.register(soft(1.0))
    mine: dict[str, Any] = {**QUICK, "make.image.loss": "notebook/soft-loss"}
    mmgan.train(recipe, tmp_path / "run", data=data, **mine)
    mmgan.register(soft(1.0))
    mine["train.samples"] = 48
    assert mmgan.train(recipe, tmp_path / "run", data=data, resume=True, **mine).samples == 48
    mmgan.register(soft(2.0))
    with pytest.raises(IntegrityError, match=r"make\.image\.loss: its code has changed"):
        mmgan.train(recipe, tmp_path / "run", data=data, resume=True, **mine)


def test_an_exported_model_says_that_nobody_can_install_it_and_is_not_pushed(
    recipe: Path, data: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mmgan.register(soft(1.0))
    changes: dict[str, Any] = {**QUICK, "make.image.loss": "notebook/soft-loss"}
    model = mmgan.train(recipe, tmp_path / "run", data=data, **changes)
    directory = mmgan.export(model, tmp_path / "model")
    assert "which no package brings" in " ".join(capsys.readouterr().err.split())
    assert directory.manifest.local_components == ["notebook/soft-loss"]
    assert manager.LOCAL not in directory.manifest.plugins
    card = (directory.path / "README.md").read_text(encoding="utf-8")
    assert "No package brings notebook/soft-loss" in card
    assert manager.LOCAL not in card
    assert mmgan.load(directory.path).made == ["image"]
    with pytest.raises(UsageError, match="nobody else can install"):
        mmgan.push(directory.path, "me/halves", dry_run=True)
    local_code._registered["loss"].clear()
    renew()
    with pytest.raises(PluginMissing, match="defined in a notebook or a script") as refused:
        mmgan.load(directory.path)
    assert "register(...)" in refused.value.hint


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "my_losses.py").write_text(FILE, encoding="utf-8")
    return tmp_path / "my_losses.py"


@pytest.mark.parametrize("after", [True, False])
def test_a_file_is_a_plugin_wherever_it_is_named(
    file: Path, after: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--plugin", str(file)]
    verb = ["ls", "loss"]
    app([*verb, *named] if after else [*named, *verb], standalone_mode=False)
    assert "my-losses/soft" in capsys.readouterr().out


def test_a_file_trains_a_recipe(
    recipe: Path, data: dict[str, Any], file: Path, tmp_path: Path
) -> None:
    local_code.use_file(file)
    local_code.use_file(file)  # a second time changes nothing
    changes: dict[str, Any] = {**QUICK, "make.image.loss": "my-losses/soft"}
    model = mmgan.train(recipe, tmp_path / "run", data=data, **changes)
    assert model.samples == 32
    assert "make.image.loss" in (tmp_path / "run" / "lock.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("random.py", FILE, "cannot be the name of a plugin"),
        ("My Losses.py", FILE, "cannot be the name of a plugin"),
        ("my_losses.txt", FILE, "no such file of Python"),
        ("my_losses.py", "1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_file_that_is_no_plugin_is_refused(
    tmp_path: Path, name: str, code: str, said: str
) -> None:
    (tmp_path / name).write_text(code, encoding="utf-8")
    with pytest.raises((UsageError, PluginMissing), match=said):
        local_code.use_file(tmp_path / name)


def test_a_file_with_ids_of_another_name_is_named_as_broken(tmp_path: Path) -> None:
    code = FILE.replace("my-losses/", "other/")
    (tmp_path / "my_losses.py").write_text(code, encoding="utf-8")
    with pytest.raises(PluginMissing, match="must begin with 'my-losses/'"):
        local_code.use_file(tmp_path / "my_losses.py")


def test_a_module_of_the_same_name_is_not_taken_for_the_file(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(FILE, encoding="utf-8")
    with pytest.raises(UsageError, match="another module is called 'torch'"):
        local_code.use_file(tmp_path / "torch.py")
