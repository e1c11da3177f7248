"""The progress of training on the screen: a bar with rate, time left, losses and health."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from mmgan_core.foundation.notebook import NotebookBar
from mmgan_core.foundation.progress import Pauses, console
from mmgan_core.health.words import EXPLAINED, is_fine
from mmgan_core.recipe.schema import Recipe

# From how many seconds on a rate is said.
MEASURED = 5.0


class Display:
    """A progress bar in a terminal; elsewhere, such as in a log file, a line now and then."""

    def __init__(self, recipe: Recipe, samples: int, *, show: bool) -> None:
        self._console = console()
        in_notebook = show and self._console.is_jupyter
        self._live = show and self._console.is_terminal and not in_notebook
        self._plain = show and not self._live and not in_notebook
        self._total = recipe.train.samples
        self._bar = Progress(
            TextColumn(recipe.name),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[words]}"),
            console=self._console,
            disable=not self._live,
        )
        self._task = self._bar.add_task("", total=self._total, completed=samples, words="")
        self._notebook = NotebookBar(recipe.name, self._total) if in_notebook else None
        self._samples, self._shown = samples, 0
        self._words = ""
        self._began: tuple[float, int] | None = None
        self._pauses = Pauses()
        self._explained = False

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
        if self._notebook:
            self._notebook.finish(self._samples)

    def advance(self, samples: int) -> None:
        """Move the bar to the number of samples that training has seen."""
        if self._live:
            self._bar.update(self._task, completed=samples)
        if self._notebook:
            self._notebook.update(samples)
        self._samples = samples
        if self._began is None:  # a first step may compile
            self._began = (time.monotonic(), samples)
        if self._plain and self._pauses.over():
            self._print_line()

    def say(self, metrics: Mapping[str, float], health: Mapping[str, str]) -> None:
        """Show the losses and the health of each made entry."""
        self._words = "  ".join(
            " ".join([name, *_losses(metrics, name), f"[{word}]"]) for name, word in health.items()
        )
        if self._notebook:
            left = self._time_left()
            self._notebook.update(self._samples, f"{self._words} {left}")
        elif self._live:
            self._bar.update(self._task, words=self._words.replace("[", r"\["))
        # Twenty lines are enough for a log file.
        elif self._plain and self._samples * 20 // self._total > self._shown:
            self._shown = self._samples * 20 // self._total
            self._print_line()
        self._explain(health)

    def _print_line(self) -> None:
        parts = (f"{self._samples:,}/{self._total:,}", self._time_left(), self._words)
        self._print("  ".join(part for part in parts if part))

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _time_left(self) -> str:
        """The rate and the time left, once some seconds have been measured."""
        if self._began is None:
            return ""
        seconds, done = time.monotonic() - self._began[0], self._samples - self._began[1]
        if seconds < MEASURED or not done:
            return ""
        rate = done / seconds
        # The last batch may go beyond the samples that were asked for.
        left = timedelta(seconds=round(max(0, self._total - self._samples) / rate))
        return f"{rate:,.3g}/s, {left} left"

    def _explain(self, health: Mapping[str, str]) -> None:
        """Say once where words that are not fine are explained."""
        bad = [word for word in health.values() if not is_fine(word)]
        if bad and not self._explained and (self._live or self._plain or self._notebook):
            self._explained = True
            self._print(f"what {bad[0]!r} means, and what helps: {EXPLAINED}")


def _losses(metrics: Mapping[str, float], entry: str) -> list[str]:
    losses = {"D": "d", "G": "g"} if f"{entry}/d" in metrics else {"auxiliary": "auxiliary"}
    found = {word: metrics.get(f"{entry}/{key}") for word, key in losses.items()}
    # An entry that a joint discriminator alone teaches has no losses of its own.
    return [f"{word} {value:.3f}" for word, value in found.items() if value is not None]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")
