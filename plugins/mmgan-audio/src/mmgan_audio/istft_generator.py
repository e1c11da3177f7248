"""A vocoder: predicts the transform of a waveform frame by frame, and inverts it.

    |X|   = |pinv(filters) mel| * exp(change)        the pseudo-inverse prior, and what is missing
    phase = (r, i) / |(r, i)|
    sound = inverse STFT of |X| * phase

``change``, ``r`` and ``i`` come from ConvNeXt blocks along the frames: a depthwise convolution,
layer normalisation and two dense layers, scaled and added. All work is done at the rate of frames,
which makes it fast. Siuzdak 2024, "Vocos: closing the gap between time-domain and Fourier-based
neural vocoders", https://arxiv.org/abs/2306.00814; the prior is that of Lv et al. 2024,
"FreeV: free lunch for vocoders through pseudo inversed mel filter",
https://arxiv.org/abs/2406.08196; the block that of Liu et al. 2022, "A ConvNet for the 2020s",
https://arxiv.org/abs/2201.03545.

Shapes: maps (B, C, frames) with the bands of a mel among the channels -> (B, 1, frames * hop).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from mmgan_audio.inverse_stft import InverseSTFT
from mmgan_audio.mel_scale import MelScale
from mmgan_audio.mel_settings import MelSettings, mel_among, rate_of
from mmgan_core.contracts import Condition, ConditionPart, ConditionSpace, Generator, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.full_precision import full_precision
from mmgan_core.options import Options

_NAME = "audio/istft"
# The magnitude below which the prior does not go, as in FreeV; and the largest change of it.
_QUIET = 1e-5
_MOST = 7.0
_TINY = 1e-8


class IstftGeneratorOptions(Options):
    """Options of the generator `audio/istft`."""

    width: int = Field(112, ge=4, le=1024, description="Channels of the blocks.")
    blocks: int = Field(6, ge=1, le=32, description="How many blocks there are.")
    growth: float = Field(3.0, gt=0, le=8, description="Channels inside a block, in widths.")
    kernel: int = Field(7, ge=1, le=31, description="Frames that a block sees; an odd number.")
    noise_dim: int = Field(0, ge=0, le=1024, description="Size of the noise; 0: none is needed.")


class IstftGenerator(Generator):
    """Makes waveforms as long as the mel that they follow."""

    Options = IstftGeneratorOptions
    options: IstftGeneratorOptions
    reads: frozenset[ConditionPart] = frozenset({"maps"})
    any_size: bool = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"width": 6, "blocks": 1}, {"width": 4, "blocks": 2, "kernel": 3, "noise_dim": 3})

    @classmethod
    def example_conditions(cls, space: SampleSpace) -> Sequence[ConditionSpace]:
        return mel_examples(space)

    def __init__(
        self, options: IstftGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        if options.kernel % 2 == 0:
            raise BadValue(f"kernel {options.kernel} must be odd")
        self.first, self.mel = followed_mel(space, condition, _NAME)
        self.noise_dim = options.noise_dim
        scale, bins = self.mel.scale, self.mel.scale.n_fft // 2 + 1
        inverse = torch.linalg.pinv(scale.filters().double()).float()  # (bins, bands)
        self.register_buffer("inverse", inverse, persistent=False)
        self.inverse: Tensor
        seen = scale.bands + bins + options.noise_dim
        width, inside = options.width, round(options.width * options.growth)
        self.look = nn.Conv1d(seen, width, 3, padding=1)
        self.ready = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            _Block(width, inside, options.kernel, 1 / options.blocks) for _ in range(options.blocks)
        )
        self.last = nn.LayerNorm(width)
        self.head = nn.Linear(width, 3 * bins)
        self.sound = InverseSTFT(scale.n_fft, scale.hop)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make waveforms; nothing is drawn."""
        assert condition.maps is not None
        mel = condition.maps[:, self.first : self.first + self.mel.scale.bands].float()
        mel = pad(mel, (0, 1), mode="replicate")  # the frame that begins after the last sample
        prior = self._prior(mel)
        seen = [mel, self.mel.canvas(20 * prior.log10())]
        if self.noise_dim:
            seen.append(noise[:, :, None].expand(-1, -1, mel.shape[-1]).to(mel))
        x = self.ready(self.look(torch.cat(seen, dim=1)).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        change, real, imaginary = self.head(self.last(x)).transpose(1, 2).float().chunk(3, dim=1)
        size = prior * change.clamp(-_MOST, _MOST).exp()
        size = size * (real.square() + imaginary.square() + _TINY).rsqrt()
        sound: Tensor = self.sound(size * real, size * imaginary)
        return sound

    def _prior(self, mel: Tensor) -> Tensor:
        """Magnitudes (B, bins, frames) by the pseudo-inverse of the mel's filters."""
        power = (self.mel.decibels(mel) * (math.log(10) / 10)).exp()
        with full_precision(power.device):
            return (self.inverse.to(power) @ power).abs().clamp_min(_QUIET**2).sqrt()


class _Block(nn.Module):
    """A ConvNeXt block along time, (B, F, C) to the same."""

    def __init__(self, width: int, inside: int, kernel: int, scale: float) -> None:
        super().__init__()
        self.along = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, inside), nn.Linear(inside, width)
        self.scale = nn.Parameter(torch.full((width,), scale))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.along(x.transpose(1, 2)).transpose(1, 2))
        changed: Tensor = self.narrow(gelu(self.wide(h)))
        return x + self.scale * changed


def followed_mel(
    space: SampleSpace, condition: ConditionSpace, component: str
) -> tuple[int, MelSettings]:
    """The mel that a vocoder follows, and the first of its channels among the maps.

    Raises:
        BadValue: if no mel is given, or one that waveforms of this rate and length do not have.
    """
    rate = rate_of(space, component)
    first, mel = mel_among(condition.map_settings, component)
    if mel.scale.rate != rate:
        raise BadValue(
            f"{component} makes waveforms whose mel is another than the given one: rate: "
            f"{rate} here, {mel.scale.rate} there"
        )
    (frames,) = condition.map_shape
    if frames * mel.scale.hop != space.shape[1]:
        raise BadValue(
            f"{frames} given frames with a hop of {mel.scale.hop} are "
            f"{frames * mel.scale.hop} samples, not {space.shape[1]}: make `seconds` of both "
            f"{frames * mel.scale.hop / rate:g}"
        )
    return first, mel


def mel_examples(space: SampleSpace) -> Sequence[ConditionSpace]:
    """A mel for contract tests to follow on waveforms of this space, if there are any."""
    if len(space.shape) != 2 or space.settings is None:
        return ()
    rate = int(space.settings.named["rate"] or 0)
    hop = next(hop for hop in (20, 16, 12, 11, 10, 8, 1) if space.shape[1] % hop == 0)
    mel = MelSettings(MelScale(rate, 64, hop, 8, 0.0, rate / 2), -80.0, 0.0)
    shape = (space.shape[1] // hop,)
    # One channel before it, and the one that says whether it is present.
    return (ConditionSpace(0, map_channels=10, map_shape=shape, map_settings=((1, mel.settings),)),)
