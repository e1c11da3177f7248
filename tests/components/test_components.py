"""The core's labels, fusions and metrics."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mmgan_core.components.concatenation import Concatenation, ConcatenationOptions
from mmgan_core.components.condition_accuracy import (
    ConditionAccuracy,
    ConditionAccuracyOptions,
    wilson,
)
from mmgan_core.components.coverage import Coverage, CoverageOptions, four
from mmgan_core.components.frechet import Frechet, FrechetOptions, distance
from mmgan_core.components.label import Label, LabelOptions
from mmgan_core.components.label_embedding import LabelEmbedding, LabelEmbeddingOptions
from mmgan_core.components.presence import dropped
from mmgan_core.components.product_of_experts import ProductOfExperts, ProductOfExpertsOptions
from mmgan_core.contracts import (
    Column,
    Condition,
    Encoding,
    EncodingSpace,
    Evaluated,
    Fusion,
)
from mmgan_core.errors import BadValue

NAMES = ("eins", "zwei", "drei")
DIMS = {"text": 4, "audio": 6, "label": 4}
SPACES = {name: EncodingSpace(dim) for name, dim in DIMS.items()}


def label(**options: object) -> Label:
    return Label(LabelOptions.model_validate({"names": NAMES, **options}))


def test_labels_come_back() -> None:
    sample = label().to_sample(label().prepare(["drei", 0, "zwei"]))
    assert sample.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert label().present(sample * 0.7) == ["drei", "eins", "zwei"]


def test_several_labels() -> None:
    many = label(multiple=True)
    sample = many.to_sample(many.prepare(["drei, eins", "zwei", ""]))
    assert many.present(sample) == ["eins, drei", "zwei", ""]
    with pytest.raises(BadValue, match="no label 'drei, eins'"):
        label().prepare(["drei, eins"])


def test_an_unknown_label_names_the_nearest() -> None:
    with pytest.raises(BadValue, match="did you mean 'zwei'"):
        label().decode("zwie")


def test_names_are_inferred_from_the_data() -> None:
    assert Label.suggest(Column("x", "label", NAMES), []) == {"names": NAMES}
    assert Label.suggest(Column("x"), ["b", "a", None, "b"]) == {"names": ("a", "b")}
    merged = Column("x", "label", ("low", "low", "high"))
    assert Label.suggest(merged, []) == {"names": ("low", "high")}


def test_label_embedding() -> None:
    encoder = LabelEmbedding(LabelEmbeddingOptions(dim=5), label())
    pooled = encoder(encoder.prepare(["eins", "zwei", "eins"])).pooled
    assert torch.equal(pooled[0], pooled[2])
    assert not torch.allclose(pooled[0], pooled[1])


def fusions() -> list[Fusion]:
    torch.manual_seed(0)
    return [
        ProductOfExperts(ProductOfExpertsOptions(dim=7), SPACES),
        Concatenation(ConcatenationOptions(dim=7), SPACES),
    ]


def encodings(batch: int) -> dict[str, Encoding]:
    return {name: Encoding(torch.randn(batch, dim)) for name, dim in DIMS.items()}


@pytest.mark.parametrize("fusion", fusions(), ids=lambda f: type(f).__name__)
def test_absent_entries_make_no_difference(fusion: Fusion) -> None:
    given = encodings(3)
    there = {
        "text": torch.tensor([1, 1, 0]).bool(),
        "audio": torch.zeros(3).bool(),
        "label": torch.tensor([0, 1, 0]).bool(),
    }
    before = fusion(given, there).pooled
    assert before.shape == (3, fusion.space.dim)
    given["audio"] = Encoding(torch.full((3, 6), float("nan")))
    assert torch.equal(fusion(given, there).pooled, before)
    given["text"] = Encoding(given["text"].pooled + 1.5 * torch.randn(3, 4))
    changed = (fusion(given, there).pooled != before).any(1)
    assert changed.tolist() == [True, True, False]


def test_without_given_entries_the_condition_is_the_prior() -> None:
    fusion = fusions()[0]
    nothing = {name: torch.zeros(2).bool() for name in DIMS}
    assert not fusion(encodings(2), nothing).pooled.any()


def constant(head: nn.Module, value: float) -> None:
    assert isinstance(head, nn.Linear)
    nn.init.zeros_(head.weight)
    nn.init.constant_(head.bias, value)


def test_the_product_of_gaussians_by_hand() -> None:
    fusion = ProductOfExperts(
        ProductOfExpertsOptions(dim=1, bounded=False),
        {"a": EncodingSpace(2), "b": EncodingSpace(2)},
    )
    constant(fusion.means["2"], 3.0)
    for name, value in (("a", 0.0), ("b", math.log(0.5))):
        constant(fusion.log_variances[name], 6 * math.atanh(value / 6))
    given = {name: Encoding(torch.randn(1, 2)) for name in "ab"}
    both = {name: torch.ones(1).bool() for name in "ab"}
    # precisions 1 (prior), 1, 2: (3 + 2 * 3) / 4
    assert fusion(given, both).pooled.item() == pytest.approx(9 / 4, rel=1e-5)


def test_at_the_start_one_expert_counts_nearly_as_all() -> None:
    fusion = ProductOfExperts(
        ProductOfExpertsOptions(dim=8), {"a": EncodingSpace(5), "b": EncodingSpace(5)}
    )
    same = torch.randn(4, 5)
    given = {"a": Encoding(same), "b": Encoding(same * 7)}
    there, gone = torch.ones(4).bool(), torch.zeros(4).bool()
    both = fusion(given, {"a": there, "b": there}).pooled
    for one in ({"a": there, "b": gone}, {"a": gone, "b": there}):
        torch.testing.assert_close(fusion(given, one).pooled, both, rtol=0.05, atol=1e-3)


@pytest.mark.parametrize("fusion", fusions(), ids=lambda f: type(f).__name__)
def test_bf16_is_finite(fusion: Fusion) -> None:
    there = {name: torch.ones(3).bool() for name in DIMS}
    large = {name: Encoding(1e4 * e.pooled) for name, e in encodings(3).items()}
    with torch.autocast("cpu", torch.bfloat16):
        assert fusion(large, there).pooled.isfinite().all()


@pytest.mark.parametrize("cls", [Concatenation, ProductOfExperts])
def test_a_condition_cannot_outgrow_the_noise(cls: type[Fusion]) -> None:
    there = {name: torch.ones(3).bool() for name in DIMS}
    for bounded, longest in ((True, 1.0), (False, math.inf)):
        torch.manual_seed(0)
        fusion = cls(cls.Options(bounded=bounded, dim=6), SPACES)
        for weight in fusion.parameters():
            weight.data *= 100
        size = fusion(encodings(3), there).pooled.square().mean(1).sqrt()
        assert (size <= longest).all()
        assert (size > 0.9).all()


def test_a_small_condition_stays_as_it_is() -> None:
    small = torch.tensor([[0.01, -0.02], [0.0, 0.0]])
    torch.testing.assert_close(Condition(small).bounded().pooled, small, atol=1e-5, rtol=1e-3)


def test_modality_dropout() -> None:
    torch.manual_seed(0)
    there = {name: torch.ones(20_000).bool() for name in DIMS}
    there["label"] = torch.zeros(20_000).bool()
    kept = dropped(there, drop=0.4, drop_all=0.1)
    counts = torch.stack(list(kept.values())).sum(0)
    assert not kept["label"].any()
    assert (counts == 0).float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert (counts == 2).float().mean().item() == pytest.approx(0.9 * 0.36, abs=0.015)
    always = dropped(there, drop=1.0, drop_all=0.0)
    assert (torch.stack(list(always.values())).sum(0) == 1).all()
    never = dropped(there, drop=0.0, drop_all=0.0)
    assert all(torch.equal(never[name], there[name]) for name in there)


def judged(features: torch.Tensor, predicted: list[int], asked: list[int]) -> Evaluated:
    return Evaluated(features, torch.tensor(predicted), torch.tensor(asked))


def test_condition_accuracy() -> None:
    fake = judged(torch.zeros(5, 1), [0, 1, 2, 2, 0], [0, 1, 1, 2, -1])
    real = judged(torch.zeros(2, 1), [0, 1], [0, 0])
    (found,) = ConditionAccuracy(ConditionAccuracyOptions()).measure(fake, real, real)
    assert (found.value, found.floor, found.n) == (0.75, 0.5, 4)
    nothing = judged(torch.zeros(2, 1), [0, 1], [-1, -1])
    assert ConditionAccuracy(ConditionAccuracyOptions()).measure(nothing, real, real) == []
    (unknown,) = ConditionAccuracy(ConditionAccuracyOptions()).measure(fake, nothing, nothing)
    assert unknown.floor is None
    # Wilson 1927, 9 of 10
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-3)


def test_frechet_of_known_gaussians() -> None:
    # For diagonal covariances: |m|^2 + sum (s1 - s2)^2
    one = (np.array([0.0, 1.0]), np.diag([4.0, 1.0]))
    other = (np.array([3.0, 1.0]), np.diag([1.0, 9.0]))
    assert distance(one, other) == pytest.approx(9 + 1 + 4)
    assert distance(one, one) == pytest.approx(0, abs=1e-12)


def test_frechet_agrees_with_the_eigenvalues_of_the_product() -> None:
    random = np.random.default_rng(0)
    a, b = (
        np.cov(random.normal(size=(50, 6)) @ random.normal(size=(6, 6)), rowvar=False)
        for _ in range(2)
    )
    roots = np.sqrt(np.linalg.eigvals(a @ b).real)
    expected = np.trace(a) + np.trace(b) - 2 * roots.sum()
    assert distance((np.zeros(6), a), (np.zeros(6), b)) == pytest.approx(expected, rel=1e-6)


def test_frechet_has_a_floor_at_the_same_n() -> None:
    torch.manual_seed(0)
    real, other, fake = (
        judged(torch.randn(n, 4) + shift, [0] * n, [0] * n)
        for n, shift in ((300, 0), (400, 0), (500, 2))
    )
    (found,) = Frechet(FrechetOptions()).measure(fake, real, other)
    assert (found.name, found.n) == ("Fréchet distance", 300)
    assert found.floor is not None
    assert found.floor < 0.3
    assert found.value == pytest.approx(16, rel=0.15)


def test_coverage_finds_missing_and_false_samples() -> None:
    torch.manual_seed(0)
    real = torch.cat([torch.randn(200, 3), torch.randn(200, 3) + 30])
    same = torch.cat([torch.randn(200, 3), torch.randn(200, 3) + 30])
    half = torch.randn(400, 3)
    assert all(value > 0.85 for value in four(real, same, 5).values())
    missing = four(real, half, 5)
    assert missing["coverage"] < 0.55
    assert missing["recall"] < 0.55
    assert missing["precision"] > 0.85
    assert four(real, half - 90, 5)["precision"] == 0


def test_an_int_stands_for_a_name_but_a_string_of_digits_does_not() -> None:
    assert label().decode(np.int64(2)) == "drei"
    assert label(names=("7", "0")).decode(0) == "0"
    for value in ("1", 3, -1, None):
        with pytest.raises(BadValue, match="no label"):
            label().decode(value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"names": ("a", "b", "a")}, "'a' occurs twice"),
        ({"names": ("a,b", "c"), "multiple": True}, "commas separate several labels"),
        ({"names": ()}, "at least 1 item"),
    ],
)
def test_ambiguous_names_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        label(**options)


def test_a_label_is_rendered_and_saved(tmp_path: Path) -> None:
    assert label().render("grün, 三").getcolors() != label().render("").getcolors()
    file = label().save("grün", tmp_path / "0.5-sure")
    assert file.name == "0.5-sure.txt"
    assert file.read_text(encoding="utf-8") == "grün\n"


@pytest.mark.parametrize("fusion", fusions(), ids=lambda f: type(f).__name__)
def test_absent_entries_have_no_gradient(fusion: Fusion) -> None:
    pooled = {name: torch.randn(3, dim, requires_grad=True) for name, dim in DIMS.items()}
    given = {name: Encoding(tensor) for name, tensor in pooled.items()}
    there = {name: torch.full((3,), name != "audio") for name in DIMS}
    fusion(given, there).pooled.square().sum().backward()
    gradients = {name: tensor.grad for name, tensor in pooled.items()}
    assert {n: g is not None and bool(g.any()) for n, g in gradients.items()} == there_at_all(there)
    fusion.zero_grad()
    broken = {**given, "audio": Encoding(torch.full((3, 6), float("nan")))}
    fusion(broken, there).pooled.square().sum().backward()
    assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in fusion.parameters())


def there_at_all(there: dict[str, torch.Tensor]) -> dict[str, bool]:
    return {name: bool(rows.any()) for name, rows in there.items()}


def test_the_product_is_sampled_only_in_training() -> None:
    fusion = ProductOfExperts(ProductOfExpertsOptions(dim=7, sample=True), SPACES)
    given, there = encodings(2), {name: torch.ones(2).bool() for name in DIMS}
    assert not torch.equal(fusion(given, there).pooled, fusion(given, there).pooled)
    fusion.eval()
    assert torch.equal(fusion(given, there).pooled, fusion(given, there).pooled)


def test_frechet_of_fewer_samples_than_features() -> None:
    random = np.random.default_rng(0)
    cov = np.cov(5 * random.normal(size=(20, 64)), rowvar=False)
    one, moved = (np.zeros(64), cov), (np.full(64, 0.5), cov)
    assert distance(one, one) < 1e-8 * np.trace(cov)
    assert distance(one, moved) == pytest.approx(16, rel=1e-6)


def test_one_sample_gives_no_distance() -> None:
    one = judged(torch.zeros(1, 4), [0], [0])
    assert Frechet(FrechetOptions()).measure(one, one, one) == []
    assert Coverage(CoverageOptions()).measure(one, one, one) == []


def test_coverage_by_hand_and_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # With k = 1 the real points reach 1, 1, 9 and 50 far, the fakes 11.6, 11.6 and 28.
    real = torch.tensor([[0.0], [1.0], [10.0], [-50.0]])
    fake = torch.tensor([[0.4], [12.0], [40.0]])
    expected = {"precision": 2 / 3, "recall": 3 / 4, "density": (2 + 1) / 3, "coverage": 3 / 4}
    assert four(real, fake, 1) == pytest.approx(expected)
    monkeypatch.setattr("mmgan_core.components.coverage.CHUNK", 2)
    assert four(real, fake, 1) == pytest.approx(expected)
