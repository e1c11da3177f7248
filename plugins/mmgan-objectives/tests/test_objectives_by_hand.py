"""Objectives number by number, also where they draw: their draws are drawn again here."""

from __future__ import annotations

from math import cosh, exp, log, sqrt
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import Beta

from mmgan_core.contracts import Condition, Critique, Encoding, SampleSpace, mean_where
from mmgan_core.errors import BadValue
from mmgan_core.plugins.manager import plugins
from mmgan_objectives import plugin
from mmgan_objectives.anchor import Anchor, AnchorOptions
from mmgan_objectives.contrastive import Contrastive, ContrastiveOptions
from mmgan_objectives.finite_difference import FiniteDifference, FiniteDifferenceOptions
from mmgan_objectives.gradient_penalty import GradientPenalty, GradientPenaltyOptions
from mmgan_objectives.hinge import Hinge, HingeOptions
from mmgan_objectives.instance_noise import InstanceNoise, InstanceNoiseOptions
from mmgan_objectives.mixup import Mixup, MixupOptions
from mmgan_objectives.non_saturating import NonSaturating, NonSaturatingOptions
from mmgan_objectives.slope import squared_slope

SPACE = SampleSpace("number", (2,))
REAL, FAKE = torch.tensor([[1.0, 2.0], [0.0, 2.0]]), torch.tensor([[3.0, 0.0], [1.0, 1.0]])


def quadratic(sample: Tensor) -> Critique:
    """Its slope is the sample itself."""
    return Critique(sample.flatten(1).square().sum(1) / 2)


def f(t: float) -> float:
    return log(1 + exp(t))


# Losses


def test_smoothed_labels() -> None:
    """Of real logits 2 and fake ones -1: 0.75 f(-2) + 0.25 f(2) + f(-1)."""
    loss = NonSaturating(NonSaturatingOptions(smooth=0.25))
    real, fake = Critique(torch.tensor([2.0])), Critique(torch.tensor([-1.0]))
    expected = 0.75 * f(-2) + 0.25 * f(2) + f(-1)
    assert loss.discriminator(real, fake).item() == pytest.approx(expected)
    assert loss.generator(None, fake).item() == pytest.approx(f(1)), "of D alone"


def test_hinge_wants_no_more_than_its_margin() -> None:
    """Real 3 and 0: (0 + 1) / 2; fake -2 and 1: (0 + 2) / 2."""
    real, fake = Critique(torch.tensor([3.0, 0.0])), Critique(torch.tensor([-2.0, 1.0]))
    assert Hinge(HingeOptions()).discriminator(real, fake).item() == 0.5 + 1


# Penalties


def test_slopes_of_pictures_with_logits_for_places() -> None:
    """The mean of the logits x and 3 x is 2 x: a slope of 2 at every pixel of 4."""
    picture = torch.rand(3, 1, 2, 2)
    found = squared_slope(
        lambda x: Critique(torch.stack([x.flatten(1).sum(1), 3 * x.flatten(1).sum(1)], 1)), picture
    )
    assert found.tolist() == [4 * 4] * 3


def test_finite_differences_of_logits_for_places_are_those_of_their_mean() -> None:
    """Logits x and -x: their mean does not change."""
    penalty = FiniteDifference(FiniteDifferenceOptions(on="real"))
    found = penalty(lambda x: Critique(torch.cat([x, -x], 1)), REAL, FAKE)
    assert found.item() == pytest.approx(0, abs=1e-9), "the order of a sum leaves a rounding"


def test_slopes_are_of_each_row_and_may_be_differentiated_again() -> None:
    weight = torch.tensor(2.0, requires_grad=True)
    sample = REAL.clone().requires_grad_()
    found = squared_slope(lambda x: Critique(weight * quadratic(x).logits), sample)
    assert found.tolist() == [4 * 5, 4 * 4]
    found.sum().backward()
    assert weight.grad is not None
    assert weight.grad.item() == pytest.approx(2 * 2 * 9)
    assert sample.grad is None, "a penalty does not move samples"


def test_logits_of_a_row_count_as_their_mean() -> None:
    logits = torch.tensor([[[1.0, 3.0]], [[5.0, 9.0]]])
    assert Critique(logits).row_means(logits).tolist() == [2, 7]
    single = torch.tensor([1.0, 3.0])
    assert Critique(single).row_means(single).tolist() == [1, 3]


@pytest.mark.parametrize("target", [0.0, 1.0, 2.0])
def test_gradient_penalty_at_points_between(target: float) -> None:
    """Its slope is the point; the share is that of the fake, one a row, from 0 to 1."""
    torch.manual_seed(3)
    share = torch.rand(2, 1)
    length = (REAL + share * (FAKE - REAL)).square().sum(1).sqrt()
    torch.manual_seed(3)
    penalty = GradientPenalty(GradientPenaltyOptions(target=target))
    found = penalty(quadratic, REAL, FAKE).item()
    assert found == pytest.approx((length - target).square().mean().item(), rel=1e-5)
    assert GradientPenaltyOptions().target == 1


