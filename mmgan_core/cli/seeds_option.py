"""`--seed N`, or `--seed 0,1,2` for one run a seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.cli.output import print_table

if TYPE_CHECKING:
    from mmgan_core.runs.across_seeds import Group


def seeds_of(text: str | None, flag: str = "--seed") -> list[int]:
    """The seeds that an option lists, without repetition."""
    from mmgan_core.errors import UsageError

    try:
        return list(dict.fromkeys(int(part) for part in text.split(","))) if text else []
    except ValueError:
        raise UsageError(
            f"{flag} {text!r} is neither a whole number nor several",
            hint=f"such as {flag} 0, or {flag} 0,1,2",
        ) from None


def of_seed(run: Path, seed: int) -> Path:
    """The folder of the run of one of several seeds."""
    return run.with_name(f"{run.name}-seed{seed}")


def print_over_seeds(runs: Sequence[Path]) -> None:
    """Print the final numbers of runs that differ in their seeds: mean and deviation."""
    from mmgan_core.runs.across_seeds import grouped

    for group in grouped(runs):
        print_table(_title(group), _rows(group), head=("number", "mean ± deviation", "n"))


def _title(group: Group) -> str:
    return f"{group.name}: seeds {', '.join(map(str, group.seeds))}"


def _rows(group: Group) -> list[tuple[str, str, str]]:
    return [(name, str(value), str(value.n)) for name, value in group.metrics.items()]
