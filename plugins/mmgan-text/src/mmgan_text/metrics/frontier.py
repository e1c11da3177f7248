"""The frontier: quality against diversity of made texts, beside those of an n-gram model.

Lower temperatures buy quality with diversity, so one number of each says little, and published text
GANs lie behind a tuned maximum-likelihood model on both: Caccia et al. 2020, "Language GANs falling
short", https://arxiv.org/abs/1811.02549. So four numbers stand for the model, for real texts, for a
model of n-grams that is taught on the training split, at several temperatures, for the model itself
at these if its generator has the option ``sampling_temperature``, and for texts of other
generators, in files that the recipe names:

    MS-Jaccard    quality and diversity, against real test texts
    BLEU          quality: n-grams that any real test text has
    self-BLEU     diversity: n-grams that others of the same texts have
    distinct      diversity: different ones among all longest n-grams
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from mmgan_core.contracts import Evaluated, Measurement
from mmgan_core.errors import UsageError
from mmgan_text.metrics.distinct import distinct
from mmgan_text.metrics.grams import References, bleu, ms_jaccard, self_bleu
from mmgan_text.metrics.ngram_model import NgramModel
from mmgan_text.metrics.words import Text, TextMetric, TextMetricOptions

SEED = 0
Numbers = dict[str, float]


class FrontierOptions(TextMetricOptions):
    """Options of ``text/frontier``."""

    order: int = Field(4, ge=1, le=8, description="the longest n-grams that are compared")
    rows: int = Field(500, ge=2, description="how many texts self-BLEU compares")
    model_order: int = Field(3, ge=1, le=6, description="the n-grams of the model beside")
    temperatures: tuple[float, ...] = Field(
        (0.7, 0.85, 1.0, 1.15),
        description="of the n-gram model, and of the generator if it has any; none leaves both out",
    )
    beside: dict[str, str] = Field(
        {},
        description="texts of other generators, such as one that was trained by likelihood alone: "
        "what each is called, and a file with one text a line",
    )

    @field_validator("temperatures")
    @classmethod
    def _positive(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(one <= 0 for one in value):
            raise ValueError("temperatures must be above 0")
        return value


class Frontier(TextMetric):
    """Four numbers of the made texts, and of each baseline; the floors are those of real texts."""

    Options = FrontierOptions
    options: FrontierOptions
    # All of the training split, as far as there is that much.
    needs_training_rows = 1_000_000
    explains: ClassVar[Mapping[str, str]] = {
        "BLEU-": "How many of the runs of words in made texts any real text has, from 0 to 1. It "
        "is quality alone: one good text, repeated, has the highest.",
    }
    draws: ClassVar[Sequence[tuple[str, str]]] = (
        ("self-BLEU", "MS-Jaccard"),
        ("self-BLEU", "BLEU-"),
    )

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"order": 2, "unit": "characters", "rows": 40, "temperatures": [0.5, 1.0]},)

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return four numbers, or nothing for fewer than two texts or for empty ones."""
        count = min(len(one.values) for one in (fake, real, held_out))
        true, other = self.read(real.values[:count]), self.read(held_out.values[:count])
        floors = self._numbers(other, true)
        found = self._rows(self._numbers(self.read(fake.values[:count]), true), floors, count)
        return [*found, *self._at_temperatures(fake, true, floors, count)]

    def _at_temperatures(
        self, fake: Evaluated, true: Sequence[Text], floors: Numbers, count: int
    ) -> Iterator[Measurement]:
        if fake.at_temperature is None or fake.shuffled:
            return
        given = " + ".join(fake.given) if "given" in fake.has else "nothing"
        for temperature in self.options.temperatures:
            made = self.read(fake.at_temperature(temperature)[:count])
            name = f"this model given {given}, temperature {temperature:g}"
            yield from self._rows(self._numbers(made, true), floors, count, name)

    def measure_real(self, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return four numbers of the n-gram model at each temperature, and of each file.

        Raises:
            UsageError: if a file cannot be read, or is empty.
        """
        true, known = self.read(real.values), self.read(held_out.values)
        count = min(len(true), len(known))
        floors = self._numbers(known[:count], true[:count])
        found: list[Measurement] = []
        for name, texts in self._baselines(known, count):
            most = min(count, len(texts))
            numbers = self._numbers(texts[:most], true[:most])
            found += self._rows(numbers, floors if most == count else {}, most, name)
        return found

    def _baselines(self, known: Sequence[Text], count: int) -> Iterator[tuple[str, list[Text]]]:
        options = self.options
        if options.temperatures and any(known):
            model = NgramModel(known, options.model_order)
            for temperature in options.temperatures:
                name = f"{options.model_order}-gram, temperature {temperature:g}"
                yield name, model.sample(count, temperature, SEED)
        for name, file in options.beside.items():
            yield name, self.read(lines_of(Path(file)))

    def _numbers(self, texts: Sequence[Text], real: Sequence[Text]) -> Numbers:
        return four(texts, real, self.options.order, self.options.rows)

    def _rows(
        self, numbers: Numbers, floors: Numbers, count: int, baseline: str = ""
    ) -> Iterator[Measurement]:
        for name, value in numbers.items():
            compares = name.startswith("self")
            yield Measurement(
                name,
                value,
                floors.get(name),
                better="lower" if compares else "higher",
                n=min(count, self.options.rows) if compares else count,
                baseline=baseline,
            )


def four(texts: Sequence[Text], real: Sequence[Text], order: int = 4, rows: int = 500) -> Numbers:
    """The numbers of texts by name; none for what is too short or too few.

    Args:
        texts: as many as there are real ones, or the numbers are of another n.
        real: real texts of the test split.
        order: the longest n-grams.
        rows: how many texts self-BLEU compares.
    """
    found = {
        f"MS-Jaccard-{order}": ms_jaccard(texts, real, order),
        f"BLEU-{order}": bleu(texts, References(real, order)),
        f"self-BLEU-{order}": self_bleu(texts[:rows], order),
        f"distinct-{order}": distinct(texts, order),
    }
    return {name: value for name, value in found.items() if value is not None}


def lines_of(file: Path) -> list[str]:
    """The texts in a file, one a line; empty lines are left out.

    Raises:
        UsageError: if it cannot be read, or has none.
    """
    try:
        lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"text/frontier: {file} cannot be read: {error}",
            hint="beside: {NAME: FILE} names files with one text a line, in UTF-8",
        ) from None
    if not lines:
        raise UsageError(f"text/frontier: {file} holds no text", hint="write one text a line")
    return lines
