"""Every optimiser of torch by its name, such as `RAdam`, with the options and defaults of torch.

An option is checked against the class in the installed torch: its name, and the type of its value.
Options of other components may be schedules; these may not, apart from the learning rate, which is
`train.learning_rate` as ever. https://docs.pytorch.org/docs/stable/optim.html describes them.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Union, get_args, get_origin

import torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from mmgan_core.contracts.optimizer import Group, Optimizer
from mmgan_core.errors import BadValue, nearest
from mmgan_core.options import Options

# The recipe has the rate; ascending is not learning; nobody differentiates through a step.
_NOT_OPTIONS = ("self", "params", "lr", "maximize", "differentiable")
_UNUSABLE = {
    "Rprop": "chooses its steps by itself, and follows no learning rate",
    "LBFGS": "asks for the loss several times in a step, and training computes it once",
    "SparseAdam": "needs sparse gradients, and those of networks are dense",
}


class TorchOptions(Options):
    """Options of `core/torch`: a name, and what the class of this name takes."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(description="the name of a class of torch.optim, such as RAdam")

    @model_validator(mode="after")
    def _known(self) -> TorchOptions:
        known = _classes()
        if self.name in _UNUSABLE:
            raise ValueError(f"torch.optim.{self.name} {_UNUSABLE[self.name]}")
        if self.name not in known:
            raise ValueError(f"torch has no optimiser {self.name!r}\n  {nearest(self.name, known)}")
        parameters = inspect.signature(known[self.name], eval_str=True).parameters
        options = {n: p for n, p in parameters.items() if n not in _NOT_OPTIONS}
        for option, value in (self.model_extra or {}).items():
            if option == "lr":
                raise ValueError("lr: the learning rate is train.learning_rate")
            if option not in options:
                raise ValueError(
                    f"unknown option {option!r} of torch.optim.{self.name}\n  "
                    f"{nearest(option, options)}"
                )
            _refuse_other_type(option, value, options[option].annotation)
        return self


class TorchOptimizer(Optimizer):
    """Uses the class of torch, with its defaults."""

    Options = TorchOptions
    options: TorchOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"name": "RAdam", "betas": [0.5, 0.9]},
            {"name": "RMSprop", "momentum": 0.5, "centered": True},
            {"name": "NAdam", "decoupled_weight_decay": True, "weight_decay": 0.1},
            {"name": "Adafactor"},
        )

    def settings(self) -> dict[str, object]:
        """The options that were given; lists become tuples, as torch has them."""
        given = self.options.model_extra or {}
        return {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}

    def build(self, groups: Sequence[Group]) -> torch.optim.Optimizer:
        """Return an optimiser of the class.

        Raises:
            BadValue: what torch says against the values or the weights.
        """
        cls: Callable[..., torch.optim.Optimizer] = _classes()[self.options.name]
        try:
            built = cls([dict(group) for group in groups], **self.settings())
        except (ValueError, RuntimeError) as error:
            raise BadValue(f"torch.optim.{self.options.name}: {error}") from None
        return built


def _classes() -> dict[str, type[torch.optim.Optimizer]]:
    """Torch's optimisers that training can use, by name."""
    return {
        name: cls
        for name, cls in vars(torch.optim).items()
        if isinstance(cls, type)
        and issubclass(cls, torch.optim.Optimizer)
        and cls is not torch.optim.Optimizer
        and name not in _UNUSABLE
    }


def _refuse_other_type(option: str, value: object, annotation: object) -> None:
    wanted: Any = _without_tensors(annotation)
    try:
        TypeAdapter(wanted).validate_json(json.dumps(value), strict=True)
    except (ValidationError, TypeError, ValueError) as error:
        if isinstance(value, Mapping) and {"from", "to"} & set(value):
            raise ValueError(
                f"{option}: a schedule cannot stand here; core/adam, core/adamw and core/sgd have "
                "numbers that may be schedules"
            ) from None
        del error
        said = getattr(wanted, "__name__", str(wanted)) if isinstance(wanted, type) else str(wanted)
        raise ValueError(f"{option}: must be {said}, not {value!r:.60}") from None


def _without_tensors(annotation: object) -> object:
    """The annotation of an option, of which a recipe can give no tensors."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return reduce(or_, (_without_tensors(one) for one in inner if one is not torch.Tensor))
    if origin is tuple:
        return tuple[tuple(_without_tensors(one) for one in inner)]  # type: ignore[misc]
    return annotation
