"""A kind of data that nobody else has, saved as .npy: export, verify, push and pull."""

from __future__ import annotations

import json
import pickle
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard

from mmgan_core import load
from mmgan_core.assembly.opening import open_source
from mmgan_core.components.sources.magic import kind_of_file
from mmgan_core.contracts import Column
from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.plugins import manager
from mmgan_core.publishing.export import export
from mmgan_core.publishing.push import push
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import check
from mmgan_core.starting.budget import Wish
from mmgan_core.starting.columns import look_at
from mmgan_core.starting.start import start
from mmgan_core.training.run import train
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import is_of_a_model, read_manifest
from mmgan_core.zoo.pull import pull

from ..hub.server import Hub
from . import grid

REPO = "alice/waves"


@pytest.fixture(scope="module")
def grids(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The plugin `grid`, installed beside the others."""
    packages = tmp_path_factory.mktemp("packages")
    info = packages / "mmgan_grid-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mmgan-grid\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mmgan.plugins]\ngrid = {grid.__name__}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(packages), *sys.path])
        manager.choose()
        yield
    manager.choose()


def _columns(data: str) -> dict[str, Column]:
    return {name: seen.column for name, seen in look_at(open_source({"use": data})).items()}


@pytest.fixture(scope="module")
def run(grids: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of what `init` writes for grids, cut short."""
    recipe = yaml.safe_load(start("grid/waves", Wish(1.0, rate=100.0)).text)
    recipe["name"] = "waves"
    recipe["train"] = {"samples": 64, "batch_size": 16}
    path = tmp_path_factory.mktemp("runs") / "waves"
    train(check(recipe, "waves"), path, cpu=True)
    return path


@pytest.fixture(scope="module")
def model(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(run, tmp_path_factory.mktemp("models") / "waves").path


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Makes a copy with one more file, which its manifest lists as its own."""
    import hashlib
    import shutil

    def add(name: str, content: bytes, *endings: str) -> Path:
        copy = Path(shutil.copytree(model, tmp_path / "copy"))
        (copy / name).write_bytes(content)
        manifest = json.loads((copy / "model.json").read_text())
        row = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        manifest["files"][name] = row
        manifest["made"]["grid"]["endings"] += endings
        (copy / "model.json").write_text(json.dumps(manifest))
        return copy

    return add


def test_its_files_are_listed_and_verify(model: Path) -> None:
    manifest = read_manifest(model)
    assert manifest.made["grid"].endings == ["npy"]
    assert [n for n in manifest.samples if n.endswith(".npy")] == [
        f"grid-{number:03d}.npy" for number in range(4)
    ]
    assert np.load(model / "samples" / "grid-000.npy", allow_pickle=False).shape == (4, 4)
    assert [finding.what for finding in verify(model)][:3] == ["files", "weights", "samples"]


def test_its_card_shows_the_sheet_and_links_the_files(model: Path) -> None:
    card = ModelCard.load(model / "README.md")
    assert card.data.pipeline_tag == "unconditional-grid-generation"
    assert "grid" in card.data.tags
    assert "![samples](samples/sheet.png)" in card.text
    assert "[grid-000.npy](samples/grid-000.npy)" in card.text


def test_there_and_back(
    hub: Hub, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    pushed = push(model, REPO)
    assert "samples/grid-003.npy" in pushed.files
    hub.put(REPO, {"samples/other.npy": b"never listed", "samples/x.wav": b"never listed"})
    before = hub.files(REPO).keys()
    pulled = pull(f"hf:{REPO}")
    assert {"samples/other.npy", "samples/x.wav"} <= set(before)
    assert not hub.calls("GET", "other.npy") + hub.calls("GET", "x.wav")
    folder = pulled.directory.path
    assert (
        sorted(p.name for p in (folder / "samples").iterdir()) == pulled.directory.manifest.samples
    )
    one, other = (load(n).generate(count=2, seed=1).grid for n in (f"hf:{REPO}", f"dir:{model}"))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    push(model, REPO)
    assert not [name for name in hub.files(REPO) if name in ("samples/other.npy", "samples/x.wav")]


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("wav", "does not list: npy, png"),
        ("html", "is not a file of a model"),
        ("py", "is not a file of a model"),
        ("pkl", "is not a file of a model"),
        ("NPY", "is not a file of a model"),
    ],
)
def test_other_endings_than_its_own_are_refused(broken, ending: str, said: str) -> None:
    copy = broken(f"samples/x.{ending}", b"x")
    with pytest.raises(IntegrityError, match=said):
        ModelDirectory.open(copy)


@pytest.mark.parametrize("ending", ["html", "py", "zip", "svgz", "../x", "a.b", ""])
def test_a_manifest_cannot_declare_what_is_run(broken, ending: str) -> None:
    with pytest.raises(IntegrityError, match=r"made\.grid\.endings"):
        ModelDirectory.open(broken("samples/x.npy", b"x", ending))


def _pickled() -> bytes:
    import io

    stream = io.BytesIO()
    np.save(stream, np.array([{}, object], dtype=object), allow_pickle=True)
    return stream.getvalue()


def _zipped(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("x", "x")
    return (folder / "x.zip").read_bytes()


SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.npy", _pickled(), "pickled objects"),
        ("x.npy", pickle.dumps({}), "a pickle"),
        ("x.npy", b"#!/bin/sh\n", "a script"),
        ("x.npy", b"\x7fELF....", "a program"),
        ("x.npy", b" \n<!DOCTYPE html><p>", "a page"),
        ("x.svg", SVG.format("<script>alert(1)</script>").encode(), "<script>"),
        ("x.svg", SVG.format('<path onclick="x()" d="M0 0"/>').encode(), "onclick"),
        ("x.svg", SVG.format('<a href="https://x.example"><path/></a>').encode(), "<a>"),
        ("x.svg", SVG.format('<g style="fill: url(https://x.example)"/>').encode(), "style"),
        ("x.svg", SVG.format('<linearGradient href="https://x.example"/>').encode(), "href"),
        ("x.svg", SVG.format("<foreignObject/>").encode(), "<foreignObject>"),
        ("x.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("").encode(), "document type"),
        ("x.svg", b'<?xml-stylesheet href="x.css"?>' + SVG.format("").encode(), "instruction"),
        ("x.svg", b"<svg><path></svg>", "not a sound drawing"),
    ],
)
def test_content_that_is_run_is_refused(broken, name: str, content: bytes, said: str) -> None:
    copy = broken(f"samples/{name}", content, "svg")
    with pytest.raises(IntegrityError, match=said):
        ModelDirectory.open(copy)


def test_an_archive_is_refused(broken, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="an archive"):
        ModelDirectory.open(broken("samples/x.npy", _zipped(tmp_path)))


def test_drawings_and_midi_are_fine(broken) -> None:
    drawing = SVG.format('<g fill="url(#a)"><path d="M0 0L1 1"/></g>').encode()
    ModelDirectory.open(broken("samples/x.svg", drawing, "svg", "mid"))
    assert is_of_a_model("samples/tune-000.mid")


def test_size_and_number_are_bounded(broken, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = broken("samples/x.npy", b"x" * 100)
    monkeypatch.setattr("mmgan_core.zoo.manifest.LARGEST_SAMPLE", 99)
    with pytest.raises(IntegrityError, match=r"is larger than 99 bytes"):
        read_manifest(copy)
    monkeypatch.undo()
    monkeypatch.setattr("mmgan_core.zoo.manifest.MOST_SAMPLES", 5)
    with pytest.raises(IntegrityError, match=r"6 samples are more than 5"):
        read_manifest(copy)


@pytest.mark.parametrize(
    ("declared", "said"),
    [(("txt",), "saves files that end in npy, but declares txt"), (("npy", "exe"), "can be run")],
)
def test_export_names_an_ending_that_is_not_declared(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr(grid.Grid, "endings", declared)
    with pytest.raises(MmganError, match=said):
        export(run, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_folder_of_its_files_is_known_by_its_kind(grids: None, tmp_path: Path) -> None:
    for name in ("calm", "rough"):
        (tmp_path / "waves" / name).mkdir(parents=True)
        np.save(tmp_path / "waves" / name / "one.NPY.npy", np.zeros((4, 4), np.float32))
    columns = _columns(f"folder:{tmp_path / 'waves'}")
    assert {name: column.modality for name, column in columns.items()} == {
        "grid": "grid",
        "label": "label",
    }
    (tmp_path / "waves" / "metadata.csv").write_text("file_name,mood\ncalm/one.NPY.npy,calm\n")
    columns = _columns(f"folder:{tmp_path / 'waves'}")
    assert columns["grid"].modality == "grid"


def test_no_plugin_claims_the_common_endings() -> None:
    claimed = {"png": "grid", "svg": "grid"}
    assert kind_of_file(Path("x.png"), claimed) == kind_of_file(Path("x.svg")) == "image"
    assert kind_of_file(Path("x.SVG"), claimed) == "grid"
