"""What is measured, in which order, and what is written down of it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

import mmgan_core.evaluation.evaluate as evaluating
from mmgan_core.assembly.measurable import Chosen, chosen_metric
from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.errors import DataError, UsageError
from mmgan_core.evaluation.evaluate import Evaluation, conditions, evaluate, network_seconds
from mmgan_core.evaluation.evaluator import Lesson
from mmgan_core.evaluation.measure import Extractor, Measure, evaluator_extractor, stopped
from mmgan_core.evaluation.teaching import Learned
from mmgan_core.options import Options
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.measurements import DECODED, measured_notes, of_the_model
from tests.training.by_hand import Numbers, part


def evaluated(count: int, what: float) -> Evaluated:
    return Evaluated(torch.full((count, 1), what), torch.zeros(count), torch.zeros(count))


class Sizes(Metric):
    """How many samples of which kind it was shown, as a number: 1 made, 2 real, 3 and 4 trained."""

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        sizes = [len(one.features) for one in (fake, real, held_out)]
        kinds = [int(one.features[0, 0]) for one in (fake, real, held_out)]
        return [Measurement(f"{kinds}", sizes[0], floor=sizes[1], n=sizes[2])]


class Everything(Sizes):
    needs_training_set: ClassVar[bool] = True


class Taught(Sizes):
    needs_training_rows = 30

    def measure_real(self, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        return [Measurement("of real ones", len(real.features), n=len(held_out.features))]


class Two(Metric):
    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        return [
            Measurement("one", 0.25, low=0.125, high=0.5, better="lower"),
            Measurement("two", 2),
        ]


class Entry:
    """Stands in for an evaluated entry, and records its calls."""

    name = "x"
    lesson = Lesson("x", "kind", 640)

    def __init__(self, *parts: Any, given: tuple[str, ...] = ("a",), test: int = 8, train: int = 6):
        self.parts, self.noted = parts, [] if not parts else NOTED
        self.part = part(Numbers)
        self.evaluator = SimpleNamespace(digest="abc", accuracy=0.98765, learned=None)
        recipe = SimpleNamespace(given_of=lambda name: given)
        self.model = SimpleNamespace(given=given, blueprint=SimpleNamespace(recipe=recipe))
        self.test, self.train = Feed(test, "test"), Feed(train, "train")

    def made(self, sampled: Any, given: Any, seed: int, shuffled: bool) -> Evaluated:
        self.noted.append(("made", sampled, given, seed, shuffled))
        return evaluated(len(sampled), 1)

    def real(self, feed: Any, count: int) -> Evaluated:
        return evaluated(count, {"test": 2.0, "train": 3.0}[feed.split])

    def all_real(self, feed: Any) -> Evaluated:
        self.noted.append(("all", feed.split))
        return evaluated(99, 4)

    def refuse_unreadable(self) -> None:
        self.noted.append("refuse")


class Feed:
    def __init__(self, count: int, split: str) -> None:
        self.count, self.split = count, split

    def __len__(self) -> int:
        return self.count

    def rows(self, start: int, count: int) -> Any:
        return np.arange(start, start + count)


NOTED: list[Any] = []


def chosen(cls: type[Metric]) -> Chosen:
    return Chosen(cls(Options()), part(cls))


def numbers(entry: Any, *metrics: type[Metric], count: int = 5) -> list[tuple[str, Measurement]]:
    measures = [Measure(entry, chosen(cls)) for cls in metrics]
    found = list(evaluating._numbers(entry, measures, count, 11))
    assert {by for *_, by in found} <= set(measures)
    return [(label, measured) for label, measured, _ in found]


def test_as_many_real_ones_as_made_ones_where_there_are_so_many() -> None:
    found = numbers(Entry(), Sizes, count=5)
    assert {(m.name, m.value, m.floor, m.n) for _, m in found} == {("[1, 2, 3]", 5, 5, 5)}
    found = numbers(Entry(test=4, train=3), Sizes, count=5)
    assert {(m.value, m.floor, m.n) for _, m in found} == {(5, 4, 3)}
    found = numbers(Entry(test=8, train=3), Sizes, count=5)
    assert {(m.value, m.floor, m.n) for _, m in found} == {(5, 5, 3)}


def test_all_that_was_trained_on_is_read_where_a_metric_looks_for_it() -> None:
    entry = Entry()
    found = numbers(entry, Sizes, Everything)
    assert [(m.name, m.n) for _, m in found[:2]] == [("[1, 2, 3]", 5), ("[1, 2, 4]", 99)]
    assert entry.noted.count(("all", "train")) == 1
    entry = Entry()
    numbers(entry, Sizes)
    assert ("all", "train") not in entry.noted


def test_a_metric_that_learns_has_as_many_training_rows_as_it_asks_for() -> None:
    found = numbers(Entry(train=40), Sizes, Taught)
    assert [(m.name, m.n) for _, m in found[1:3]] == [("[1, 2, 3]", 5), ("[1, 2, 3]", 30)]
    few = numbers(Entry(train=7), Taught)
    assert [m.n for _, m in few] == [7] * len(few), "no more than there are"
    many = numbers(Entry(test=50, train=40), Taught, count=35)
    assert [m.n for _, m in many] == [35] * len(many), "no fewer than real ones"


def test_what_is_measured_of_real_samples_stands_once_and_first() -> None:
    found = numbers(Entry(train=40), Sizes, Taught)
    assert [label for label, _ in found].count(DECODED) == 1
    label, measured = found[0]
    assert (label, measured.name) == (DECODED, "of real ones")
    assert (measured.value, measured.n) == (5, 30)


class Beside(Sizes):
    def measure_real(self, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        return [Measurement("size", len(held_out.features), baseline="a coin")]


def test_what_a_baseline_made_stands_once_under_its_name_and_is_none_of_the_model() -> None:
    found = numbers(Entry(), Beside)
    assert [label for label, _ in found] == ["baseline: a coin", "nothing", "a", "a, shuffled"]
    of_model = [of_the_model({"given": label}) for label in (DECODED, *dict(found))]
    assert of_model == [False, False, True, True, True]


def test_numbers_go_plan_by_plan_and_metric_by_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Bar:
        def __init__(self, what: str, total: int) -> None:
            seen.append((what, total))

        def __enter__(self) -> Any:
            return seen.append

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(evaluating, "progress", Bar)
    entry = Entry()
    found = numbers(entry, Two, Sizes)
    labels = ["nothing", "a", "a, shuffled"]
    assert [label for label, _ in found] == [label for label in labels for _ in range(3)]
    assert [m.name for _, m in found] == ["one", "two", "[1, 2, 3]"] * 3
    plans = [(given, shuffled) for _, _, given, seed, shuffled in entry.noted]
    assert plans == [((), False), (("a",), False), (("a",), True)]
    assert [(sampled.tolist(), seed) for _, sampled, _, seed, _ in entry.noted] == [
        ([0, 1, 2, 3, 4], 11)
    ] * 3
    assert seen == [("evaluating x", 3), 1, 1, 1]


def test_every_subset_of_three_and_the_ends_of_more() -> None:
    plans = list(conditions("abc"))
    assert [given for _, given, _ in plans] == [
        (),
        ("a",),
        ("b",),
        ("c",),
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
        ("a", "b", "c"),
        ("a", "b", "c"),
    ]
    assert [label for label, _, _ in plans[-3:]] == ["b + c", "a + b + c", "a + b + c, shuffled"]
    assert [shuffled for _, _, shuffled in plans] == [False] * 8 + [True]
    four = list(conditions("abcd"))
    assert [label for label, _, _ in four] == [
        "nothing",
        "a",
        "b",
        "c",
        "d",
        "a + b + c + d",
        "a + b + c + d, shuffled",
    ]
    assert list(conditions("")) == [("nothing", (), False)]


def test_a_row_says_all_that_a_number_hangs_on() -> None:
    entry: Any = Entry()
    measured = Measurement("one", 0.5, 0.25, 0.1, 0.9, "lower", 7)
    by = evaluator_extractor(entry)
    assert evaluating._row(entry, "a", measured, 99, by) == {
        "entry": "x",
        "given": "a",
        "name": "one",
        "value": 0.5,
        "floor": 0.25,
        "low": 0.1,
        "high": 0.9,
        "better": "lower",
        "n": 7,
        "target": "kind",
        "evaluator": "by-hand/numbers",
        "evaluator_hash": "abc",
        "evaluator_accuracy": 0.9877,
    }
    row = evaluating._row(entry, "a", Measurement("one", 0.5), 99, Extractor())
    assert row["n"] == 99
    assert (row["target"], row["evaluator"], row["evaluator_hash"]) == ("", "", "")
    assert row["evaluator_accuracy"] is None


@pytest.mark.parametrize(
    ("chosen", "file"),
    [
        (("",), "evaluation.json"),
        (("kind",), "evaluation-kind.json"),
        (("", "core/memorisation"), "evaluation-core-memorisation.json"),
        (("a b/../c", "one", "two"), "evaluation-a-b-c-one-two.json"),
        (("a_B9",), "evaluation-a_B9.json"),
    ],
)
def test_choices_name_the_file(chosen: tuple[str, ...], file: str) -> None:
    assert evaluating._file_name(*chosen) == file


def test_the_table() -> None:
    common = {
        "entry": "x",
        "given": "a",
        "split": "test",
        "evaluator": "b/c",
        "evaluator_hash": "abc",
        "target": "kind",
        "evaluator_accuracy": 0.98765,
        "seed": 3,
        "samples": 12_000,
    }
    rows = [
        {**common, "name": "one", "value": 0.12345, "low": 0.1, "high": 0.2, "floor": 0.5, "n": 7},
        {
            **common,
            "name": "two",
            "value": 1,
            "low": None,
            "high": None,
            "floor": None,
            "n": 8,
            "made": 1_500,
        },
    ]
    text = Evaluation(rows, Path("there")).table()
    assert text.splitlines()[2:4] == [
        "| x | a | one | 0.123 | 0.100-0.200 | 0.500 | 7 |",
        "| x | a | two | 1.000 |  |  | 8 |",
    ]
    *_, gap, note, other = text.splitlines()
    assert gap == ""
    assert note == (
        "x: classification score: the accuracy on real samples of the same network, "
        "trained on 1,500 made samples alone; real: trained on as many real samples."
    )
    assert other == (
        "x: measured on test by b/c (abc), which predicts kind correctly for 98.8% of real "
        "samples; seed 3, trained on 12,000 samples."
    )
    assert "classification" not in Evaluation(rows[:1], Path("there")).table()


# The whole

EVALUATOR = {"encoder": "core/dense", "target": "kind", "samples": 640}
PARTS = {"generator": "a/b", "discriminator": "a/b", "loss": "a/b"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run of two made entries, one with an evaluator; stand-ins replace everything else."""
    recipe = Recipe.model_validate(
        {
            "data": {"use": "a/b", "path": "here"},
            "make": {"x": {**PARTS, "evaluator": EVALUATOR}, "y": PARTS},
            "evaluate": {"metrics": ["core/condition-accuracy"], "count": 5},
        }
    )
    gan = SimpleNamespace(modalities={name: part(Numbers).build() for name in "xy"})
    model: Any = SimpleNamespace(
        blueprint=SimpleNamespace(recipe=recipe, make={}), gan=gan, samples=123, given=("a",)
    )
    seen: dict[str, Any] = {"scored": [], "events": [], "metrics": []}
    NOTED.clear()

    def opened(blueprint: Any, opened_for: Any) -> list[Feed]:
        assert (blueprint, opened_for) == (model.blueprint, gan)
        return [Feed(8, split) for split in ("test", "train")]

    class Telling:
        def __init__(self, run: Path) -> None:
            assert run == tmp_path

        def tell(self, *what: Any, **facts: Any) -> None:
            seen["events"].append((what, facts))

    def entry(*parts: Any) -> Entry:
        seen["entry"] = parts
        return Entry(*parts)

    def score(entry: Any, count: int, seed: int) -> Any:
        seen["scored"].append((count, seed))
        return "a", Measurement("classification score", 0.5, n=3)

    def metric(choice: Any, where: str) -> Chosen:
        seen["metrics"].append((choice.use, where))
        return chosen(Two)

    def loaded(run: Path, *, device: torch.device, changes: Any) -> Any:
        assert changes is None
        assert (run, device) == (tmp_path, torch.device("cpu"))
        return model

    monkeypatch.setattr(evaluating, "load_run", loaded)
    monkeypatch.setattr(evaluating, "open_splits", opened)
    monkeypatch.setattr(evaluating, "Events", Telling)
    monkeypatch.setattr(evaluating, "EvaluatedEntry", entry)
    monkeypatch.setattr(evaluating, "classification_score", score)
    monkeypatch.setattr(evaluating, "chosen_metric", metric)
    return SimpleNamespace(path=tmp_path, model=model, recipe=recipe, seen=seen)


