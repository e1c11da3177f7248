"""The checks of a plugin as a whole; each runs in processes of its own."""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType

from mmgan_core.errors import MmganError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.manager import HEAVY, HOOKS, SLOW, plugins
from mmgan_core.recipe.shelf import list_recipes
from mmgan_core.testing.check import Broken, NotApplicable
from mmgan_core.testing.report import Result

DISCOVERY = """
import json, sys, time
import mmgan_core.plugins.manager as manager, mmgan_core.plugins.catalogue as catalogue
found = next(p for p in manager.plugins() if p.name == sys.argv[1])
catalogue.catalogue()
print("FACTS" + json.dumps({"heavy": [m for m in manager.HEAVY if m in sys.modules],
                            "seconds": found.seconds, "status": found.status}))
"""

# How similar a name is to a hook's if that hook is meant.
CLOSE = 0.8
EXCEPTION = re.compile(r"\s*[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning)\b")


@dataclass(frozen=True)
class PluginCheck:
    """One thing that must hold for a plugin as a whole."""

    name: str
    advice: str
    run: Callable[[str], None]


def announces_quickly(plugin: str) -> None:
    """A new interpreter must list its components without a slow import."""
    process = subprocess.run(
        [sys.executable, "-c", DISCOVERY, plugin], capture_output=True, text=True, timeout=120
    )
    if process.returncode:
        raise Broken(f"asking it for its components failed: {process.stderr.strip()[-300:]}")
    facts = json.loads(process.stdout.rpartition("FACTS")[2])
    if facts["heavy"]:
        raise Broken(f"it imports {', '.join(facts['heavy'])} when it is found")
    if facts["seconds"] > SLOW:
        raise Broken(f"importing it takes {facts['seconds']:.1f} s")


def agrees_across_processes(plugin: str) -> None:
    """Two processes with half of a batch each must get the gradient of the whole batch."""
    process = subprocess.run(
        [sys.executable, "-m", "mmgan_core.testing.two_processes", plugin],
        capture_output=True,
        text=True,
        timeout=600,
    )
    lines = [line.partition("FACTS")[2] for line in process.stdout.splitlines() if "FACTS" in line]
    said = [json.loads(line) for line in lines]
    faults = list(dict.fromkeys(fault for facts in said for fault in facts["faults"]))
    if faults:
        raise Broken("; ".join(faults))
    if process.returncode or not said:
        raise Broken(f"the processes failed: {raised(process.stderr)}")
    facts = said[-1]
    if not facts["checked"]:
        raise NotApplicable("it supplies no network whose rows are independent")


def keeps_an_accelerator_busy(plugin: str) -> None:
    """Every component is used on the stand-in device, which needs a process of its own."""
    process = subprocess.run(
        [sys.executable, "-m", "mmgan_core.testing.on_standin", plugin],
        capture_output=True,
        text=True,
        timeout=600,
    )
    if process.returncode:
        raise Broken(f"the process failed: {raised(process.stderr)}")
    facts = json.loads(process.stdout.rpartition("FACTS")[2])
    if facts["unusable"]:
        raise NotApplicable(facts["unusable"])
    if facts["faults"]:
        raise Broken("; ".join(facts["faults"]))
    if not facts["checked"]:
        raise NotApplicable("it supplies nothing that a training step uses")


def raised(stderr: str) -> str:
    """The last exception that a process printed, without the report of what started it."""
    lines = [line.partition("]: ")[2] or line for line in stderr.splitlines()]
    found = [line for line in lines if EXCEPTION.match(line) and "ChildFailedError" not in line]
    own = stderr.partition("torch/distributed/elastic")[0].strip() or stderr.strip()
    return found[-1].strip() if found else own[-600:]


def brings_something(plugin: str) -> None:
    """Every hook of the module is one, is marked, and gives something that can be used."""
    catalogue()
    list_recipes()
    found = next(one for one in plugins() if one.name == plugin)
    if found.status == "partial":
        raise Broken(found.reason)
    module = vars(found.module) if found.module else {}
    for name, value in module.items():
        meant = difflib.get_close_matches(name, HOOKS, 1, CLOSE)
        if isinstance(value, FunctionType) and name not in HOOKS and meant:
            raise Broken(f"{name} is no hook and is never called: did you mean {meant[0]!r}?")
    if not any(_answers(plugin, hook) for hook in HOOKS):
        raise Broken("it brings nothing: no component, no recipe, no model, no verb, no observer")


def _answers(plugin: str, hook: str) -> bool:
    """Whether a plugin supplies something by a hook, or observes by it."""
    for one in getattr(plugins().manager.hook, hook).get_hookimpls():
        if one.plugin_name == plugin:
            return bool(one.argnames) or bool(one.function())
    return False


PLUGIN_CHECKS = (
    PluginCheck(
        "it brings something, and every hook is called",
        "mark each hook with @hookimpl, and spell it as in mmgan_core.hookspecs; return lists of "
        "Spec, folders that exist, or verbs by name",
        brings_something,
    ),
    PluginCheck(
        "it is discovered quickly, without torch",
        "import torch, numpy and your own components inside functions or in the components' "
        "modules; the plugin module holds specs only",
        announces_quickly,
    ),
    PluginCheck(
        "two processes agree on gradients",
        "average over rows, and never over something that depends on how a batch is divided; or "
        "declare keeps_batch_state",
        agrees_across_processes,
    ),
    PluginCheck(
        "on an accelerator it mixes no devices, and no step waits",
        "make every tensor on the device of what is given; in a training step read no number of a "
        "tensor on the host (.item(), float(t), if t:, .cpu(), t[mask]) and copy none to the "
        "device: use torch.where, and buffers. Try it with mmgan_core.testing.standin_device",
        keeps_an_accelerator_busy,
    ),
)


def run_plugin_check(check: PluginCheck, plugin: str) -> Result:
    """Run one check of a plugin."""
    subject = f"plugin {plugin}"
    try:
        check.run(plugin)
    except NotApplicable as reason:
        return Result(subject, check.name, "skipped", str(reason))
    except (Broken, MmganError, subprocess.TimeoutExpired) as fault:
        return Result(subject, check.name, "failed", str(fault), check.advice)
    return Result(subject, check.name, "passed")


__all__ = ["HEAVY", "PLUGIN_CHECKS", "PluginCheck", "run_plugin_check"]
