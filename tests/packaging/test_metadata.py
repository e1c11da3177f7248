"""What an index shows of each project: authors, licences, classifiers."""

from __future__ import annotations

import json
import re

import pytest
from trove_classifiers import classifiers

from .projects import CORE, OURS, PLUGINS, ROOT, settings

SHARED = {
    "Development Status :: 3 - Alpha",
    "Intended Audience :: Developers",
    "Intended Audience :: Science/Research",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "Topic :: Scientific/Engineering :: Artificial Intelligence",
    "Typing :: Typed",
}
MODELS = sorted(file.parent.name for file in ROOT.glob("zoo/models/*/model.json"))


@pytest.mark.parametrize("folder", OURS)
def test_an_index_learns_the_same_of_every_project(folder: str) -> None:
    project = settings(folder)["project"]
    assert project["authors"] == [{"name": "mmgan-zoo contributors"}]
    assert project["requires-python"] == ">=3.11"
    assert project["readme"] == "README.md"
    assert project["description"].endswith(".")
    assert project["keywords"] == sorted(project["keywords"])
    assert set(project["classifiers"]) >= SHARED
    assert set(project["classifiers"]) <= classifiers
    # A licence stands in `license`, and an index refuses one in both places.
    assert not any(one.startswith("License") for one in project["classifiers"])


def test_all_name_the_same_addresses_or_none() -> None:
    said = {json.dumps(settings(folder)["project"].get("urls")) for folder in OURS}
    assert len(said) == 1


@pytest.mark.parametrize("folder", [folder for folder in OURS if folder != CORE])
def test_a_plugin_holds_code_alone_under_one_licence(folder: str) -> None:
    assert settings(folder)["project"]["license"] == "Apache-2.0"
    assert (ROOT / folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    held = {file.suffix for file in (ROOT / folder / "src").rglob("*") if file.is_file()}
    assert held <= {".md", ".py", ".pyc", ".yaml", ".typed"}, "data need a licence: see NOTICE"


def test_the_core_states_the_licence_of_every_model_it_holds() -> None:
    stated = set(settings(CORE)["project"]["license"].split(" AND "))
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for name in MODELS:
        licences = json.loads((ROOT / f"zoo/models/{name}/model.json").read_text())["licences"]
        assert f"\n{name}: {licences['weights']}. Trained on " in notice
        named = set(re.findall(r"Apache-2\.0|CC-BY(?:-SA)?-\d\.\d|MIT", str(licences)))
        assert named <= stated, f"{name}: {named - stated}"
    assert stated <= set(re.findall(r"Apache-2\.0|CC-BY(?:-SA)?-\d\.\d|MIT", notice))


def test_the_notice_names_no_model_that_is_not_there() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert re.findall(r"^([a-z0-9-]+): .* Trained on ", notice, re.MULTILINE) != []
    named = re.findall(r"^([a-z0-9-]+): .* Trained on ", notice, re.MULTILINE)
    assert sorted(named) == MODELS


def test_the_notice_names_every_pack_of_data() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for page in ROOT.glob("mmgan_core/data/packs/*/README.md"):
        assert f"Data in mmgan_core/data/packs/{page.parent.name}\n" in notice
        assert set(re.findall(r"doi:\S+?(?=[.,\s*])", page.read_text())) <= set(
            re.findall(r"doi:\S+?(?=[.,\s])", notice)
        )


def test_environments_install_every_plugin() -> None:
    text = (ROOT / "scripts" / "environment.py").read_text("utf-8")
    listed = re.findall(r'"(\w+)"', "".join(re.findall(r"^\w+ = (\(.*\))$", text, re.MULTILINE)))
    assert sorted(f"plugins/mmgan-{name}" for name in listed) == PLUGINS
