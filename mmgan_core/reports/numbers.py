"""The measured numbers of a run as a table that explains itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mmgan_core.errors import MmganError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.runs.measurements import BASELINE, DECODED, Measured

# Numbers that no metric measures.
OTHERS: Mapping[str, str] = {
    "nats per dimension": "How unlikely real test samples are to the model, for each number or "
    "choice that they consist of.",
    "bits per dimension": "How unlikely real test samples are to the model, in bits for each "
    "number or choice that they consist of.",
    "perplexity": "Among how many equally likely choices the model is undecided.",
    "classification score": "How well a network that was trained on made samples alone "
    "recognises real ones.",
}
INTERVAL = "95 %: the interval in which the number lies, with that certainty."
REAL = (
    "real: the same number for real samples in place of made ones. It is what there is to reach, "
    "and no model can be expected to be better."
)
SHUFFLED = (
    "shuffled: the samples were made from other rows' values than those they are compared with. "
    "A model that ignores what it is given has as good numbers there."
)
OF_REAL = (
    f"{DECODED}: the same number for real samples that were turned into what the model makes, and "
    "back. What is missing there is lost without any model."
)
OF_BASELINE = (
    f"{BASELINE.strip()} the same number for samples that something simpler made. A model that is "
    "no better need not be trained."
)


@dataclass(frozen=True)
class Explained:
    """A number, what it is, and which is better, ``higher`` or ``lower``."""

    name: str
    words: str
    better: str


@dataclass(frozen=True)
class Row:
    """A line of the table; every cell is a text, empty if there is nothing to say."""

    makes: str
    given: str
    number: str
    value: str
    interval: str
    real: str
    n: str


def rows(measured: Sequence[Measured]) -> list[Row]:
    """Return the lines of the table."""
    return [
        Row(
            row["entry"],
            row["given"],
            row["name"],
            f"{row['value']:.3f}",
            "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}",
            "" if row["floor"] is None else f"{row['floor']:.3f}",
            f"{row['n']:,}",
        )
        for row in measured
    ]


def explained(measured: Sequence[Measured]) -> list[Explained]:
    """Say of each number that occurs what it is."""
    known = dict(OTHERS)
    for spec in catalogue().of("metric"):
        with suppress(MmganError):  # what cannot be imported cannot explain its numbers
            known |= catalogue().load("metric", spec.id).explains
    found = {row["name"]: row["better"] for row in measured}
    return [Explained(name, _words(name, known), better) for name, better in found.items()]


def columns(measured: Sequence[Measured]) -> list[str]:
    """Explain the columns that this table fills."""
    said = {
        INTERVAL: any(row["low"] is not None for row in measured),
        REAL: any(row["floor"] is not None for row in measured),
        SHUFFLED: any("shuffled" in row["given"] for row in measured),
        OF_REAL: any(row["given"] == DECODED for row in measured),
        OF_BASELINE: any(row["given"].startswith(BASELINE) for row in measured),
    }
    return [words for words, wanted in said.items() if wanted]


def _words(name: str, known: Mapping[str, str]) -> str:
    fitting = [start for start in known if name.startswith(start)]
    return known[max(fitting, key=len)] if fitting else ""
