"""Failures that a test asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .wire import Answer, Request, as_json


@dataclass
class Fault:
    """What happens to the next requests that match.

    Attributes:
        status: answered in place of the real answer; 0 lets that through.
        cut: how many bytes of the body arrive before the connection breaks; None: all.
        times: how often; None: for ever.
        drip: how many seconds pass after each byte of the answer.
        do: called before the answer is made.
    """

    method: str
    pattern: re.Pattern[str]
    status: int
    cut: int | None
    times: int | None
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    do: Callable[[], object] | None = None
    drip: float = 0.0

    def answer(self) -> Answer:
        return as_json({"error": self.message}, self.status, self.headers)


class Faults:
    """Those that are still to happen, first come first served."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def take(self, request: Request) -> Fault | None:
        """The one that hits a request."""
        for fault in self._faults:
            if fault.method in ("", request.method) and fault.pattern.search(request.target):
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._faults.remove(fault)
                return fault
        return None
