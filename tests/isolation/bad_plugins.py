"""Plugins as they should not be, and what each is told to be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bad:
    """A plugin called ``bad`` with a fault.

    Attributes:
        code: its module.
        status: what it is told to be.
        reason: what the reason holds.
        target: what its entry point names, where not its module.
        files: more files, by path below site-packages.
        raw: what its metadata hold, where they are odd too.
        usable: whether its loss can be used all the same.
    """

    code: str
    status: str
    reason: str = ""
    target: str = "bad_code.plugin"
    files: dict[str, str] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    usable: bool = False


GOOD = """
from mmgan_core import Spec, hookimpl

@hookimpl
def mmgan_losses():
    return [Spec("{name}/soft", "{name}_code.soft:Soft", "Soft")]
"""
_GOOD = GOOD.replace("{name}", "bad")
_LOUD = """
import os, subprocess, sys

def shout():
    print("LOUD")
    sys.__stdout__.write("LOUD")
    os.write(1, b"LOUD")
    subprocess.run([sys.executable, "-S", "-c", "print('LOUD')"])

shout()
""" + _GOOD.replace("    return", "    shout()\n    return")


def hook(name: str, body: str, arguments: str = "", mark: str = "@hookimpl") -> str:
    """A good plugin with one more hook."""
    return f"{_GOOD}\n{mark}\ndef {name}({arguments}):\n    {body}\n"


_VERB = "import typer; app = typer.Typer(); app.command()(lambda: None); return {'%s': app}"

BAD = {
    "raises on import": Bad("raise RuntimeError('no')", "broken", "RuntimeError: no"),
    "an error without a message": Bad(
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
        "broken",
        "raised E",
    ),
    "ends the program": Bad("import sys; sys.exit(0)", "broken", "SystemExit: 0"),
    "raises a BaseException": Bad(
        "class E(BaseException): pass\nraise E('odd')", "broken", "E: odd"
    ),
    "syntax error": Bad("def f(:", "broken", "SyntaxError"),
    "names a missing module": Bad("", "broken", "ModuleNotFoundError", target="nowhere.plugin"),
    "names a missing attribute": Bad(_GOOD, "broken", "nothing", target="bad_code.plugin:nothing"),
    "names something that is not a module": Bad(
        "x = None", "broken", "names None", target="bad_code.plugin:x"
    ),
    "its entry point is nonsense": Bad(_GOOD, "broken", "", target="1 + 1"),
    "misspelt hook": Bad(hook("mmgan_loses", "return []"), "broken", "did you mean 'mmgan_losses'"),
    "unknown hook": Bad(hook("mmgan_unheard_of", "return []"), "broken", "unknown hook"),
    "unmarked hook": Bad(
        hook("mmgan_run_ended", "pass", "run", mark=""), "broken", "not marked @hookimpl"
    ),
    "unknown argument": Bad(hook("mmgan_run_ended", "pass", "ran"), "broken", "ran"),
    "a wrapper": Bad(
        hook("mmgan_metrics", "return (yield)", mark="@hookimpl(wrapper=True)"),
        "broken",
        "is a wrapper",
    ),
    "newer API": Bad("MMGAN_API = 99\n" + _GOOD, "incompatible", "install --upgrade mmgan-zoo"),
    "a hook raises": Bad(hook("mmgan_metrics", "return 1 / 0"), "broken", "ZeroDivisionError"),
    "a hook ends the program": Bad(
        hook("mmgan_metrics", "import sys; sys.exit(5)"), "broken", "SystemExit: 5"
    ),
    "a hook returns nonsense": Bad(hook("mmgan_metrics", "return 'x'"), "broken", "list of Spec"),
    "nonsense that cannot be shown": Bad(
        "class N:\n    def __repr__(self): raise OSError('no')\n"
        + hook("mmgan_metrics", "return N()"),
        "broken",
        "OSError: no",
    ),
    "another's component id": Bad(
        _GOOD.replace("bad/soft", "objectives/hinge"), "broken", "must begin with 'bad/'"
    ),
    "a modality without a kind": Bad(
        hook("mmgan_modalities", "return [Spec('bad/thing', 'bad_code.thing:Thing', 'Thing')]"),
        "broken",
        "one kind of data",
    ),
    "a summary that is not a string": Bad(_GOOD.replace('"Soft")', "None)"), "broken", "summary"),
    "imports torch": Bad("import torch\n" + _GOOD, "slow", "torch when it is found", usable=True),
    "takes a second": Bad(
        "import time; time.sleep(1)\n" + _GOOD, "slow", "--no-plugin bad", usable=True
    ),
    "loud": Bad(_LOUD, "ok", usable=True),
    "takes our verb": Bad(
        hook("mmgan_commands", _VERB % "train"),
        "partial",
        "'train' is mmgan-zoo's own",
        usable=True,
    ),
    "verbs that are nonsense": Bad(
        hook("mmgan_commands", "return {'x': 1}"), "partial", "dict of Typer apps", usable=True
    ),
    "a verb without a command": Bad(
        hook("mmgan_commands", "import typer; return {'x': typer.Typer()}"),
        "partial",
        "without a command",
        usable=True,
    ),
    "verbs that raise": Bad(
        hook("mmgan_commands", "raise OSError('no')"), "partial", "OSError: no", usable=True
    ),
    "recipes that are nonsense": Bad(
        hook("mmgan_recipes", "return 5"), "partial", "list of folders", usable=True
    ),
    "recipes that are not there": Bad(
        hook("mmgan_recipes", "from pathlib import Path; return [Path('/nowhere')]"),
        "partial",
        "list of folders",
        usable=True,
    ),
    "metadata in Latin-1": Bad(
        _GOOD,
        "ok",
        usable=True,
        raw={
            "METADATA": (
                "Metadata-Version: 2.1\nName: mmgan-bad\nVersion: 1.0\nAuthor: Jos\xe9\n"
            ).encode("latin-1")
        },
    ),
    "metadata without a name": Bad(
        _GOOD, "ok", usable=True, raw={"METADATA": b"Metadata-Version: 2.1\n"}
    ),
    "entry points in Latin-1": Bad(
        _GOOD,
        "broken",
        "--force-reinstall mmgan-bad",
        raw={"entry_points": "[mmgan.plugins]\nbad = bad_code.plugin # \xe9\n".encode("latin-1")},
    ),
    "entry points that are nonsense": Bad(
        _GOOD,
        "broken",
        "--force-reinstall mmgan-bad",
        raw={"entry_points": b"[mmgan.plugins]\nbad\n"},
    ),
}
