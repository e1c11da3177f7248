"""The discriminators of waveforms: what they look at, and that padding counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mmgan_audio.multi_period_discriminator import MultiPeriodDiscriminator
from mmgan_audio.multi_resolution_stft_discriminator import MultiResolutionStftDiscriminator
from mmgan_audio.multi_scale_discriminator import MultiScaleDiscriminator
from mmgan_core.contracts import Condition, ConditionSpace, Discriminator, SampleSpace, Settings
from mmgan_core.errors import BadValue

LENGTH = 1260  # of whole periods of 2, 3, 5 and 7
SPACE = SampleSpace("audio", (1, LENGTH), settings=Settings.of("waveform", rate=8000))
NOTHING = torch.zeros(2, 0)
KINDS: list[tuple[type[Any], dict[str, object]]] = [
    (MultiPeriodDiscriminator, {"periods": (2, 3), "width": 3, "layers": 2}),
    (MultiScaleDiscriminator, {"scales": (1, 2), "width": 4, "layers": 2}),
    (MultiResolutionStftDiscriminator, {"windows": (32, 80), "width": 3, "layers": 2}),
]


def built(kind: type[Any], options: dict[str, object]) -> Discriminator:
    torch.manual_seed(0)
    found: Discriminator = kind(kind.Options(**options), SPACE, ConditionSpace(0))
    return found


def noise(length: int = LENGTH) -> torch.Tensor:
    return torch.randn(2, 1, length, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_padding_changes_no_logit_and_no_feature(
    kind: type[Any], options: dict[str, object]
) -> None:
    judge = built(kind, options)
    length = 840
    alone = judge(noise(length), Condition(NOTHING))
    canvas = torch.full((2, 1, LENGTH), 9.0)
    canvas[..., :length] = noise(length)
    places = (torch.arange(LENGTH) < length).expand(2, 1, LENGTH)
    padded = judge(canvas, Condition(NOTHING, places=places))
    assert padded.places is not None
    assert padded.places.shape == padded.logits.shape
    counted = [row[there] for row, there in zip(padded.logits, padded.places, strict=True)]
    torch.testing.assert_close(torch.stack(counted), alone.logits, rtol=1e-4, atol=1e-5)
    for feature, real, own in zip(
        padded.features, padded.feature_places, alone.features, strict=True
    ):
        assert real is not None
        kept = feature[real.expand_as(feature)]
        torch.testing.assert_close(kept, own.flatten(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_each_has_features_of_every_layer(kind: type[Any], options: dict[str, object]) -> None:
    critique = built(kind, options)(noise(), Condition(NOTHING))
    assert len(critique.features) == 2 * 2
    assert critique.places is None
    assert not critique.feature_places


def test_a_period_sees_every_second_sample_apart() -> None:
    """What is changed at odd places alone changes no logit of the even column."""
    judge = built(MultiPeriodDiscriminator, {"periods": (2,), "width": 3, "layers": 1})
    sound, changed = noise(), noise()
    changed[..., 1::2] = 0
    one, other = (
        judge(x, Condition(NOTHING)).logits.unflatten(1, (-1, 2)) for x in (sound, changed)
    )
    assert torch.equal(one[..., 0], other[..., 0])
    assert not torch.equal(one[..., 1], other[..., 1])


def test_a_scale_sees_means() -> None:
    """What alternates from sample to sample is nothing for a mean of two."""
    judge = built(MultiScaleDiscriminator, {"scales": (2,), "width": 4, "layers": 1})
    buzz = torch.ones(2, 1, LENGTH)
    buzz[..., 1::2] = -1
    silence = judge(torch.zeros_like(buzz), Condition(NOTHING)).logits
    assert torch.equal(judge(buzz, Condition(NOTHING)).logits, silence)


def test_spectra_do_not_tell_a_sound_from_its_negative() -> None:
    judge = built(*KINDS[2])
    one, other = (judge(x, Condition(NOTHING)).logits for x in (noise(), -noise()))
    torch.testing.assert_close(one, other)


def test_what_is_no_waveform_is_refused() -> None:
    for kind, options in KINDS:
        with pytest.raises(BadValue, match="audio/audio"):
            kind(kind.Options(**options), SampleSpace("image", (1, 8, 8)), ConditionSpace(0))
    with pytest.raises(BadValue, match="from 1 to 1260"):
        built(MultiPeriodDiscriminator, {"periods": (2, 2000)})
