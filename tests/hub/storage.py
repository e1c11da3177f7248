"""Where large files lie: on another origin, behind signed URLs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .ranges import ranged
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes(alone=False)


def check_signature(hub: Hub, request: Request) -> None:
    """Lets in who was sent here, and nobody with a token."""
    if "Authorization" in request.headers:
        raise Refused(400, "the storage was sent a token, which is none of its business")
    if request.target != hub.signed(request.path).removeprefix(hub.storage_origin):
        raise Refused(403, "the signature does not match")


@ROUTES.add("PUT", "/storage/{hash}")
def put(hub: Hub, request: Request) -> Answer:
    check_signature(hub, request)
    _store(hub, request.parts["hash"], request.body)
    return Answer()


@ROUTES.add("PUT", "/storage/{hash}/{number}")
def put_part(hub: Hub, request: Request) -> Answer:
    check_signature(hub, request)
    tag = f'"{hashlib.md5(request.body, usedforsecurity=False).hexdigest()}"'
    hub.parts[request.parts["hash"], int(request.parts["number"])] = tag, request.body
    return Answer(headers={"ETag": tag})


@ROUTES.add("POST", "/storage/{hash}/complete")
def complete(hub: Hub, request: Request) -> Answer:
    check_signature(hub, request)
    oid = request.parts["hash"]
    data = b""
    for part in request.json()["parts"]:
        tag, piece = hub.parts.get((oid, part["partNumber"]), ("", b""))
        if tag != part["etag"]:
            raise Refused(400, f"the part {part['partNumber']} is not the one that arrived")
        data += piece
    _store(hub, oid, data)
    return as_json({})


def _store(hub: Hub, oid: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != oid:
        raise Refused(400, f"the sha256 of the {len(data)} bytes is not {oid}")
    hub.storage[oid] = data


@ROUTES.add("GET|HEAD", "/storage/{hash}")
def get(hub: Hub, request: Request) -> Answer:
    check_signature(hub, request)
    oid = request.parts["hash"]
    if oid not in hub.storage:
        raise Refused(404, f"{oid} is not in the storage")
    return ranged(request, hub.storage[oid], {"ETag": f'"{oid}"'})
