from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

SPEECH = Path(__file__).parents[4] / "shared" / "data" / "spoken-digits"


@pytest.fixture(scope="session", autouse=True)
def _import_quietly() -> None:
    """Other projects' warnings while they are imported are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa
        import soundfile  # noqa: F401

        librosa.effects.trim(np.zeros(400, np.float32), frame_length=64, hop_length=16)


@pytest.fixture(scope="session")
def speech() -> list[dict[str, object]]:
    """32 real recordings, as datasets has them."""
    if not SPEECH.is_dir():
        pytest.skip("spoken-digits is not here")
    import pyarrow.parquet as pq

    return list(pq.read_table(SPEECH / "test.parquet")["audio"].slice(0, 32).to_pylist())


def tone(pitch: float, *, seconds: float = 0.5, rate: int = 8000) -> npt.NDArray[np.float32]:
    """A sine at half of full scale."""
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def encoded(samples: npt.NDArray[np.float32], rate: int, format: str = "WAV") -> bytes:
    """Samples (T,) or (T, channels) as a file's bytes."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=format)
    return buffer.getvalue()