def test_gradient_penalty_has_a_slope_where_the_critic_has_none() -> None:
    weight = torch.tensor(0.0, requires_grad=True)
    penalty = GradientPenalty(GradientPenaltyOptions())
    found = penalty(lambda x: Critique(weight * x.sum(1)), REAL, FAKE)
    assert found.item() == pytest.approx(1, abs=1e-5)
    found.backward()
    assert weight.grad is not None
    assert weight.grad.isfinite()
    # The root of 1e-12 is taken, no more: 2 (1e-6 - 1) * 1e-6 at no slope.
    assert 1 - found.item() == pytest.approx(2e-6, rel=0.1)


@pytest.mark.parametrize("kinds", [(torch.float, torch.double), (torch.double, torch.float)])
def test_gradient_penalty_of_pictures_has_one_share_a_picture(kinds: Any) -> None:
    seen: list[Tensor] = []

    def critic(sample: Tensor) -> Critique:
        seen.append(sample.detach())
        return quadratic(sample)

    torch.manual_seed(3)
    share = torch.rand(2, 1, 1, 1)
    torch.manual_seed(3)
    real, fake = torch.zeros(2, 1, 2, 2).to(kinds[0]), torch.ones(2, 1, 2, 2).to(kinds[1])
    GradientPenalty(GradientPenaltyOptions())(critic, real, fake)
    torch.testing.assert_close(seen[0], share.expand(2, 1, 2, 2).to(kinds[0]))


@pytest.mark.parametrize("on", ["real", "fake", "both"])
def test_finite_differences_step_by_step(on: Any) -> None:
    """D(x) - D(x + s e), over s, squared, halved; twice drawn for both, reals first."""
    torch.manual_seed(3)
    expected, s = 0.0, 0.5
    for sample in {"real": [REAL], "fake": [FAKE], "both": [REAL, FAKE]}[on]:
        moved = sample + s * torch.randn(2, 2)
        change = quadratic(sample).logits - quadratic(moved).logits
        expected += ((change / s) ** 2).mean().item() / 2
    torch.manual_seed(3)
    penalty = FiniteDifference(FiniteDifferenceOptions(sigma=s, on=on))
    assert penalty(quadratic, REAL, FAKE).item() == pytest.approx(expected, rel=1e-5)
    assert FiniteDifferenceOptions() == FiniteDifferenceOptions(sigma=0.01, on="both")


# Alignments


def encodings(*pooled: list[list[float]]) -> dict[str, Encoding]:
    return {name: Encoding(torch.tensor(rows)) for name, rows in zip("abc", pooled, strict=False)}


def test_anchor_is_one_less_the_cosine() -> None:
    """The map of b, twice as long and turned, of c, the same: cosines (0, 0.6) and (1, 1)."""
    align = Anchor(AnchorOptions(anchor="a"), {"a": 2, "b": 2, "c": 2})
    assert set(align.project) == {"b", "c"}
    with torch.no_grad():
        for name, turned in (("b", [[0.0, -2.0], [2.0, 0.0]]), ("c", [[1.0, 0.0], [0.0, 1.0]])):
            align.project[name].weight.copy_(torch.tensor(turned))
            align.project[name].bias.zero_()
    given = encodings([[1.0, 0], [0, 5]], [[1.0, 0], [0.6, 0.8]], [[9.0, 0], [0, 1]])
    # b becomes (0, 2) and (-1.6, 1.2): beside (1, 0) and (0, 5).
    found = align(given, torch.eye(2).bool()).item()
    assert found == pytest.approx(((1 - 0) + (1 - 0.6) + 0 + 0) / 4)


def test_anchor_needs_two() -> None:
    with pytest.raises(BadValue, match="nothing to align it to"):
        Anchor(AnchorOptions(anchor="a"), {"a": 2})
    align = Anchor(AnchorOptions(anchor="b"), {"a": 3, "b": 2})
    assert align.project["a"].weight.shape == (2, 3)


def test_contrastive_of_three_is_the_mean_of_six() -> None:
    """Two rows of one number: cosines are 1 or -1; t = 2: terms log(1 + e^-1) or log(1 + e)."""
    align = Contrastive(ContrastiveOptions(temperature=2.0), {"a": 1, "b": 1, "c": 1})
    given = encodings([[3.0], [-1.0]], [[1.0], [-2.0]], [[-1.0], [5.0]])
    # a and b agree, and c is against both: two terms of the one kind and four of the other.
    found = align(given, torch.eye(2).bool()).item()
    assert found == pytest.approx((2 * f(-1) + 4 * f(1)) / 6)
    # Where both rows mean the same, each is half right: the mean of the two kinds.
    same = align(given, torch.ones(2, 2).bool()).item()
    assert same == pytest.approx((f(-1) + f(1)) / 2)
    assert same == pytest.approx(log(2 * cosh(0.5)))


