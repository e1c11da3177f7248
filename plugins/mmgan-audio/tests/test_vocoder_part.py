"""A vocoder that was really trained, and as a part of a model of canvases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mmgan_audio import Waveform
from mmgan_core import load
from mmgan_core.contracts import Condition, Modality
from mmgan_core.errors import RecipeError
from mmgan_core.publishing.export import export
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.reading import check, read_recipe
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.run import train

MEL = {"use": "audio/log-mel", "rate": 8000, "n_fft": 128, "hop": 64, "bands": 16}
SECONDS = 0.256
REPOSITORY = Path(__file__).parents[3]


def vocoder() -> dict[str, Any]:
    """By distances alone in four steps, then against three discriminators."""
    return {
        "name": "vocoder",
        "data": "core/digits",
        "given": {
            "mel": {
                "modality": MEL | {"seconds": SECONDS},
                "column": "audio",
                "encoder": "audio/mel-frames",
            }
        },
        "fusion": {"use": "core/concatenation", "drop": 0, "drop_all": 0},
        "make": {
            "audio": {
                "modality": {"use": "audio/audio", "rate": 8000, "seconds": SECONDS},
                "window": 1024,
                "generator": {"use": "audio/istft", "width": 16, "blocks": 1},
                "discriminator": [
                    {"use": "audio/multi-period", "width": 2, "layers": 2, "periods": [2, 3]},
                    {"use": "audio/multi-scale", "width": 4, "layers": 2, "name": "scales"},
                    {
                        "use": "audio/multi-resolution-stft",
                        "width": 2,
                        "layers": 2,
                        "windows": [64],
                        "name": "spectra",
                    },
                ],
                "loss": "objectives/hinge",
                "adversarial_start": 64,
                "auxiliary_losses": [
                    {"use": "audio/mel-distance", "windows": [64, 128], "weight": 45},
                    {"use": "audio/stft-distance", "windows": [64, 128]},
                    {
                        "use": "objectives/feature-matching",
                        "rows": True,
                        "every_discriminator": True,
                        "wait": True,
                        "weight": 2,
                    },
                ],
            }
        },
        "train": {"samples": 96, "batch_size": 16, "learning_rate": 3e-3, "log_every": 16},
        "evaluate": {"metrics": []},
    }


def speech(**modality: Any) -> dict[str, Any]:
    """A model that makes canvases."""
    return {
        "name": "speech",
        "data": "core/digits",
        "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}},
        "make": {
            "audio": {
                "modality": MEL | {"seconds": SECONDS} | modality,
                "generator": {"use": "audio/mel-canvas", "width": 4, "noise_dim": 4},
                "discriminator": {"use": "audio/mel-canvas", "width": 4},
                "loss": "objectives/relativistic",
            }
        },
        "train": {"samples": 16, "batch_size": 8},
        "evaluate": {"metrics": []},
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "vocoder"
    train(check(vocoder(), "vocoder"), path, cpu=True)
    return path


@pytest.fixture(scope="module")
def model(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(run, tmp_path_factory.mktemp("models") / "vocoder").path


def test_distances_teach_alone_and_then_beside_three_discriminators(run: Path) -> None:
    rows = read_metrics(run)
    alone = [row for row in rows if row["samples"] <= 64]
    both = [row for row in rows if row["samples"] > 64]
    assert alone[-1]["audio/auxiliary"] < alone[0]["audio/auxiliary"]
    for name in ("audio", "audio-scales", "audio-spectra"):
        assert not any(f"{name}/g" in row for row in alone)
        assert all(np.isfinite(row[f"{name}/d"]) for row in both), name


def test_a_trained_vocoder_makes_any_length(model: Path) -> None:
    vocoder = load(f"dir:{model}")
    sound = np.sin(np.arange(8000) * 0.3).astype(np.float32)
    (made,) = vocoder.generate(mel=[(sound, 8000)], seed=0).audio
    assert len(made.samples) == 8000
    assert np.isfinite(made.samples).all()


def modality_of(model: Any, entry: str) -> Modality:
    found: Modality = model.gan.modalities[entry]
    return found


def test_canvases_become_audible_by_the_vocoder(model: Path, tmp_path: Path) -> None:
    """What is exported carries the vocoder, and makes the sound that the vocoder makes."""
    recipe = check(speech(vocoder=f"dir:{model}"), "speech")
    train(recipe, tmp_path / "run", cpu=True)
    published = export(tmp_path / "run", tmp_path / "speech").path
    assert (published / "parts" / "vocoder" / "model.json").is_file()
    assert "part vocoder: weights" in [finding.what for finding in verify(published)]
    found = load(f"dir:{published}")
    samples = found.generate(label="three", count=2, seed=0)
    alone, canvases = load(f"dir:{model}"), samples.tensors["audio"]
    with torch.no_grad():
        maps = torch.cat([canvases[:, 0], torch.ones(2, 1, canvases.shape[-1])], dim=1)
        wanted = alone.gan.generator("audio")(
            torch.zeros(2, 0), Condition(torch.zeros(2, 0), maps=maps)
        )
    for sound, wave in zip(samples.audio, wanted[:, 0].numpy(), strict=True):
        scaled = wave * (0.95 / np.abs(wave).max())
        np.testing.assert_allclose(sound.samples, scaled, atol=1e-5)
    # As long as another canvas is.
    modality = modality_of(found, "audio").sized(Waveform(np.ones(4000, np.float32), 8000))
    (long,) = modality.present(torch.zeros(1, *modality.space.shape))
    assert isinstance(long, Waveform)
    assert len(long.samples) == 64 * modality.space.shape[2]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bands": 12}, "bands: 12 here, 16 there"),
        (
            {"hop": 32, "floor_db": -70.0},
            "hop: 32 here, 64 there; floor_db: -70 here, -80 there",
        ),
    ],
)
def test_the_vocoder_of_another_mel_is_refused(
    model: Path, tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    recipe = check(speech(vocoder=f"dir:{model}", **changed), "speech")
    with pytest.raises(RecipeError, match=said) as refused:
        train(recipe, tmp_path / "run", cpu=True)
    assert "make.audio.modality" in str(refused.value)


def test_what_is_no_vocoder_is_refused(tmp_path: Path) -> None:
    recipe = check(speech(vocoder="tiny-dense"), "speech")
    with pytest.raises(RecipeError, match="tiny-dense is no vocoder: it is given"):
        train(recipe, tmp_path / "run", cpu=True)


def test_the_recipe_of_the_zoo_has_the_canvas_of_speech() -> None:
    vocoder, speech = (read_recipe(name, {}) for name in ("vocoder", "speech"))
    followed, made = vocoder.given["mel"].modality, speech.make["audio"].modality
    assert followed
    assert made
    own = {**made.model_dump(), **followed.model_dump()}
    assert {**own, "vocoder": "vocoder"} == made.model_dump()
