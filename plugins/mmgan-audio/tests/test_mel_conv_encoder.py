from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.mel_conv_encoder import MelConvEncoder, MelConvOptions
from mmgan_audio.sound_modality import SoundModality, SoundOptions
from mmgan_core.errors import BadValue

from .conftest import SPEECH, encoded, tone


def encoder(modality: SoundModality | None = None, **options: object) -> MelConvEncoder:
    torch.manual_seed(0)
    chosen = MelConvOptions.model_validate({"seconds": 0.6, **options})
    return MelConvEncoder(chosen, modality or AudioModality(SoundOptions())).eval()


def pooled(net: MelConvEncoder, *values: object) -> torch.Tensor:
    return net(net.prepare(values)).pooled


@pytest.mark.parametrize("bands", [8, 23, 40])
@pytest.mark.parametrize("seconds", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("rows", [1, 3])
def test_shapes(bands: int, seconds: float, rows: int) -> None:
    net = encoder(bands=bands, seconds=seconds, dim=7, width=8)
    prepared = net.prepare([(tone(440), 8000)] * rows)
    assert {t.dtype for t in prepared.values()} == {torch.float16, torch.int16}
    assert all(len(t) == rows for t in prepared.values())
    assert net(prepared).pooled.shape == (rows, net.dim) == (rows, 7)
    assert net.train()(prepared).pooled.isfinite().all()


def test_either_modality_hears_the_same() -> None:
    value = encoded(tone(440, rate=16000), 16000)
    one = pooled(encoder(AudioModality(SoundOptions())), value)
    other = pooled(encoder(LogMelModality(LogMelOptions(rate=44100))), value)
    torch.testing.assert_close(one, other)


def test_loudness_and_silence_around_hardly_matter(speech: list[dict[str, object]]) -> None:
    from mmgan_audio.waveform import decode_waveform

    net = encoder()
    wave = decode_waveform(speech[0], rate=8000, max_seconds=30).samples
    other = decode_waveform(speech[1], rate=8000, max_seconds=30).samples
    quiet = np.concatenate([np.zeros(1600, np.float32), wave * 0.03, np.zeros(800, np.float32)])
    a, b, c = pooled(net, (wave, 8000), (quiet, 8000), (other, 8000))
    assert (a - b).norm() < 0.5 * (a - c).norm()  # of a network that has not learned yet


def test_what_is_prepared_does_not_depend_on_the_batch() -> None:
    net = encoder()
    together = pooled(net, (tone(440), 8000), (tone(900, seconds=0.1), 8000))
    torch.testing.assert_close(together[1:], pooled(net, (tone(900, seconds=0.1), 8000)))


def test_silence_has_an_encoding() -> None:
    assert pooled(encoder(), (np.zeros(800, np.float32), 8000)).isfinite().all()


def test_every_parameter_learns() -> None:
    net = encoder().train()
    pooled(net, (tone(440), 8000), (tone(900), 8000)).square().sum().backward()
    for name, parameter in net.named_parameters():
        # The same number added to every score of a softmax changes nothing.
        if name != "attend.bias":
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("options", [{"warp": 0.0}, {"mask": 0.0}])
def test_training_changes_what_is_heard_by_the_global_seed(options: dict[str, object]) -> None:
    net, value = encoder(**options), (tone(440), 8000)
    still = pooled(net, value)
    net.train()
    torch.manual_seed(1)
    first = pooled(net, value)
    torch.manual_seed(1)
    again = pooled(net, value)
    torch.testing.assert_close(first, again)
    assert not torch.allclose(first, still, atol=1e-4)
    assert not torch.allclose(first, pooled(net, value), atol=1e-4)


def test_nothing_is_changed_without_warp_and_mask() -> None:
    net, value = encoder(warp=0.0, mask=0.0), (tone(440), 8000)
    torch.testing.assert_close(pooled(net, value), pooled(net.train(), value))


def test_it_travels_to_workers() -> None:
    net = encoder()
    copy = pickle.loads(pickle.dumps(net))
    torch.testing.assert_close(pooled(net, (tone(440), 8000)), pooled(copy, (tone(440), 8000)))


def test_bad_values_and_bands() -> None:
    with pytest.raises(BadValue):
        encoder().prepare([(tone(440), 8000), b"no sound"])
    with pytest.raises(BadValue, match="max_seconds"):
        encoder(max_seconds=0.1).prepare([(tone(440), 8000)])
    with pytest.raises(BadValue, match="or fewer"):
        encoder(bands=256)


def test_it_tells_digits_apart() -> None:
    if not SPEECH.is_dir():
        pytest.skip("spoken-digits is not here")
    import pyarrow.parquet as pq

    net = encoder(dim=64, width=24)
    data = {s: pq.read_table(SPEECH / f"{s}.parquet").slice(0, 300) for s in ("train", "test")}
    heard = {split: net.prepare(table["audio"].to_pylist()) for split, table in data.items()}
    label = {split: torch.tensor(table["label"].to_pylist()) for split, table in data.items()}
    head = torch.nn.Linear(net.dim, 10)
    optimiser = torch.optim.AdamW([*net.parameters(), *head.parameters()], 4e-3)
    net.train()
    for _ in range(80):
        rows = torch.randint(len(label["train"]), (48,))
        said = head(net({k: t[rows] for k, t in heard["train"].items()}).pooled)
        loss = torch.nn.functional.cross_entropy(said, label["train"][rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    said = head(net.eval()(heard["test"]).pooled).argmax(dim=1)
    assert (said == label["test"]).float().mean() > 0.7
