"""What comes in, what goes out, and which function answers it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from .server import Hub

# A revision is one segment of the raw path, so routes match before percent signs are decoded.
_PARTS = {
    "repo": r"/api/(?P<type>models|datasets|spaces)/(?P<id>[^/]+/[^/]+)",
    "git": r"/(?:(?P<type>datasets|spaces)/)?(?P<id>[^/]+/[^/]+?)",
    "type": r"(?P<type>models|datasets|spaces)",
    "rev": r"(?P<rev>[^/]+)",
    "path": r"(?P<path>.+)",
    "hash": r"(?P<hash>[0-9a-f]{64})",
    "number": r"(?P<number>[0-9]+)",
}


@dataclass
class Request:
    """One request.

    Attributes:
        target: path and query as they were sent.
        parts: what the route's placeholders stand for, decoded.
    """

    method: str
    target: str
    headers: Message
    body: bytes = b""
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.target.partition("?")[2])

    def flag(self, name: str) -> bool:
        return self.query.get(name, ["false"])[0].lower() in ("true", "1")

    def json(self) -> Any:
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise Refused(400, "the body is not JSON") from None

    @property
    def repository(self) -> tuple[str, str]:
        """Type and id of the repository that it is about."""
        return self.parts.get("type", "models").removesuffix("s"), self.parts["id"]


@dataclass
class Answer:
    """One answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer that holds a value."""
    said = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Answer(json.dumps(value).encode(), status, said)


class Refused(Exception):
    """A client's mistake, and the answer to it."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str = "",
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(message)
        said = {"X-Error-Message": message, **(headers or {})}
        if code:
            said["X-Error-Code"] = code
        self.answer = as_json({"error": message, **more}, status, said)


Function = Callable[["Hub", Request], Answer]


class Routes:
    """Functions by method and path.

    Args:
        alone: they run one after another, for what they change is not safe from each other.
    """

    def __init__(self, alone: bool = True) -> None:
        self.alone = alone
        self._routes: list[tuple[str, re.Pattern[str], Function]] = []

    def add(self, method: str, path: str) -> Callable[[Function], Function]:
        """Decorates the function that answers ``method`` (several: ``GET|HEAD``) on ``path``."""

        def keep(function: Function) -> Function:
            self._routes.append((method, re.compile(path.format(**_PARTS)), function))
            return function

        return keep

    def matching(self, request: Request) -> Iterator[tuple[Function, dict[str, str]]]:
        """The functions for a request, and what the placeholders of its path stand for."""
        for methods, pattern, function in self._routes:
            found = pattern.fullmatch(request.path)
            if found and request.method in methods.split("|"):
                parts = found.groupdict()
                yield function, {n: unquote(text) for n, text in parts.items() if text is not None}
