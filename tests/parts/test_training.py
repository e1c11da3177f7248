"""A component with a frozen model trains, resumes bit for bit, and never changes the model."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import IntegrityError, RecipeError
from mmgan_core.recipe.reading import check
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.training.phases import Networks
from mmgan_core.training.run import default_run, train
from mmgan_core.zoo.loading import frozen_model, load_run

from .conftest import PICTURE, autoencoder, latent


def test_a_run_is_locked_to_the_model_that_it_works_with(run: Path, part: Path) -> None:
    lock = json.loads((run / "lock.json").read_text())
    assert lock["models"] == {"make.z.modality.model": frozen_model(f"dir:{part}").digest}


def test_standardised_latents_are_shown_as_the_frozen_model_decodes_them(run: Path) -> None:
    """A latent of 1 stands for the mean and one standard deviation, and one of 9 for the reach."""
    modality = load_run(run, device="cpu").gan.modalities["z"]
    options, space = modality.options, modality.space  # type: ignore[attr-defined]
    mean, std = torch.tensor(options.mean), torch.tensor(options.std)
    frozen = modality.model  # type: ignore[attr-defined]
    made = frozen.decode("image", torch.stack([mean + std, mean + options.reach * std]))
    wanted = frozen.modality("image").present(made.clamp(-1, 1))
    shown = modality.present(torch.stack([torch.ones(space.shape), torch.full(space.shape, 9.0)]))
    assert [one.tobytes() for one in shown] == [one.tobytes() for one in wanted]  # type: ignore[attr-defined]
    assert shown[0].tobytes() != shown[1].tobytes()  # type: ignore[attr-defined]


def test_runs_without_frozen_models_have_locks_as_before(autoencoder_run: Path) -> None:
    assert "models" not in json.loads((autoencoder_run / "lock.json").read_text())


def test_the_statistics_of_the_data_are_written_into_the_resolved_recipe(run: Path) -> None:
    chosen = yaml.safe_load((run / "resolved.yaml").read_text())["make"]["z"]["modality"]
    assert len(chosen["mean"]) == len(chosen["std"]) == 6
    assert all(std > 0 for std in chosen["std"])


def test_no_weight_of_the_frozen_model_is_trained_averaged_or_saved(run: Path, part: Path) -> None:
    theirs = set(load_file(part / "model.safetensors"))
    assert theirs
    for file in ("weights", "ema"):
        names = load_file(checkpoints(run)[-1] / f"{file}.safetensors")
        assert not any("autoencoder" in name or "seen" in name for name in names)
    networks = Networks(open_recipe(latent(f"dir:{part}"), frozen_model)[0])
    ours = {id(weight) for weight in networks.parameters()}
    frozen = frozen_model(f"dir:{part}").network
    assert not ours & {id(weight) for weight in frozen.parameters()}
    networks.train().requires_grad_(True)
    assert not any(module.training for module in frozen.modules())
    assert not any(weight.requires_grad for weight in frozen.parameters())


def test_training_does_not_change_the_frozen_model(part: Path, tmp_path: Path) -> None:
    frozen = frozen_model(f"dir:{part}")
    before = {name: tensor.clone() for name, tensor in frozen.network.state_dict().items()}
    train(latent(f"dir:{part}", samples=64), tmp_path / "run", cpu=True)
    assert frozen_model(f"dir:{part}") is frozen, "it is loaded once"
    for name, tensor in frozen.network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_an_interrupted_training_resumes_bit_for_bit(run: Path, part: Path, tmp_path: Path) -> None:
    train(latent(f"dir:{part}", samples=64), tmp_path / "run", cpu=True)
    train(latent(f"dir:{part}", samples=128), tmp_path / "run", resume=True, cpu=True)
    for file in ("weights", "ema"):
        one, other = (
            load_file(checkpoints(path)[-1] / f"{file}.safetensors")
            for path in (run, tmp_path / "run")
        )
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_can_be_the_frozen_model(autoencoder_run: Path, part: Path, tmp_path: Path) -> None:
    train(latent(f"run:{autoencoder_run}", samples=64), tmp_path / "run", cpu=True)
    train(latent(f"dir:{part}", samples=64), tmp_path / "other", cpu=True)
    one, other = (
        load_file(checkpoints(tmp_path / name)[-1] / "ema.safetensors") for name in ("run", "other")
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_is_refused_once_its_frozen_model_has_changed(
    autoencoder_run: Path, tmp_path: Path
) -> None:
    inner = Path(shutil.copytree(autoencoder_run, tmp_path / "inner"))
    train(latent(f"run:{inner}", samples=64), tmp_path / "run", cpu=True)
    train(autoencoder(train={"samples": 672, "batch_size": 32}), tmp_path / "longer", cpu=True)
    shutil.rmtree(inner)
    shutil.copytree(tmp_path / "longer", inner)
    device = torch.device("cpu")
    for use in (
        lambda: train(latent(f"run:{inner}", samples=128), tmp_path / "run", resume=True, cpu=True),
        lambda: load_run(tmp_path / "run", device=device),
    ):
        with pytest.raises(IntegrityError, match=r"modality\.model: the model has changed"):
            use()


def test_damage_of_the_frozen_model_is_refused_before_training(
    own_part: Path, tmp_path: Path
) -> None:
    tensors = load_file(own_part / "model.safetensors")
    save_file({n: t + 1 for n, t in tensors.items()}, own_part / "model.safetensors")
    with pytest.raises(IntegrityError, match=r"model\.safetensors does not match"):
        train(latent(f"dir:{own_part}"), tmp_path / "run", cpu=True)
    assert not (tmp_path / "run").exists()


def test_a_given_entry_can_be_encoded_by_a_frozen_model(part: Path, tmp_path: Path) -> None:
    encoder = {"use": "core/model-encoder", "model": f"dir:{part}", "dim": 8}
    # The model prepares values itself, so that the entry's own size makes no difference.
    seen = {"column": "image", "modality": {**PICTURE, "height": 12}, "encoder": encoder}
    recipe = autoencoder(given={"seen": seen}, train={"samples": 64, "batch_size": 32})
    train(recipe, tmp_path / "run", cpu=True)
    saved = load_file(checkpoints(tmp_path / "run")[-1] / "weights.safetensors")
    own = {name for name in saved if name.startswith("gan.encoders.seen.")}
    assert own
    assert all(name.startswith("gan.encoders.seen.head.") for name in own)


def test_the_recipes_of_the_page_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "parts.md").read_text("utf-8")
    first, second, *_ = re.findall(r"^```yaml\n(.+?)^```", page, re.M | re.S)
    for text in (first, second):
        raw = yaml.safe_load(text)
        raw["train"] |= {"samples": 64, "batch_size": 32}
        recipe = check(raw, "page")
        run = train(recipe, default_run(recipe), cpu=True)
    made = load_run(run.path, device=torch.device("cpu")).generate(label="three", count=2)
    assert [picture.size for picture in made.picture] == [(16, 16)] * 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entry": "imag"}, "makes image, and not 'imag': did you mean 'image'"),
        ({"given": "label"}, "is given seen, and not 'label'"),
        ({"mean": [0.0], "std": [1.0]}, "have 6 numbers, not 1"),
        ({"mean": [0.0]}, "1 means and 0 standard deviations"),
    ],
)
def test_options_that_do_not_fit_the_model_are_refused(
    part: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(RecipeError, match=said) as refusal:
        open_recipe(latent(f"dir:{part}", options=changes), frozen_model)
    assert "make.z.modality" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("run:nowhere", r"make\.z\.modality\.model: there is no run in nowhere"),
        ("part:autoencoder", r"dir:MODEL/parts/autoencoder"),
        ("tiny-dense", "tiny-dense is no autoencoder: it is given image and makes label"),
        ("no-such-model", "there is no model 'no-such-model'"),
        ("ftp://x/y", "cannot|not a model"),
    ],
)
def test_other_names_of_models_are_refused(name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        open_recipe(latent(name), frozen_model)


def test_only_some_kinds_of_components_can_have_a_frozen_model(part: Path) -> None:
    recipe = latent(f"dir:{part}")
    with pytest.raises(RecipeError, match="a frozen model cannot stand here"):
        open_recipe(recipe)  # nobody here knows where models lie


def test_an_evaluator_cannot_have_a_frozen_model(part: Path) -> None:
    encoder = {"use": "core/model-encoder", "model": f"dir:{part}"}
    plain = latent(f"dir:{part}").plain()
    plain["make"]["z"]["evaluator"] = {"encoder": encoder, "target": "label"}
    with pytest.raises(RecipeError, match=r"make\.z\.evaluator\.encoder: an evaluator cannot"):
        open_recipe(latent("x", make=plain["make"]), frozen_model)