def test_contrastive_projects_where_it_is_told() -> None:
    align = Contrastive(ContrastiveOptions(dim=3), {"a": 1, "b": 2})
    assert [align.project[n].weight.shape for n in "ab"] == [(3, 1), (3, 2)]
    plain = Contrastive(ContrastiveOptions(), {"a": 2, "b": 2})
    assert list(plain.parameters()) == []
    with pytest.raises(BadValue, match="nothing to align it to"):
        Contrastive(ContrastiveOptions(), {"a": 2})
    assert ContrastiveOptions().temperature == 0.1


# Augmentations


def test_instance_noise_is_what_is_drawn() -> None:
    torch.manual_seed(3)
    noise = torch.randn(2, 2)
    torch.manual_seed(3)
    change = InstanceNoise(InstanceNoiseOptions(sigma=0.5), SPACE).sample(torch.zeros(2, 2))
    torch.testing.assert_close(change(REAL), REAL + 0.5 * noise)
    assert InstanceNoiseOptions().sigma == 0.1


def test_mixup_is_what_is_drawn() -> None:
    """All rows by the same number, from 1 to B - 1; then shares of Beta, half at least."""
    for seed in range(10):
        torch.manual_seed(seed)
        by = int(torch.randint(1, 4, ()))
        share = Beta(torch.full((4,), 0.3), torch.full((4,), 0.3)).sample()
        share = torch.maximum(share, 1 - share)
        torch.manual_seed(seed)
        change = Mixup(MixupOptions(a=0.3), SPACE).sample(torch.zeros(4, 2))
        rows = [(row + by) % 4 for row in range(4)]
        assert change.rows is not None
        assert change.augmentation_parameters is not None
        assert change.rows.tolist() == rows
        torch.testing.assert_close(change.share, share)
        torch.testing.assert_close(change.augmentation_parameters[:, 0], 2 * (1 - share))
        sample = torch.randn(4, 2)
        own = share[:, None]
        torch.testing.assert_close(change(sample), own * sample + (1 - own) * sample[rows])
        assert change(sample.bfloat16()).dtype == torch.bfloat16
    assert Mixup.num_augmentation_parameters == 1
    assert MixupOptions().a == 0.2


def test_mixup_of_one_row_is_itself() -> None:
    change = Mixup(MixupOptions(), SPACE).sample(torch.zeros(1, 2))
    torch.testing.assert_close(change(REAL[:1]), REAL[:1])
    mixed = Condition(REAL[:1]).mixed(change.rows, change.share)  # type: ignore[arg-type]
    torch.testing.assert_close(mixed.pooled, REAL[:1])


# Places


def test_means_over_places() -> None:
    values = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 9.0]]])
    columns = torch.tensor([[[0.0, 1.0]], [[0.0, 0.0]]])
    assert mean_where(values, columns).item() == 3
    assert mean_where(values, 1 - columns).item() == pytest.approx((1 + 3 + 5 + 6 + 7 + 9) / 6)
    assert mean_where(values, torch.zeros(2, 1, 1)).item() == 0
    assert mean_where(values.bfloat16(), columns).dtype == torch.bfloat16
    one = torch.zeros(2, 2, 2)
    one[1, 1, 1] = 1
    assert mean_where(values, one).item() == 9
    assert sqrt(mean_where(values, torch.ones(2, 1, 1)).item()) == pytest.approx(sqrt(37 / 8))


# The plugin

HOOKS = {
    "losses": {"relativistic", "non-saturating", "hinge", "least-squares", "wasserstein"},
    "penalties": {"r1", "r2", "gradient-penalty", "finite-difference"},
    "auxiliary_losses": {
        "reconstruction",
        "feature-matching",
        "mode-seeking",
        "likelihood",
        "cycle",
        "identity",
        "agreement",
        "info",
        "posterior",
    },
    "alignments": {"contrastive", "anchor"},
    "augmentations": {"instance-noise", "mixup"},
}


@pytest.mark.parametrize("hook", HOOKS)
def test_what_the_plugin_supplies(hook: str) -> None:
    specs = getattr(plugin, f"mmgan_{hook}")()
    assert {spec.id for spec in specs} == {f"objectives/{name}" for name in HOOKS[hook]}
    for spec in specs:
        module, _, name = spec.target.partition(":")
        assert hasattr(__import__(module, fromlist=[name]), name)
    assert plugins().manager.parse_hookimpl_opts(plugin, f"mmgan_{hook}") is not None
