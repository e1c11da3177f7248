"""The transformer and the network over waveforms: padding tells nothing, and both learn digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.sound_modality import SoundOptions
from mmgan_audio.token_pooling import mean_and_most, real_tokens
from mmgan_audio.transformer_encoder import TransformerEncoder, TransformerOptions
from mmgan_audio.wave_conv_encoder import WaveConvEncoder, WaveConvOptions
from mmgan_core.contracts import Encoder
from mmgan_core.errors import BadValue

from .conftest import SPEECH, tone

Build = Callable[..., Encoder]
MODALITY = AudioModality(SoundOptions())


def transformer(**options: object) -> Encoder:
    torch.manual_seed(0)
    chosen = TransformerOptions.model_validate({"width": 16, "dim": 6, **options})
    return TransformerEncoder(chosen, MODALITY).eval()


def wave_conv(**options: object) -> Encoder:
    torch.manual_seed(0)
    chosen = WaveConvOptions.model_validate({"width": 12, "bands": 8, "dim": 6, **options})
    return WaveConvEncoder(chosen, MODALITY).eval()


BOTH = pytest.mark.parametrize("build", [transformer, wave_conv])


@BOTH
@pytest.mark.parametrize("seconds", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("rows", [1, 3])
def test_shapes_are_as_declared(build: Build, seconds: float, rows: int) -> None:
    net = build(seconds=seconds)
    made = net(net.prepare([(tone(440), 8000)] * rows))
    assert made.pooled.shape == (rows, 6)
    assert made.tokens is not None
    assert made.padding_mask is not None
    assert made.tokens.shape == (rows, made.padding_mask.shape[1], 6)
    assert net.train()(net.prepare([(tone(440), 8000)] * rows)).pooled.isfinite().all()


@pytest.mark.parametrize(
    ("build", "expected"),
    # 0.25 s of 1 s: 25 of 100 frames, 4 a token; 2000 of 8000 samples, 258 a token (31 of them).
    [(transformer, (7, 25)), (wave_conv, (8, 32))],
)
def test_as_many_tokens_are_real_as_the_sound_is_long(
    build: Build, expected: tuple[int, int]
) -> None:
    net = build()
    made = net(net.prepare([(tone(440, seconds=0.25), 8000)]))
    assert made.padding_mask is not None
    real, count = int(made.padding_mask.sum()), made.padding_mask.shape[1]
    assert abs(real - expected[0]) <= 1
    assert count == expected[1]
    assert not made.tokens[~made.padding_mask].any()


def test_attention_does_not_see_padding() -> None:
    """What stands beyond the end of the sound makes no difference to the tokens well before it."""
    net = transformer()
    prepared = net.prepare([(tone(440, seconds=0.4), 8000)])
    other = {**prepared, "mel": prepared["mel"].clone()}
    other["mel"][..., 60:] = other["mel"].amin()  # as silent as silence is, to the level
    one, two = net(prepared), net(other)
    torch.testing.assert_close(one.tokens[:, :8], two.tokens[:, :8], rtol=1e-3, atol=1e-3)
    told = {**prepared, "sounding": prepared["sounding"] * 2}
    assert not torch.allclose(one.tokens[:, :8], net(told).tokens[:, :8], atol=1e-3)


def test_mean_and_maximum_leave_padding_out() -> None:
    tokens = torch.tensor([[[1.0, -2.0], [3.0, -4.0], [9.0, 9.0]]])
    real = real_tokens(3, 4, torch.tensor([5]))  # 5 frames of 4 a token: two tokens
    assert real.tolist() == [[True, True, False]]
    assert mean_and_most(tokens, real).tolist() == [[2.0, -3.0, 3.0, -2.0]]
    assert real_tokens(3, 4, torch.tensor([0])).tolist() == [[True, False, False]]


@BOTH
def test_loudness_and_silence_around_hardly_matter(build: Build) -> None:
    net, wave = build(), tone(600, seconds=0.4)
    quiet = np.concatenate([np.zeros(1600, np.float32), wave * 0.03, np.zeros(800, np.float32)])
    other = tone(1700, seconds=0.4)
    a, b, c = (net(net.prepare([(each, 8000)])).pooled for each in (wave, quiet, other))
    assert (a - b).norm() < 0.7 * (a - c).norm()  # of a network that has not learned yet


@BOTH
def test_training_changes_what_is_heard_by_the_global_seed(build: Build) -> None:
    net = build(**({"dropout": 0.0} if build is transformer else {}))
    prepared = net.prepare([(tone(440), 8000)])
    still = net(prepared).pooled
    net.train()
    torch.manual_seed(1)
    first = net(prepared).pooled
    torch.manual_seed(1)
    torch.testing.assert_close(first, net(prepared).pooled)
    assert not torch.allclose(first, still, atol=1e-5)


@BOTH
def test_nothing_is_changed_without_variations(build: Build) -> None:
    still = {"warp": 0.0, "mask": 0.0, **({"dropout": 0.0} if build is transformer else {})}
    net = build(**still)
    prepared = net.prepare([(tone(440), 8000)])
    torch.testing.assert_close(net(prepared).pooled, net.train()(prepared).pooled)


@BOTH
def test_every_parameter_learns(build: Build) -> None:
    net = build().train()
    net(net.prepare([(tone(440), 8000), (tone(900), 8000)])).pooled.square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_heads_share_the_width() -> None:
    with pytest.raises(BadValue, match="multiple of heads"):
        transformer(heads=3)


@BOTH
def test_it_tells_digits_apart(build: Build) -> None:
    if not SPEECH.is_dir():
        pytest.skip("spoken-digits is not here")
    import pyarrow.parquet as pq

    net = build(dim=64, width=48)
    data = {s: pq.read_table(SPEECH / f"{s}.parquet").slice(0, 240) for s in ("train", "test")}
    heard = {split: net.prepare(table["audio"].to_pylist()) for split, table in data.items()}
    label = {split: torch.tensor(table["label"].to_pylist()) for split, table in data.items()}
    head = torch.nn.Linear(net.dim, 10)
    optimiser = torch.optim.AdamW([*net.parameters(), *head.parameters()], 4e-3)
    net.train()
    for _ in range(80):
        rows = torch.randint(len(label["train"]), (32,))
        said = head(net({k: t[rows] for k, t in heard["train"].items()}).pooled)
        loss = torch.nn.functional.cross_entropy(said, label["train"][rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    said = head(net.eval()(heard["test"]).pooled).argmax(dim=1)
    assert (said == label["test"]).float().mean() > 0.4  # by chance 0.1
