"""Which rows, values and labels an evaluated entry compares, followed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import mmgan_core.evaluation.classification as classifying
import mmgan_core.evaluation.evaluated_entry as entries
from mmgan_core.contracts import Encoder, Encoding, Evaluated
from mmgan_core.data.prepared import BadRow
from mmgan_core.errors import DataError, UsageError
from mmgan_core.evaluation.classification import SCORE, classification_score
from mmgan_core.evaluation.evaluated_entry import CHUNK, EvaluatedEntry, chunks
from mmgan_core.evaluation.evaluator import BATCH, Lesson
from mmgan_core.foundation.randomness import derived_seed
from mmgan_core.inference.samples import Samples
from mmgan_core.options import Options
from mmgan_core.recipe.schema import Evaluator as EvaluatorChoice
from tests.training.by_hand import Numbers, Rows, column, part


class Tenfold(Numbers):
    """Samples are ten times the number, and numbers again when they are presented; -999 cannot."""

    prepared: list[int]

    def prepare(self, values: Sequence[object]) -> Tensor:
        self.__dict__.setdefault("prepared", []).append(len(values))
        return column(*[float(value) for value in values])  # type: ignore[arg-type]

    def to_sample(self, prepared: Tensor) -> Tensor:
        return 10 * prepared

    def present(self, sample: Tensor) -> list[object]:
        return [round(number / 10 + 0.5, 3) for number in sample[:, 0].tolist()]


class Reader:
    """Stands in for an evaluator: features are the numbers; it predicts low below 0, else high."""

    names = ("low", "high")
    digest, accuracy = "abc", 0.98765

    def __init__(self) -> None:
        self.asked: list[list[str | None]] = []

    def read(self, values: Sequence[Any], asked: Sequence[str | None]) -> Evaluated:
        self.asked.append(list(asked))
        numbers = torch.tensor([float(value) for value in values])
        return Evaluated(numbers[:, None], (numbers > 0).long(), torch.tensor(self.classes(asked)))

    def classes(self, names: Sequence[str | None]) -> Any:
        return np.array([-1 if n not in self.names else self.names.index(n) for n in names])


class Stream:
    """A split of two tables; the evaluated column, x, is in the second, in reverse order."""

    def __init__(self, numbers: Sequence[float], kinds: Sequence[object]) -> None:
        first = Rows(a=[f"a{row}" for row in range(len(numbers))], kind=["no"] * len(numbers))
        self.tables = [first, Rows(x=numbers, kind=kinds)]
        self.bad = {"x": tuple(BadRow(r, "", "") for r, n in enumerate(numbers) if n == -999)}
        self.good = [row for row, number in enumerate(numbers) if number != -999]

    def __len__(self) -> int:
        return len(self.good)

    def rows(self, start: int, count: int) -> list[Any]:
        rows = np.array([self.good[k % len(self.good)] for k in range(start, start + count)])
        return [rows, rows[::-1]]

    def raw(self, name: str, sampled: Sequence[Any]) -> list[object]:
        at = 1 if name in ("x", "kind") else 0
        return self.tables[at].values(name, sampled[at].tolist())


class Maker:
    """Stands in for a model: it makes 7 for high, and 3 less for every other label or none."""

    name, given = "maker", ("a",)
    device = torch.device("cpu")

    def __init__(self, repairs: bool = False) -> None:
        mask = (1,) if repairs else None
        generator = SimpleNamespace(condition=SimpleNamespace(mask_shape=mask), options=Options())
        kinds = {"a": Tenfold, "x": Tenfold, "kind": Tenfold, "alias": Tenfold}
        modalities = {name: part(kind).build() for name, kind in kinds.items()}
        self.gan: Any = SimpleNamespace(generator=lambda name: generator, modalities=modalities)
        unmatched = SimpleNamespace(
            make={"x": SimpleNamespace(matcher=None)}, given_of=lambda name: self.given
        )
        self.blueprint: Any = SimpleNamespace(
            make={"x": SimpleNamespace(column="x")}, recipe=unmatched
        )
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def generate(self, **asked: Any) -> Samples:
        self.calls.append(("generate", asked))
        labels = asked.get("kind", [None] * asked["count"])
        return Samples({"x": [7.0 if label == "high" else -3.0 for label in labels]}, {}, {})

    def repair(self, **asked: Any) -> Samples:
        self.calls.append(("repair", asked))
        return Samples({"x": [7.0] * asked["count"]}, {}, {})


TEST = Stream([-1.0, 2.0, -3.0, -999.0, 4.0], ["low", "high", "low", "low", "other"])
TRAIN = Stream([5.0, -6.0, 7.0, -999.0, -8.0], ["high", "low", "high", None, "low"])


def entry(*, repairs: bool = False, test: Any = TEST, train: Any = TRAIN) -> Any:
    made: Any = EvaluatedEntry.__new__(EvaluatedEntry)
    made.model, made.name, made.test, made.train = Maker(repairs), "x", test, train
    made.modality = made.model.gan.modalities["x"]
    made.part, made.evaluator, made.choice = part(Features), Reader(), "chosen"
    made.lesson = Lesson("x", "kind", 40 * BATCH)
    return made


class Features(Encoder):
    dim = 1

    def forward(self, tensors: Any) -> Encoding:
        return Encoding(tensors["prepared"])


def numbers(evaluated: Evaluated) -> list[float]:
    return evaluated.features[:, 0].tolist()


def test_samples_are_made_of_what_test_rows_give() -> None:
    one = entry()
    sampled = TEST.rows(0, 3)  # of the first table rows 0, 1, 2; of the second 2, 1, 0
    found = one.made(sampled, ["a"], 11, False)
    assert one.model.calls == [("generate", {"count": 3, "seed": 11, "a": ["a0", "a1", "a2"]})]
    assert one.evaluator.asked == [], "nothing is read until a metric asks"
    assert numbers(found) == [-3, -3, -3]
    assert one.evaluator.asked == [["low", "high", "low"]]


def test_shuffled_samples_are_asked_for_other_rows_labels() -> None:
    sampled = [np.array([0, 1, 2, 4]), np.array([0, 1, 2, 4])]
    for seed in range(3):
        one = entry()
        assert len(one.made(sampled, ["a"], seed, True).features) == 4
        order = np.random.Generator(np.random.PCG64(seed)).permutation(4)
        labels = ["low", "high", "low", "other"]
        assert one.evaluator.asked == [[labels[k] for k in order]]
        assert one.model.calls[0][1]["a"] == ["a0", "a1", "a2", "a4"], "what is given stays"


def test_of_nothing_nothing_is_asked() -> None:
    one = entry()
    found = one.made(TEST.rows(0, 3), [], 11, False)
    by_evaluator = {"features", "predicted", "asked", "probabilities", "encode"}
    assert found.has == by_evaluator | {"values", "samples"}
    assert len(found.features) == 3
    assert one.model.calls == [("generate", {"count": 3, "seed": 11})]
    assert one.evaluator.asked == [[None, None, None]]


def test_where_samples_are_repaired_their_middle_is_missing() -> None:
    one = entry(repairs=True)
    assert one.repairs
    assert not entry().repairs
    found = one.made(TEST.rows(0, 2), [], 11, False)
    assert len(found.features) == 2
    assert found.references.samples[:, 0].tolist() == [20, -10], "the whole ones of its rows"
    asked = {"mask_kind": "centre", "count": 2, "seed": 11, "x": [2.0, -1.0]}
    assert one.model.calls == [("repair", asked)]
    assert one.evaluator.asked == [["high", "low"]], "of what is known something is asked"


def test_what_shuffled_samples_are_compared_with_is_of_the_same_other_rows() -> None:
    sampled = [np.array([0, 1, 2, 4]), np.array([0, 1, 2, 4])]
    one = entry()
    found = one.made(sampled, ["a"], 1, True)
    order = np.random.Generator(np.random.PCG64(1)).permutation(4)
    assert found.given == {"a": [["a0", "a1", "a2", "a4"][k] for k in order]}
    numbers = [[-10.0, 20.0, -30.0, 40.0][k] for k in order]
    assert found.references.samples[:, 0].tolist() == numbers
    assert found.references.asked.tolist() == found.asked.tolist()
    assert found.shuffled
    assert found.labels == [["low", "high", "low", "other"][k] for k in order]
    assert found.references.labels == found.labels


def test_real_samples_are_the_first_of_the_feed() -> None:
    one = entry()
    found = one.real(TEST, 2)
    assert found.given == {"a": ["a0", "a1"]}
    assert found.samples[:, 0].tolist() == [20, -10]
    assert numbers(found) == [2.5, -0.5], "through the modality's tensors and back"
    assert one.evaluator.asked == [["high", "low"]]
    assert found.labels == ["high", "low"]
    assert len(found.raw) == 2
    assert found.raw != found.values, "as the data hold them"
    assert not found.shuffled
    assert numbers(one.real(TRAIN, 3)) == [7.5, -5.5, 5.5]


def test_every_readable_sample_is_read_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "CHUNK", 3)
    noted: list[Any] = []

    class Bar:
        def __init__(self, what: str, total: int) -> None:
            noted.append((what, total))

        def __enter__(self) -> Any:
            return noted.append

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(entries, "progress", Bar)
    one, other = entry(), Reader()
    found = one.all_real(TEST)
    assert numbers(found) == [-0.5, 2.5, -2.5, 4.5]
    assert found.predicted.tolist() == [0, 1, 0, 1]
    assert found.asked.tolist() == [0, 1, 0, -1]
    assert one.evaluator.asked == [["low", "high", "low"], ["other"]]
    assert noted == [("reading x", 4), 3, 1]
    assert len(one.all_real(TRAIN, other).features) == 4
    assert other.asked == [["high", "low", "high"], ["low"]]
    assert len(one.evaluator.asked) == 2


def test_samples_are_carried_some_at_a_time() -> None:
    one = entry()
    many = Stream([float(n) for n in range(BATCH + 2)], ["low"] * (BATCH + 2))
    found = one.carried(many, np.arange(BATCH + 2))
    assert found == [n + 0.5 for n in range(BATCH + 2)]
    assert one.modality.prepared == [BATCH, 2]


def test_targets_are_read_as_text() -> None:
    numbered = Stream([1.0, 2.0], [3, None])
    assert entry().asked(numbered, np.arange(2)) == ["3", "None"]


def test_many_rows_come_in_chunks() -> None:
    assert CHUNK == 1_024, "the seeds of chunks decide what is made"
    rows = np.arange(2 * CHUNK + 1)
    assert [len(some) for some in chunks(rows)] == [CHUNK, CHUNK, 1]
    assert np.concatenate(chunks(rows)).tolist() == rows.tolist()


def test_a_target_of_which_nothing_is_known_is_refused() -> None:
    entry().refuse_unreadable()
    with pytest.raises(
        DataError, match="the test split and the training split share no value of 'kind'"
    ):
        entry(test=Stream([1.0, 2.0], ["other", "else"])).refuse_unreadable()
    entry(test=Stream([1.0, 2.0], ["other", "low"])).refuse_unreadable()


def test_an_entry_is_judged_by_what_the_recipe_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[Any] = []
    monkeypatch.setattr(
        entries,
        "trained_evaluator",
        lambda *parts, carried: noted.append((*parts, carried)) or Evaluators(),
    )

    class Evaluators:
        def to(self, device: torch.device) -> str:
            return f"evaluator on {device}"

    choice = EvaluatorChoice(encoder={"use": "core/dense"}, target="kind", samples=640)  # type: ignore[arg-type]
    model: Any = Maker()
    model.blueprint.make["x"].column = "other"
    test, train = (Stream([1.0], ["low"]), Stream([2.0], ["high"]))
    one: Any = EvaluatedEntry(model, "x", choice, test, train)  # type: ignore[arg-type]
    assert noted == [], "nothing is trained that no metric asks for"
    assert one.evaluator == "evaluator on cpu", "where the model is"
    assert one.lesson == Lesson("other", "kind", 640)
    assert one.part.spec.id == "core/dense"
    assert one.part.where == "make.x.evaluator.encoder"
    assert one.modality is model.gan.modalities["x"]
    assert noted == [(one.part, one.modality, one.lesson, train.tables, test.tables, None)]


# The classification score


def scored(one: Any, count: int = 4) -> Any:
    given, measurement = classification_score(one, count, 11)
    return given, measurement


def labelled(repeat: int = 1) -> Any:
    """Training samples that are what they are called; what is given is the label itself."""
    train = Stream(
        [5.0, -6.0, 7.0, -999.0, -8.0] * repeat, ["high", "low", "high", "low", "low"] * repeat
    )
    test = Stream([-10.0, 20.0, -30.0, -999.0, 40.0], ["low", "high", "low", "low", "other"])
    one = entry(train=train, test=test)
    one.model.given = ("a", "kind")
    one.model.gan.modalities["kind"].kind = "label"
    return one


def test_a_network_that_saw_made_samples_reads_real_ones() -> None:
    """Tested on -10, 20 and -30, and on 40, of a class it does not know: 3 of 3 by either."""
    one = labelled()
    one.lesson = Lesson("x", "kind", 200 * BATCH)
    given, found = scored(one)
    assert given == "kind"
    assert (found.name, found.value, found.floor, found.n) == (SCORE, 1.0, 1.0, 3)
    # Rows 4, 2, 1, 0 of the training table.
    labels = ["low", "high", "low", "high"]
    seed = derived_seed(11, SCORE, [4, 2, 1, 0])
    assert one.model.calls == [("generate", {"count": 4, "seed": seed, "kind": labels})]


def test_what_is_made_wrong_is_learned_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    one = labelled()
    one.lesson = Lesson("x", "kind", 200 * BATCH)
    monkeypatch.setattr(
        one.model,
        "generate",
        lambda **asked: {"x": [-7.0 if label == "high" else 3.0 for label in asked["kind"]]},
    )
    _, found = scored(one)
    assert (found.value, found.floor) == (0.0, 1.0)


def test_rows_of_no_known_class_are_not_asked_for() -> None:
    one = labelled()
    one.evaluator.names = ("high", "other")
    one.train.tables[1] = Rows(
        x=[5.0, -6.0, 7.0, -999.0, -8.0], kind=["high", "gone", "high", "low", "other"]
    )
    scored(one)
    assert one.model.calls[0][1]["kind"] == ["other", "high", "high"]
    assert one.model.calls[0][1]["count"] == 3


def test_chunks_have_seeds_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    class Bar:
        def __init__(self, what: str, total: int) -> None:
            told.append((what, total))

        def __enter__(self) -> Any:
            return told.append

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(entries, "CHUNK", 3)
    monkeypatch.setattr(classifying, "progress", Bar)
    one = labelled()
    scored(one)
    assert told == [("preparing made samples", 4), 3, 1, ("preparing real samples", 4), 3, 1]
    assert [asked["seed"] for _, asked in one.model.calls] == [
        derived_seed(11, SCORE, [4, 2, 1]),
        derived_seed(11, SCORE, [0]),
    ]
    assert [asked["count"] for _, asked in one.model.calls] == [3, 1]


def test_a_classifier_is_trained_on_as_many_samples_as_the_evaluator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[Any] = []

    def noting(
        evaluator: Any, take: Any, classes: Any, *, samples: int, what: str, **_: Any
    ) -> None:
        noted.append((take(np.array([1, 0]))["prepared"].tolist(), classes.tolist(), samples, what))

    monkeypatch.setattr(classifying, "teach", noting)
    scored(labelled())
    # Real samples are carried: half more than they are.
    assert noted == [
        ([[7.0], [-3.0]], [0, 1, 0, 1], 40 * BATCH, "on made samples"),
        ([[7.5], [-7.5]], [0, 1, 0, 1], 40 * BATCH, "on real samples"),
    ]


def test_what_is_given_must_be_the_target() -> None:
    with pytest.raises(UsageError, match="every 'kind', which maker cannot be given") as told:
        scored(entry())
    assert told.value.hint == "its given entries: a; leave out --classification"
    alone = entry()
    alone.model.given = ()
    with pytest.raises(UsageError) as told:
        scored(alone)
    assert told.value.hint == "its given entries: nothing; leave out --classification"


def test_a_label_is_preferred_and_some_rows_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    one = labelled(repeat=30)
    raw, looked_at = one.train.raw, []

    def noting(name: str, sampled: Any) -> list[object]:
        looked_at.append(len(sampled[0]))
        return raw("kind" if name == "alias" else name, sampled)  # type: ignore[no-any-return]

    monkeypatch.setattr(one.train, "raw", noting)
    for given in (("alias", "kind"), ("kind", "alias")):
        one.model.given = given
        assert classifying._target_entry(one) == "kind"
    one.model.given = ("alias",)
    assert classifying._target_entry(one) == "alias"
    assert set(looked_at) == {classifying.LOOKED_AT}
    few = labelled()
    monkeypatch.setattr(few.train, "rows", lambda start, count: looked_at.append(count) or raw_rows)
    raw_rows = Stream.rows(few.train, 0, 4)
    classifying._target_entry(few)
    assert looked_at[-1] == 4


class Warm(Options):
    sampling_temperature: float = 1.0


def test_samples_are_made_again_at_another_temperature_and_it_stays_as_it_was() -> None:
    one, seen = entry(), []
    assert one.made(TEST.rows(0, 2), [], 5, False).at_temperature is None, "it has none"
    generator = one.model.gan.generator("x")
    generator.options = Warm()
    usual = one.model.generate

    def generate(**asked: Any) -> Samples:
        seen.append(generator.options.sampling_temperature)
        found: Samples = usual(**asked)
        return found

    one.model.generate = generate
    made = one.made(TEST.rows(0, 2), ["kind"], 5, False).encoded_by(lambda values: None)
    assert list(made.values) == list(made.at_temperature(0.5)) == [7.0, -3.0]
    assert seen == [1.0, 0.5]
    assert generator.options.sampling_temperature == 1.0
    assert one.real(TEST, 2).at_temperature is None
