from __future__ import annotations

import pickle

import pytest
import torch

from mmgan_core.errors import BadValue
from mmgan_text.characters_encoder import CharactersEncoder, CharactersOptions
from mmgan_text.text_modality import TextModality, TextOptions

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def encoder(**options: object) -> CharactersEncoder:
    torch.manual_seed(0)
    chosen = CharactersOptions.model_validate({"width": 8, "dim": 6, **options})
    return CharactersEncoder(chosen, TextModality(TextOptions()))


@pytest.mark.parametrize("length", [1, 4, 64])
@pytest.mark.parametrize("values", [["a"], ["three", "три", "三"]])
def test_shapes(length: int, values: list[str]) -> None:
    net = encoder(length=length)
    prepared = net.prepare(values)
    assert prepared["bytes"].dtype == torch.uint8
    encoding = net(prepared)
    assert encoding.pooled.shape == (len(values), net.dim)
    assert encoding.tokens.shape == (len(values), length, net.dim)
    for value, mask in zip(values, encoding.padding_mask, strict=True):
        assert mask.sum() == min(length, len(value.encode()))


def test_characters_and_their_order_matter() -> None:
    net = encoder()
    one, two, three = net(net.prepare(["dog bites man", "man bites dog", "dog bites men"])).pooled
    assert (one - two).norm() > 1e-2
    assert (one - three).norm() > 1e-2


def test_padding_and_other_rows_do_not_matter() -> None:
    long, short = encoder(length=64), encoder(length=16)
    short.load_state_dict({**long.state_dict(), "place": long.place[:16]})
    expected = long(long.prepare(["three"])).pooled
    torch.testing.assert_close(short(short.prepare(["three"])).pooled, expected)
    torch.testing.assert_close(long(long.prepare(["a longer one", "three"])).pooled[1:], expected)


def test_absent_values_stay_finite() -> None:
    net = encoder()
    encoding = net({"bytes": torch.zeros(2, 64, dtype=torch.uint8)})
    encoding.pooled.sum().backward()
    assert encoding.pooled.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())


def test_every_parameter_learns() -> None:
    net = encoder(length=5)
    net(net.prepare(WORDS)).pooled.square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("value", [None, "", b"\xff", "\0"])
def test_bad_values(value: object) -> None:
    with pytest.raises(BadValue):
        encoder().prepare([value])


def test_it_travels_to_workers() -> None:
    net = encoder()
    copy = pickle.loads(pickle.dumps(net))
    torch.testing.assert_close(net(net.prepare(WORDS)).pooled, copy(copy.prepare(WORDS)).pooled)


def test_it_learns_words() -> None:
    net = encoder(width=32, dim=32)
    head = torch.nn.Linear(net.dim, len(WORDS))
    optimiser = torch.optim.Adam([*net.parameters(), *head.parameters()], 3e-3)
    prepared, label = net.prepare(WORDS), torch.arange(len(WORDS))
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(head(net(prepared).pooled), label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.1
