"""Long sounds: a recipe with a window for them, and samples of any length from what it trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_core.api import load
from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue, UsageError
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.training.run import train

from .conftest import tone

COLUMN = Column("audio", "audio")
RECIPE = """
data: core/digits
make:
  audio:
    modality: {use: audio/log-mel, rate: 8000, n_fft: 256, hop: 128, bands: 16, seconds: 0.64,
      griffin_lim_steps: 2}
    generator: {use: audio/mel-stream, width: 4, max_width: 8, voices: 2, frequencies: 4}
    discriminator: {use: audio/mel-canvas, width: 4, max_width: 8}
    loss: objectives/non-saturating
    window: 16
train: {samples: 32, batch_size: 16, log_every: 16, sample_every: 32}
evaluate: {metrics: []}
"""


def test_a_long_sound_is_prepared_as_a_whole_and_seen_in_windows() -> None:
    long = [(tone(300, seconds=40), 8000)]
    options, said = LogMelModality.start(COLUMN, long, 32)
    assert (options["seconds"], options["max_seconds"]) == (40, 60)
    assert "windows" in said
    assert LogMelModality.start_window(options, 32) == 64
    assert LogMelModality(LogMelOptions.model_validate(options)).prepare(long).shape[3] == 2500


def test_a_short_sound_is_seen_as_a_whole() -> None:
    options, _ = LogMelModality.start(COLUMN, [(tone(300, seconds=2), 8000)], 32)
    assert "max_seconds" not in options
    assert LogMelModality.start_window(options, 32) is None


def test_lengths_are_said_in_frames_or_in_seconds() -> None:
    modality = LogMelModality(LogMelOptions(rate=8000, n_fft=256, hop=128))
    assert modality.sizes_of("10s") == (625,)
    assert modality.sizes_of("0.5 s") == (31,)
    assert modality.sizes_of("64") == (64,)
    for wrong in ("10m", "-1s", "0s", "s", "64x64", "", "1e9s"):
        with pytest.raises(BadValue, match="write"):
            modality.sizes_of(wrong)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("runs")
    (home / "recipe.yaml").write_text(RECIPE)
    train(read_recipe(str(home / "recipe.yaml"), {}), home / "run", cpu=True)
    return home / "run"


def test_a_model_of_windows_makes_any_length(run: Path, tmp_path: Path) -> None:
    model = load(f"run:{run}", device="cpu")
    plain, longer = model.generate(count=2), model.sized("2s").generate(count=2)
    assert plain.tensors["audio"].shape == (2, 1, 16, 16), "a window, if nothing is asked"
    assert longer.tensors["audio"].shape == (2, 1, 16, 125)
    assert (plain.tensors["audio"] - longer.tensors["audio"][..., :16]).abs().max() < 1e-4
    files = longer.save(tmp_path, format="flac")
    assert [soundfile.info(file).duration for file in files] == pytest.approx([2.0, 2.0])
    (joined,) = model.interpolate(steps=3, seed=0).save_joined(tmp_path)
    assert joined.name == "audio.wav"
    assert soundfile.info(joined).duration == pytest.approx(4 * 16 * 128 / 8000, abs=0.01)
    with pytest.raises(UsageError, match="write"):
        model.sized("long")
    with pytest.raises(UsageError, match="cannot be written as 'mp4'"):
        plain.save(tmp_path, format="mp4")


def test_a_model_of_one_size_says_so() -> None:
    with pytest.raises(UsageError, match="makes samples of one size"):
        load("speech", device="cpu").sized("2s")
