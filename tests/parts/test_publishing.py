"""A published model carries its frozen models, and finds them nowhere else."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file

from mmgan_core import load
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.portable.feeding import fed_of
from mmgan_core.portable.sampler import Sampler
from mmgan_core.publishing.export import export
from mmgan_core.publishing.push import push
from mmgan_core.publishing.verify import verify
from mmgan_core.training.run import train
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import is_of_a_model
from mmgan_core.zoo.pull import pull

from ..hub.server import Hub
from .conftest import latent

REPO = "alice/latent"
INNER = "parts/autoencoder"


@pytest.fixture
def alice(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A Hub with Alice logged in, and a cache of her own."""
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    return hub


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


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_its_card_names_the_kind_of_data_that_people_get(published: Path) -> None:
    """It makes latents, which nobody sees: what they are decoded into is what it is found by."""
    tags = set(ModelCard.load(published / "README.md").data.tags or ())
    assert "image" in tags
    assert "vector" not in tags


def test_another_engine_is_shown_what_latents_are_decoded_into(published: Path) -> None:
    model = load(published)
    sampler = Sampler(model).eval()
    fed = fed_of(sampler, 3, 0, ())
    fed["noise.z"] = noise_rows(5, 3, fed["noise.z"].shape[1])
    with torch.no_grad():
        (found,) = sampler(fed)
    wanted = model.generate(count=3, seed=5).z
    shown = [model.gan.modalities["z"].shown.present(row[None])[0] for row in found]
    assert [picture.tobytes() for picture in shown] == [picture.tobytes() for picture in wanted]
    assert sampler.showings["z"].kind == "picture"


def test_it_verifies_together_with_what_it_carries(published: Path) -> None:
    found = [finding.what for finding in verify(published)]
    own = ["files", "weights", "samples", "number"]
    assert found == [*own, *(f"part autoencoder: {what}" for what in own)]


def test_it_says_what_it_carries_and_how_large_that_is(published: Path, part: Path) -> None:
    manifest = ModelDirectory.open(published).manifest
    assert manifest.models == ["autoencoder"]
    assert manifest.size > ModelDirectory.open(part).manifest.size
    assert manifest.made["z"].modality["model"] == "part:autoencoder"
    assert manifest.made["z"].endings == ["png"], "latents are saved as what they decode to"
    assert {"mmgan-image", "mmgan-objectives"} <= manifest.plugins.keys(), "the part needs them"
    card = (published / "README.md").read_text()
    assert "--set make.z.modality.model=dir:parts/autoencoder" in card
    assert str(part) not in "".join(
        file.read_text(errors="replace") for file in published.rglob("*") if file.is_file()
    )


def test_elsewhere_it_makes_the_same_without_the_original(own_part: Path, tmp_path: Path) -> None:
    train(latent(f"dir:{own_part}", samples=64), tmp_path / "run", cpu=True)
    wanted = load(f"run:{tmp_path / 'run'}").generate(label=["one", "two"], seed=3)
    export(tmp_path / "run", tmp_path / "model")
    zipped = shutil.make_archive(str(tmp_path / "model"), "zip", tmp_path / "model")
    for gone in ("run", "model", "own-part"):
        shutil.rmtree(tmp_path / gone)
    shutil.unpack_archive(zipped, tmp_path / "elsewhere")
    found = load(f"dir:{tmp_path / 'elsewhere'}").generate(label=["one", "two"], seed=3)
    assert [p.tobytes() for p in found.z] == [p.tobytes() for p in wanted.z]
    assert found.z[0].size == (8, 8)
    assert found.tensors["z"].shape == (2, 6)


def test_a_run_is_exported_where_it_is_a_part(autoencoder_run: Path, tmp_path: Path) -> None:
    train(latent(f"run:{autoencoder_run}", samples=64), tmp_path / "run", cpu=True)
    model = export(tmp_path / "run", tmp_path / "model")
    assert model.manifest.models == ["autoencoder"]
    assert len(list(verify(model.path))) == 8


def test_parts_are_rounded_as_the_rest_is(
    run: Path, autoencoder_run: Path, part: Path, tmp_path: Path
) -> None:
    train(latent(f"run:{autoencoder_run}", samples=64), tmp_path / "run", cpu=True)
    for number, trained in enumerate((run, tmp_path / "run")):
        model = export(trained, tmp_path / f"model{number}", half=True)
        inner = model.models["autoencoder"]
        assert inner.manifest.half
        assert "--half" in (inner.path / "README.md").read_text()
        weights = load_file(inner.path / "model.safetensors")
        exact = load_file(part / "model.safetensors")
        assert weights.keys() == exact.keys()
        assert all(torch.equal(weights[name], exact[name].half()) for name in exact)
        # As precisely as they were recorded: what was recorded was made by rounded weights.
        found = {finding.what: finding.how for finding in verify(model.path)}
        assert found["part autoencoder: samples"] == found["samples"]
        assert "differing by 0 " in found["samples"]
    assert not ModelDirectory.open(part).manifest.half, "the original stays as it is"


@pytest.mark.parametrize(("name", "part"), [("", "my-run"), ("my own", "my-own"), ("é", "model")])
def test_a_part_without_a_name_that_fits_is_carried_under_one(
    autoencoder_run: Path, tmp_path: Path, name: str, part: str
) -> None:
    inner = Path(shutil.copytree(autoencoder_run, tmp_path / "my run"))
    change(inner / "resolved.yaml", "name: autoencoder", f"name: '{name}'")
    train(latent(f"run:{inner}", samples=64), tmp_path / "run", cpu=True)
    model = export(tmp_path / "run", tmp_path / "model")
    assert model.manifest.models == [part]
    assert len(list(verify(model.path))) == 8


