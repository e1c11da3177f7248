"""Requests without the Hub's client, to see the very answer."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from email.message import Message
from urllib.error import HTTPError


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    body: bytes
    headers: Message


def ask(method: str, url: str, body: bytes | None = None, **headers: str) -> Said:
    """One request."""
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Said(answer.status, answer.read(), answer.headers)
    except HTTPError as error:
        with error:
            return Said(error.code, error.read(), error.headers)
