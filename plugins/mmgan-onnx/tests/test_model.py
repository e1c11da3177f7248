"""Exported models make what the toolkit makes of the same values and seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgan_core import load
from mmgan_core.explaining.direction_file import moved_along as moved_along_with_torch
from mmgan_core.portable.written import write
from mmgan_onnx import OnnxError, OnnxModel, load_onnx
from mmgan_onnx.command import main
from mmgan_onnx.directions import amounts_of, moved_along

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("onnx") / "tiny"
    write(load("tiny-dense"), out, "onnx", examples={})
    return out


@pytest.fixture
def model(folder: Path) -> OnnxModel:
    return load_onnx(folder)


def test_it_makes_what_the_toolkit_makes(model: OnnxModel) -> None:
    other = load("tiny-dense")
    for asked in ({"image": PICTURE, "count": 70, "seed": 3}, {"seed": [4, 9]}):
        found, wanted = model.generate(**asked), other.generate(**asked)
        # Where all numbers are 0 but for rounding, any name is as likely as another.
        sure = (wanted.tensors["label"].amax(1) > 1e-3).tolist()
        assert any(sure)
        pairs = zip(sure, found.label, wanted.label, strict=True)
        assert all(one == two for here, one, two in pairs if here)


def test_it_is_verified_and_used_from_a_shell(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PICTURE.save(tmp_path / "a.png")
    assert main(["verify", str(folder)]) == 0
    assert main(["show", str(folder)]) == 0
    out = str(tmp_path / "out")
    assert main(["generate", str(folder), f"image={tmp_path / 'a.png'}", "--out", out]) == 0
    said = capsys.readouterr().out
    assert "is verified" in said
    assert "takes image (picture)" in said
    assert (tmp_path / "out" / "label-000.txt").is_file()
    assert main(["generate", str(folder), "picture=a.png", "--out", out]) == 1
    assert "it takes image" in capsys.readouterr().err


def test_mistakes_are_said(model: OnnxModel, tmp_path: Path) -> None:
    with pytest.raises(OnnxError, match="cannot be given 'imag'"):
        model.generate(imag=PICTURE)
    with pytest.raises(OnnxError, match="cannot repair"):
        model.repair(mask=PICTURE, image=PICTURE)
    with pytest.raises(OnnxError, match="truncation must be from 0 to 2"):
        model.generate(truncation=3)
    with pytest.raises(OnnxError, match=r"there is no onnx\.json"):
        load_onnx(tmp_path)
    with pytest.raises(OnnxError, match="no graph of 8-bit numbers"):
        load_onnx(model.folder, int8=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("digits", {"text": "three"}),
        ("digits-28", {"label": "four"}),
        ("digits-28", {}),
        ("emoji", {"caption": "a red heart"}),
    ],
)
def test_pictures_of_the_zoo_are_the_same(name: str, given: dict[str, str], tmp_path: Path) -> None:
    write(load(name), tmp_path / "out", "onnx")
    found = load_onnx(tmp_path / "out").generate(count=3, seed=5, **given).image
    wanted = load(name).generate(count=3, seed=5, **given).image
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(np.asarray(one, int) - np.asarray(other, int)).max() <= 2


def test_samples_are_moved_along_directions() -> None:
    said = {
        "name": "tiny",
        "directions": [
            {"name": "ink", "noise": "noise.image", "vector": [0.6, 0.8]},
            {"name": "seven", "push": 1, "entry": "label", "value": "seven"},
        ],
    }
    fed = {"noise.image": np.ones((2, 2), np.float32), "push.amount": np.zeros((2, 3), np.float32)}
    moved = moved_along(fed, said, {"ink": -2, "seven": 0.5})
    np.testing.assert_allclose(moved["noise.image"], [[-0.2, -0.6]] * 2, atol=1e-6)
    assert moved["push.amount"].tolist() == [[0, 0.5, 0]] * 2
    assert not fed["push.amount"].any(), "what was fed stays"
    with pytest.raises(OnnxError, match=r"no direction 'sevn'(.|\n)*seven"):
        moved_along(fed, said, {"sevn": 1})
    with pytest.raises(OnnxError, match="has no direction"):
        moved_along(fed, {"name": "old"}, {"ink": 1})


def test_amounts_are_numbers() -> None:
    assert amounts_of(["ink=+2", "a=b=-0.5"]) == {"ink": 2, "a=b": -0.5}
    for text in ("ink", "=1", "ink=much", "ink=nan"):
        with pytest.raises(OnnxError, match="NAME=AMOUNT"):
            amounts_of([text])


@pytest.mark.slow
def test_a_pushed_sample_is_that_of_the_toolkit(tmp_path: Path) -> None:
    model, folder = load("digits-28"), tmp_path / "out"
    write(model, folder, "onnx")
    along = {"seven": 0.8, "ink": 1.5}
    found = load_onnx(folder).generate(count=3, seed=5, directions=along, text="three").image
    moved = moved_along_with_torch(model, None, along)
    for one, other in zip(found, moved.generate(count=3, seed=5, text="three").image, strict=True):
        assert np.abs(np.asarray(one, int) - np.asarray(other, int)).max() <= 2
    out = str(tmp_path / "files")
    assert (
        main(["generate", str(folder), "text=three", "--direction", "seven=1", "--out", out]) == 0
    )
    assert main(["generate", str(folder), "--direction", "sevn=1", "--out", out]) == 1
