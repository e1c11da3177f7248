"""Fusions of a few numbers, and which entries training shows."""

from __future__ import annotations

from math import exp, sqrt, tanh

import pytest
import torch

from mmgan_core.components.concatenation import Concatenation, ConcatenationOptions
from mmgan_core.components.presence import dropped
from mmgan_core.components.product_of_experts import ProductOfExperts, ProductOfExpertsOptions
from mmgan_core.contracts import Encoding, EncodingSpace

YES, NO = torch.tensor([True]), torch.tensor([False])


def vectors(**dims: int) -> dict[str, EncodingSpace]:
    return {name: EncodingSpace(dim) for name, dim in dims.items()}


def bounded(number: float) -> float:
    return number / sqrt(1 + number * number)


def experts(*, sizes: tuple[int, int] = (2, 2), **options: object) -> ProductOfExperts:
    """Two entries a and b; the mean is the first number of a level encoding, plus 0.5."""
    chosen = ProductOfExpertsOptions.model_validate({"dim": 1, "bounded": False, **options})
    made = ProductOfExperts(chosen, vectors(**dict(zip("ab", sizes, strict=True))))
    with torch.no_grad():
        for mean in made.means.values():
            mean.weight.zero_()
            mean.weight[0, 0] = 1
            mean.bias.fill_(0.5)
    return made


def encoded(*pooled: list[float]) -> dict[str, Encoding]:
    return {name: Encoding(torch.tensor([one])) for name, one in zip("ab", pooled, strict=True)}


# Level: (3, 1) is (1, -1), and (0, 4) is (-1, 1): means 1.5 and -0.5.
BOTH = encoded([3.0, 1.0], [0.0, 4.0])
SURE = exp(-6 * tanh(-3 / 6))  # a precision


def test_experts_are_weighed_with_a_prior() -> None:
    """All equally sure at first: S of each, beside a prior of 1 at 0."""
    made = experts().eval()
    both = made(BOTH, {"a": YES, "b": YES}).pooled.item()
    assert both == pytest.approx((1.5 * SURE - 0.5 * SURE) / (1 + 2 * SURE), rel=1e-4)
    assert made(BOTH, {"a": YES, "b": NO}).pooled.item() == pytest.approx(
        1.5 * SURE / (1 + SURE), rel=1e-4
    )
    assert made(BOTH, {"a": NO, "b": NO}).pooled.item() == 0


def test_an_expert_that_is_surer_counts_more() -> None:
    """Log-variance 6 tanh((-3 + 2 * 1) / 6) for a, with its weight on the first number."""
    made = experts().eval()
    with torch.no_grad():
        made.log_variances["a"].weight[0, 0] = 2
    sure = exp(-6 * tanh(-1 / 6))
    found = made(BOTH, {"a": YES, "b": YES}).pooled.item()
    assert found == pytest.approx((1.5 * sure - 0.5 * SURE) / (1 + sure + SURE), rel=1e-4)


def test_what_is_absent_may_hold_anything() -> None:
    made = experts().eval()
    broken = {**BOTH, "b": Encoding(torch.full((1, 2), float("nan")))}
    found = made(broken, {"a": YES, "b": NO}).pooled
    assert found.item() == pytest.approx(1.5 * SURE / (1 + SURE), rel=1e-4)
    found.sum().backward()
    assert all(w.grad is None or w.grad.isfinite().all() for w in made.parameters())


def test_encodings_of_one_size_share_their_means() -> None:
    assert list(experts().means) == ["2"]
    assert list(experts(sizes=(3, 2)).means) == ["2", "3"]
    assert list(experts().log_variances) == ["a", "b"]
    for head in experts().log_variances.values():
        assert head.weight.abs().max() == 0
        assert head.bias.tolist() == [-3]


def test_in_training_a_draw_is_a_draw() -> None:
    """One deviation: 1 / sqrt(1 + 2 S)."""
    made, mean = experts(sample=True), 1.0 * SURE / (1 + 2 * SURE)
    shown = {"a": YES, "b": YES}
    torch.manual_seed(3)
    drawn = torch.randn(1, 1).item()
    torch.manual_seed(3)
    found = made.train()(BOTH, shown).pooled.item()
    assert found == pytest.approx(mean + drawn / sqrt(1 + 2 * SURE), rel=1e-4)
    assert made.eval()(BOTH, shown).pooled.item() == pytest.approx(mean, rel=1e-4)
    plain = experts().train()
    assert plain(BOTH, shown).pooled.item() == pytest.approx(mean, rel=1e-4)


