"""Which rows make up sample number n."""

import numpy as np

from mmgan_core.data.pairing import Pairing, with_partners

IMAGES = np.array(["one", "two", "one", "three", "two", "one"])
SOUNDS = np.array(["two", "one", "three", "two", "three"])


def paired(seed: int = 0) -> Pairing:
    usable = [np.arange(len(IMAGES)), np.arange(len(SOUNDS))]
    return Pairing([IMAGES, SOUNDS], usable, seed)


def test_partners_share_the_key() -> None:
    images, sounds = paired().rows(0, 600)
    assert (IMAGES[images] == SOUNDS[sounds]).all()


def test_every_partner_occurs() -> None:
    _, sounds = paired().rows(0, 600)
    assert set(sounds) == set(range(len(SOUNDS)))


def test_an_epoch_holds_every_row_once() -> None:
    for epoch in range(3):
        images, _ = paired().rows(epoch * len(IMAGES), len(IMAGES))
        assert sorted(images) == list(range(len(IMAGES)))


def test_epochs_and_seeds_differ() -> None:
    orders = {tuple(paired(seed).rows(6 * epoch, 6)[0]) for seed in range(4) for epoch in range(4)}
    assert len(orders) > 10


def test_a_place_does_not_depend_on_how_it_was_reached() -> None:
    whole = paired().rows(0, 50)
    pairing = paired()
    pairing.rows(40, 10)
    for table, rows in zip(pairing.rows(13, 20), whole, strict=True):
        assert (table == rows[13:33]).all()


def test_unusable_rows_never_occur() -> None:
    images, sounds = Pairing([IMAGES, SOUNDS], [np.array([1, 2, 4]), np.array([0, 1])], 0).rows(
        0, 90
    )
    assert set(images) == {1, 2, 4}
    assert set(sounds) == {0, 1}


def test_keys_without_a_partner_are_dropped_and_named() -> None:
    usable = [np.arange(6), np.array([0, 1, 3])]
    kept, dropped = with_partners([IMAGES, SOUNDS], usable)
    assert dropped == ["three"]
    assert kept[0].tolist() == [0, 1, 2, 4, 5]


def test_one_table_needs_no_keys() -> None:
    (rows,) = Pairing([np.zeros(5, dtype="U1")], [np.arange(5)], 0).rows(3, 7)
    assert len(rows) == 7
