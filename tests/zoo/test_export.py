"""A run becomes a model that needs neither the run nor the data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file

from mmgan_core import load, load_recipe
from mmgan_core.assembly.opening import open_source
from mmgan_core.data.feed import open_feed
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.publishing.export import export
from mmgan_core.publishing.proof import DIGESTS
from mmgan_core.publishing.verify import verify
from mmgan_core.training.run import train
from mmgan_core.zoo.manifest import is_of_a_model, read_manifest


def test_everything_is_there(published: Path) -> None:
    manifest = read_manifest(published)
    files = {p.relative_to(published).as_posix() for p in published.rglob("*") if p.is_file()}
    assert files == {*manifest.files, "model.json"}
    assert all(is_of_a_model(name) for name in manifest.files)
    assert {"model.safetensors", "discriminator.safetensors", "proof.safetensors"} <= files
    assert "samples/sheet.png" in files


def test_the_contract_is_said(published: Path) -> None:
    manifest = read_manifest(published)
    assert list(manifest.given) == ["text", "label"]
    assert manifest.given["label"].modality["names"][:2] == ["zero", "one"]
    image = manifest.made["image"]
    assert (image.shape, image.low, image.high) == ([1, 16, 16], -1, 1)
    assert manifest.plugins.keys() == {"mmgan-zoo", "mmgan-image", "mmgan-text", "mmgan-objectives"}
    assert manifest.metrics
    assert manifest.metrics[0]["n"]
    assert manifest.cost.samples == 320
    assert manifest.cost.seconds
    assert manifest.licences.data == "CC-BY-4.0"


def test_the_hub_understands_the_card(published: Path) -> None:
    card = ModelCard.load(published / "README.md")
    assert card.data.library_name == "mmgan-zoo"
    assert card.data.pipeline_tag == "text-to-image"
    assert {"gan", "image", "text", "label"} <= set(card.data.tags or ())
    assert any(
        result.metric_type == "condition-accuracy" for result in card.data.eval_results or ()
    )
    assert "## Limits" in card.text
    assert "mmgan-zoo train recipe.yaml" in card.text


def test_what_the_hub_counts_is_small_and_follows_from_the_manifest(
    published: Path, model: Path, rehash: Callable[..., None]
) -> None:
    said = json.loads((published / "config.json").read_text(encoding="utf-8"))
    assert said["library_name"] == "mmgan-zoo"
    assert said["given"] == {"text": "text/text", "label": "core/label"}
    assert said["made"] == {"image": "image/image"}
    assert not said.keys() & {"model_type", "architectures"}, "it is of no other library"
    (model / "config.json").write_text('{"library_name": "mmgan-zoo"}', encoding="utf-8")
    rehash()
    with pytest.raises(IntegrityError, match=r"config\.json is not what export writes"):
        list(verify(model))


def test_what_repairs_says_how_and_shows_repairs(tmp_path: Path) -> None:
    recipe = load_recipe(
        "digits-repair",
        **{
            "data": "core/digits",
            "given": {},
            "fusion": None,
            "train.samples": 64,
            "make.image.modality": {"channels": 1, "height": 16, "width": 16},
            "make.image.generator.width": 4,
            "make.image.discriminator.width": 4,
            "make.image.evaluator": None,
            "evaluate.metrics": ["core/l1"],
        },
    )
    run = train(recipe, tmp_path / "run", cpu=True)
    card = ModelCard.load(export(run.path, tmp_path / "model", name="mends").path / "README.md")
    assert "Given what is known of `image`, it makes `image`" in card.text
    assert "mmgan-zoo repair dir:mends image=torn.png --mask hole.png" in card.text
    assert 'model.repair(image="torn.png"' in card.text
    assert card.data.pipeline_tag == "image-to-image"
    model = load(f"dir:{tmp_path / 'model'}")
    modality = model.gan.modalities["image"]
    files = sorted((tmp_path / "model" / "samples").glob("image-*.png"))
    shown = modality.to_sample(modality.prepare(files))
    test = open_feed(model.blueprint, model.gan, open_source({"use": "core/digits"}), "test")
    real = test.batch(0, 0, len(shown), torch.device("cpu")).real["image"]
    known = 1 - modality.sample_masks("centre", len(shown), 0, 1)
    torch.testing.assert_close(shown * known, real * known, atol=0.01, rtol=0)
    assert ((shown - real) * (1 - known)).abs().max() > 0.1, "the middle is made up"


def test_it_makes_what_the_run_makes(run: Path, published: Path) -> None:
    one, other = (
        load(name).generate(label=["three", "seven"], seed=3).image
        for name in (f"run:{run}", f"dir:{published}")
    )
    assert [picture.tobytes() for picture in one] == [picture.tobytes() for picture in other]


def test_without_a_number_a_proof_holds_what_its_samples_are_made_of(tmp_path: Path) -> None:
    changes = {"train.samples": 32, "make.image.evaluator": None, "make.image.matcher": None}
    recipe = load_recipe("digits", **changes, **{"evaluate.metrics": ["core/l1"]})
    train(recipe, tmp_path / "run", cpu=True)
    made = export(tmp_path / "run", tmp_path / "model", name="small").path
    tensors = load_file(made / "proof.safetensors")
    rows = {len(tensor) for name, tensor in tensors.items() if name.startswith("given.")}
    assert rows == {DIGESTS}
    assert [finding.what for finding in verify(made)][:3] == ["files", "weights", "samples"]


def test_it_needs_no_data(published: Path, tmp_path: Path) -> None:
    code = f"import mmgan_core as m; print(m.load('dir:{published}').generate(count=2).image)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "MMGAN_CACHE": str(tmp_path / "none")},
        timeout=120,
    )
    assert "PIL" in said.stdout, said.stderr


def test_half_precision_is_half_as_large(run: Path, published: Path, tmp_path: Path) -> None:
    small = export(run, tmp_path / "half", half=True).path
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (small, published)]
    assert sizes[0] < 0.65 * sizes[1]
    assert load(f"dir:{small}").generate(count=1).image


def test_the_training_state_may_come_along(run: Path, tmp_path: Path) -> None:
    model = export(run, tmp_path / "all", training=True)
    assert "training/state.json" in model.manifest.files
    assert "ema" in {Path(name).stem for name in model.manifest.files}


def test_a_card_cannot_be_made_to_run_anything(run: Path, tmp_path: Path) -> None:
    resolved = run / "resolved.yaml"
    text = resolved.read_text()
    try:
        resolved.write_text(text.replace("summary: ", "summary: <script>alert(1)</script> "))
        model = export(run, tmp_path / "model")
    finally:
        resolved.write_text(text)
    assert "&lt;script&gt;" in (model.path / "README.md").read_text()


def test_nothing_is_overwritten(run: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        export(run, tmp_path / "there")


def test_no_number_is_hard_coded(published: Path) -> None:
    manifest = json.loads((published / "model.json").read_text())
    weights = load_file(published / "model.safetensors")
    assert manifest["cost"]["weights"] == sum(tensor.numel() for tensor in weights.values())
