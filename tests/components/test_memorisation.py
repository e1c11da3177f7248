"""Copies of training samples are told from fresh ones."""

import pytest
import torch
from torch import Tensor

from mmgan_core.components import memorisation
from mmgan_core.components.memorisation import Memorisation, MemorisationOptions, apart
from mmgan_core.contracts import Evaluated, Measurement


def judged(features: Tensor) -> Evaluated:
    nothing = torch.full((len(features),), -1)
    return Evaluated(features, nothing, nothing)


def measured(
    fake: Tensor, real: Tensor, training: Tensor, **options: float
) -> dict[str, Measurement]:
    metric = Memorisation(MemorisationOptions.model_validate(options))
    rows = metric.measure(judged(fake), judged(real), judged(training))
    return {row.name: row for row in rows}


def draw(count: int, seed: int) -> Tensor:
    """A dense heap and a wide one."""
    random = torch.Generator().manual_seed(seed)
    spread = torch.where(torch.arange(count) % 2 == 0, 0.01, 5.0)
    return spread[:, None] * torch.randn(count, 6, generator=random) + 9 * (spread[:, None] > 1)


def test_by_hand() -> None:
    training = torch.tensor([[0.0], [4.0], [5.0]])
    # Nearest are 0 (whose neighbour is 4 away), 4 (1 away) and 5 (1 away).
    assert apart(torch.tensor([[1.0], [3.5], [5.0], [8.0]]), training).tolist() == [0.25, 0.5, 0, 3]


def test_new_samples_are_not_copies() -> None:
    rows = measured(draw(2_000, 1), draw(2_000, 2), draw(4_000, 3))
    copies, authenticity = rows["copies"], rows["authenticity"]
    assert copies.floor == pytest.approx(0.01, abs=1e-3)
    assert copies.low is not None
    assert copies.low <= 0.01 <= copies.high  # type: ignore[operator]
    assert authenticity.value == pytest.approx(authenticity.floor, abs=0.04)
    assert (copies.better, authenticity.better, copies.n) == ("lower", "higher", 2_000)


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_copies_are_found_in_dense_and_in_sparse_places(noise: float) -> None:
    training = draw(4_000, 3)
    fake = torch.cat([training[100:400], draw(700, 1)])
    fake[:300] += noise * torch.randn(300, 6, generator=torch.Generator().manual_seed(0))
    rows = measured(fake, draw(1_000, 2), training)
    assert rows["copies"].value == pytest.approx(0.3, abs=0.03)
    assert rows["copies"].low > 0.25  # type: ignore[operator]
    fresh = measured(fake[300:], draw(1_000, 2), training)["authenticity"].value
    assert rows["authenticity"].value == pytest.approx(0.7 * fresh, abs=0.02)


def test_dense_samples_are_not_copies() -> None:
    """They lie near training samples, but no nearer than these lie to one another."""
    training, real = draw(4_000, 3), draw(1_000, 2)
    dense = draw(2_000, 1)[::2]
    assert measured(dense, real, training)["copies"].value < 0.03
    assert measured(training[::2][:1_000], real, training)["copies"].value == 1


def test_training_samples_that_occur_twice() -> None:
    training = draw(500, 3).repeat(2, 1)
    rows = measured(training[:200], draw(200, 2), training)
    assert rows["copies"].value == 1
    assert rows["authenticity"].floor == 1


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, training = draw(300, 1), draw(700, 3)
    whole = apart(samples, training)
    monkeypatch.setattr(memorisation, "FEW", 7)
    monkeypatch.setattr(memorisation, "MANY", 11)
    torch.testing.assert_close(apart(samples, training), whole, rtol=1e-6, atol=1e-6)
    slow = torch.stack([(training.double() - row).norm(dim=1).min() for row in samples.double()])
    near, _ = memorisation._nearest(samples, training)
    torch.testing.assert_close(near, slow, rtol=1e-6, atol=1e-6)


def test_what_is_rare_is_an_option() -> None:
    rows = measured(draw(500, 1), draw(500, 2), draw(500, 3), rare=0.2)
    assert rows["copies"].floor == pytest.approx(0.2, abs=0.01)


def test_too_few_to_measure() -> None:
    one, none = torch.zeros(1, 3), torch.zeros(0, 3)
    assert measured(one, one, one) == {}
    assert measured(none, one, torch.randn(5, 3)) == {}
    assert set(measured(draw(9, 1), draw(99, 2), draw(9, 3))) == {"authenticity"}
    assert set(measured(draw(9, 1), draw(100, 2), draw(9, 3))) == {"authenticity", "copies"}
