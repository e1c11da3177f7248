"""An evaluator of one number: what it predicts, how it is trained, and what is cached."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

import mmgan_core.evaluation.evaluator as evaluating
import mmgan_core.evaluation.teaching as teaching
from mmgan_core.contracts import Encoder, Encoding
from mmgan_core.data.prepared import prepare_column
from mmgan_core.errors import BadValue, DataError
from mmgan_core.evaluation.evaluator import (
    BATCH,
    SEED,
    Evaluator,
    Lesson,
    encoding_of,
    new_evaluator,
    prepared_made,
    teach,
    trained_evaluator,
)
from mmgan_core.options import Options
from mmgan_core.runs.checkpoint import file_hash
from tests.training.by_hand import Numbers, Rows, column, part


class Plain(Encoder):
    """The number itself, and 1 less; it records its batches, and samples as dropout would."""

    dim = 2

    class Options(Options):
        noise: float = 0.0

    def __init__(self, options: Any, modality: Any) -> None:
        super().__init__(options, modality)
        self.seen: list[tuple[int, bool, bool]] = []
        self.sampled: list[float] = []

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        number = tensors["prepared"]
        self.seen.append((len(number), self.training, torch.is_grad_enabled()))
        self.sampled.append(torch.rand(()).item())
        return Encoding(torch.cat([number, number - 1], dim=1))


class Picky(Numbers):
    def prepare(self, values: Any) -> Tensor:
        if any(float(value) < -100 for value in values):
            raise BadValue("too small")
        return column(*[float(value) for value in values])


def evaluator(names: tuple[str, ...] = ("even", "odd")) -> Evaluator:
    return new_evaluator(part(Plain), part(Picky).build(), names)


def plain(of: Evaluator) -> Any:
    return of.encoder


def test_a_new_judge_is_always_the_same() -> None:
    state = torch.random.get_rng_state()
    one = evaluator()
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(SEED)
    head = nn.Linear(2, 2)
    assert torch.equal(one.head.weight, head.weight)
    assert torch.equal(one.head.bias, head.bias)
    assert (one.names, one.digest) == (("even", "odd"), "")
    assert one.accuracy != one.accuracy, "not a number yet"
    assert (BATCH, SEED) == (64, 7_919), "what is kept was trained with these"
    assert evaluator(("a", "b", "c")).head.weight.shape == (3, 2)


def test_it_reads_the_largest_logit() -> None:
    """Logits: v and v - 1, and 2 v - 3 and more for the second."""
    one = evaluator()
    with torch.no_grad():
        one.head.weight.copy_(torch.tensor([[1.0, 0.0], [2.0, 0.0]]))
        one.head.bias.copy_(torch.tensor([0.0, -3.0]))
    found = one.train().read([1.0, 5.0, 2.0], ["odd", None, "unknown"])
    assert found.features.tolist() == [[1, 0], [5, 4], [2, 1]]
    assert found.predicted.tolist() == [0, 1, 0]
    assert found.asked.tolist() == [1, -1, -1]
    assert not found.features.requires_grad
    assert plain(one).seen == [(3, False, False)]


def test_it_reads_some_at_a_time() -> None:
    one = evaluator()
    values = [float(number) for number in range(BATCH + 1)]
    found = one.read(values, [None] * (BATCH + 1))
    assert [count for count, _, _ in plain(one).seen] == [BATCH, 1]
    assert found.features[:, 0].tolist() == values
    assert len(found.predicted) == BATCH + 1


def test_classes_are_numbered_as_they_are_named() -> None:
    found = evaluator(("a", "b", "c")).classes(["c", None, "a", "d", "b"])
    assert found.tolist() == [2, -1, 0, -1, 1]
    assert found.dtype == evaluator().classes([]).dtype == np.int64


class Taking:
    """Prepared values are their rows; it notes what is picked."""

    def __init__(self) -> None:
        self.picked: list[list[int]] = []

    def __call__(self, rows: Any) -> dict[str, Any]:
        self.picked.append(rows.tolist())
        return {"prepared": rows[:, None].astype(np.float32)}


CLASSES = np.array([0, -1, 1, 0, -1, 1])


def test_a_lesson_is_of_rows_with_a_class_drawn_evenly() -> None:
    take, one = Taking(), evaluator().eval()
    teach(one, take, CLASSES, samples=3 * BATCH + BATCH - 1, what="it")
    random = np.random.Generator(np.random.PCG64(SEED))
    expected = [np.array([0, 2, 3, 5])[random.integers(4, size=BATCH)].tolist() for _ in range(3)]
    assert take.picked == expected
    assert plain(one).seen == [(BATCH, True, True)] * 3
    take = Taking()
    teach(evaluator(), take, CLASSES, samples=1, what="it")
    assert len(take.picked) == 1, "at least one step"


def test_what_an_encoder_draws_is_the_same_every_time() -> None:
    state, one = torch.random.get_rng_state(), evaluator()
    teach(one, Taking(), CLASSES, samples=2 * BATCH, what="it")
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(SEED)
    assert plain(one).sampled == [torch.rand(()).item() for _ in range(2)]


def test_the_loss_is_cross_entropy_with_labels_smoothed_by_a_twentieth() -> None:
    """In each logit: softmax less (0.975 for the class, 0.025 for the other), mean over rows."""
    take, one = Taking(), evaluator()
    before = {name: weight.clone() for name, weight in one.named_parameters()}
    teach(one, take, CLASSES, samples=BATCH, what="it")
    rows = torch.tensor(take.picked[0])
    features = torch.stack([rows, rows - 1], dim=1).float()
    wanted = torch.full((BATCH, 2), 0.025)
    wanted[torch.arange(BATCH), torch.from_numpy(CLASSES)[rows]] = 0.975
    logits = features @ before["head.weight"].T + before["head.bias"]
    slope = (logits.softmax(1) - wanted) / BATCH
    assert one.head.weight.grad is not None
    assert one.head.bias.grad is not None
    torch.testing.assert_close(one.head.weight.grad, slope.T @ features)
    torch.testing.assert_close(one.head.bias.grad, slope.sum(0))


def test_gradients_are_of_one_batch() -> None:
    """All rows are the same one, and the weights hardly move: every gradient is like the first."""
    slopes = []
    for steps in (1, 4):
        one = evaluator()
        teach(one, Taking(), np.array([0]), samples=steps * BATCH, what="it")
        assert one.head.bias.grad is not None
        slopes.append(one.head.bias.grad)
    torch.testing.assert_close(slopes[0], slopes[1], atol=0.02, rtol=0.02)


def test_rates_rise_and_fall_in_one_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a 25th of the largest, reached after three tenths, to a ten-thousandth of the first."""
    noted: list[tuple[float, tuple[float, float]]] = []

    class Noting(torch.optim.Adam):
        def step(self, closure: Any = None) -> Any:
            noted.append((self.param_groups[0]["lr"], self.param_groups[0]["betas"]))
            return super().step(closure)

    monkeypatch.setattr(torch.optim, "Adam", Noting)
    teach(evaluator(), Taking(), CLASSES, samples=10 * BATCH, what="it")
    rates = [rate for rate, _ in noted]
    assert len(rates) == 10
    assert rates[0] == pytest.approx(3e-3 / 25)
    assert rates[2] == max(rates) == pytest.approx(3e-3)
    assert rates[-1] == pytest.approx(3e-3 / 25 / 10_000)
    assert {betas[1] for _, betas in noted} == {0.99}


