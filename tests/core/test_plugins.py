"""Plugins: found in a steady order, each apart, each with a status and a way out."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmgan_core.errors import PluginMissing, RecipeError, UsageError
from mmgan_core.plugins import manager as home
from mmgan_core.plugins.catalogue import catalogue

GOOD = """
from mmgan_core import Spec, hookimpl

@hookimpl
def mmgan_losses():
    return [Spec("{name}/soft", "mmgan_{name}.soft:Soft", "Soft")]
"""
Install = Callable[..., home.Plugin]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a plugin into a directory, finds plugins anew, and returns how it fares."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def install(name: str, code: str = GOOD, distribution: str = "", **choices) -> home.Plugin:
        distribution = distribution or f"mmgan-{name}"
        package = f"{distribution.replace('-', '_')}_code"
        (tmp_path / package).mkdir()
        (tmp_path / package / "plugin.py").write_text(code.replace("{name}", name))
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[mmgan.plugins]\n{name} = {package}.plugin\n")
        home.choose(**choices)
        catalogue()
        return next(p for p in home.plugins() if p.distribution == distribution)

    yield install
    for name in [name for name in sys.modules if name.partition(".")[0].endswith("_code")]:
        del sys.modules[name]
    monkeypatch.undo()
    home.choose()


def losses() -> set[str]:
    return {spec.id for spec in catalogue().of("loss")}


def test_a_new_plugin_is_found(install: Install) -> None:
    plugin = install("mine")
    assert (plugin.status, plugin.version) == ("ok", "1.0")
    assert "mine/soft" in losses()
    assert catalogue().owner("loss", "mine/soft") == "mmgan-mine"


BROKEN = {
    "raises on import": ("raise RuntimeError('no')", "broken", "RuntimeError: no"),
    "ends the program": ("import sys; sys.exit(3)", "broken", "SystemExit"),
    "no such module": ("import not_there", "broken", "not_there"),
    "misspelt hook": (
        "from mmgan_core import hookimpl\n@hookimpl\ndef mmgan_loses(): return []",
        "broken",
        "did you mean 'mmgan_losses'",
    ),
    "hook raises": (
        "from mmgan_core import hookimpl\n@hookimpl\ndef mmgan_losses(): return 1 / 0",
        "broken",
        "mmgan_losses() raised ZeroDivisionError",
    ),
    "hook returns nonsense": (
        "from mmgan_core import hookimpl\n@hookimpl\ndef mmgan_losses(): return ['x']",
        "broken",
        "must return a list of Spec",
    ),
    "bad id": (GOOD.replace("{name}/soft", "Soft"), "broken", "not of the form plugin/name"),
    "another's id": (
        GOOD.replace("{name}/soft", "objectives/hinge"),
        "broken",
        "'objectives/hinge' must begin with 'bad/'",
    ),
    "an id twice": (
        GOOD.replace('"Soft")]', '"Soft")] * 2'),
        "broken",
        "'bad/soft' occurs twice",
    ),
    "API that is text": (
        "MMGAN_API = '1'\n" + GOOD,
        "incompatible",
        "its MMGAN_API is '1', of type str: its author can write a whole number, MMGAN_API = 1",
    ),
    "newer API": ("MMGAN_API = 99\n" + GOOD, "incompatible", "pip install --upgrade mmgan-zoo"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_bad_plugin_affects_no_other(install: Install, how: str) -> None:
    code, status, reason = BROKEN[how]
    install("fine")
    plugin = install("bad", code)
    assert plugin.status == status
    assert reason in plugin.reason
    assert "fine/soft" in losses()
    assert "objectives/hinge" in losses()
    assert catalogue().load("loss", "objectives/hinge").__name__ == "Hinge"


def test_two_plugins_with_one_name_are_both_reported(install: Install) -> None:
    install("twin", distribution="first")
    second = install("twin", distribution="second")
    twins = [p for p in home.plugins() if p.name == "twin"]
    assert [p.status for p in twins] == ["duplicate", "duplicate"]
    assert "first" in second.reason
    assert "pip uninstall second" in second.reason
    assert "twin/soft" not in losses()


def test_what_a_plugin_prints_does_not_reach_the_user(install: Install, capsys) -> None:
    install("loud", "print('hello')\n" + GOOD.replace("return", "print('again'); return"))
    assert "loud/soft" in losses()
    assert capsys.readouterr().out == ""


def test_what_a_hook_writes_to_standard_error_does_reach_them(install: Install, capsys) -> None:
    hook = """
