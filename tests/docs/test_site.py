"""The site holds everything that is public, and needs no network."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mmgan_core
from mmgan_core import contracts, errors, hookspecs
from mmgan_core.cli.verbs import VERBS
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import KINDS
from mmgan_core.testing.runner import checks_for

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "pages"))
import components  # noqa: E402
import recipe_keys  # noqa: E402

sys.path.pop(0)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `check.py` builds it: every warning is an error."""
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--site-dir",
            str(folder),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def anchors(site: Path, page: str) -> set[str]:
    """The names that a page can be linked at."""
    html = (site / page / "index.html").read_text("utf-8")
    return set(re.findall(r'<h\d id="([^"]+)"', html)) | set(re.findall(r'<a id="([^"]+)"', html))


def methods(cls: type) -> list[str]:
    """What a class says of itself that users or authors call."""
    own = {k: v for k, v in vars(cls).items() if not k.startswith("_") or k == "__call__"}
    # A field whose default is a function is a field.
    return [
        k
        for k, v in own.items()
        if (inspect.isfunction(v) and v.__name__ == k) or isinstance(v, property)
    ]


def test_every_public_name_is_there(site: Path) -> None:
    found = anchors(site, "reference/python") | anchors(site, "reference/errors")
    last = {anchor.rpartition(".")[2] for anchor in found}
    assert set(mmgan_core.__all__) <= last


def test_every_error_is_there(site: Path) -> None:
    found = anchors(site, "reference/errors")
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            assert f"mmgan_core.errors.{name}" in found


def test_every_contract_is_there_with_its_methods_and_calls(site: Path) -> None:
    found = anchors(site, "reference/contracts")
    assert "mmgan_core.contracts.Penalty.__call__" in found
    for name in contracts.__all__:
        assert f"mmgan_core.contracts.{name}" in found
        value = getattr(contracts, name)
        for method in methods(value) if inspect.isclass(value) else ():
            assert f"mmgan_core.contracts.{name}.{method}" in found


def kinds_of_components() -> list[type]:
    """The contracts from which authors derive components."""
    found = [getattr(contracts, name) for name in contracts.__all__]
    return [c for c in found if inspect.isclass(c) and getattr(c, "__abstractmethods__", None)]


def test_every_constructor_is_there_with_all_its_arguments(site: Path) -> None:
    html = (site / "reference/contracts/index.html").read_text("utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
    assert len(kinds_of_components()) == len(KINDS)
    for contract in kinds_of_components():
        names = [name for name in inspect.signature(contract).parameters if name != "self"]
        signature = rf"{contract.__name__}\( ?" + ".*?".join(f"{name}:" for name in names)
        assert names
        assert re.search(signature, text), signature


def test_every_method_that_an_author_must_write_is_there(site: Path) -> None:
    found = anchors(site, "reference/contracts")
    for contract in kinds_of_components():
        for method in contract.__abstractmethods__:
            assert f"mmgan_core.contracts.{contract.__name__}.{method}" in found


def test_what_prepared_tensors_are_called_is_there(site: Path) -> None:
    assert "&#34;prepared&#34;" in (site / "reference/contracts/index.html").read_text("utf-8") or (
        '"prepared"' in (site / "reference/contracts/index.html").read_text("utf-8")
    )


def test_every_check_of_the_kit_is_there_with_its_advice(site: Path) -> None:
    html = (site / "reference/testing/index.html").read_text("utf-8")
    for check in checks_for("generator"):
        assert f"<td>{check.name}</td>" in html
    assert "<td>it brings something, and every hook is called</td>" in html


def test_examples_are_shown_as_code(site: Path) -> None:
    html = (site / "reference/python/index.html").read_text("utf-8")
    text = re.sub(r"<[^>]+>", "", html)
    assert "Examples:" in text
    assert ">>> model" in text.replace("&gt;", ">")
    assert "doctest" not in text


def test_every_hook_is_there(site: Path) -> None:
    found = anchors(site, "reference/hooks")
    for name in vars(hookspecs):
        if name.startswith("mmgan_"):
            assert f"mmgan_core.hookspecs.{name}" in found


def test_every_verb_and_option_is_there(site: Path) -> None:
    html = (site / "reference/command-line/index.html").read_text("utf-8")
    for verb in VERBS:
        assert f"<code>mmgan-zoo {verb}</code>" in html
    for option in ("--no-plugin NAME", "--with-discriminator", "--with KIND"):
        assert f"<code>{option}</code>" in html


def test_every_recipe_key_is_there_and_says_what_it_is_for(site: Path) -> None:
    from mmgan_core.recipe.schema import Recipe

    html = (site / "reference/recipe/index.html").read_text("utf-8")
    sections = dict(recipe_keys.sections("", Recipe))
    assert {"train", "given.NAME", "make.NAME", "make.NAME.repair", "train.ema"} <= set(sections)
    for path, model in sections.items():
        assert f"<code>{path}</code>" in html or not path
        for key, field in model.model_fields.items():
            assert f"<td><code>{key}</code></td>" in html
            assert field.description, f"{path}.{key} has no description"


def test_every_component_of_ours_has_a_card(site: Path) -> None:
    for kind, spec in catalogue():
        if spec.plugin in components.FIRST_PARTY:
            assert spec.id.replace("/", "-") in anchors(site, f"reference/components/{kind}")


def test_the_site_needs_no_network(site: Path) -> None:
    for page in site.rglob("*.html"):
        html = page.read_text("utf-8")
        fetched = re.findall(r'<(?:script|img|iframe)[^>]*\ssrc="(?:https?:)?//[^"]+', html)
        fetched += re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="(?:https?:)?//[^"]+', html)
        assert not fetched, f"{page}: {fetched}"