def test_progress_goes_by_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    class Bar:
        def __init__(self, what: str, total: int) -> None:
            told.append((what, total))

        def __enter__(self) -> Any:
            return told.append

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(teaching, "progress", Bar)
    teach(evaluator(), Taking(), CLASSES, samples=2 * BATCH + 1, what="it")
    assert told == [("training it", 2 * BATCH), BATCH, BATCH]


# Trained and kept

LESSON = Lesson("n", "kind", 40 * BATCH)
TRAIN = Rows(
    n=[-3.0, -2.0, 3.0, 2.0, 1.0, -999.0],
    kind=["low", "low", "high", "high", None, "low"],
)
TEST = Rows(n=[-4.0, 4.0, -4.0, -999.0, 4.0], kind=["low", "high", "high", "low", "other"])


def trained(
    train: Rows = TRAIN, test: Rows = TEST, lesson: Lesson = LESSON, **noise: Any
) -> Evaluator:
    return trained_evaluator(part(Plain, **noise), part(Picky).build(), lesson, [train], [test])


def kept() -> list[Path]:
    """The networks that are kept, each with a checksum beside it, and nothing half-written."""
    folder = evaluating.cache_directory() / "evaluators"
    networks = sorted(folder.glob("*.safetensors"))
    sums = {f"{network.stem}.sum" for network in networks}
    assert {file.name for file in folder.iterdir()} == {n.name for n in networks} | sums
    return networks


