"""A file that a component reads is kept by the run, and carried by the model, under its hash."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import yaml

from mmgan_core import load, load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import IntegrityError, RecipeError
from mmgan_core.foundation.kept_files import LARGEST, KeptFiles, kept_name
from mmgan_core.publishing.export import export
from mmgan_core.publishing.push import push
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import is_of_a_model
from mmgan_core.zoo.pull import pull
from mmgan_text import train_tokenizer

from ..hub.server import Hub

TEXTS = ["the cat sat", "the cat ran", "a dog sat", "a dog ran", "the dog ran", "a cat sat"] * 6
REPO = "alice/words"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data")
    rows = {"text": TEXTS, "kind": ["cat" if "cat" in text else "dog" for text in TEXTS]}
    for split in ("train", "test"):
        pyarrow.parquet.write_table(pyarrow.table(rows), path / f"{split}.parquet")
    return path


def recipe(data: Path, samples: int = 32, **modality: Any) -> Recipe:
    text = {
        "modality": modality.pop("plain", {"use": "text/tokens", "tokenizer": "words", **modality}),
        "generator": {"use": "text/autoregressive", "width": 8},
        "discriminator": {"use": "core/dense", "hidden": [8]},
        "loss": "objectives/hinge",
    }
    raw = {
        "name": "words",
        "data": f"parquet:{data}",
        "given": {
            "kind": {
                "modality": "core/label",
                "encoder": {"use": "core/label-embedding", "dim": 4},
            }
        },
        "fusion": {"use": "core/concatenation", "dim": 4},
        "make": {"text": text},
        "train": {"samples": samples, "batch_size": 16},
    }
    return check(raw, "words")


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "words"
    train(recipe(data), path, cpu=True)
    return path


@pytest.fixture(scope="module")
def published(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(run, tmp_path_factory.mktemp("models") / "words").path


@pytest.fixture
def model(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "model"))


@pytest.fixture
def own_run(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "run"))


def only_file(folder: Path) -> Path:
    (file,) = (folder / "files").iterdir()
    return file


def rehash(model: Path) -> None:
    """Make a manifest agree with changed files, as a cheat would."""
    manifest = json.loads((model / "model.json").read_text())
    found = {p.relative_to(model).as_posix(): p for p in model.rglob("*") if p.is_file()}
    manifest["files"] = {
        name: {
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "bytes": file.stat().st_size,
        }
        for name, file in sorted(found.items())
        if name != "model.json"
    }
    (model / "model.json").write_text(json.dumps(manifest))


def test_the_run_keeps_what_was_learned_from_its_data_under_its_hash(run: Path) -> None:
    file = only_file(run)
    assert file.name == hashlib.sha256(file.read_bytes()).hexdigest()
    chosen = yaml.safe_load((run / "resolved.yaml").read_text())["make"]["text"]["modality"]
    assert chosen["vocabulary"] == f"sha256:{file.name}"
    assert set(json.loads(file.read_bytes())["model"]["vocab"]) >= {"the", "Ġcat", "Ġsat"}
    assert chosen["length"] == 3


def test_a_run_without_files_has_no_folder_for_them(data: Path, tmp_path: Path) -> None:
    train(recipe(data, 16, plain="text/text"), tmp_path / "run", cpu=True)
    assert not (tmp_path / "run" / "files").exists()


def test_a_run_goes_on_with_the_same_file(data: Path, own_run: Path) -> None:
    before = only_file(own_run).read_bytes()
    ended = train(recipe(data, 64), own_run, resume=True, cpu=True)
    assert ended.samples == 64
    assert only_file(own_run).read_bytes() == before


def test_a_run_does_not_go_on_with_another_vocabulary(data: Path, own_run: Path) -> None:
    with pytest.raises(RecipeError, match="trained with another recipe") as refused:
        train(recipe(data, 64, pieces=3), own_run, resume=True, cpu=True)
    assert "pieces" in str(refused.value)


def test_a_file_that_has_changed_is_refused(data: Path, own_run: Path) -> None:
    only_file(own_run).write_bytes(train_tokenizer(["other words"], "words"))
    with pytest.raises(IntegrityError, match="its hash is not its name"):
        load(f"run:{own_run}")
    with pytest.raises(IntegrityError, match="its hash is not its name"):
        train(recipe(data, 64), own_run, resume=True, cpu=True)
    only_file(own_run).unlink()
    with pytest.raises(IntegrityError, match="is missing"):
        load(f"run:{own_run}")


def test_a_recipe_names_a_file_by_its_path_and_the_run_copies_it(
    data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_bytes(train_tokenizer(["the cat", "the dog"], "words"))
    train(recipe(data, 16, vocabulary=str(file)), tmp_path / "run", cpu=True)
    assert only_file(tmp_path / "run").read_bytes() == file.read_bytes()
    file.unlink()
    assert load(f"run:{tmp_path / 'run'}").generate(kind="cat", seed=1).text
    assert str(tmp_path) not in (tmp_path / "run" / "resolved.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.json", r"make\.text\.modality\.vocabulary: there is no file 'missing\.json'"),
        ("sha256:" + 64 * "0", "names a file that a run or a model keeps"),
    ],
)
def test_a_file_that_is_not_there_is_refused_at_its_place(data: Path, name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        open_recipe(recipe(data, vocabulary=name))


def test_a_file_that_is_too_large_is_refused(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as stream:
        stream.truncate(LARGEST + 1)
    with pytest.raises(RecipeError, match="larger than 16,000,000 bytes"):
        open_recipe(recipe(data, vocabulary=str(file)))


def test_what_only_measures_cannot_have_a_file(data: Path) -> None:
    """The proof of a model carries evaluators alone, without files of theirs."""
    plain = recipe(data).plain()
    plain["make"]["text"]["evaluator"] = {
        "encoder": {"use": "text/characters"},
        "target": None,
        "modality": {"vocabulary": "own.json"},
    }
    with pytest.raises(RecipeError, match=r"is not a file of make\.text\.modality"):
        open_recipe(check(plain, "words"))


def test_a_model_carries_the_file_and_makes_the_same_elsewhere(
    run: Path, published: Path, tmp_path: Path
) -> None:
    assert ModelDirectory.open(published).manifest.kept == [only_file(run).name]
    assert only_file(published).read_bytes() == only_file(run).read_bytes()
    assert [finding.what for finding in verify(published)][:3] == ["files", "weights", "samples"]
    wanted = load(f"run:{run}").generate(kind="cat", count=4, seed=3).text
    elsewhere = Path(shutil.copytree(published, tmp_path / "elsewhere"))
    assert load(f"dir:{elsewhere}").generate(kind="cat", count=4, seed=3).text == wanted
    flag = f"--set make.text.modality.vocabulary=files/{only_file(run).name}"
    assert flag in (published / "README.md").read_text()


def test_the_recipe_of_a_model_can_be_trained_again(
    published: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the flag that the card names, in the directory of the model."""
    monkeypatch.chdir(published)
    key = "make.text.modality.vocabulary"
    # The model does not say where on this machine its data are.
    changes = {key: f"files/{only_file(published).name}", "data": f"parquet:{data}"}
    again = load_recipe("recipe.yaml", **changes)
    train(again, tmp_path / "again", cpu=True)
    assert only_file(tmp_path / "again").name == only_file(published).name


