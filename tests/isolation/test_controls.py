"""Blocking and allowing plugins, plugins in development, strict mode, and conflicts of plugins."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from ..scratch import Scratch
from .bad_plugins import BAD, GOOD
from .conftest import add, add_bad
from .test_isolation import check_verbs, statuses

SERVE = """
from mmgan_core import hookimpl

@hookimpl
def mmgan_commands():
    import typer
    app = typer.Typer(help="Serve it.")
    @app.command()
    def serve() -> None:
        typer.echo("served by {name}")
    return {"serve": app, "{name}-only": app}
"""


def test_blocking_and_allowing(scratch: Scratch) -> None:
    add_bad(scratch, BAD["raises on import"])
    blocked = statuses(scratch, "--no-plugin", "bad")
    assert blocked["bad"]["status"] == "blocked"
    assert blocked["fine"]["status"] == "ok"
    allowed = statuses(scratch, MMGAN_PLUGINS="fine,objectives")
    assert {n for n, row in allowed.items() if row["status"] == "ok"} == {
        "core",
        "fine",
        "objectives",
    }
    assert allowed["bad"]["status"] == "blocked"
    said = scratch.zoo("--no-plugin", "fin", "ls")
    assert (said.returncode, "did you mean 'fine'" in said.stderr) == (2, True)
    said = scratch.zoo("--no-plugin", "core", "ls")
    assert (said.returncode, "the core cannot be blocked" in said.stderr) == (2, True)


def test_a_blocked_plugin_does_not_run_for_help(scratch: Scratch) -> None:
    add(scratch, "a", SERVE)
    assert "a-only" in scratch.zoo("--help").stdout
    assert "a-only" not in scratch.zoo("--no-plugin", "a", "--help").stdout


@pytest.mark.parametrize("how", ["raises on import", "a hook returns nonsense", "takes our verb"])
def test_strict(scratch: Scratch, how: str) -> None:
    assert scratch.zoo("--strict", "plugins", "ls").returncode == 0
    add_bad(scratch, BAD[how])
    for said in (
        scratch.zoo("--strict", "plugins", "ls"),
        scratch.zoo("plugins", "ls", MMGAN_STRICT="1"),
    ):
        assert said.returncode == 3
        assert "the plugin 'bad' is" in said.stderr
        assert BAD[how].reason in said.stderr
        assert said.stdout == ""
    said = scratch.zoo("plugins", "ls", "--strict")
    assert (said.returncode, "bad" in said.stdout) == (3, True)
    assert scratch.zoo("--strict", "--no-plugin", "bad", "ls").returncode == 0
    assert scratch.zoo("plugins", "ls", MMGAN_STRICT="0").returncode == 0


def test_a_folder_of_plugins_in_development(scratch: Scratch) -> None:
    folder = scratch.root / "development"
    add(scratch, "mine", GOOD + SERVE, into=folder)
    before = ("--plugin-path", str(folder))
    assert "mine" not in statuses(scratch)
    assert statuses(scratch, *before)["mine"]["status"] == "ok"
    listed = json.loads(scratch.zoo(*before, "ls", "loss", "--json").stdout)
    assert "mine/soft" in {row["id"] for row in listed["components"]}
    assert re.search(r"mine-only +Serve it\.", scratch.zoo(*before, "--help").stdout)
    assert scratch.zoo(*before, "serve").stdout == "served by mine\n"
    # A newer version in development replaces the installed one.
    add(scratch, "mine", GOOD)
    assert list(statuses(scratch, *before)) == list(statuses(scratch))
    assert scratch.zoo(*before, "serve").stdout == "served by mine\n"


def test_two_distributions_with_the_same_plugin_name(scratch: Scratch) -> None:
    add(scratch, "twin", GOOD, "mmgan-twin-one")
    add(scratch, "twin", GOOD, "mmgan-twin-two")
    owned, _ = check_verbs(scratch)
    assert "mmgan-twin-one" not in owned
    assert "mmgan-twin-two" not in owned
    said = scratch.zoo("plugins", "ls", "--json")
    twins = [row for row in json.loads(said.stdout) if row["name"] == "twin"]
    assert [row["status"] for row in twins] == ["duplicate", "duplicate"]
    for row, other in zip(twins, reversed(twins), strict=True):
        assert f"also supplied by {other['distribution']}" in row["reason"]
        assert f"pip uninstall {row['distribution']}" in row["reason"]


def test_no_plugin_replaces_the_core(scratch: Scratch) -> None:
    add(scratch, "core", GOOD, "impostor")
    owned, _ = check_verbs(scratch)
    assert "impostor" not in owned
    assert "core/digits" in owned["mmgan-zoo"]


def test_two_plugins_of_one_distribution(scratch: Scratch) -> None:
    files = {
        "pair_code/__init__.py": "",
        "pair_code/a.py": GOOD.replace("{name}", "a"),
        "pair_code/b.py": "raise OSError('no')",
    }
    scratch.install("mmgan-pair", files, {"a": "pair_code.a", "b": "pair_code.b"})
    owned, plugins = check_verbs(scratch)
    assert owned["mmgan-pair"] == ["a/soft"]
    assert (plugins["a"]["status"], plugins["b"]["status"]) == ("ok", "broken")


def test_two_plugins_with_the_same_verb(scratch: Scratch) -> None:
    add(scratch, "a", GOOD + SERVE)
    add(scratch, "b", GOOD + SERVE)
    owned, plugins = check_verbs(scratch)
    assert owned["mmgan-a"] == ["a/soft"]
    assert plugins["a"]["status"] == plugins["b"]["status"] == "partial"
    assert "also supplied by mmgan-b" in plugins["a"]["reason"]
    assert "--no-plugin b" in plugins["a"]["reason"]
    said = scratch.zoo("serve")
    assert (said.returncode, "also supplied by" in said.stderr) == (2, True)
    assert scratch.zoo("a-only").stdout == "served by a\n"
    assert scratch.zoo("--no-plugin", "b", "serve").stdout == "served by a\n"


def test_two_plugins_with_the_same_recipe(scratch: Scratch) -> None:
    for name in ("a", "b"):
        folder = scratch.root / "recipes" / name
        folder.mkdir(parents=True)
        for recipe in ("digits", "ours", f"{name}-only"):
            (folder / f"{recipe}.yaml").write_text(f"summary: {name} made it\n")
        hook = f"from pathlib import Path\n    return [Path({str(folder)!r})]"
        add(scratch, name, GOOD + "\n@hookimpl\ndef mmgan_recipes():\n    " + hook + "\n")
    _, plugins = check_verbs(scratch)
    assert plugins["a"]["status"] == plugins["b"]["status"] == "partial"
    assert "its recipe 'digits' is mmgan-zoo's own" in plugins["a"]["reason"]
    listed = json.loads(scratch.zoo("ls", "recipes", "--json").stdout)["recipes"]
    summaries = {row["name"]: row["summary"] for row in listed}
    assert (summaries["a-only"], summaries["b-only"]) == ("a made it", "b made it")
    assert "made it" not in summaries["digits"]
    assert "ours" not in summaries
    said = scratch.zoo("show", "ours")
    assert (said.returncode, "also supplied by" in said.stderr) == (2, True)
    said = scratch.zoo("--no-plugin", "b", "show", "ours")
    assert said.stdout == "summary: a made it\n"


COVETOUS = """
from mmgan_core import Spec, hookimpl

@hookimpl
def mmgan_modalities():
    return [Spec("{name}/image", "nowhere:Image", "Mine", modalities=("image",), default=True),
            Spec("{name}/smell", "nowhere:Smell", "Mine", modalities=("smell",), default=True)]

@hookimpl
def mmgan_data_sources():
    return [Spec("{name}/parquet", "nowhere:Parquet", "Mine")]
"""

ASK = """
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.assembly.opening import _scheme
print(catalogue().modality_for("image", where="").id, _scheme("parquet", catalogue(), ""))
try:
    catalogue().modality_for("smell", where="make.smell")
except Exception as error:
    print(error)
"""


def test_no_plugin_takes_over_the_default_of_another(scratch: Scratch) -> None:
    add(scratch, "a", COVETOUS)
    add(scratch, "z", COVETOUS)
    said = subprocess.run([scratch.python, "-c", ASK], capture_output=True, text=True, check=True)
    lines = said.stdout.splitlines()
    assert lines[0] == "image/image core/parquet"
    assert lines[1] == "make.smell: a/smell and z/smell are all defaults of 'smell'"
    assert lines[2] == "  choose one: modality: {use: a/smell}"
