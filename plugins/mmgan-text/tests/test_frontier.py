"""The model of n-grams, and what stands beside the numbers of made texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from mmgan_core.contracts import Evaluated, Measurement
from mmgan_core.errors import UsageError
from mmgan_text.metrics.frontier import Frontier, FrontierOptions
from mmgan_text.metrics.grams import References, bleu, ms_jaccard, self_bleu
from mmgan_text.metrics.ngram_model import NgramModel
from mmgan_text.metrics.words import pieces

KNOWN = [pieces(one) for one in ("a b", "a c")]


def likely(model: NgramModel, *context: str) -> dict[str, float]:
    return dict(zip(model.names, model.after(context).tolist(), strict=True))


def seen(*said: str) -> Evaluated:
    return Evaluated(values=list(said))


# The n-gram model


def test_what_never_came_before_follows_as_often_as_it_does_anywhere() -> None:
    """Of 6 pieces and ends, 2 are a and 2 are ends."""
    assert likely(NgramModel(KNOWN, 2), "z") == pytest.approx(
        {"": 2 / 6, "a": 2 / 6, "b": 1 / 6, "c": 1 / 6}
    )


def test_shorter_contexts_get_three_quarters_of_each_count_that_is_one() -> None:
    """After a came b and c, once each: (1 - 0.75) / 2, and 0.75 of the shares above."""
    assert likely(NgramModel(KNOWN, 2), "a") == pytest.approx(
        {"": 0.25, "a": 0.25, "b": 0.125 + 0.125, "c": 0.125 + 0.125}
    )


def test_every_text_begins_with_what_texts_begin_with() -> None:
    """(2 - 0.75) / 2 for a, of pairs and triples of the start; 0.375 and 0.375^2 for the rest."""
    first = 0.625 + 0.375 * (0.625 + 0.375 * 2 / 6)
    assert likely(NgramModel(KNOWN, 3), "", "")["a"] == pytest.approx(first)


def test_texts_are_as_likely_as_the_model_says() -> None:
    model = NgramModel(KNOWN, 2)
    made = model.sample(4_000, 1.0, seed=1)
    begin = [text[0] for text in made if text]
    assert len(begin) / len(made) == pytest.approx(1 - likely(model, "")[""], abs=0.03)
    assert begin.count("a") / len(made) == pytest.approx(likely(model, "")["a"], abs=0.03)
    assert max(map(len, made)) == 2, "no longer than the longest known one"


def test_a_temperature_sharpens_and_flattens() -> None:
    model = NgramModel([pieces("a b")] * 3 + [pieces("c")], 3)
    assert set(model.sample(50, 0.05, seed=0)) == {("a", "b")}
    hot, warm = (model.sample(200, one, seed=0).count(("a", "b")) for one in (5.0, 1.0))
    assert 0 < hot < warm / 2 < 100
    assert model.sample(5, 1.0, seed=3) == model.sample(5, 1.0, seed=3)


# The frontier


def test_the_numbers_of_made_texts_are_those_of_their_formulas() -> None:
    made, real = ("a b c", "a b d", "c"), ("a b c", "d a", "c d")
    metric = Frontier(FrontierOptions(order=2, rows=2))
    rows = metric.measure(seen(*made), seen(*real), seen(*real))
    one, other = ([pieces(text) for text in some] for some in (made, real))
    assert {row.name: row.value for row in rows} == {
        "MS-Jaccard-2": ms_jaccard(one, other, 2),
        "BLEU-2": bleu(one, References(other, 2)),
        "self-BLEU-2": self_bleu(one[:2], 2),
        "distinct-2": 3 / 4,
    }
    assert {row.name: (row.n, row.better) for row in rows} == {
        "MS-Jaccard-2": (3, "higher"),
        "BLEU-2": (3, "higher"),
        "self-BLEU-2": (2, "lower"),
        "distinct-2": (3, "higher"),
    }
    assert {row.name: row.floor for row in rows}["MS-Jaccard-2"] == pytest.approx(1)


def test_a_generator_that_has_temperatures_is_tried_at_each() -> None:
    asked = []

    def at(temperature: float) -> list[str]:
        asked.append(temperature)
        return ["a b", "a b"]

    def made(shuffled: bool) -> Evaluated:
        return Evaluated(values=["a", "b"], at_temperature=at, shuffled=shuffled)

    metric = Frontier(FrontierOptions(order=2, temperatures=(0.5, 2.0)))
    real = seen("a b", "b a")
    found = by_baseline(metric.measure(made(False), real, real))
    names = [f"this model given nothing, temperature {one}" for one in ("0.5", "2")]
    assert list(found) == ["", *names]
    assert found[names[0]]["distinct-2"].value == pytest.approx(1 / 2)
    assert asked == [0.5, 2.0]
    assert set(by_baseline(metric.measure(made(True), real, real))) == {""}


def by_baseline(rows: list[Measurement]) -> dict[str, dict[str, Measurement]]:
    found: dict[str, dict[str, Measurement]] = {}
    for row in rows:
        found.setdefault(row.baseline, {})[row.name] = row
    return found


def test_an_ngram_model_learns_from_the_training_split_and_stands_beside(tmp_path: Path) -> None:
    (tmp_path / "likely.txt").write_text("a b\n\na c\n")
    options = FrontierOptions(
        order=2, temperatures=(0.1, 1.0), beside={"likelihood": str(tmp_path / "likely.txt")}
    )
    found = by_baseline(
        Frontier(options).measure_real(seen("a b", "a c", "a b"), seen(*["a b"] * 9, "a c", "d"))
    )
    assert list(found) == ["3-gram, temperature 0.1", "3-gram, temperature 1", "likelihood"]
    cold = found["3-gram, temperature 0.1"]
    assert cold["self-BLEU-2"].value == pytest.approx(1), "it says the same each time"
    assert cold["BLEU-2"].value == pytest.approx(1)
    assert cold["distinct-2"].value == pytest.approx(1 / 3)
    assert cold["MS-Jaccard-2"].floor is not None
    # A file of two texts is compared with two: real ones beside are of another n.
    assert found["likelihood"]["MS-Jaccard-2"].value == pytest.approx(1)
    assert (found["likelihood"]["MS-Jaccard-2"].n, found["likelihood"]["BLEU-2"].floor) == (2, None)


def test_without_temperatures_there_is_no_model() -> None:
    metric = Frontier(FrontierOptions(temperatures=()))
    assert metric.measure_real(seen("a", "b"), seen("a", "b")) == []
    with pytest.raises(ValidationError, match="temperatures must be above 0"):
        FrontierOptions(temperatures=(0.5, 0.0))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff\xfe\xff", "cannot be read"), (b"\n \n", "holds no text")],
)
def test_a_file_without_texts_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "made.txt"
    if content is not None:
        file.write_bytes(content)
    metric = Frontier(FrontierOptions(temperatures=(), beside={"other": str(file)}))
    with pytest.raises(UsageError, match=said):
        metric.measure_real(seen("a", "b"), seen("a", "b"))
