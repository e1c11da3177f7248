"""Bytes, or the range of them that was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .wire import Answer, Refused, Request


def ranged(request: Request, data: bytes, headers: Mapping[str, str]) -> Answer:
    """200, 206 or 416."""
    said = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", **headers}
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if found is None:
        return Answer(data, 200, said)
    start = int(found[1])
    end = min(int(found[2] or len(data)), len(data) - 1)
    if start > end:
        message = f"{found[0]} lies beyond the {len(data)} bytes"
        raise Refused(416, message, headers={"Content-Range": f"bytes */{len(data)}"})
    said["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return Answer(data[start : end + 1], 206, said)
