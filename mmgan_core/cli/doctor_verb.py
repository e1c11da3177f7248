"""`mmgan-zoo doctor`."""

from __future__ import annotations

import os
import platform
from importlib import metadata, util
from typing import TypedDict

import typer

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.cli.recipe_options import Json

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXTRAS = {"datasets": "mmgan-zoo[hf]", "tensorboard": "mmgan-zoo[tensorboard]"}


@app.command(epilog="Example: mmgan-zoo doctor --json")
def doctor(as_json: Json = False) -> None:
    """Check this installation; the exit code is 1 if something fails."""
    checks = [_python(), _torch(), *_plugins(), *_extras(), _cache()]
    if as_json:
        print_json(checks)
    else:
        print_table("", [(c["check"], "ok" if c["ok"] else "FAILS", c["says"]) for c in checks])
    if not all(check["ok"] for check in checks):
        raise typer.Exit(1)


class _Check(TypedDict):
    check: str
    ok: bool
    says: str


def _check(name: str, ok: bool, says: str) -> _Check:
    return {"check": name, "ok": ok, "says": says}


def _python() -> _Check:
    found = platform.python_version()
    ok = (3, 11) <= tuple(map(int, found.split(".")[:2])) <= (3, 13)
    says = f"{found}, mmgan-zoo {metadata.version('mmgan-zoo')}"
    return _check("python", ok, says if ok else f"{says}: use Python 3.11, 3.12 or 3.13")


def _torch() -> _Check:
    try:
        import torch
    except (ImportError, OSError) as error:
        return _check("torch", False, f"{error}: pip install --force-reinstall torch")
    device = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else ("mps" if torch.backends.mps.is_available() else "cpu")
    )
    return _check(
        "torch", True, f"{torch.__version__} on {device}, {torch.get_num_threads()} threads"
    )


def _plugins() -> list[_Check]:
    from mmgan_core.cli.verbs import ask_everything
    from mmgan_core.plugins.manager import KNOWN, plugins

    ask_everything()
    rows = [
        _check(
            f"plugin {p.name}",
            p.in_use or p.status == "blocked",
            f"{p.distribution} {p.version} {p.reason}".rstrip(),
        )
        for p in plugins()
    ]
    there = {plugin.name for plugin in plugins()}
    missing = [name for name in KNOWN if name not in there]
    return rows + [
        _check(f"plugin {name}", True, f"not installed: pip install {KNOWN[name]}")
        for name in missing
    ]


def _extras() -> list[_Check]:
    return [
        _check(
            name,
            True,
            metadata.version(name)
            if util.find_spec(name)
            else f"not installed: pip install '{extra}'",
        )
        for name, extra in EXTRAS.items()
    ]


def _cache() -> _Check:
    from mmgan_core.foundation.files import cache_directory

    folder = cache_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ok = os.access(folder, os.W_OK)
    except OSError:
        ok = False
    if not ok:
        return _check(
            "cache", False, f"{folder} cannot be written: set MMGAN_CACHE to another directory"
        )
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return _check("cache", True, f"{folder}, {size / 1e6:,.0f} MB")
