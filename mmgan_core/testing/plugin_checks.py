"""The checks of a plugin as a whole; each runs in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from mmgan_core.errors import MmganError
from mmgan_core.plugins.manager import HEAVY, SLOW
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
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc_per_node",
            "2",
            "-m",
            "mmgan_core.testing.two_processes",
            plugin,
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    lines = [line[5:] for line in process.stdout.splitlines() if line.startswith("FACTS")]
    if process.returncode or not lines:
        raise Broken(f"the processes failed: {process.stderr.strip()[-600:]}")
    facts = json.loads(lines[-1])
    if facts["faults"]:
        raise Broken("; ".join(facts["faults"]))
    if not facts["checked"]:
        raise NotApplicable("it supplies no network whose rows are independent")


PLUGIN_CHECKS = (
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
