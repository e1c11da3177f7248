"""The encoder `text/transformer`: padding makes no difference, and tokens say what to copy."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue
from mmgan_core.options import FileRef
from mmgan_text import train_tokenizer
from mmgan_text.text_modality import TextModality, TextOptions
from mmgan_text.tokens_modality import TokensModality, TokensOptions
from mmgan_text.transformer_encoder import TransformerEncoder, TransformerOptions

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
LEARNED = train_tokenizer(["the cat sat", "the dog sat"], "words")


def characters(length: int = 12) -> TextModality:
    return TextModality(TextOptions(length=length))


def words(length: int = 6) -> TokensModality:
    return TokensModality(TokensOptions(tokenizer="words", length=length), LEARNED)


def encoder(
    modality: Modality | None = None, own: bytes | None = None, **options: object
) -> TransformerEncoder:
    torch.manual_seed(0)
    small = {"width": 8, "dim": 6, "heads": 2, "layers": 2, **options}
    chosen = TransformerOptions.model_validate(small)
    return TransformerEncoder(chosen, modality or characters(), own).eval()


@pytest.mark.parametrize("length", [None, 1, 4, 64])
def test_shapes(length: int | None) -> None:
    net = encoder(length=length)
    places = min(length or 12, 12)
    encoding = net(net.prepare(["three", "a"]))
    assert encoding.pooled.shape == (2, 6)
    assert encoding.tokens.shape == (2, places, 6)
    assert encoding.padding_mask.sum(1).tolist() == [min(5, places), 1]
    assert not encoding.tokens[~encoding.padding_mask].any()
    assert encoding.choices is None


def test_pieces_and_their_order_matter() -> None:
    net = encoder(characters(16))
    one, two, three = net(net.prepare(["dog bites man", "man bites dog", "dog bites men"])).pooled
    assert (one - two).norm() > 1e-2
    assert (one - three).norm() > 1e-2


def test_padding_and_other_rows_do_not_matter() -> None:
    long, short = encoder(), encoder(length=6)
    short.load_state_dict({**long.state_dict(), "place": long.place[:6]})
    expected = long(long.prepare(["three"])).pooled
    torch.testing.assert_close(short(short.prepare(["three"])).pooled, expected)
    torch.testing.assert_close(long(long.prepare(["a longer one", "three"])).pooled[1:], expected)


def test_a_text_without_pieces_stays_finite() -> None:
    net = encoder()
    encoding = net({"ids": torch.zeros(2, 12, dtype=torch.int16)})
    encoding.pooled.sum().backward()
    assert encoding.pooled.isfinite().all()
    assert not encoding.padding_mask.any()
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())


def test_samples_are_encoded_as_the_values_that_they_stand_for() -> None:
    net = encoder(words(), choices=True)
    prepared = net.modality.prepare(["the cat sat", "the cat"])
    of_sample = net.of_sample(net.modality.to_sample(prepared))
    of_value = net(net.prepare(["the cat sat", "the cat"]))
    torch.testing.assert_close(of_sample.pooled, of_value.pooled)
    torch.testing.assert_close(of_sample.tokens, of_value.tokens)
    assert of_sample.choices is not None
    assert of_sample.choices.equal(of_value.choices)


def test_what_follows_the_end_of_a_made_text_does_not_matter() -> None:
    net, modality = encoder(words()), words()
    sample = modality.to_sample(modality.prepare(["the cat"]))
    further = sample.clone()
    further[0, 3:] = modality.to_sample(modality.prepare(["sat the dog"]))[0, :3]
    torch.testing.assert_close(net.of_sample(further).pooled, net.of_sample(sample).pooled)


def test_a_gradient_reaches_samples_that_are_probabilities() -> None:
    net, modality = encoder(words()), words()
    sample = torch.rand(2, *modality.space.shape).softmax(2).requires_grad_()
    net.of_sample(sample).pooled.square().sum().backward()
    assert sample.grad is not None
    assert sample.grad.abs().sum(2).gt(0).any()


def test_tokens_say_which_piece_they_stand_for() -> None:
    """An unknown word and padding stand for none."""
    net = encoder(words(), choices=True)
    assert net.space.choice_settings == words().space.settings
    pieces = net.modality.pieces  # type: ignore[attr-defined]
    choices = net(net.prepare(["the zebra sat"])).choices
    assert choices.dtype == torch.int64
    the, sat = (2 + pieces.names.index(name) for name in ("the", "Ġsat"))
    assert choices.tolist() == [[the, -1, sat, -1, -1, -1]]


def test_characters_are_no_choices() -> None:
    with pytest.raises(BadValue, match="text/tokens"):
        encoder(choices=True)


def test_a_vocabulary_of_its_own_reads_other_pieces_than_the_modality(tmp_path: Path) -> None:
    net = encoder(characters(4), LEARNED, vocabulary=FileRef("x"), choices=True)
    assert net.length == 128, "not the length of samples"
    prepared = net.prepare(["the dog sat"])
    assert (prepared["ids"] > 0).sum() == 3
    assert net.space.choice_settings == words().space.settings
    with pytest.raises(BadValue, match="of other pieces"):
        net.of_sample(torch.zeros(1, *characters(4).space.shape))


@pytest.mark.parametrize("value", [None, "", b"\xff"])
def test_bad_values(value: object) -> None:
    with pytest.raises(BadValue):
        encoder().prepare([value])


def test_it_travels_to_workers() -> None:
    net = encoder(words())
    copy = pickle.loads(pickle.dumps(net))
    found = copy(copy.prepare(["the cat"])).pooled
    torch.testing.assert_close(net(net.prepare(["the cat"])).pooled, found)


def test_heads_that_do_not_share_the_width_are_refused() -> None:
    with pytest.raises(BadValue, match="multiple of heads"):
        encoder(width=10, heads=4)


def test_it_learns_words() -> None:
    net = encoder(width=32, dim=32, dropout=0.0).train()
    head = torch.nn.Linear(net.dim, len(WORDS))
    optimiser = torch.optim.Adam([*net.parameters(), *head.parameters()], 3e-3)
    prepared, label = net.prepare(WORDS), torch.arange(len(WORDS))
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(head(net(prepared).pooled), label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.1


def test_unseen_pieces_are_unknown_in_training_alone() -> None:
    net = encoder(unseen=0.5, dropout=0.0)
    tensors = net.prepare(["three"])
    torch.manual_seed(1)
    expected = net(tensors).pooled
    torch.testing.assert_close(net(tensors).pooled, expected)
    net.train()
    found = torch.cat([net(tensors).pooled for _ in range(40)]).round(decimals=5)
    # Of five characters any may be unseen: up to 32 texts, and no end is unseen.
    assert 10 < len(found.unique(dim=0)) <= 32
    unknown = net.eval()(net.prepare(["\u2603" * 5])).pooled.round(decimals=5)
    everything = encoder(unseen=0.999, dropout=0.0).train()(tensors).pooled.round(decimals=5)
    torch.testing.assert_close(everything, unknown)
