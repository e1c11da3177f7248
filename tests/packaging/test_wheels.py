"""What the wheels hold, and what an index would show of them."""

from __future__ import annotations

import importlib.util
import subprocess
import zipfile
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt

from .conftest import COMMAND
from .projects import CORE, PLUGINS, ROOT, settings

HOME = "https://forge.example/people/mmgan-zoo"


def wheel_of(folder: str, wheels: Path) -> zipfile.ZipFile:
    stem = settings(folder)["project"]["name"].replace("-", "_")
    (file,) = wheels.glob(f"{stem}-*.whl")
    return zipfile.ZipFile(file)


def metadata_of(folder: str, wheels: Path) -> Message:
    with wheel_of(folder, wheels) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(wheel.read(name))


def sources(folder: str) -> dict[str, Path]:
    """Every file that a wheel is to hold, by its path there."""
    homes = {"mmgan_core": ROOT / "mmgan_core", "mmgan_core/zoo_files": ROOT / "zoo"}
    if folder != CORE:
        (package,) = (path for path in (ROOT / folder / "src").iterdir() if path.is_dir())
        homes = {package.name: package}
    return {
        f"{inside}/{file.relative_to(home).as_posix()}": file
        for inside, home in homes.items()
        for file in home.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.mark.parametrize("folder", [CORE, *PLUGINS])
def test_a_wheel_holds_every_file_of_its_package_and_no_other(folder: str, wheels: Path) -> None:
    expected = sources(folder)
    with wheel_of(folder, wheels) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert held == set(expected)
        for name, file in expected.items():
            assert wheel.read(name) == file.read_bytes(), name


def test_the_core_holds_more_than_code(wheels: Path) -> None:
    """The walk above sees what there is; this, that what there must be is there."""
    with wheel_of(CORE, wheels) as wheel:
        held = set(wheel.namelist())
    assert {
        "mmgan_core/py.typed",
        "mmgan_core/data/packs/digits/speech-train.parquet",
        "mmgan_core/scaffold/templates/pyproject.toml.tmpl",
        "mmgan_core/zoo_files/index.yaml",
        "mmgan_core/zoo_files/models/digits-28/model.safetensors",
        "mmgan_core/zoo_files/recipes/digits.yaml",
    } <= held


@pytest.mark.parametrize("folder", [CORE, *PLUGINS])
def test_a_wheel_holds_its_licences(folder: str, wheels: Path) -> None:
    said = metadata_of(folder, wheels)
    files = ["LICENSE", "NOTICE"] if folder == CORE else ["LICENSE"]
    assert said.get_all("License-File") == files
    assert said["License-Expression"] == settings(folder)["project"]["license"]
    with wheel_of(folder, wheels) as wheel:
        for file in files:
            (name,) = (name for name in wheel.namelist() if name.endswith(f"/licenses/{file}"))
            assert wheel.read(name) == (ROOT / file).read_bytes()


@pytest.mark.parametrize("folder", PLUGINS)
def test_a_plugin_is_typed(folder: str, wheels: Path) -> None:
    with wheel_of(folder, wheels) as wheel:
        assert any(name.endswith("/py.typed") for name in wheel.namelist())


@pytest.mark.parametrize("folder", [CORE, *PLUGINS])
def test_without_an_address_a_readme_links_to_nothing_beside_it(folder: str, wheels: Path) -> None:
    said = metadata_of(folder, wheels)
    assert said.get_all("Project-URL") is None
    assert said["Description-Content-Type"] == "text/markdown"
    assert targets(str(said.get_payload())) == []


def test_with_an_address_links_and_pictures_are_absolute(tmp_path: Path) -> None:
    subprocess.run([*COMMAND, "--out", str(tmp_path), "--home", f"{HOME}/"], check=True)
    for folder in (CORE, *PLUGINS):
        said = metadata_of(folder, tmp_path)
        assert f"Homepage, {HOME}" in (said.get_all("Project-URL") or [])
        assert targets(str(said.get_payload())) == []
    page = str(metadata_of(CORE, tmp_path).get_payload())
    text = (ROOT / "README.md").read_text("utf-8")
    assert page.count(f"{HOME}/") == len(targets(text)), "each relative address, and no other"
    pictures = [target for target in targets(text) if target.endswith(".png")]
    assert pictures
    for target in pictures:
        assert f"({HOME}/raw/HEAD/{target})" in page


class Addresses(HTMLParser):
    """Notes every address that a page links to or shows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def targets(page: str) -> list[str]:
    """The relative addresses of a page's links and pictures, as a Markdown parser finds them."""
    parser = Addresses()
    parser.feed(MarkdownIt("commonmark").enable("table").render(page))
    return [one for one in parser.found if "://" not in one and not one.startswith("#")]


def builder() -> ModuleType:
    path = ROOT / "scripts" / "build_wheels.py"
    spec = importlib.util.spec_from_file_location("build_wheels", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = """See [the guide](../../docs/a.md#b), [a paper](https://arxiv.org/abs/1) and [below](#x).
[![a badge](badge.png)](docs/b.md) <img src="c.png" alt="a cat" width="9"> <a href="d.md">d</a>

```md
[kept](as/it/is.md)
```
"""


def test_a_readme_with_an_address() -> None:
    page = builder().readme(PAGE, "plugins/mmgan-x", HOME)
    assert f"[the guide]({HOME}/blob/HEAD/docs/a.md#b)" in page
    assert "[a paper](https://arxiv.org/abs/1) and [below](#x)" in page
    assert f"[![a badge]({HOME}/raw/HEAD/plugins/mmgan-x/badge.png)]" in page
    assert f"({HOME}/blob/HEAD/plugins/mmgan-x/docs/b.md)" in page
    assert f'<img src="{HOME}/raw/HEAD/plugins/mmgan-x/c.png" alt="a cat" width="9">' in page
    assert f'<a href="{HOME}/blob/HEAD/plugins/mmgan-x/d.md">d</a>' in page
    assert "[kept](as/it/is.md)" in page


def test_a_readme_without_an_address() -> None:
    page = builder().readme(PAGE, "plugins/mmgan-x", "")
    assert page.startswith("See the guide, [a paper](https://arxiv.org/abs/1) and [below](#x).\n")
    assert "\n(a badge) (a cat) d\n" in page
    assert "[kept](as/it/is.md)" in page


def test_an_address_must_be_one(tmp_path: Path) -> None:
    said = subprocess.run(
        [*COMMAND, "--out", str(tmp_path), "--home", "example.org"], capture_output=True, text=True
    )
    assert said.returncode == 1
    assert "begins with https://" in said.stderr
    assert list(tmp_path.iterdir()) == []
