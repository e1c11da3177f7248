"""Options that change during training: a schedule in place of a number, and the clock it follows.

A component reads ``self.options.sigma`` as ever, and gets the value at the present time. Until the
clock runs there is no present time: what reads a scheduled option while a network is built could
never follow it, and is refused.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Union, get_args, get_origin
from weakref import WeakSet

from pydantic import ValidationError

from mmgan_core.component import HasOptions, options_of
from mmgan_core.contracts.component import Component
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options
from mmgan_core.recipe.schedule import Schedule

_KEYS = {"from", "to", "over", "shape"}


class Clock:
    """How many samples training has seen, for scheduled options and components that listen.

    It stands still until somebody sets it: the trainer in each step, a trained model once.
    """

    def __init__(self) -> None:
        self.samples: int | None = None
        self._numbers: list[_Moving | _Several] = []
        self._listeners: WeakSet[Component] = WeakSet()

    def set(self, samples: int | None) -> None:
        """Set the time, and tell all who follow it; None stops the clock."""
        if samples == self.samples:
            return
        self.samples = samples
        for number in self._numbers:
            number.set(samples)
        if samples is not None:
            for component in list(self._listeners):
                component.at(samples)

    @contextmanager
    def running(self, samples: int) -> Iterator[None]:
        """Set the time for a trial, and afterwards back."""
        before = self.samples
        self.set(samples)
        try:
            yield
        finally:
            self.set(before)

    def follow(self, number: _Moving | _Several) -> None:
        """Let a scheduled option follow the clock."""
        self._numbers.append(number)

    def followers(self) -> list[str]:
        """What changes with the time: the places of options, and the names of listeners."""
        places = [place for number in self._numbers for place in number.places]
        return places + sorted(type(listener).__name__ for listener in self._listeners)

    def listen(self, component: object) -> None:
        """Let a component listen, if it has a method ``at`` of its own."""
        if isinstance(component, Component) and type(component).at is not Component.at:
            self._listeners.add(component)


class _Moving:
    """One scheduled number, and its present value, which is None while the clock stands."""

    def __init__(self, schedule: Schedule, whole: bool, where: str) -> None:
        self.schedule, self.whole, self.where = schedule, whole, where
        self.now: float | None = None

    @property
    def spans(self) -> list[int]:
        """After how many samples it is constant."""
        return [self.schedule.over]

    @property
    def places(self) -> list[str]:
        """Where it stands in the recipe."""
        return [self.where]

    def at(self, samples: int) -> float:
        """The value after this many samples; whole numbers are rounded."""
        value = self.schedule.at(samples)
        return round(value) if self.whole else value

    def set(self, samples: int | None) -> None:
        self.now = None if samples is None else self.at(samples)

    def read(self) -> float:
        """The present value.

        Raises:
            RecipeError: if the clock stands.
        """
        if self.now is None:
            raise RecipeError(
                f"{self.where}: is read when the network is built or its data are prepared, "
                "so it cannot be a schedule",
                hint="give one number",
            )
        return self.now

    def plain(self) -> dict[str, object]:
        return self.schedule.model_dump(mode="json", by_alias=True)


class _Several:
    """A list of numbers of which some are scheduled, as the two betas of Adam may be."""

    def __init__(self, numbers: Sequence[object]) -> None:
        self.numbers = numbers
        self.moving = [number for number in numbers if isinstance(number, _Moving)]

    @property
    def spans(self) -> list[int]:
        return [span for number in self.moving for span in number.spans]

    @property
    def places(self) -> list[str]:
        return [number.where for number in self.moving]

    def at(self, samples: int) -> tuple[object, ...]:
        return tuple(n.at(samples) if isinstance(n, _Moving) else n for n in self.numbers)

    def set(self, samples: int | None) -> None:
        for number in self.moving:
            number.set(samples)

    def read(self) -> tuple[object, ...]:
        return tuple(n.read() if isinstance(n, _Moving) else n for n in self.numbers)

    def plain(self) -> list[object]:
        return [n.plain() if isinstance(n, _Moving) else n for n in self.numbers]


def scheduled_options(
    cls: HasOptions, given: Mapping[str, object], *, where: str, clock: Clock | None
) -> Options:
    """Check the options of a component, of which any number may be a schedule.

    Args:
        cls: the component's class.
        given: its options as the recipe has them.
        where: its place in the recipe, for messages.
        clock: what schedules follow; None if the component has no part in training steps.

    Raises:
        RecipeError: names the option, and what is wrong at which time.
    """
    fields = {n: f.annotation for n, f in cls.Options.model_fields.items() if n in given}
    moving: dict[str, _Moving | _Several] = {
        name: _moving(name, given[name], annotation, where)
        for name, annotation in fields.items()
        if _is_schedule(given[name], annotation)
    }
    for name, annotation in fields.items():
        several = _several(name, given[name], annotation, where)
        if several:
            moving[name] = several
    if not moving:
        return options_of(cls, given, where=where)
    if clock is None:
        raise RecipeError(
            f"{where}.{next(iter(moving))}: it has no part in training steps, so it cannot be a "
            "schedule",
            hint="give one number",
        )
    for number in moving.values():
        clock.follow(number)
    return _with_present_values(_checked_at_all_times(cls, given, moving, where), moving)


def _checked_at_all_times(
    cls: HasOptions,
    given: Mapping[str, object],
    moving: Mapping[str, _Moving | _Several],
    where: str,
) -> Options:
    """Check the options at both ends and in the middle of each schedule; return the first ones."""
    spans = [span for number in moving.values() for span in number.spans]
    times = sorted({0, *spans, *(span // 2 for span in spans)})
    found = []
    for samples in times:
        now = {name: number.at(samples) for name, number in moving.items()}
        try:
            found.append(options_of(cls, {**given, **now}, where=where))
        except RecipeError as error:
            values = ", ".join(f"{name} is {_said(value)}" for name, value in now.items())
            raise RecipeError(error.message, hint=f"after {samples:,} samples {values}") from None
    return found[0]


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def follows_time(options: Options) -> bool:
    """Whether some of the options are schedules."""
    found = (getattr(type(options), name, None) for name in type(options).model_fields)
    return any(isinstance(one, property) for one in found)


def _with_present_values(options: Options, moving: Mapping[str, _Moving | _Several]) -> Options:
    """The same options, in which scheduled ones have their present values.

    Only these are properties, so that reading any other option takes no more time than before.
    """
    model = type(options)

    class Scheduled(model):  # type: ignore[misc, valid-type]
        def model_dump(self, **settings: object) -> dict[str, object]:
            plain: dict[str, object] = super().model_dump(**settings)
            return plain | {n: one.plain() for n, one in moving.items() if n in plain}

        def model_dump_json(self, **settings: object) -> str:
            return json.dumps(self.model_dump(mode="json", **settings))

        def __reduce__(self) -> tuple[object, ...]:  # a class made here cannot be imported
            return _with_present_values, (options, dict(moving))

    Scheduled.__name__, Scheduled.__qualname__ = model.__name__, model.__qualname__
    for name, number in moving.items():
        setattr(Scheduled, name, property(partial(_read, number)))
    made: Options = Scheduled.model_construct(options.model_fields_set, **dict(options))
    return made


def _read(number: _Moving | _Several, options: Options) -> object:
    return number.read()


def _is_schedule(value: object, annotation: object) -> bool:
    if not isinstance(value, Mapping) or not {"from", "to"} & set(value):
        return False
    return _number_type(annotation) is not None or annotation is bool


def _moving(name: str, value: object, annotation: object, where: str) -> _Moving:
    place, kind = f"{where}.{name}", _number_type(annotation)
    if kind is None:
        raise RecipeError(f"{place}: is either true or false, so it cannot be a schedule")
    try:
        schedule = Schedule.model_validate(value)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join([place, *map(str, fault["loc"])])
        said = fault["msg"].removeprefix("Value error, ")
        raise RecipeError(
            f"{key}: {said}", hint=f"a schedule has {', '.join(sorted(_KEYS))}"
        ) from None
    ends = (schedule.start, schedule.to)
    if not all(map(math.isfinite, ends)):
        raise RecipeError(f"{place}: a schedule goes from one finite number to another")
    if kind is int and not all(end.is_integer() for end in ends):
        raise RecipeError(f"{place}: counts whole things: give whole numbers as from and to")
    return _Moving(schedule, kind is int, place)


def _several(name: str, value: object, annotation: object, where: str) -> _Several | None:
    """A list of as many numbers as the option has, if one of them is a schedule."""
    items = get_args(annotation)
    if get_origin(annotation) is not tuple or not isinstance(value, (list, tuple)):
        return None
    if len(value) != len(items) or not any(map(_is_schedule, value, items)):
        return None
    numbered = enumerate(zip(value, items, strict=True))
    return _Several(
        [
            _moving(f"{name}.{n}", one, item, where) if _is_schedule(one, item) else one
            for n, (one, item) in numbered
        ]
    )


def _number_type(annotation: object) -> type | None:
    """``float`` or ``int`` if a field may hold such a number, else None."""
    if annotation is float or annotation is int:
        return annotation
    if get_origin(annotation) is Annotated:
        return _number_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = {_number_type(one) for one in get_args(annotation)}
        return float if float in kinds else int if int in kinds else None
    return None
