"""A trained vocoder as a part of a modality: it makes canvases audible, of the same mel alone."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_audio.mel_settings import KIND, WAVE, MelSettings
from mmgan_core.contracts import FrozenModel, Settings
from mmgan_core.errors import BadValue

# Canvases that are made audible together, which bounds memory.
_CHUNK = 32


class VocoderPart:
    """The networks of a frozen model that makes waves of log-mel canvases.

    Args:
        model: the trained model.
        mel: the mel of the canvases.

    Raises:
        BadValue: if it is no vocoder, or the vocoder of another mel; the message says what differs.
    """

    def __init__(self, model: FrozenModel, mel: MelSettings) -> None:
        self.model = model
        self.given = _only(model, model.given, KIND, "is given", "log-mel canvases")
        self.made = _only(model, model.made, WAVE, "makes", "waveforms")
        apart = mel.settings.difference(_settings(model, self.given) or mel.settings)
        if apart:
            raise BadValue(
                f"the vocoder {model.name} is of another mel ({apart}): what it would make of "
                "these canvases is noise; train one on this mel, or use the vocoder's"
            )

    @torch.no_grad()
    def waves(self, canvases: Tensor) -> Tensor:
        """Canvases (B, 1, bands, frames) as waves (B, frames * hop), on the device they are on."""
        rows = canvases.detach().float().clamp(-1, 1).split(_CHUNK)
        return torch.cat([self.heard(some) for some in rows])

    def heard(self, canvases: Tensor) -> Tensor:
        """The same of canvases from -1 to 1, all at once."""
        return self.model.make(self.made, {self.given: canvases})[:, 0]


def _settings(model: FrozenModel, entry: str) -> Settings | None:
    modality = model.modality(entry)
    mel = getattr(modality, "mel", None)
    return mel.settings if isinstance(mel, MelSettings) else modality.space.settings


def _only(model: FrozenModel, entries: list[str], kind: str, verb: str, what: str) -> str:
    found = [name for name in entries if getattr(_settings(model, name), "kind", "") == kind]
    if len(entries) != 1 or found != entries:
        listed = ", ".join(f"{name} ({model.modality(name).kind})" for name in entries)
        raise BadValue(
            f"{model.name} is no vocoder: it {verb} {listed or 'nothing'}, where a vocoder {verb} "
            f"{what} alone"
        )
    return found[0]
