"""The results of contract tests: how many passed, were skipped and failed, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, overload

Outcome = Literal["passed", "skipped", "failed"]


@dataclass(frozen=True)
class Result:
    """One check of one component.

    Attributes:
        subject: what was checked, such as ``"generator image/r3"`` or ``"plugin image"``.
        check: what must hold, in words.
        outcome: how it ended.
        reason: why it was skipped, or what is wrong.
        advice: for a failure, what to do about it.
    """

    subject: str
    check: str
    outcome: Outcome
    reason: str = ""
    advice: str = ""


class Report(Sequence[Result]):
    """Every check of a plugin's components, in order."""

    def __init__(self, plugin: str, results: Sequence[Result]) -> None:
        self.plugin = plugin
        self._results = tuple(results)

    def __len__(self) -> int:
        return len(self._results)

    @overload
    def __getitem__(self, at: int) -> Result: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Result, ...]: ...

    def __getitem__(self, at: int | slice) -> Result | tuple[Result, ...]:
        return self._results[at]

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.of("failed")

    def of(self, outcome: Outcome) -> list[Result]:
        """The results with this outcome."""
        return [result for result in self if result.outcome == outcome]

    def counts(self, subject: str = "") -> dict[str, int]:
        """How many checks passed, were skipped and failed; of one subject, if it is named."""
        found = Counter(r.outcome for r in self if subject in ("", r.subject))
        return {outcome: found[outcome] for outcome in ("passed", "skipped", "failed")}

    def table(self) -> str:
        """The counts of each subject as a Markdown table."""
        lines = ["| what | passed | skipped | failed |", "|---|---|---|---|"]
        return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in self.rows())])

    def rows(self) -> list[tuple[str, ...]]:
        """Each subject with how many passed, were skipped and failed; last, all of the plugin."""
        subjects = list(dict.fromkeys(result.subject for result in self))
        return [
            (subject or f"all of {self.plugin}", *map(str, self.counts(subject).values()))
            for subject in [*subjects, ""]
        ]

    def skips(self) -> str:
        """Why checks were skipped, each reason once."""
        reasons = Counter(f"{r.check}: {r.reason}" for r in self.of("skipped"))
        return "\n".join(f"skipped {count} x {reason}" for reason, count in reasons.items())

    def failures(self) -> str:
        """Every failure with its reason and its advice."""
        return "\n".join(
            f"FAILED {r.subject}: {r.check}\n  {r.reason}\n  what to do: {r.advice}"
            for r in self.of("failed")
        )

    def plain(self) -> dict[str, object]:
        """The report as plain data, for ``--json``."""
        rows = [asdict(result) for result in self]
        return {"plugin": self.plugin, "counts": self.counts(), "results": rows}
