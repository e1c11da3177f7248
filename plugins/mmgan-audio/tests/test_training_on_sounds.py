"""Small trainings on tones, with the parts of this plugin that a recipe puts together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from mmgan_audio.waveform import Waveform
from mmgan_core import train

from .conftest import tone

PITCHES = {"low": 300, "high": 1500}
DATA = {
    "word": list(PITCHES) * 8,
    "audio": [(tone(PITCHES[word], seconds=0.1), 8000) for word in list(PITCHES) * 8],
}
CANVAS = {
    "modality": {"use": "audio/log-mel", "seconds": 0.1, "n_fft": 128, "bands": 16},
    "generator": {"use": "audio/mel-canvas", "width": 4, "max_width": 8},
    "discriminator": {"use": "audio/mel-canvas", "width": 4, "max_width": 8},
}


def recipe(tmp_path: Path, **made: Any) -> Path:
    """A word to a sound."""
    import yaml

    label = {"modality": {"use": "core/label", "names": list(PITCHES)}}
    sections = {
        "given": {"word": {**label, "encoder": {"use": "core/label-embedding", "dim": 4}}},
        "fusion": {"use": "core/concatenation", "dim": 4},
        "make": {"audio": {"loss": "objectives/relativistic", **made}},
        "train": {"samples": 64, "batch_size": 8, "log_every": 32},
    }
    file = tmp_path / "tones.yaml"
    file.write_text(yaml.safe_dump(sections))
    return file


def heard(tmp_path: Path, **made: Any) -> Waveform:
    model = train(recipe(tmp_path, **made), tmp_path / "run", data=DATA, cpu=True)
    sound = model.generate(word="low", seed=0)["audio"][0]
    assert isinstance(sound, Waveform)
    assert torch.from_numpy(sound.samples).isfinite().all()
    return sound


def test_the_discriminator_is_told_what_was_changed_as_often_as_it_must_be(tmp_path: Path) -> None:
    told = {"use": "audio/diffaugment", "condition_discriminator": True}
    augment = [
        {**told, "adaptive": {"target": -0.9, "over": 100}},
        {"use": "objectives/mixup", "probability": 0.2},
    ]
    heard(
        tmp_path,
        **CANVAS,
        augment=augment,
        data_augment={"use": "audio/diffaugment", "policy": ["shift", "speed"], "shift": 0.05},
        penalties=[{"use": "objectives/r1", "weight": 0.1}],
    )
    checkpoint = max((tmp_path / "run" / "checkpoints").iterdir())
    state = [
        tensor
        for file in checkpoint.rglob("*")
        if file.suffix in (".pt", ".safetensors")
        for name, tensor in _tensors(file).items()
        if name.endswith("probability")
    ]
    assert any(bool((tensor > 0).any()) for tensor in state)


def test_waveforms_are_made_directly(tmp_path: Path) -> None:
    sound = heard(
        tmp_path,
        modality={"use": "audio/audio", "rate": 8000, "seconds": 0.1},
        generator={"use": "audio/wave", "width": 4, "max_width": 8, "noise_dim": 4},
        discriminator={"use": "audio/wave", "width": 4, "max_width": 8},
        augment={"use": "audio/diffaugment", "probability": 0.5, "condition_discriminator": True},
        penalties=[{"use": "objectives/r1", "weight": 0.1}],
    )
    assert len(sound.samples) == 800
    assert sound.rate == 8000


def _tensors(file: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    if file.suffix == ".safetensors":
        return load_file(file)
    found: dict[str, torch.Tensor] = {}

    def walk(name: str, value: object) -> None:
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name}.{key}", inner)

    walk("", torch.load(file, weights_only=True))
    return found
