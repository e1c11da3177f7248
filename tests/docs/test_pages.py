"""The documentation does what it says: its Python runs, its commands and recipes are valid."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import soundfile
import typer
import yaml
from PIL import Image

from mmgan_core.api import train
from mmgan_core.cli.init_verb import init
from mmgan_core.cli.main import VERBS, app
from mmgan_core.cli.schema_verb import recipe_schema
from mmgan_core.cli.verbs import plugin_verbs
from mmgan_core.health.words import WORDS
from mmgan_core.recipe.reading import list_recipes, read_recipe
from mmgan_core.recipe.schema import Recipe

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
GUIDE = DOCS / "how-to" / "write-a-plugin.md"
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: .+ -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```", re.M | re.S
)


def blocks(page: Path, language: str) -> list[str]:
    """The page's blocks in a language, without those that say why they are not run."""
    found = BLOCK.finditer(page.read_text("utf-8"))
    return [f["text"] for f in found if f["language"] == language and not f["skip"]]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def with_blocks(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every `mmgan-zoo` command of a page."""
    for text in blocks(page, "sh"):
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["mmgan-zoo"]:
                yield words[1:]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files that the pages speak of."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)

    def picture(file: str) -> None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (28, 28), dtype=np.uint8)).save(file)

    for file in ("torn.png", "three.png", "my-nine.png"):
        picture(file)
    hole = np.zeros((28, 28), np.uint8)
    hole[8:20, 8:20] = 255
    Image.fromarray(hole).save("hole.png")
    soundfile.write("seven.wav", random.normal(0, 0.1, 4000), 8000)
    for kind in ("cat", "dog"):
        for number in range(8):
            picture(f"photos/{kind}/{number}.png")
    init(Path("mine.yaml"), data="folder:photos", rate=100.0)
    return tmp_path


@pytest.mark.parametrize("page", [p for p in with_blocks("python") if p != GUIDE], ids=name)
def test_python_runs(page: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page, one after the other; trainings and searches are short ones."""
    text = "\n".join(blocks(page, "python"))
    text = re.sub(r'("train\.samples": )[\d_]+', r"\g<1>64", text)
    text = re.sub(r"steps=300\b", "steps=3", text)
    exec(compile(text, str(page), "exec"), {})
    for file in re.findall(r'\.save\("([^"]+)"\)', text):
        assert (desk / file).exists(), file


@pytest.mark.parametrize("page", with_blocks("sh"), ids=name)
def test_commands_are_valid(page: Path) -> None:
    """Each verb is one, its arguments and options are known, and a trained recipe exists."""
    examples = {file.stem for file in ROOT.glob("examples/*/src/*/recipes/*.yaml")}
    recipes = {*list_recipes(), *examples, "NAME", "RECIPE"}
    for words in commands(page):
        command: Any = typer.main.get_command(app)
        assert words[0] in {*VERBS, *plugin_verbs()}, words
        context = typer.Context(command)
        rest = list(words)
        while hasattr(command, "get_command"):
            verb, *rest = rest
            command = command.get_command(context, verb)
            assert command is not None, words
            if not hasattr(command, "get_command"):
                context = command.make_context(verb, list(rest), parent=context)
        if words[0] in ("train", "plan", "validate") and not words[1].endswith(".yaml"):
            assert words[1] in recipes, words


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(recipe_schema())


@pytest.mark.parametrize("page", with_blocks("yaml"), ids=name)
def test_recipes_are_valid(page: Path, schema: jsonschema.Draft202012Validator) -> None:
    """Each part of a recipe on a page, put into the recipe `digits`, makes a valid recipe.

    A block with data and what is made is a whole recipe. The schema of recipes accepts it too.
    """
    whole = yaml.safe_load(list_recipes()["digits"].read_text("utf-8"))
    for text in blocks(page, "yaml"):
        part = yaml.safe_load(text)
        if set(part) <= set(Recipe.model_fields):
            recipe = part if {"data", "make"} <= set(part) else merged(whole, part)
            Recipe.model_validate(recipe)
            schema.validate(recipe)
        else:
            assert set(part) == {"models"}, f"{name(page)}: neither a recipe nor an index"


def merged(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A recipe with a part of it replaced; what is given, and components, are replaced whole."""
    result = dict(whole)
    for key, value in part.items():
        both = isinstance(value, dict) and isinstance(whole.get(key), dict)
        inner = both and "use" not in value and key not in ("given", "data", "align", "fusion")
        result[key] = merged(whole[key], value) if inner else value
    return result


def test_the_recipe_on_its_page_is_complete(tmp_path: Path) -> None:
    first, *_ = blocks(DOCS / "reference" / "recipe.md", "yaml")
    file = tmp_path / "mine.yaml"
    file.write_text(first, "utf-8")
    assert read_recipe(file).given.keys() == {"text", "speaker"}


def test_every_health_word_and_metric_is_explained(desk: Path) -> None:
    page = (DOCS / "how-to" / "health.md").read_text("utf-8")
    assert [word for word in WORDS if f"| {word} |" not in page] == []
    small = {"train.samples": 64, "train.batch_size": 32, "train.log_every": 32}
    train("digits", "runs/one", cpu=True, **small, **{"make.image.matching_aware": 1})
    line = json.loads((desk / "runs/one/metrics.jsonl").read_text("utf-8").splitlines()[-1])
    logged = [key for key in line if key.startswith("image/")]
    assert {"image/d", "image/g"} <= set(logged)
    assert not [key for key in logged if f"`NAME/{key.removeprefix('image/')}`" not in page]


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """Those of the site are checked when it is built."""
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "dev" / "LOG.md"], ids=name)
def test_decimals_begin_with_a_zero(page: Path) -> None:
    found = re.findall(r"(?<![\w./])\.\d+", page.read_text("utf-8"))
    assert not found, found


def test_the_guide_makes_a_plugin_that_keeps_every_contract(tmp_path: Path) -> None:
    """Every block with a file's name is written there; then the plugin is checked and trained."""
    for text in [*blocks(GUIDE, "toml"), *blocks(GUIDE, "python")]:
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
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(source), *sys.path])},
        )

    checked = zoo("plugins", "check", "spark")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "generator spark/waves" in checked.stdout
    (train,) = [words for words in commands(GUIDE) if words[0] == "train"]
    settings = ("train.samples=64", "train.batch_size=16")
    small = [part for setting in settings for part in ("--set", setting)]
    trained = zoo(*train, "--cpu", *small)
    assert trained.returncode == 0, trained.stderr
