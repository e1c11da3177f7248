"""The checks of a plugin as a whole: what it brings, and what two processes make of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmgan_core.plugins.manager import choose
from mmgan_core.testing import check_component
from mmgan_core.testing.plugin_checks import PLUGIN_CHECKS, raised, run_plugin_check

from .broken import on_standin

Install = Callable[..., None]

PLUGIN = """
from mmgan_core import Spec, hookimpl
import torch

@hookimpl
def mmgan_generators():
    return [Spec("odd/odd", "mmgan_odd.odd:Odd", "Odd", modalities=("label",))]
"""
COMPONENT = """
import torch
from mmgan_core.components.dense_generator import DenseGenerator

class Odd(DenseGenerator):
    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made + made.mean(0)
"""


def test_a_plugin_as_a_whole(install: Install) -> None:
    """A plugin that imports torch when it is found, and whose gradients depend on the batch."""
    install(PLUGIN, COMPONENT)
    command = [sys.executable, "-m", "mmgan_core.cli.main", "plugins", "check", "odd", "--json"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert said.returncode == 1, said.stderr
    failed = {r["check"]: r for r in json.loads(said.stdout)["results"] if r["outcome"] == "failed"}
    assert "torch" in failed["it is discovered quickly, without torch"]["reason"]
    assert "gradients differ" in failed["two processes agree on gradients"]["reason"]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Installs the plugin for this process, and for those that its checks start."""

    def install(plugin: str, component: str = "") -> None:
        package, info = tmp_path / "mmgan_odd", tmp_path / "mmgan_odd-1.0.dist-info"
        package.mkdir()
        info.mkdir()
        (package / "plugin.py").write_text(plugin)
        (package / "odd.py").write_text(component)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mmgan-odd\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[mmgan.plugins]\nodd = mmgan_odd.plugin\n")
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        monkeypatch.setenv("PYTHONPATH", path.rstrip(os.pathsep))
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        choose()

    yield install
    for name in [name for name in sys.modules if name.partition(".")[0] == "mmgan_odd"]:
        del sys.modules[name]
    monkeypatch.undo()
    choose()


def reason_of(check: str) -> str:
    """What a check of the plugin finds fault with."""
    (found,) = [one for one in PLUGIN_CHECKS if check in one.name]
    return run_plugin_check(found, "odd").reason


def failures() -> list[str]:
    """What checks of the plugin's generator find fault with."""
    found = [one for one in check_component("generator", "odd/odd") if one.outcome == "failed"]
    return [f"{one.check} | {one.reason.splitlines()[0]}" for one in found]


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        ("def mmgan_generator(): return []", "did you mean 'mmgan_generators'"),
        ("def mgan_losses(): return []", "did you mean 'mmgan_losses'"),
        ("A = 1", "it brings nothing"),
        (
            "from mmgan_core import hookimpl\n@hookimpl\ndef mmgan_losses(): return []",
            "it brings nothing",
        ),
        (
            "from pathlib import Path\nfrom mmgan_core import hookimpl\n"
            "@hookimpl\ndef mmgan_recipes(): return [Path('no-such-folder')]",
            "must return a list of folders",
        ),
    ],
)
def test_a_plugin_whose_hooks_give_nothing(install: Install, plugin: str, reason: str) -> None:
    install(plugin)
    assert reason in reason_of("it brings something")


QUIET = PLUGIN.replace("import torch\n", "", 1)


def test_a_crash_in_one_of_two_processes_is_told_as_it_is(install: Install) -> None:
    crashing = COMPONENT.replace(
        "        made = super()",
        "        import os\n"
        "        if os.environ.get('RANK') == '1' and len(noise) == 4:\n"
        "            raise ArithmeticError('half a batch')\n"
        "        made = super()",
    ).replace("made + made.mean(0)", "made")
    install(QUIET, crashing)
    said = reason_of("two processes agree")
    assert said.startswith("generator odd/odd: in process 1: ArithmeticError: half a batch")


def test_a_crash_everywhere_is_one_failure(install: Install) -> None:
    install(QUIET, COMPONENT.replace("made + made.mean(0)", "made / None"))
    (said,) = failures()
    assert said.startswith("it can be used | TypeError: unsupported operand")
    assert "odd.py, line" in said


def test_a_target_that_does_not_exist_is_one_failure(install: Install) -> None:
    install(QUIET)
    (said,) = failures()
    assert said.startswith("its class keeps the contract of its kind | mmgan_odd.odd:Odd")


def test_what_a_process_raised_is_found_below_the_report_of_its_starter() -> None:
    said = """[rank1]: Traceback (most recent call last):
[rank1]:   File "x.py", line 3, in forward
[rank1]: ValueError: three rows
E1126 torch/distributed/elastic/multiprocessing/api.py:984] failed (exitcode: 1)
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
Root Cause (first observed failure):"""
    assert raised(said) == "ValueError: three rows"


def test_what_only_an_accelerator_shows_is_found_without_one() -> None:
    said = subprocess.run(
        [sys.executable, "-m", on_standin.__name__], capture_output=True, text=True, timeout=300
    )
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout.rpartition("FACTS")[2])
    for kind, cls, reason in on_standin.BROKEN:
        faults = found.pop(f"{kind} {cls.__name__}")
        assert any(reason in fault for fault in faults), f"{cls.__name__}: {faults}"
    assert found
    assert {name: faults for name, faults in found.items() if faults} == {}, "they are healthy"


def test_a_plugin_that_waits_on_an_accelerator(install: Install) -> None:
    waiting = COMPONENT.replace("made + made.mean(0)", "made * min(1.0, abs(made.sum().item()))")
    install(QUIET, waiting)
    said = reason_of("on an accelerator")
    assert said.startswith("generator odd/odd: the host waits for _local_scalar_dense in odd.py")
