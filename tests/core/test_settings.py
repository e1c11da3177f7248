"""Settings travel with maps, and say what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmgan_core.assembly.condition_parts import offered_space
from mmgan_core.assembly.joined_maps import JoinedMaps
from mmgan_core.components.concatenation import Concatenation, ConcatenationOptions
from mmgan_core.contracts import EncodingSpace, Settings

ONE = Settings.of("sound", rate=8000, floor=-80.0, range=None)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (ONE, ""),
        (Settings.of("sound", range=None, floor=-80.0, rate=8000), ""),  # in another order
        (
            Settings.of("sound", rate=16_000, floor=-80.0, range=None),
            "rate: 8000 here, 16000 there",
        ),
        (
            Settings.of("sound", rate=8000, floor=-60.5, range="wide"),
            "floor: -80 here, -60.5 there; range: None here, wide there",
        ),
        (Settings.of("sound", rate=8000, floor=-80.0), "range: None here, - there"),
        (Settings.of("sound", rate=8000, floor=-80.0, range=None, hop=4), "hop: - here, 4 there"),
        (Settings.of("picture", rate=8000), "sound here, picture there"),
    ],
)
def test_a_difference_names_what_differs_here_and_there(other: Settings, said: str) -> None:
    assert ONE.difference(other) == said


MARKED = EncodingSpace(0, map_channels=3, map_shape=(8,), map_settings=ONE)
PLAIN = EncodingSpace(0, map_channels=2, map_shape=(8,))


def test_joined_maps_say_at_which_channel_settings_begin() -> None:
    """Each entry has one channel more than its maps: whether it is present."""
    assert JoinedMaps({"marked": MARKED}).settings == ((0, ONE),)
    two = replace(MARKED, map_settings=Settings.of("sound", rate=1))
    joined = JoinedMaps({"plain": PLAIN, "marked": MARKED, "vector": EncodingSpace(4), "two": two})
    assert joined.settings == ((3, ONE), (7, two.map_settings))
    assert JoinedMaps({"plain": PLAIN}).settings == ()


def test_maps_that_are_resized_are_no_longer_what_their_settings_say() -> None:
    finer = replace(PLAIN, map_shape=(16,))
    assert JoinedMaps({"marked": MARKED, "plain": finer}).settings == ()


def test_networks_are_offered_the_settings() -> None:
    spaces = {"marked": MARKED}
    fusion = Concatenation(ConcatenationOptions(), spaces)
    assert offered_space(fusion, spaces).map_settings == ((0, ONE),)
