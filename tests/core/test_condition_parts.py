"""Tokens and maps of given entries, on their way to the networks, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.assembly.condition_parts import (
    joined_parts,
    offered_space,
    refuse_unread_entries,
)
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.joined_maps import JoinedMaps
from mmgan_core.assembly.joined_tokens import MOST, JoinedTokens
from mmgan_core.blocks.cross_attention import CrossAttention
from mmgan_core.components.product_of_experts import ProductOfExperts, ProductOfExpertsOptions
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Encoder,
    Encoding,
    EncodingSpace,
    Generator,
    SampleSpace,
)
from mmgan_core.errors import RecipeError
from mmgan_core.inference.model import Model
from mmgan_core.inference.prior import Prior
from mmgan_core.inference.pushes import conditions_of
from mmgan_core.options import Options
from mmgan_core.training.matching_aware import mismatched

LABEL, WORDS = EncodingSpace(2), EncodingSpace(3, token_dim=2)
PICTURE = EncodingSpace(0, map_channels=1, map_shape=(2, 2))
YES, NO = torch.tensor([True, True]), torch.tensor([False, False])


def identity(tokens: JoinedTokens, marks: Mapping[str, float]) -> JoinedTokens:
    """Let every layer pass its tokens on, and add the mark of its entry."""
    with torch.no_grad():
        for name, layer in tokens.project.items():
            assert isinstance(layer, nn.Linear)
            layer.weight.copy_(torch.eye(2))
            layer.bias.fill_(marks[name])
        tokens.nothing.fill_(9.0)
    return tokens


def test_tokens_are_normalised_marked_and_joined_and_a_vector_is_one() -> None:
    """(1, 3) has mean 2 and deviation 1, so it becomes (-1, 1), and its entry's mark is added."""
    tokens = identity(JoinedTokens({"label": LABEL, "words": WORDS}), {"label": 10, "words": 20})
    encodings = {
        "label": Encoding(torch.tensor([[1.0, 3.0], [4.0, 2.0]])),
        "words": Encoding(
            torch.zeros(2, 3),
            torch.tensor([[[5.0, 1.0], [7.0, 8.0]], [[0.0, 6.0], [float("nan")] * 2]]),
            torch.tensor([[True, True], [True, False]]),
        ),
    }
    found, mask = tokens(encodings, {"label": YES, "words": torch.tensor([True, False])})
    assert found.shape == (2, 4, tokens.dim)
    assert mask.tolist() == [[False, True, True, True], [False, True, False, False]]
    expected = [[9, 9], [9, 11], [21, 19], [19, 21]]
    torch.testing.assert_close(found[0], torch.tensor(expected).float(), atol=1e-4, rtol=0)
    torch.testing.assert_close(found[1, 1], torch.tensor([11.0, 9.0]), atol=1e-4, rtol=0)
    assert found.isfinite().all(), "what is absent or padding may hold anything"


def test_one_learned_token_stands_for_nothing_given() -> None:
    tokens = identity(JoinedTokens({"label": LABEL}), {"label": 0})
    found, mask = tokens({"label": LABEL.zeros(2, torch.device("cpu"))}, {"label": NO})
    assert mask.tolist() == [[True, False]] * 2
    assert found[:, 0].tolist() == [[9, 9]] * 2
    found[:, 0].sum().backward()
    assert tokens.nothing.grad is not None
    assert tokens.nothing.grad.tolist() == [2, 2]


def test_a_row_with_something_given_and_no_token_has_the_token_for_nothing() -> None:
    """A picture makes maps alone, and the text has no words: nobody may attend to nothing."""
    tokens = JoinedTokens({"words": WORDS, "picture": PICTURE})
    no_words = Encoding(torch.zeros(2, 3), torch.zeros(2, 2, 2), torch.zeros(2, 2).bool())
    encodings = {"words": no_words, "picture": PICTURE.zeros(2, torch.device("cpu"))}
    found, mask = tokens(encodings, {"words": torch.tensor([True, False]), "picture": YES})
    assert mask.tolist() == [[True, False, False]] * 2
    attended = CrossAttention(4, tokens.dim)(torch.randn(2, 4, 3), found, mask)
    assert attended.isfinite().all()