def test_conditions_are_bounded_unless_it_is_told_otherwise() -> None:
    shown = {"a": YES, "b": NO}
    free = experts()(BOTH, shown).pooled.item()
    held = experts(bounded=True)(BOTH, shown).pooled.item()
    assert held == pytest.approx(bounded(free), rel=1e-5)
    assert ProductOfExpertsOptions().bounded
    assert not ProductOfExpertsOptions().sample


def test_concatenation_is_of_numbers_and_bits() -> None:
    """(1 or 0 of a and b), through (1, 2, 4, 8) to a number, leaky, times 3."""
    made = Concatenation(ConcatenationOptions(dim=1, bounded=False), vectors(a=1, b=1))
    first, leaky, last = made.mix
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 2.0, 4.0, 8.0]]))
        first.bias.zero_()
        last.weight.fill_(3.0)
        last.bias.fill_(0.5)
    given = encoded([5.0], [-7.0])
    # a, its bit, b, its bit: 5 + 2 - 28 + 8 = -13, leaky -2.6
    found = made(given, {"a": YES, "b": YES}).pooled.item()
    assert found == pytest.approx(3 * -2.6 + 0.5)
    assert made(given, {"a": YES, "b": NO}).pooled.item() == pytest.approx(3 * 7 + 0.5)
    assert made(given, {"a": NO, "b": NO}).pooled.item() == pytest.approx(0.5)
    broken = {**given, "b": Encoding(torch.tensor([[float("nan")]]))}
    assert made(broken, {"a": YES, "b": NO}).pooled.item() == pytest.approx(21.5)
    assert leaky.negative_slope == 0.2
    held = Concatenation(ConcatenationOptions(dim=1), vectors(a=1, b=1))
    held.load_state_dict(made.state_dict())
    assert held(given, {"a": YES, "b": NO}).pooled.item() == pytest.approx(bounded(21.5))


def test_concatenations_first_weights_are_as_large_as_noise() -> None:
    """Gains: sqrt(2 / (1 + 0.04)) before the leaky step, and 1 after it; over sqrt(inputs)."""
    torch.manual_seed(0)
    made = Concatenation(ConcatenationOptions(dim=500), vectors(a=198, b=200))
    first, _, last = made.mix
    assert first.weight.std().item() == pytest.approx(sqrt(2 / 1.04 / 400), rel=0.02)
    assert last.weight.std().item() == pytest.approx(sqrt(1 / 500), rel=0.02)


# What training shows


def draws(seed: int, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(seed)
    return torch.rand(2, rows), torch.rand(rows)


@pytest.mark.parametrize(("drop", "drop_all"), [(0.3, 0.05), (0.5, 0.5), (0.0, 0.0), (1.0, 0.0)])
def test_an_entry_is_hidden_where_its_draw_is_low(drop: float, drop_all: float) -> None:
    """Of those there, the one of the highest draw stays; then, where another draw is low, none."""
    rows = 200
    there = {"a": torch.arange(rows) % 3 > 0, "b": torch.arange(rows) % 5 > 0}
    chance, everything = draws(4, rows)
    torch.manual_seed(4)
    found = dropped(there, drop=drop, drop_all=drop_all)
    assert list(found) == ["a", "b"]
    for row in range(rows):
        present = [k for k, name in enumerate("ab") if there[name][row]]
        luckiest = max(present, key=lambda k: chance[k, row].item(), default=None)
        for k, name in enumerate("ab"):
            kept = k in present and (chance[k, row] >= drop or k == luckiest)
            assert bool(found[name][row]) == bool(kept and everything[row] >= drop_all)


def test_by_default_a_third_is_hidden_and_sometimes_all() -> None:
    for options in (ProductOfExpertsOptions(), ConcatenationOptions()):
        assert (options.dim, options.drop, options.drop_all) == (128, 0.3, 0.05)
    assert dropped({}, drop=0.5, drop_all=0.5) == {}
    there = {"a": torch.ones(4, dtype=torch.bool)}
    for fusion in (
        experts(drop=1.0, drop_all=1.0),
        Concatenation(ConcatenationOptions(drop=0, drop_all=1), vectors(a=1)),
    ):
        assert fusion.keep(there)["a"].tolist() == [False] * 4
    assert experts(drop=1.0, drop_all=0.0).keep(there)["a"].tolist() == [True] * 4
    keep = Concatenation(ConcatenationOptions(drop=1, drop_all=0), vectors(a=1)).keep
    assert keep(there)["a"].tolist() == [True] * 4
