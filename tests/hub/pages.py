"""Long lists, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .wire import Answer, Request, as_json

if TYPE_CHECKING:
    from .server import Hub


def paged(hub: Hub, request: Request, rows: list[dict[str, object]]) -> Answer:
    """The page that was asked for, and where the next one is."""
    query = request.query
    start = int(query.get("cursor", ["0"])[0])
    end = start + min(hub.page_size, int(query.get("limit", ["1000"])[0]))
    headers = {}
    if end < len(rows):
        following = urlencode({**query, "cursor": [str(end)]}, doseq=True)
        headers["Link"] = f'<{hub.endpoint}{request.path}?{following}>; rel="next"'
    return as_json(rows[start:end], headers=headers)