def test_joined_tokens_have_the_largest_size_up_to_a_limit() -> None:
    assert JoinedTokens({"label": LABEL, "words": EncodingSpace(3, token_dim=7)}).dim == 7
    assert JoinedTokens({"words": EncodingSpace(3, token_dim=384)}).dim == MOST == 128
    weight = JoinedTokens({"words": EncodingSpace(3, token_dim=384)}).project["words"].weight
    assert isinstance(weight, Tensor)
    assert weight.std().item() == pytest.approx(1 / sqrt(384), rel=0.05)


def test_maps_are_joined_on_the_finest_grid_with_a_channel_that_says_what_is_there() -> None:
    maps = JoinedMaps(
        {"a": PICTURE, "label": LABEL, "b": EncodingSpace(1, map_channels=1, map_shape=(1, 1))}
    )
    assert (maps.channels, maps.shape) == (4, (2, 2))
    a = Encoding(torch.zeros(2, 0), maps=torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]] * 2))
    b = Encoding(torch.zeros(2, 1), maps=torch.full((2, 1, 1, 1), 5.0))
    found = maps({"a": a, "b": b}, {"a": torch.tensor([True, False]), "b": YES})
    assert found[0].tolist() == [[[1, 2], [3, 4]], [[1, 1]] * 2, [[5, 5]] * 2, [[1, 1]] * 2]
    assert found[1, :2].eq(0).all(), "a picture that is absent"
    assert found[1, 2:].tolist() == [[[5, 5]] * 2, [[1, 1]] * 2]


def test_maps_along_a_line_are_resized_along_it() -> None:
    line = EncodingSpace(0, map_channels=1, map_shape=(4,))
    short = EncodingSpace(0, map_channels=1, map_shape=(2,))
    maps = JoinedMaps({"line": line, "short": short})
    encodings = {
        "line": Encoding(torch.zeros(1, 0), maps=torch.zeros(1, 1, 4)),
        "short": Encoding(torch.zeros(1, 0), maps=torch.tensor([[[0.0, 4.0]]])),
    }
    there = {name: torch.tensor([True]) for name in encodings}
    assert maps(encodings, there)[0, 2].tolist() == [0, 1, 3, 4]


def test_maps_of_other_axes_are_refused() -> None:
    sound = EncodingSpace(0, map_channels=3, map_shape=(8,))
    with pytest.raises(RecipeError, match=r"given\.sound\.encoder: its maps have 1 axes"):
        JoinedMaps({"picture": PICTURE, "sound": sound})


class Read(Generator):
    """A generator that reads what a test says."""

    noise_dim = 1

    def __init__(self, *reads: str) -> None:
        super().__init__(Options(), SampleSpace("number", (1,)), ConditionSpace(0))
        self.reads = frozenset(reads)  # type: ignore[arg-type]

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return noise


def test_what_is_given_and_read_by_nobody_is_refused() -> None:
    spaces, encoders = {"picture": PICTURE}, {"picture": "image/pixels"}
    with pytest.raises(RecipeError, match=r"encoder: image/pixels makes maps alone"):
        refuse_unread_entries(spaces, encoders, {"picture": [Read("pooled", "tokens")]})
    refuse_unread_entries(spaces, encoders, {"picture": [Read("pooled"), Read("maps")]})
    words = {"words": EncodingSpace(0, token_dim=4)}
    with pytest.raises(RecipeError, match="makes tokens alone, which no generator"):
        refuse_unread_entries(words, {"words": "text/words"}, {"words": [Read("pooled", "maps")]})
    refuse_unread_entries({"label": LABEL}, {"label": "core/label"}, {"label": [Read("tokens")]})


def fusion_of(spaces: Mapping[str, EncodingSpace]) -> ProductOfExperts:
    return ProductOfExperts(ProductOfExpertsOptions(dim=5), spaces)


def test_networks_are_offered_everything_and_only_what_they_read_is_joined() -> None:
    spaces = {"label": LABEL, "words": WORDS, "picture": PICTURE}
    fusion = fusion_of(spaces)
    assert offered_space(fusion, spaces) == ConditionSpace(
        5, token_dim=2, map_channels=2, map_shape=(2, 2)
    )
    assert offered_space(None, {}) == ConditionSpace(0)
    assert joined_parts(fusion, spaces, frozenset({"pooled"})) == (None, None)
    tokens, maps = joined_parts(fusion, spaces, frozenset({"tokens"}))
    assert tokens is not None
    assert maps is None
    fusion.space = ConditionSpace(5, token_dim=6)  # it makes tokens itself
    assert offered_space(fusion, spaces).token_dim == 6
    assert joined_parts(fusion, spaces, frozenset({"tokens", "maps"}))[0] is None