def test_a_run_is_measured_by_its_recipe(run: Any) -> None:
    found = evaluate(run.path, seed=11)
    assert run.seen["metrics"] == [("core/condition-accuracy", "evaluate.metrics")]
    model, name, choice, test, train, seconds = run.seen["entry"]
    assert seconds is None, "nothing says how long its training took"
    assert (model, name, choice) == (run.model, "x", run.recipe.make["x"].evaluator)
    assert (test.split, train.split) == ("test", "train")
    assert run.seen["scored"] == []
    assert "refuse" not in NOTED
    assert len(found.rows) == 3 * 2
    assert {len(sampled) for _, sampled, *_ in NOTED} == {5}, "as many as the recipe says"
    assert {seed for *_, seed, _ in NOTED} == {11}
    first = found.rows[0]
    assert (first["split"], first["seed"], first["samples"], first["name"], first["n"]) == (
        "test",
        11,
        123,
        "one",
        5,
    )
    assert found.path == run.path / "evaluation.json"
    assert json.loads(found.path.read_text()) == found.rows
    assert run.seen["events"] == [(("evaluated", 123), {"measurements": found.rows})]


def test_what_is_said_goes_over_the_recipe(run: Any) -> None:
    found = evaluate(
        run.path,
        count=3,
        target="sort",
        metrics=["core/frechet", "core/coverage"],
        classification=9,
    )
    assert run.seen["metrics"] == [
        ("core/frechet", "--metric"),
        ("core/coverage", "--metric"),
    ]
    choice = run.seen["entry"][2]
    assert choice.target == "sort"
    assert run.recipe.make["x"].evaluator.target == "kind", "the recipe stays"
    assert NOTED[0] == "refuse"
    assert {len(sampled) for _, sampled, *_ in NOTED[1:]} == {3}
    assert run.seen["scored"] == [(9, 0)]
    last = found.rows[-1]
    assert (last["name"], last["given"], last["made"]) == ("classification score (sort)", "a", 9)
    assert (last["split"], last["n"]) == ("test", 3)
    assert "made" not in found.rows[0]
    assert found.rows[0]["name"] == "one (sort)"
    assert found.path.name == "evaluation-sort-core-frechet-core-coverage.json"


