"""Whether another engine makes what torch makes: recorded cases, and how far apart they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from mmgan_core.portable.feeding import fed_of
from mmgan_core.portable.sampler import Sampler

Arrays = dict[str, npt.NDArray[np.generic]]
Engine = Callable[[Arrays], Sequence[npt.NDArray[np.generic]]]
"""Runs a graph: inputs by name to outputs in their order."""
_COUNTS = (1, 3, 5)


@dataclass(frozen=True)
class Case:
    """What one batch is fed, and what torch makes of it."""

    fed: Arrays
    made: list[npt.NDArray[np.generic]]


def cases_of(sampler: Sampler, examples: Mapping[str, str] | None = None) -> list[Case]:
    """Batches of 1, 3 and 5: everything given, nothing given, and every entry alone left out.

    Everything is given in batches of each size; what is left out is drawn from the prior, if there
    is one, and once left out. If directions of the condition were kept, conditions are pushed along
    them with everything and with nothing given.

    Args:
        examples: values of given entries; of the others, numbers of a seed are fed.
    """
    given = list(sampler.readings)
    asked = [(given, count, True, False) for count in _COUNTS]
    if given:
        left_out = [[], *([n for n in given if n != name] for name in given)]
        asked += [
            (rest, _COUNTS[n % len(_COUNTS)], True, False) for n, rest in enumerate(left_out, 1)
        ]
    if sampler.drawing is not None:
        asked.append((given[1:], _COUNTS[-1], False, False))
    if sampler.pushing.directions:
        asked += [(some, _COUNTS[-1], True, True) for some in (given, [])]
    found = []
    for number, (subset, count, draw, pushed) in enumerate(asked):
        fed = fed_of(sampler, count, number, subset, draw=draw, pushed=pushed)
        for name, value in (examples or {}).items():
            read = sampler.readings[name].prepare([value] * count)
            fed |= {f"given.{name}.{key}": rows for key, rows in read.items()}
        with torch.no_grad():
            made = sampler(fed)
        arrays = {name: tensor.numpy() for name, tensor in fed.items()}
        found.append(Case(arrays, [one.numpy() for one in made]))
    return found


def difference(engine: Engine, cases: Sequence[Case]) -> tuple[float, float]:
    """The largest and the mean difference of what an engine makes of the cases."""
    worst, total, count = 0.0, 0.0, 0
    for case in cases:
        for found, wanted in zip(engine(case.fed), case.made, strict=True):
            if found.shape != wanted.shape:
                return float("inf"), float("inf")
            apart = np.abs(found.astype(np.float64) - wanted.astype(np.float64))
            apart = np.nan_to_num(apart, nan=np.inf)
            worst = max(worst, float(apart.max(initial=0.0)))
            total, count = total + float(apart.sum()), count + apart.size
    return worst, total / max(1, count)


def write_cases(cases: Sequence[Case], file: Path) -> None:
    """Write cases into a file that numpy reads without running anything."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for number, case in enumerate(cases):
        arrays |= {f"{number}/fed/{name}": array for name, array in case.fed.items()}
        arrays |= {f"{number}/made/{at}": array for at, array in enumerate(case.made)}
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_cases(file: Path) -> list[Case]:
    """Read the cases of a file.

    Raises:
        ValueError, OSError: if they cannot be read.
    """
    with np.load(file, allow_pickle=False) as arrays:
        found: dict[int, tuple[Arrays, dict[int, npt.NDArray[np.generic]]]] = {}
        for key in arrays.files:
            number, kind, name = key.split("/", 2)
            fed, made = found.setdefault(int(number), ({}, {}))
            if kind == "fed":
                fed[name] = arrays[key]
            else:
                made[int(name)] = arrays[key]
    return [
        Case(fed, [made[at] for at in sorted(made)]) for _, (fed, made) in sorted(found.items())
    ]
