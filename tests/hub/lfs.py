"""Large files without Xet: what is to be sent where, and whether it arrived."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .access import contents, writable
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()


@ROUTES.add("POST", "{git}.git/info/lfs/objects/batch")
def batch(hub: Hub, request: Request) -> Answer:
    asked = request.json()
    uploads = asked["operation"] == "upload"
    repository = (writable if uploads else contents)(hub, request)
    rows = []
    for one in asked["objects"]:
        oid, size = one["oid"], one["size"]
        row: dict[str, Any] = {"oid": oid, "size": size}
        stored = hub.large(oid) is not None
        if uploads and not stored:
            verify = f"{hub.endpoint}/{repository.prefix}.git/info/lfs/verify"
            row["actions"] = {"upload": _upload(hub, oid, size), "verify": {"href": verify}}
        elif not uploads and stored:
            row["actions"] = {"download": {"href": hub.signed(f"/storage/{oid}")}}
        elif not uploads:
            row["error"] = {"code": 404, "message": "Object does not exist"}
        rows.append(row)
    # Clients before 1.20 ask here whether to go through Xet; later ones decide by themselves.
    transfer = "xet" if uploads and "xet" in asked.get("transfers", []) else "basic"
    return as_json({"transfer": transfer, "objects": rows})


def _upload(hub: Hub, oid: str, size: int) -> dict[str, Any]:
    if hub.part_size is None or size <= hub.part_size:
        return {"href": hub.signed(f"/storage/{oid}")}
    parts = {
        str(number): hub.signed(f"/storage/{oid}/{number}")
        for number in range(1, math.ceil(size / hub.part_size) + 1)
    }
    return {
        "href": hub.signed(f"/storage/{oid}/complete"),
        "header": {"chunk_size": str(hub.part_size), **parts},
    }


@ROUTES.add("POST", "{git}.git/info/lfs/verify")
def verify(hub: Hub, request: Request) -> Answer:
    writable(hub, request)
    asked = request.json()
    data = hub.large(asked["oid"])
    if data is None or len(data) != asked["size"]:
        raise Refused(404, f"{asked['oid']} is not in the storage")
    return as_json({})