def test_it_is_taught_and_tested_and_kept() -> None:
    """Of the test's four readable rows two are read right; a class that it never saw is wrong."""
    one = trained()
    assert one.names == ("high", "low")
    assert one.accuracy == pytest.approx(0.5)
    assert isinstance(one.accuracy, float)
    (file,) = kept()
    assert file.suffix == ".safetensors"
    assert len(file.stem) == 32
    assert one.digest == file_hash(file)[:12]


def test_rows_of_no_class_and_rows_that_cannot_be_read_teach_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Any] = []

    def noting(evaluator: Evaluator, take: Any, classes: Any, **more: Any) -> None:
        found.append((classes.tolist(), more["samples"], more["what"]))
        found.append(take(np.array([2, 0]))["prepared"].tolist())

    monkeypatch.setattr(evaluating, "teach", noting)
    trained()
    assert found == [([1, 1, 0, 0, -1, -1], 40 * BATCH, "an evaluator of kind"), [[3.0], [-3.0]]]


def test_it_is_taught_once_for_each_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    one = trained()
    taught: list[str] = []
    real = teach

    def noting(*args: Any, **more: Any) -> Any:
        taught.append(more["what"])
        return real(*args, **more)

    monkeypatch.setattr(evaluating, "teach", noting)
    again = trained()
    assert taught == []
    assert again.digest == one.digest
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), one.parameters(), strict=True))
    other = Rows(n=[-1.0, 1.0], kind=["low", "high"])
    trained(train=other)
    trained(lesson=Lesson("n", "kind", 20 * BATCH))
    trained(noise=1.0)
    assert len(taught) == 3
    assert len(kept()) == 4, "nothing half-written beside them"


def test_several_may_keep_the_same_at_once_whatever_its_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def noting(file: Path, *, shared: bool = False) -> Any:
        asked.append(shared)
        return nullcontext(file)

    monkeypatch.setattr(evaluating, "atomically", noting)
    one, turned = evaluator(), torch.arange(4.0).reshape(2, 2).T
    one.head.weight = nn.Parameter(turned)
    evaluating.keep(one, tmp_path / "it.safetensors")
    assert asked == [True, True], "the network and its checksum"
    assert torch.equal(load_file(tmp_path / "it.safetensors")["head.weight"], turned)


def test_an_encoder_may_want_to_prepare_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def noting(*args: Any, in_workers: bool = True) -> Any:
        asked.append(in_workers)
        return prepare_column(*args, in_workers=in_workers)

    monkeypatch.setattr(evaluating, "prepare_column", noting)
    trained()
    monkeypatch.setattr(Plain, "in_workers", False)
    trained(noise=2.0)
    assert asked == [True, True, False, False]


def test_it_is_tested_on_the_first_two_thousand() -> None:
    many = Rows(n=[4.0] * 1_999 + [-4.0] * 501, kind=["high"] * 2_500)
    assert trained(test=many).accuracy == pytest.approx(1_999 / 2_000)


def test_a_target_that_is_no_column_is_refused() -> None:
    with pytest.raises(DataError, match="'sort' is not a column beside 'n'") as told:
        trained(lesson=Lesson("n", "sort", 1))
    assert told.value.hint == "the columns are n, kind"


def test_a_made_value_that_cannot_be_given_counts_as_absent() -> None:
    encoder = Plain(Options(), Picky(Options()))
    found = prepared_made(encoder, [2.0, -200.0, 3.0])
    assert found["prepared"].flatten().tolist() == [2, 0, 3]
    assert encoding_of(encoder, [-200.0, 1.0]).pooled.tolist() == [[0, -1], [1, 0]]
    with pytest.raises(BadValue, match="too small"):
        prepared_made(encoder, [-200.0, -300.0])