def test_through_the_hub_and_back(alice: Hub, published: Path) -> None:
    pushed = push(published, REPO)
    assert f"{INNER}/model.safetensors" in alice.files(REPO)
    pulled = pull(f"hf:{REPO}")
    assert pulled.missing == ""
    for name in pushed.files:
        assert (pulled.directory.path / name).read_bytes() == (published / name).read_bytes()
    one, other = (load(name).generate(label="two").z for name in (f"dir:{published}", f"hf:{REPO}"))
    assert one[0].tobytes() == other[0].tobytes()


def test_a_part_that_is_gone_from_the_model_goes_from_the_hub(
    alice: Hub, published: Path, part: Path
) -> None:
    push(published, REPO)
    push(part, REPO)
    assert not any(name.startswith("parts/") for name in alice.files(REPO))


def test_a_changed_part_is_refused_wherever_it_comes_from(
    alice: Hub, model: Path, tmp_path: Path
) -> None:
    file = model / INNER / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    for use in (lambda: load(f"dir:{model}"), lambda: list(verify(model))):
        with pytest.raises(IntegrityError, match=r"model\.safetensors does not match"):
            use()
    # The whole agrees with the change, the part does not; nor does its author's manifest.
    rehash(model)
    alice.put(
        REPO,
        {p.relative_to(model).as_posix(): p.read_bytes() for p in model.rglob("*") if p.is_file()},
    )
    with pytest.raises(IntegrityError, match=rf"{INNER}/model\.safetensors does not match"):
        pull(f"hf:{REPO}", to=tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert not list((tmp_path / "hf").rglob("snapshots/*"))


@pytest.mark.parametrize(
    "name",
    [
        "dir:/etc",
        "run:/etc",
        "hf:alice/other",
        "tiny-dense",
        "part:../autoencoder",
        "part:autoencoder/../..",
        "part:other",
        "part:",
        "https://example.org/model",
        "/etc",
    ],
)
def test_a_published_model_finds_its_parts_in_itself_alone(model: Path, name: str) -> None:
    change(model / "recipe.yaml", "part:autoencoder", f"'{name}'")
    rehash(model)
    with pytest.raises(IntegrityError, match="which it does not carry"):
        load(f"dir:{model}")


def test_a_part_that_nothing_names_is_refused(model: Path) -> None:
    shutil.copytree(model / INNER, model / "parts" / "stowaway")
    rehash(model)
    with pytest.raises(IntegrityError, match="the recipe names no model 'stowaway'"):
        load(f"dir:{model}")


def test_a_part_with_active_content_is_refused(model: Path) -> None:
    card = model / INNER / "README.md"
    card.write_text(card.read_text() + "<script>")
    rehash(model / INNER)
    rehash(model)
    with pytest.raises(IntegrityError, match="active content"):
        ModelDirectory.open(model)


def test_a_model_inside_itself_is_refused(model: Path) -> None:
    """The cycle ends at the bound, or at the link that closes it."""
    shutil.rmtree(model / INNER)
    (model / INNER).symlink_to(model, target_is_directory=True)
    manifest = json.loads((model / "model.json").read_text())
    manifest["files"] |= {
        f"{INNER}/model.json": {"sha256": "0" * 64, "bytes": 1},
    }
    (model / "model.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError):
        ModelDirectory.open(model)


def test_a_linked_part_is_refused(model: Path, tmp_path: Path) -> None:
    shutil.move(model / INNER, tmp_path / "outside")
    (model / INNER).symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(IntegrityError, match="is a link"):
        ModelDirectory.open(model)


def test_models_may_stand_in_one_another_three_deep_and_no_deeper(
    published: Path, tmp_path: Path
) -> None:
    inside = published
    for depth in (2, 3):
        run = tmp_path / f"run{depth}"
        encoder = {"use": "core/model-encoder", "model": f"dir:{inside}", "dim": 4}
        label = {"label": {"encoder": encoder}}
        train(latent(f"dir:{inside}/{INNER}", given=label, samples=32), run, cpu=True) if (
            depth == 2
        ) else train(latent(f"dir:{published}/{INNER}", given=label, samples=32), run, cpu=True)
        inside = export(run, tmp_path / f"model{depth}").path
    assert any(p.as_posix().count("/parts/") == 3 for p in inside.rglob("model.json"))
    assert ModelDirectory.open(inside).check() == ""
    encoder = {"use": "core/model-encoder", "model": f"dir:{inside}", "dim": 4}
    deeper = latent(f"dir:{published}/{INNER}", given={"label": {"encoder": encoder}}, samples=32)
    train(deeper, tmp_path / "run4", cpu=True)
    with pytest.raises(UsageError, match="more than 3 models lie in one another"):
        export(tmp_path / "run4", tmp_path / "model4")
    assert not (tmp_path / "model4").exists()


@pytest.mark.parametrize(
    "path",
    [
        "parts/../model.json",
        "parts/a/../../evil.png",
        "parts/.a/model.json",
        "parts/a/evil.py",
        "parts/a/samples/evil.html",
        "parts/model.json",
        "model.json",
        "parts/a/parts/b/parts/c/parts/d/model.json",
        "/parts/a/model.json",
        "parts/a//model.json",
    ],
)
def test_other_names_are_no_files_of_a_model(path: str) -> None:
    assert not is_of_a_model(path)


@pytest.mark.parametrize("path", ["parts/a/model.json", "parts/a/parts/b/samples/x-000.png"])
def test_names_of_files_of_parts(path: str) -> None:
    assert is_of_a_model(path)