def test_entries_without_vectors_make_a_condition_without_any() -> None:
    fusion = fusion_of({"picture": PICTURE})
    assert fusion.space.dim == 0
    assert not list(fusion.parameters())
    made = fusion({"picture": PICTURE.zeros(2, torch.device("cpu"))}, {"picture": YES})
    assert made.pooled.shape == (2, 0)


class Pixels(Encoder):
    """Makes maps of numbers (B, 4)."""

    dim, map_channels, map_shape = 0, 1, (2, 2)

    def __init__(self) -> None:
        super().__init__(Options(), None)  # type: ignore[arg-type]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        maps = tensors["prepared"].view(-1, 1, 2, 2)
        return Encoding(maps.new_zeros(len(maps), 0), maps=maps)


def test_the_gan_adds_maps_to_the_condition() -> None:
    spaces = {"picture": PICTURE}
    fusion = fusion_of(spaces)
    tokens, maps = joined_parts(fusion, spaces, frozenset({"maps"}))
    gan = GAN({}, {"picture": Pixels()}, fusion, {"x": Read("maps")}, {}, tokens=tokens, maps=maps)
    assert gan.dims == {}
    given = {"picture": {"prepared": torch.tensor([[1.0, 2.0, 3.0, 4.0]])}}
    shown = gan.condition(given, 1, torch.device("cpu"))
    assert shown.maps is not None
    assert shown.maps.tolist() == [[[[1, 2], [3, 4]], [[1, 1], [1, 1]]]]
    absent = gan.condition({}, 1, torch.device("cpu"))
    assert absent.maps is not None
    assert not absent.maps.any()


def test_tokens_that_only_discriminators_read_are_not_published() -> None:
    for reads, published in (("tokens", True), ("pooled", False)):
        tokens = JoinedTokens({"label": LABEL})
        gan = GAN({}, {}, None, {"x": Read(reads)}, {}, tokens=tokens)
        assert any(key.startswith("tokens.") for key in gan.maker_state()) == published


@pytest.mark.parametrize("part", ["tokens", "maps"])
def test_values_without_vectors_are_told_apart_by_their_tokens_or_maps(part: str) -> None:
    """Rows 0 and 2 are equal, so that neither can replace the other."""
    values = torch.tensor([1.0, 2.0, 1.0]).view(3, 1, 1)
    encoding = Encoding(torch.zeros(3, 0), **{part: values})
    shown = {"x": torch.ones(3, dtype=torch.bool)}
    for seed in range(8):
        torch.manual_seed(seed)
        rows = mismatched({"x": encoding}, shown, torch.tensor([0, 1, 2]))["x"]
        assert rows[0] == rows[2] == 1
        assert rows[1] in (0, 2)


class Numbers(Encoder):
    """Makes a vector (B, 2), and a token of three numbers."""

    dim, token_dim = 2, 3

    def __init__(self) -> None:
        super().__init__(Options(), None)  # type: ignore[arg-type]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        given = tensors["prepared"]
        return Encoding(given, given.repeat(1, 2)[:, None, :3])


def test_a_prior_draws_vectors_and_leaves_tokens_to_what_is_given() -> None:
    torch.manual_seed(0)
    encoders = {"a": Numbers(), "b": Numbers()}
    spaces = {name: encoder.space for name, encoder in encoders.items()}
    fusion = fusion_of(spaces).eval()
    tokens, maps = joined_parts(fusion, spaces, frozenset({"tokens"}))
    gan = GAN({}, encoders, fusion, {"x": Read("tokens")}, {}, tokens=tokens, maps=maps)
    prior = Prior.fitted({"a": torch.randn(50, 2), "b": torch.randn(50, 2)}, components=1)

    def condition(given: Mapping[str, Mapping[str, Tensor]]) -> Condition:
        device = torch.device("cpu")
        model = SimpleNamespace(gan=gan, prior=lambda: prior, pushes=(), device=device)
        return conditions_of(cast(Model, model), gan.encode(given), 0, range(3))["x"]

    nothing = condition({})
    assert nothing.pooled.norm(dim=1).min() > 0.1, "a vector is drawn"
    assert nothing.padding_mask is not None
    assert nothing.padding_mask.tolist() == [[True, False, False]] * 3, "the token for nothing"
    known = condition({"a": {"prepared": torch.randn(3, 2)}})
    assert known.padding_mask is not None
    assert known.padding_mask.tolist() == [[False, True, False]] * 3
