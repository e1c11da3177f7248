"""Which parts a condition has, and which of them the networks read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mmgan_core.assembly.joined_maps import JoinedMaps
from mmgan_core.assembly.joined_tokens import (
    JoinedTokens,
    joined_choice_settings,
    joined_token_dim,
)
from mmgan_core.contracts import (
    ConditionPart,
    ConditionSpace,
    Discriminator,
    EncodingSpace,
    Fusion,
    Generator,
    JointDiscriminator,
)
from mmgan_core.errors import RecipeError
from mmgan_core.plugins.catalogue import catalogue

_WORDS: Mapping[ConditionPart, str] = {"pooled": "vectors", "tokens": "tokens", "maps": "maps"}


def offered_space(fusion: Fusion | None, spaces: Mapping[str, EncodingSpace]) -> ConditionSpace:
    """The sizes of the conditions that networks may read: the fusion's, and what is joined.

    Raises:
        RecipeError: if the maps or the choices of the given entries cannot be joined.
    """
    if fusion is None:
        return ConditionSpace(dim=0)
    space = fusion.space
    if not space.token_dim:
        choices = joined_choice_settings(spaces)
        space = replace(space, token_dim=joined_token_dim(spaces), choice_settings=choices)
    if not space.map_channels:
        maps = JoinedMaps(spaces)
        space = replace(
            space,
            map_channels=maps.channels,
            map_shape=maps.shape,
            map_settings=maps.settings,
        )
    return space


def read_parts(
    networks: Iterable[Generator | Discriminator | JointDiscriminator],
) -> frozenset[ConditionPart]:
    """The parts that at least one of these networks reads."""
    return frozenset().union(*(network.reads for network in networks))


def joined_parts(
    fusion: Fusion | None, spaces: Mapping[str, EncodingSpace], read: frozenset[ConditionPart]
) -> tuple[JoinedTokens | None, JoinedMaps | None]:
    """What joins the tokens and the maps of given entries, as far as they are read.

    A fusion that makes tokens or maps itself has done it.
    """
    if fusion is None:
        return None, None
    tokens = "tokens" in read and not fusion.space.token_dim and joined_token_dim(spaces)
    maps = "maps" in read and not fusion.space.map_channels and JoinedMaps(spaces).channels
    return JoinedTokens(spaces) if tokens else None, JoinedMaps(spaces) if maps else None


def seen_by_all(
    given: Iterable[str],
    spaces: Mapping[str, EncodingSpace],
    networks: Sequence[Discriminator | JointDiscriminator],
) -> tuple[str, ...]:
    """The given entries of which each of these networks reads a part."""
    return tuple(
        name for name in given if all(spaces[name].parts & network.reads for network in networks)
    )


def refuse_unread_entries(
    spaces: Mapping[str, EncodingSpace],
    encoders: Mapping[str, str],
    readers: Mapping[str, Sequence[Generator]],
) -> None:
    """Refuse a given entry that no generator reads.

    Args:
        spaces: what the encoder of each given entry makes.
        encoders: the id of the encoder of each given entry, for messages.
        readers: for each given entry, the generators that are conditioned on it.

    Raises:
        RecipeError: if there is such an entry.
    """
    for name, space in spaces.items():
        if space.parts & read_parts(readers[name]):
            continue
        made = [_WORDS[part] for part in _WORDS if part in space.parts]
        able = [s.id for s in catalogue().of("generator") if space.parts & set(s.condition_parts)]
        raise RecipeError(
            f"given.{name}.encoder: {encoders[name]} makes {' and '.join(made)} alone, which no "
            "generator of this recipe reads",
            hint=f"generators that can read them: {', '.join(able) or 'none installed'} "
            "(mmgan-zoo show NAME says by which option), or choose an encoder that makes vectors",
        )
