"""The progress of training on the screen: a bar with rate, time left, losses and health."""

from __future__ import annotations

from collections.abc import Mapping

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

from mmgan_core.foundation.progress import console
from mmgan_core.recipe.schema import Recipe


class Display:
    """A progress bar in a terminal; elsewhere, such as in a log file, about twenty lines in all."""

    def __init__(self, recipe: Recipe, samples: int, *, show: bool) -> None:
        self._console = console()
        self._live = show and self._console.is_terminal
        self._plain = show and not self._live
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
        self._shown = 0

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def advance(self, samples: int) -> None:
        """Move the bar to the number of samples that training has seen."""
        if self._live:
            self._bar.update(self._task, completed=samples)
        self._samples = samples

    def say(self, metrics: Mapping[str, float], health: Mapping[str, str]) -> None:
        """Show the losses and the health of each made entry."""
        words = "  ".join(
            " ".join([name, *_losses(metrics, name), f"[{word}]"]) for name, word in health.items()
        )
        if self._live:
            self._bar.update(self._task, words=words.replace("[", r"\["))
        # Twenty lines are enough for a log file.
        elif self._plain and self._samples * 20 // self._total > self._shown:
            self._shown = self._samples * 20 // self._total
            self._console.print(
                f"{self._samples:,}/{self._total:,}  {words}", markup=False, highlight=False
            )


def _losses(metrics: Mapping[str, float], entry: str) -> list[str]:
    losses = {"D": "d", "G": "g"} if f"{entry}/d" in metrics else {"auxiliary": "auxiliary"}
    found = {word: metrics.get(f"{entry}/{key}") for word, key in losses.items()}
    # An entry that a joint discriminator alone teaches has no losses of its own.
    return [f"{word} {value:.3f}" for word, value in found.items() if value is not None]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")
