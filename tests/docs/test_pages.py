"""The documentation does what it says."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmgan_core.cli.main import VERBS
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.reading import list_recipes, read_recipe

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind == language]


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert written == script("make_reference").page(), "python scripts/make_reference.py"


def test_every_component_of_ours_has_an_up_to_date_card() -> None:
    written = (ROOT / "docs" / "components.md").read_text("utf-8")
    assert written == script("make_cards").page(), "python scripts/make_cards.py"
    for kind, spec in catalogue():
        if kind not in ("modality", "data_source") and spec.plugin in ("core", "image"):
            assert f"### `{spec.id}`" in written


def test_the_guide_makes_a_plugin_that_keeps_every_contract(tmp_path: Path) -> None:
    """Every block with a file's name is written there; then the plugin is checked and trained."""
    guide = ROOT / "docs" / "write-a-plugin.md"
    for text in [*blocks(guide, "toml"), *blocks(guide, "python")]:
        file = tmp_path / text.split("\n", 1)[0].removeprefix("# ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    source = tmp_path / "src"
    info = source / "mmgan_spark-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mmgan-spark\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[mmgan.plugins]\nspark = mmgan_spark.plugin\n")

    def zoo(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mmgan_core.cli.main", "--plugin-path", str(source), *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(source)},
        )

    checked = zoo("plugins", "check", "spark")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "| generator spark/waves |" in checked.stdout
    (train,) = [
        line
        for text in blocks(guide, "sh")
        for line in text.splitlines()
        if line.startswith("mmgan-zoo train")
    ]
    settings = ("train.samples=64", "train.batch_size=16")
    small = [part for setting in settings for part in ("--set", setting)]
    trained = zoo(*train.split()[1:], "--cpu", *small)
    assert trained.returncode == 0, trained.stderr


def test_the_recipe_on_the_recipes_page_is_a_recipe(tmp_path: Path) -> None:
    first, *_ = blocks(ROOT / "docs" / "recipes.md", "yaml")
    file = tmp_path / "mine.yaml"
    file.write_text(first, "utf-8")
    assert read_recipe(file).given.keys() == {"text", "speaker"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    """Each `mmgan-zoo VERB` of a shell block is a verb, each recipe it trains a recipe."""
    for text in blocks(page, "sh"):
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if words[:1] != ["mmgan-zoo"]:
                continue
            verb = next(word for word in words[1:] if not word.startswith("-"))
            assert verb in VERBS or verb == "sketch-svg", line
            if verb == "train" and not words[2].endswith(".yaml"):
                examples = {file.stem for file in ROOT.glob("examples/*/src/*/recipes/*.yaml")}
                assert words[2] in {*list_recipes(), *examples}, line