import sys
@hookimpl
def mmgan_step_ended(samples):
    print("unseen")
    print("seen at", samples, file=sys.stderr)
"""
    plugin = install("loud", GOOD + hook)
    home.plugins().tell(plugin, "mmgan_step_ended", {"samples": 5, "run": None, "metrics": {}})
    assert capsys.readouterr() == ("", "seen at 5\n")


SAYS_NOTHING = "Metadata-Version: 2.1\nName: mmgan-mine\nVersion: 1.0\n"


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        (SAYS_NOTHING, ""),
        (
            SAYS_NOTHING + "License-Expression: MIT OR GPL-3.0-only\n\nLicense: told\n",
            "MIT OR GPL-3.0-only",
        ),
        (SAYS_NOTHING + "License: BSD\r\n\r\nLicense-Expression: no\n", "BSD"),
        (SAYS_NOTHING + "\nLicense: no\n", ""),
    ],
)
def test_a_licence_is_that_of_the_distribution(
    install: Install, tmp_path: Path, metadata: str, licence: str
) -> None:
    install("mine", GOOD.replace('"Soft")', '"Soft"), Spec("mine/own", "m:O", "", licence="ISC")'))
    (tmp_path / "mmgan_mine-1.0.dist-info/METADATA").write_text(metadata, newline="")
    assert catalogue().licence("loss", "mine/soft") == licence
    assert catalogue().licence("loss", "mine/own") == "ISC"


def test_our_own_components_are_under_apache() -> None:
    known = catalogue()
    assert {known.licence(kind, spec.id) for kind, spec in known} == {"Apache-2.0"}


def test_blocking(install: Install, monkeypatch) -> None:
    assert install("mine", block=["mine"]).status == "blocked"
    with pytest.raises(PluginMissing, match="'mine' is blocked"):
        catalogue().get("loss", "mine/soft")
    monkeypatch.setenv("MMGAN_PLUGINS", "objectives")
    home.choose()
    statuses = {p.name: p.status for p in home.plugins()}
    assert (statuses.pop("core"), statuses.pop("objectives")) == ("ok", "ok")
    assert {"image", "mine"} <= statuses.keys()
    assert set(statuses.values()) == {"blocked"}
    with pytest.raises(UsageError, match="did you mean 'mine'"):
        home.choose(block=["mien"])


def test_a_component_that_cannot_be_imported(install: Install) -> None:
    install("mine")
    with pytest.raises(PluginMissing, match="pip install --force-reinstall mmgan-mine"):
        catalogue().load("loss", "mine/soft")


def test_unknown_components_name_the_nearest() -> None:
    with pytest.raises(RecipeError, match="did you mean 'objectives/hinge'"):
        catalogue().get("loss", "objectives/hing")
    with pytest.raises(RecipeError, match="did you mean 'image/r3'"):
        catalogue().get("generator", "picture/r3")
    with pytest.raises(RecipeError, match="installed in version 1, the recipe pins 2"):
        catalogue().get("generator", "image/r3@2")
    assert catalogue().get("generator", "image/r3@1").version == 1


def test_the_order_is_always_the_same() -> None:
    names = [plugin.name for plugin in home.plugins()]
    assert names == ["core", *sorted(names[1:])]


def test_core_imports_no_plugin_and_the_cli_no_torch() -> None:
    """The one-way rule of the rooms, read off the sources."""
    root = Path(home.__file__).parent
    for file in root.rglob("*.py"):
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        for plugin in ("mmgan_objectives", "mmgan_image", "mmgan_audio", "mmgan_text"):
            assert not any(
                line.startswith((f"from {plugin}", f"import {plugin}")) for line in lines
            )
        if file.parent.name == "cli":
            text = file.read_text(encoding="utf-8")
            assert not text.startswith("import torch")
            assert "\nimport torch" not in text


SUGGESTS = """
from mmgan_core import Spec, Starter, hookimpl

@hookimpl
def mmgan_modalities():
    return [Spec("{name}/tune", "x:Y", "Tunes", modalities=("tune",), starter=STARTER)]
"""


@pytest.mark.parametrize(
    ("starter", "said"),
    [
        ("'mine/reader'", "mine/tune: starter is a Starter, not 'mine/reader'"),
        ("Starter(encoder='os:system')", "the suggested encoder 'os:system' is not of the form"),
    ],
)
def test_a_suggestion_is_an_id_and_chooses_no_import(
    install: Install, starter: str, said: str
) -> None:
    plugin = install("mine", SUGGESTS.replace("STARTER", starter))
    assert plugin.status == "broken"
    assert said in plugin.reason
