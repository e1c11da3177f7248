"""Samples that were made: values by made entry, which can be saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Samples(dict[str, list[Any]]):
    """A list of values for each made entry; ``samples.image`` is ``samples["image"]``."""

    def __getattr__(self, name: str) -> list[Any]:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"nothing called {name!r} was made") from None

    def save(self, folder: str | Path) -> list[Path]:
        """Write every sample: pictures as PNG, sounds as WAV, anything else as text."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return [
            _saved(value, folder / f"{name}-{number:03d}")
            for name, values in self.items()
            for number, value in enumerate(values)
        ]


def _saved(value: Any, stem: Path) -> Path:
    if hasattr(value, "samples"):
        file = stem.with_name(f"{stem.name}.wav")
        value.save(file)
    elif hasattr(value, "save"):
        file = stem.with_name(f"{stem.name}.png")
        value.save(file)
    else:
        file = stem.with_name(f"{stem.name}.txt")
        text = ", ".join(f"{x:.9g}" for x in value) if isinstance(value, tuple) else str(value)
        file.write_text(f"{text}\n", encoding="utf-8")
    return file