def test_there_and_back_over_the_hub(
    hub: Hub, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    push(published, REPO)
    pulled = pull(f"hf:{REPO}", to=tmp_path / "pulled")
    assert only_file(pulled.directory.path).read_bytes() == only_file(published).read_bytes()
    assert list(verify(pulled.directory.path))


def test_another_file_in_a_model_is_refused_though_hashes_agree(model: Path) -> None:
    only_file(model).write_bytes(train_tokenizer(["other words"], "words"))
    rehash(model)
    with pytest.raises(IntegrityError, match="another hash than its name"):
        load(f"dir:{model}")


def test_a_file_that_no_component_names_is_refused(model: Path) -> None:
    KeptFiles(model).write([b"a stray"])
    rehash(model)
    with pytest.raises(IntegrityError, match="names other files than those"):
        load(f"dir:{model}")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sha256:../../x"])
def test_a_model_reads_no_file_but_those_that_it_carries(model: Path, name: str) -> None:
    file = model / "recipe.yaml"
    file.write_text(file.read_text().replace(f"sha256:{only_file(model).name}", name))
    rehash(model)
    with pytest.raises(IntegrityError, match="is not the name of a kept file"):
        load(f"dir:{model}")


def test_files_are_called_by_their_hashes_and_nothing_else() -> None:
    assert is_of_a_model(f"files/{64 * 'a'}")
    assert is_of_a_model(f"parts/inner/files/{64 * '0'}")
    for name in ("files/tokenizer.json", f"files/{64 * 'A'}", "files/../x", f"files/{63 * 'a'}"):
        assert not is_of_a_model(name)
    assert kept_name(b"") == "sha256:" + hashlib.sha256(b"").hexdigest()


def test_entries_that_name_the_same_columns_share_a_vocabulary_and_not_a_length(
    tmp_path: Path,
) -> None:
    """The vocabulary knows words that stand in the other column alone."""
    rows = {"long": ["the cat sat and ran"] * 8, "short": ["a nap"] * 8}
    pyarrow.parquet.write_table(pyarrow.table(rows), tmp_path / "train.parquet")
    plain = recipe(tmp_path).plain()
    both = {"use": "text/tokens", "tokenizer": "words", "learned_from": ["long", "short"]}
    plain["given"] = {
        "long": {"modality": both, "encoder": {"use": "text/transformer", "choices": True}}
    }
    plain["make"]["short"] = {**plain["make"].pop("text"), "modality": both}
    blueprint, _ = open_recipe(check(plain, "words"))
    long, short = blueprint.modalities["long"].space, blueprint.modalities["short"].space
    assert long.settings == short.settings
    assert long.shape == (5, 9)
    assert short.shape == (2, 9)
    assert len(set(blueprint.files().values())) == 1
    assert set(blueprint.files()) == {
        "given.long.modality.vocabulary",
        "make.short.modality.vocabulary",
    }


def test_an_encoder_has_a_file_of_its_own(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_bytes(train_tokenizer(["the cat", "the dog"], "words"))
    plain = recipe(data, 16).plain()
    reader = {"use": "text/transformer", "width": 8, "dim": 4, "vocabulary": str(file)}
    plain["given"]["seen"] = {"column": "text", "modality": "text/text", "encoder": reader}
    train(check(plain, "words"), tmp_path / "run", cpu=True)
    assert len(list((tmp_path / "run" / "files").iterdir())) == 2
    model = export(tmp_path / "run", tmp_path / "model")
    assert kept_name(file.read_bytes()) in {f"sha256:{name}" for name in model.manifest.kept}
    assert load(f"dir:{model.path}").generate(seen="the cat", seed=1).text


def test_an_evaluator_cannot_have_a_file(data: Path) -> None:
    plain = recipe(data).plain()
    reader = {"use": "text/transformer", "vocabulary": "own.json"}
    plain["make"]["text"]["evaluator"] = {"encoder": reader, "target": None}
    with pytest.raises(RecipeError, match=r"evaluator\.encoder\.vocabulary: a file cannot stand"):
        open_recipe(check(plain, "words"))
