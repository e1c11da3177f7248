"""What a component says of itself for engines that have neither torch nor its plugin.

A graph holds the networks. What happens before and after them is not learned, and another engine
does it by itself, in any language. So a component describes it as plain data: a kind of reading or
showing, with its settings. ``docs/how-to/export.md`` lists the kinds that engines know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from mmgan_core.errors import BadValue

Tensors = Mapping[str, Tensor]


class NotPortable(BadValue):
    """A component cannot be described to another engine; the message says why."""


@dataclass(frozen=True)
class Fed:
    """One tensor that an engine feeds to a graph.

    Attributes:
        dtype: ``"uint8"``, ``"int32"``, ``"float32"`` or ``"bool"``, which every engine has.
        shape: its sizes after the batch. A name in place of a number is a size that may differ
            from call to call; equal names of one reading are equal sizes.
        below: what whole numbers are less than; 0 for fractions.
        least: the smallest size that a name in ``shape`` stands for.
    """

    dtype: str
    shape: tuple[int | str, ...]
    below: int = 0
    least: int = 1


@dataclass(frozen=True)
class Reading:
    """How an engine turns raw values into what it feeds to a graph.

    Attributes:
        kind: which way of reading, such as ``"picture"``.
        settings: what it depends on: numbers, strings, and lists and mappings of them.
        inputs: the tensors that are fed, by name.
        prepare: does here what the engine does there, (B, ...) on the CPU for each input.
        network: what the graph does of ``prepare``: turns the inputs into the prepared tensors. By
            default the inputs are the prepared tensors.
        files: the content of files that the settings name, by their names.
    """

    kind: str
    settings: Mapping[str, object]
    inputs: Mapping[str, Fed]
    prepare: Callable[[Sequence[object]], dict[str, Tensor]]
    network: Callable[[Tensors], dict[str, Tensor]] = dict
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Showing:
    """How an engine turns what a graph makes into a value for people.

    Attributes:
        kind: which way of showing, such as ``"picture"``.
        settings: as in a ``Reading``.
        network: what the graph does of ``present``: turns samples into the output. By default the
            output is the samples.
        files: as in a ``Reading``.
    """

    kind: str
    settings: Mapping[str, object]
    network: Callable[[Tensor], Tensor] = lambda sample: sample
    files: Mapping[str, bytes] = field(default_factory=dict)
