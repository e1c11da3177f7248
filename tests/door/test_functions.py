"""The functions of the Python API, and what a loaded model knows of itself."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch

import mmgan_core as mmgan
from mmgan_core import Model, UsageError, api
from mmgan_core.cli.ls_verb import app as ls
from mmgan_core.contracts import Modality
from mmgan_core.errors import IntegrityError
from mmgan_core.publishing import sharing

from .conftest import labels, pictures

FUNCTIONS = sorted([*api.__all__, *sharing.__all__])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a quick training on data in memory."""
    from mmgan_core.recipe.reading import dump

    from .conftest import RECIPE

    folder = tmp_path_factory.mktemp("door")
    (folder / "halves.yaml").write_text(dump(RECIPE), encoding="utf-8")
    data = {"image": pictures(), "label": labels()}
    quick: dict[str, Any] = {"cpu": True, "train.samples": 16}
    mmgan.train(folder / "halves.yaml", folder / "run", data=data, **quick)
    return folder / "run"


@pytest.fixture
def model(run: Path) -> Model:
    return mmgan.load(run)


def same(one: Model, other: Model) -> bool:
    ours, theirs = one.gan.maker_state(), other.gan.maker_state()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[n], theirs[n]) for n in ours)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_public_typed_and_documented(name: str) -> None:
    function = getattr(mmgan, name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    said = inspect.getdoc(function) or ""
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.name in said


def test_a_saved_model_of_a_run_is_read_back_bit_for_bit(model: Model, tmp_path: Path) -> None:
    folder = model.save(tmp_path / "model")
    again = mmgan.load(folder)
    assert same(model, again)
    one, other = (m.generate(label="left", count=3, seed=5) for m in (model, again))
    assert torch.equal(one.tensors["image"], other.tensors["image"])
    assert same(again, mmgan.load(again.save(tmp_path / "copy")))
    assert [found.what for found in mmgan.verify(tmp_path / "copy")][:2] == ["files", "weights"]


def test_saving_refuses_a_folder_that_exists_and_weights_that_were_changed(
    model: Model, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="exists already"):
        model.save(tmp_path)
    next(model.gan.parameters()).add_(1.0)
    with pytest.raises(UsageError, match="not those of run:"):
        model.save(tmp_path / "model")
    with pytest.raises(UsageError, match="not those of run:"):
        mmgan.export(model, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_model_of_ones_own_making_says_what_can_be_saved(model: Model, tmp_path: Path) -> None:
    bare = Model(model.blueprint, model.gan, device=torch.device("cpu"))
    with pytest.raises(UsageError, match="nothing says where halves is from"):
        bare.save(tmp_path / "model")
    with pytest.raises(UsageError, match="nothing says where halves is from"):
        mmgan.push(bare, "me/halves", dry_run=True)


def test_moving_a_model_returns_the_model_and_keeps_its_samples(model: Model) -> None:
    before = model.generate(label="left").tensors["image"]
    assert model.to("cpu") is model
    assert torch.equal(model.generate(label="left").tensors["image"], before)
    with pytest.raises(UsageError, match="'cdua' cannot be used"):
        model.to("cdua")
    assert model.device == torch.device("cpu")


def test_labels_are_the_names_in_order_and_other_entries_have_none(model: Model) -> None:
    assert model.labels("label") == ["left", "right"]
    with pytest.raises(UsageError, match="the values of image have no fixed names") as refused:
        model.labels("image")
    assert "those of label do" in refused.value.hint
    with pytest.raises(UsageError, match="has no entry 'lable'") as refused:
        model.labels("lable")
    assert "label" in refused.value.hint
    assert Modality.labels.fget(model.blueprint.modalities["image"]) == ()  # type: ignore[attr-defined]


def test_evaluating_a_name_writes_into_its_run_and_a_model_writes_nothing(
    run: Path, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named, loaded = mmgan.evaluate(run), mmgan.evaluate(model, out="numbers.json")
    assert named.path == run / "evaluation.json"
    assert [file.name for file in tmp_path.iterdir()] == ["numbers.json"]
    assert named.as_dict() == loaded.as_dict() == mmgan.evaluate(model).as_dict()


def test_push_takes_a_model_and_says_what_it_would_push(model: Model, run: Path) -> None:
    one, other = (mmgan.push(m, "me/halves", dry_run=True, half=True) for m in (model, run))
    assert "model.safetensors" in one.files
    assert one.files["model.safetensors"] == other.files["model.safetensors"]


def test_pulling_a_shipped_model_into_a_folder_copies_it(tmp_path: Path) -> None:
    pulled = mmgan.pull("digits-28", folder=tmp_path / "digits")
    assert pulled.directory.path == tmp_path / "digits"
    assert not pulled.missing


def test_models_are_listed_with_what_they_take_and_make() -> None:
    (digits,) = [one for one in mmgan.list_models() if one.name == "digits-28"]
    assert digits.local
    assert digits.bytes > 10_000
    assert "image" in digits.made
    assert digits in mmgan.list_models(given=["label"], made=["image"])
    assert mmgan.list_models(made=["smell"]) == []


def test_components_are_listed_by_kind_in_any_spelling_and_by_modality() -> None:
    every = mmgan.list_components()
    joint = mmgan.list_components("joint-discriminators")
    assert joint == [one for one in every if one.kind == "joint_discriminator"]
    for kind in ("loss", "losses", "penalties", "modality", "modalities"):
        assert mmgan.list_components(kind)
    assert all(one.id != "image/r3" for one in mmgan.list_components(modality="label"))
    with pytest.raises(UsageError, match="there is no kind 'genrator'") as refused:
        mmgan.list_components("genrator")
    assert "generator" in refused.value.hint
    with pytest.raises(UsageError, match="there is no modality 'imag'"):
        mmgan.list_components(modality="imag")


def test_the_command_line_lists_the_same_components(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    ls(["fusion", "--json"], standalone_mode=False)
    found = json.loads(capsys.readouterr().out)["components"]
    assert [row["id"] for row in found] == [one.id for one in mmgan.list_components("fusion")]


def test_a_damaged_model_is_refused(model: Model, tmp_path: Path) -> None:
    folder = model.save(tmp_path / "model")
    (folder / "recipe.yaml").write_text("{}", encoding="utf-8")
    for use in (mmgan.load, mmgan.verify):
        with pytest.raises(IntegrityError, match="does not match"):
            use(folder)


def test_functions_of_the_api_are_resolved_without_torch(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys, mmgan_core; mmgan_core.list_models; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_any_argument_that_is_no_model_is_refused(tmp_path: Path) -> None:
    wrong: Any = 3
    with pytest.raises(UsageError, match="named by a text or a path"):
        mmgan.load(wrong)
