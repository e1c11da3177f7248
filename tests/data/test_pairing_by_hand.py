"""Which rows make up sample number n, worked out from the generator that draws them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmgan_core.data.pairing import Pairing, with_partners


def generator(seed: int, epoch: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, epoch]))


def test_an_epoch_is_the_permutation_of_its_seed_and_number() -> None:
    usable = np.array([10, 11, 12, 13, 14])
    pairing = Pairing([np.zeros(20, dtype="U1")], [usable], 7)
    assert len(pairing) == 5
    orders = [usable[generator(7, epoch).permutation(5)].tolist() for epoch in range(3)]
    assert pairing.rows(0, 5)[0].tolist() == orders[0]
    assert pairing.rows(5, 5)[0].tolist() == orders[1]
    assert pairing.rows(10, 5)[0].tolist() == orders[2]


def test_samples_run_on_over_the_ends_of_epochs() -> None:
    stream = [row for epoch in range(5) for row in generator(7, epoch).permutation(3).tolist()]
    for start in range(10):
        pairing = Pairing([np.zeros(3, dtype="U1")], [np.arange(3)], 7)  # as one that resumes
        for count in range(1, 6):
            assert pairing.rows(start, count)[0].tolist() == stream[start : start + count]


def test_going_back_is_as_going_on() -> None:
    pairing = Pairing([np.zeros(3, dtype="U1")], [np.arange(3)], 7)
    first = pairing.rows(0, 3)[0].tolist()
    pairing.rows(6, 3)
    assert pairing.rows(0, 3)[0].tolist() == first


def test_a_partner_is_drawn_evenly_of_its_group() -> None:
    """The other table, by key: a has the rows 1 and 3, b the row 0; row 2 cannot be read.

    After the permutation, one draw for each row of the first table, in that table's order: of a,
    row 1 if it is under a half, and row 3 if not.
    """
    first: npt.NDArray[np.str_] = np.array(["a", "b", "a", "a"])
    other: npt.NDArray[np.str_] = np.array(["b", "a", "b", "a"])
    pairing = Pairing([first, other], [np.arange(4), np.array([0, 1, 3])], 7)
    for epoch in range(4):
        random = generator(7, epoch)
        order, draws = random.permutation(4), random.random(4)
        partner = [
            (1 if draw < 0.5 else 3) if key == "a" else 0
            for key, draw in zip(first, draws, strict=True)
        ]
        rows, partners = pairing.rows(4 * epoch, 4)
        assert rows.tolist() == order.tolist()
        assert partners.tolist() == [partner[row] for row in order]


def test_of_a_large_group_rows_are_drawn_in_the_order_of_their_table() -> None:
    """Three keys in turn, in a table of 300 rows: of a key the k-th is its number plus 3 k."""
    first, other = np.array(["a", "b", "c"]), np.array(["a", "b", "c"] * 100)
    pairing = Pairing([first, other], [np.arange(3), np.arange(300)], 7)
    random = generator(7, 0)
    order, draws = random.permutation(3), random.random(3)
    assert pairing.rows(0, 3)[1].tolist() == [row + 3 * int(100 * draws[row]) for row in order]


def test_a_third_table_is_drawn_after_the_second() -> None:
    keys = np.array(["a", "a", "a"])
    pairing = Pairing([keys, keys, keys], [np.arange(3)] * 3, 5)
    random = generator(5, 0)
    order, second, third = random.permutation(3), random.random(3), random.random(3)
    found = pairing.rows(0, 3)
    assert found[0].tolist() == order.tolist()
    assert found[1].tolist() == (3 * second).astype(int)[order].tolist()
    assert found[2].tolist() == (3 * third).astype(int)[order].tolist()


def test_rows_of_which_another_table_has_no_key_are_left_out() -> None:
    keys = [np.array(["a", "b", "c", "a"]), np.array(["c", "a", "d"])]
    kept, dropped = with_partners(keys, [np.array([0, 1, 2, 3]), np.array([0, 1, 2])])
    assert [rows.tolist() for rows in kept] == [[0, 2, 3], [0, 1]]
    assert dropped == ["b", "d"]


def test_a_key_counts_only_where_its_row_can_be_read() -> None:
    keys = [np.array(["a", "b"]), np.array(["a", "b"])]
    kept, dropped = with_partners(keys, [np.array([0, 1]), np.array([1])])
    assert [rows.tolist() for rows in kept] == [[1], [1]]
    assert dropped == ["a"]
