"""A sweep whose trials Optuna chooses, by what earlier ones have measured.

The study lies in the folder of the sweep, so that it goes on with what it knows. A trial that was
stopped is trained to its end before another is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.errors import UsageError

if TYPE_CHECKING:
    from optuna import Study, Trial

STUDY = "optuna.log"


def sampled(
    folder: Path,
    over: Mapping[str, Sequence[object]],
    trials: int,
    seed: int,
    loss_of: Callable[[Mapping[str, object]], float],
) -> None:
    """Do trials until there are so many.

    Args:
        folder: the folder of the sweep.
        over: the values of each key; two numbers spelt ``LOW..HIGH`` are the ends of a range.
        trials: how many there are in all.
        seed: decides the first choices.
        loss_of: trains and measures one choice; smaller is better.

    Raises:
        UsageError: if Optuna is not installed.
    """
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError:
        raise UsageError(
            "--sampler optuna needs Optuna", hint="pip install 'mmgan-zoo[sweep]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(folder / STUDY))),
        study_name="sweep",
        load_if_exists=True,
    )
    # One that goes on would choose again what it chose first.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    for before in study.trials:
        if set(before.params) == set(over):
            loss = loss_of(_chosen(before.params, over))  # a finished one is not trained again
            if not before.state.is_finished():
                study.tell(before.number, loss)
    while _finished(study) < trials:
        trial = study.ask()
        params = {key: _suggested(trial, key, values) for key, values in over.items()}
        study.tell(trial, loss_of(_chosen(params, over)))


def kept_study(folder: Path) -> Study | None:
    """The study of a sweep that Optuna sampled; None if there is none."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    if not (folder / STUDY).is_file():
        return None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = JournalStorage(JournalFileBackend(str(folder / STUDY)))
    return optuna.load_study(study_name="sweep", storage=storage)


def shown_choice(param: object, values: Sequence[object]) -> str:
    """The value that a parameter of a study stands for, in words."""
    if not isinstance(param, int | float):
        return ""
    return f"{param:.3g}" if range_of(values) else str(values[int(param)])


def _finished(study: Study) -> int:
    return sum(trial.state.is_finished() for trial in study.trials)


def _suggested(trial: Trial, key: str, values: Sequence[object]) -> float:
    ends = range_of(values)
    if ends:
        return trial.suggest_float(key, *ends, log=ends[0] > 0)
    # By position, since a value may be anything that YAML can hold.
    return trial.suggest_categorical(key, list(range(len(values))))


def _chosen(
    params: Mapping[str, float], over: Mapping[str, Sequence[object]]
) -> Mapping[str, object]:
    return {
        key: float(f"{params[key]:.3g}") if range_of(values) else values[int(params[key])]
        for key, values in over.items()
    }


def range_of(values: Sequence[object]) -> tuple[float, float] | None:
    """The ends of a range that is spelt ``LOW..HIGH``, or None."""
    if len(values) != 1 or not isinstance(values[0], str) or ".." not in values[0]:
        return None
    try:
        low, high = map(float, values[0].split(".."))
    except ValueError:
        return None
    return (low, high) if low < high else None
