"""Settings: how numbers were made, so that two components can tell whether they mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NONE = "-"


@dataclass(frozen=True)
class Settings:
    """The settings with which values became numbers, such as those of a spectrogram.

    Equal shapes do not say that numbers mean the same. Where that matters, what makes the numbers
    declares its settings, and what reads them compares.

    Example:
        >>> here = Settings.of("sound", rate=8000, hop=128)
        >>> here.difference(Settings.of("sound", rate=8000, hop=64))
        'hop: 128 here, 64 there'

    Attributes:
        kind: what they are settings of; only settings of one kind can be equal.
        values: names and values, in the order in which differences are shown.
    """

    kind: str
    values: tuple[tuple[str, str | float | None], ...] = ()

    @classmethod
    def of(cls, kind: str, **values: str | float | None) -> Settings:
        """Settings of some values by name."""
        return cls(kind, tuple(values.items()))

    @property
    def named(self) -> Mapping[str, str | float | None]:
        """The values by name."""
        return dict(self.values)

    def difference(self, other: Settings) -> str:
        """What differs, as ``name: VALUE here, VALUE there``, joined by semicolons.

        Returns:
            An empty string if the settings are equal.
        """
        if self.kind != other.kind:
            return f"{self.kind} here, {other.kind} there"
        here, there = self.named, other.named
        return "; ".join(
            f"{name}: {_shown(here, name)} here, {_shown(there, name)} there"
            for name in {**here, **there}
            if here.get(name, _NONE) != there.get(name, _NONE)
        )


def _shown(values: Mapping[str, str | float | None], name: str) -> str:
    value = values.get(name, _NONE)
    return f"{value:g}" if isinstance(value, float) else str(value)
