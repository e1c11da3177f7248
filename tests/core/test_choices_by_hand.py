"""Tokens that stand for choices: the choices travel to the condition, and vocabularies agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly.condition_parts import joined_parts, offered_space
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.joined_tokens import JoinedTokens
from mmgan_core.components.concatenation import Concatenation, ConcatenationOptions
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Encoder,
    Encoding,
    EncodingSpace,
    Generator,
    SampleSpace,
    Settings,
)
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options

WORDS = Settings.of("pieces", vocabulary="abc", pieces=6)
READ = EncodingSpace(3, token_dim=2, choice_settings=WORDS)
LABEL = EncodingSpace(4)
YES, NO = torch.tensor([True, True]), torch.tensor([False, False])


def test_choices_are_joined_as_tokens_are_and_others_stand_for_none() -> None:
    """A learned token, a label, two words; the second row has one word, which is not shown."""
    tokens = JoinedTokens({"label": LABEL, "words": READ})
    encodings = {
        "label": Encoding(torch.randn(2, 4)),
        "words": Encoding(
            torch.zeros(2, 3),
            torch.randn(2, 2, 2),
            torch.tensor([[True, True], [True, False]]),
            choices=torch.tensor([[5, 2], [3, 0]]),
        ),
    }
    _, mask = tokens(encodings, {"label": YES, "words": torch.tensor([True, False])})
    found = tokens.choices(encodings, mask)
    assert found is not None
    assert found.tolist() == [[-1, -1, 5, 2], [-1, -1, -1, -1]]
    assert found.dtype == torch.int64
    _, mask = tokens(encodings, {"label": YES, "words": YES})
    shown = tokens.choices(encodings, mask)
    assert shown is not None
    assert shown[1].tolist() == [-1, -1, 3, -1], "padding stands for no choice"


def test_without_an_encoder_that_says_them_there_are_no_choices() -> None:
    spaces = {"label": LABEL, "words": replace(READ, choice_settings=None)}
    tokens = JoinedTokens(spaces)
    encodings = {name: space.zeros(2, torch.device("cpu")) for name, space in spaces.items()}
    assert encodings["words"].choices is None
    assert tokens.choices(encodings, torch.ones(2, 3, dtype=torch.bool)) is None
    assert offered_space(_fusion(spaces), spaces).choice_settings is None


def test_networks_are_offered_what_the_choices_are() -> None:
    spaces = {"label": LABEL, "words": READ}
    assert offered_space(_fusion(spaces), spaces).choice_settings == WORDS
    condition = ConditionSpace(0, token_dim=2, choice_settings=WORDS).zeros(2)
    assert condition.choices is not None
    assert condition.choices.tolist() == [[-1], [-1]]


def test_choices_of_two_vocabularies_are_refused_with_what_differs() -> None:
    other = replace(READ, choice_settings=Settings.of("pieces", vocabulary="xyz", pieces=6))
    spaces = {"words": READ, "label": LABEL, "title": other}
    with pytest.raises(RecipeError, match=r"given.words.encoder and given.title.encoder") as caught:
        offered_space(_fusion(spaces), spaces)
    assert "vocabulary: abc here, xyz there" in str(caught.value)
    assert offered_space(_fusion({"words": READ, "same": READ}), {"words": READ, "same": READ})


class Words(Encoder):
    """Ids (B, T) as tokens of size 2."""

    dim, token_dim, choice_settings = 0, 2, WORDS

    def __init__(self) -> None:
        super().__init__(Options(), None)  # type: ignore[arg-type]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        ids = tensors["ids"]
        tokens = ids[..., None].float().expand(-1, -1, 2)
        return Encoding(tokens.new_zeros(len(ids), 0), tokens, choices=ids)


class Copying(Generator):
    """Reads tokens."""

    noise_dim, reads = 1, frozenset({"tokens"})

    def __init__(self) -> None:
        super().__init__(Options(), SampleSpace("text", (2, 6)), ConditionSpace(0))

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return noise


def test_the_gan_adds_choices_to_the_condition_and_rows_keep_theirs() -> None:
    spaces = {"words": Words().space}
    fusion = _fusion(spaces)
    tokens, _ = joined_parts(fusion, spaces, frozenset({"tokens"}))
    gan = GAN({}, {"words": Words()}, fusion, {"x": Copying()}, {}, tokens=tokens)
    given = {"words": {"ids": torch.tensor([[4, 2], [3, 5]])}}
    shown = gan.condition(given, 2, torch.device("cpu"))
    assert shown.choices is not None
    assert shown.choices.tolist() == [[-1, 4, 2], [-1, 3, 5]]
    taken = shown.float().detach().take(torch.tensor([1, 0])).choices
    assert taken is not None
    assert taken.tolist() == [[-1, 3, 5], [-1, 4, 2]]
    absent = gan.condition({}, 2, torch.device("cpu")).choices
    assert absent is not None
    assert absent.tolist() == [[-1, -1], [-1, -1]]


def _fusion(spaces: Mapping[str, EncodingSpace]) -> Concatenation:
    return Concatenation(ConcatenationOptions(), spaces)
