"""Which of the settings that a sweep varied matter: a page of importances, by Optuna.

The importance of a key is the share of the variance among the better trials that it explains
(PED-ANOVA, Watanabe et al. 2023, https://arxiv.org/abs/2304.10255). A key of little importance
needs no further trials; how two keys act together it does not show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgan_core.reports.pages import page
from mmgan_core.training.sampled_sweep import kept_study, shown_choice

# Fewer trials say nothing.
FEWEST = 5
BEST = 10


@dataclass(frozen=True)
class TrialRow:
    """One trial: what it was trained with, and what was measured."""

    value: str
    cells: Sequence[str]


def importances(folder: Path) -> dict[str, float]:
    """The importance of each key of a sweep that Optuna sampled, the greatest first; they sum to 1.

    It is empty if fewer than ``FEWEST`` trials came to an end.
    """
    import optuna

    study = kept_study(folder)
    if study is None:
        return {}
    ended = [t for t in study.trials if t.value is not None and math.isfinite(t.value)]
    if len(ended) < FEWEST:
        return {}
    finite = optuna.create_study()
    finite.add_trials(ended)
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return dict(optuna.importance.get_param_importances(finite, evaluator=evaluator))


def importances_html(
    folder: Path, over: Mapping[str, Sequence[object]], *, by: str, higher: bool
) -> str:
    """Return the page of a sweep's importances as HTML that needs no network and no script.

    Args:
        folder: the folder of the sweep.
        over: the values of each key, as the sweep was asked.
        by: the metric.
        higher: whether more of it is better.
    """
    found = importances(folder)
    study = kept_study(folder)
    trials = [] if study is None else study.trials
    ended = [(trial, loss) for trial in trials if (loss := trial.value) is not None]
    best = sorted(ended, key=lambda one: one[1])[:BEST]
    sign = -1 if higher else 1
    return page(
        "importances.html.jinja",
        title=f"What mattered in {folder.name}",
        summary="",
        by=by,
        better="higher" if higher else "lower",
        keys=list(over),
        shares={key: 100 * share for key, share in found.items()},
        fewest=FEWEST,
        count=len(ended),
        trials=[
            TrialRow(
                f"{sign * loss:.4g}" if math.isfinite(loss) else "diverged",
                [shown_choice(trial.params.get(key), values) for key, values in over.items()],
            )
            for trial, loss in best
        ],
    )