def test_the_score_may_be_refused_before_anything_is_made(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: Any) -> Any:
        raise DataError("no")

    monkeypatch.setattr(evaluating, "classification_score", refused)
    with pytest.raises(DataError):
        evaluate(run.path, classification=9)
    assert NOTED == []


def test_without_a_judge_nothing_can_be_measured(run: Any) -> None:
    run.recipe.make["x"].evaluator = None
    with pytest.raises(UsageError, match="names no evaluator"):
        evaluate(run.path)


def test_metrics_are_looked_up_with_their_options() -> None:
    from mmgan_core.recipe.choices import Choice

    chosen = Choice.__origin__ if hasattr(Choice, "__origin__") else Choice
    found: Any = chosen_metric(chosen(use="core/coverage", neighbours=7), "here")
    assert found.metric.options.neighbours == 7


def test_evaluation_networks_of_a_run_share_a_fifth_of_its_training(tmp_path: Path) -> None:
    """10,000 samples at 50 a second are 200 seconds; so are 5,000 more at 25: 80 for two."""
    rows = [{"samples": 10_000, "rate": 50.0}, {"samples": 15_000, "rate": 25.0}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def entry(target: str | None, matcher: object = None) -> Any:
        return SimpleNamespace(evaluator=SimpleNamespace(target=target), matcher=matcher)

    def recipe(*entries: Any) -> Any:
        return SimpleNamespace(make=dict(enumerate(entries)))

    assert network_seconds(tmp_path, recipe(entry("kind"))) == 80
    assert network_seconds(tmp_path, recipe(entry("kind", "matcher"), entry(None))) == 40


def test_a_lesson_that_was_cut_short_is_said_to_be() -> None:
    assert stopped(None) == stopped(Learned(64, 1.0, "learned")) == ""
    short = stopped(Learned(6_400, 72.4, "time"))
    row: Any = {
        "split": "test",
        "evaluator": "image/conv",
        "evaluator_hash": "abc",
        "evaluator_accuracy": 0.9,
        "target": "kind",
        "entry": "x",
        "seed": 0,
        "samples": 1,
        "name": "n",
    }
    (note,) = measured_notes([{**row, "evaluator_stopped": short}])
    assert "90.0% of real samples; its lesson was cut short after 72 seconds, at 6,400" in note
    assert "cut short" not in measured_notes([row])[0]
