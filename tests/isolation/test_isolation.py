"""An installed bad plugin affects neither the command line nor any other plugin."""

from __future__ import annotations

import json
import subprocess

import pytest

from ..scratch import Scratch, ended
from .bad_plugins import BAD, Bad
from .conftest import add_bad

FIRST_PARTY = ("core", "objectives", "image", "audio", "text", "echo", "fine")


def statuses(scratch: Scratch, *before: str, **variables: str) -> dict[str, dict[str, str]]:
    said = scratch.zoo(*before, "plugins", "ls", "--json", **variables)
    assert said.returncode == 0, said.stderr
    return {row["name"]: row for row in json.loads(said.stdout)}


def check_verbs(scratch: Scratch) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """The results of the verbs that must always work: components by owner, and plugins by name."""
    commands = (("--help",), ("ls", "--json"), ("plugins", "ls", "--json"))
    said = [ended(process) for process in [scratch.begin(*command) for command in commands]]
    for one, command in zip(said, commands, strict=True):
        assert one.returncode == 0, f"{command}: {one.stderr}"
        assert "Traceback" not in one.stderr
        assert "LOUD" not in one.stdout
    assert said[0].stdout.lstrip().startswith("Usage: mmgan-zoo")
    owned: dict[str, list[str]] = {}
    for row in json.loads(said[1].stdout)["components"]:
        owned.setdefault(row["distribution"], []).append(row["id"])
    return owned, {row["name"]: row for row in json.loads(said[2].stdout)}


@pytest.mark.parametrize("how", BAD)
def test_a_bad_plugin_affects_no_other(scratch: Scratch, how: str) -> None:
    bad: Bad = BAD[how]
    add_bad(scratch, bad)
    owned, plugins = check_verbs(scratch)
    assert plugins["bad"]["status"] == bad.status, plugins["bad"]
    assert bad.reason in plugins["bad"]["reason"]
    assert {name: plugins[name]["status"] for name in FIRST_PARTY} == dict.fromkeys(
        FIRST_PARTY, "ok"
    )
    found = {name for names in owned.values() for name in names}
    assert {"fine/soft", "objectives/hinge", "image/r3", "echo/affine"} <= found
    assert ("bad/soft" in found) == bad.usable
    assert owned["mmgan-objectives"].count("objectives/hinge") == 1


def test_a_foreign_distribution_with_broken_metadata(scratch: Scratch) -> None:
    scratch.install("stranger", {}, {}, METADATA=b"\xff\xfe", entry_points=b"[\xff]\n\xfe\n")
    _, plugins = check_verbs(scratch)
    assert {row["status"] for row in plugins.values()} == {"ok"}


def run_echo(scratch: Scratch, *before: str) -> subprocess.CompletedProcess[str]:
    return scratch.zoo(
        *before,
        "train",
        "echo",
        "--cpu",
        "--set",
        "train.samples=1024",
        MMGAN_CACHE=str(scratch.root / "cache"),
        MMGAN_TRACKIO="0",
    )


def test_observers_that_fail_do_not_stop_training(scratch: Scratch) -> None:
    code = "import os, sys\nfrom mmgan_core import hookimpl\n" + "\n".join(
        f"@hookimpl\ndef mmgan_{hook}(run, samples):\n    {body}\n"
        for hook, body in {
            "run_started": "print('LOUD'); os.write(1, b'LOUD'); os.system('echo LOUD')",
            "checkpoint_saved": "sys.exit(7)",
        }.items()
    )
    add_bad(scratch, Bad(code, "ok"))
    said = run_echo(scratch)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("trained on 1,024 samples")
    assert "LOUD" not in said.stdout
    assert "plugin bad failed in mmgan_checkpoint_saved" in " ".join(said.stderr.split())
