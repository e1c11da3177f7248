"""Who one is; repositories that come, change, move and go."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .access import contents, known, writable, writer
from .card import front_matter
from .repository import Repository
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()
_SDKS = ("gradio", "docker", "static")


@ROUTES.add("GET", "/api/whoami-v2")
def whoami(hub: Hub, request: Request) -> Answer:
    user = known(hub, request)
    return as_json(
        {
            "type": "user",
            "id": hashlib.sha1(user.name.encode()).hexdigest()[:24],
            "name": user.name,
            "fullname": user.name,
            "email": None,
            "isPro": False,
            "orgs": [{"type": "org", "name": name} for name in user.orgs],
            "auth": {
                "type": "access_token",
                "accessToken": {"displayName": "test", "role": user.role},
            },
        }
    )


@ROUTES.add("POST", "/api/repos/create")
def create(hub: Hub, request: Request) -> Answer:
    wanted = request.json()
    user = known(hub, request)
    namespace = wanted.get("organization") or user.name
    writer(hub, request, namespace)
    if wanted.get("type") == "space" and wanted.get("sdk") not in _SDKS:
        raise Refused(400, f"a Space has an sdk, one of {', '.join(_SDKS)}")
    private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
    made = Repository(wanted.get("type") or "model", f"{namespace}/{wanted['name']}", private)
    answer: dict[str, Any] = {
        "url": f"{hub.endpoint}/{made.prefix}",
        "name": made.id,
        "id": made.id,
        "private": private,
    }
    if (made.kind, made.id) in hub.repositories:
        raise Refused(409, f"You already created this {made.kind} repo", **answer)
    hub.keep(made, user.name)
    return as_json(answer)


@ROUTES.add("DELETE", "/api/repos/delete")
def delete(hub: Hub, request: Request) -> Answer:
    wanted = request.json()
    namespace = wanted.get("organization") or known(hub, request).name
    request.parts = {
        "type": wanted.get("type") or "model",
        "id": f"{namespace}/{wanted['name']}",
    }
    gone = writable(hub, request)
    del hub.repositories[gone.kind, gone.id]
    return as_json({})


@ROUTES.add("POST", "/api/repos/move")
def move(hub: Hub, request: Request) -> Answer:
    wanted = request.json()
    request.parts = {"type": wanted.get("type") or "model", "id": wanted["fromRepo"]}
    moved, target = writable(hub, request), wanted["toRepo"]
    writer(hub, request, target.partition("/")[0])
    if (moved.kind, target) in hub.repositories:
        raise Refused(409, f"{target} exists already")
    before = moved.kind, moved.id
    del hub.repositories[before]
    moved.id = target
    hub.repositories[moved.kind, target] = moved
    hub.moved[before] = target
    return as_json({})


@ROUTES.add("PUT", "{repo}/settings")
def settings(hub: Hub, request: Request) -> Answer:
    repository, wanted = writable(hub, request), request.json()
    if "gated" in wanted:
        repository.gated = wanted["gated"] or ""
    if "private" in wanted:
        repository.private = wanted["private"]
    if "visibility" in wanted:
        repository.private = wanted["visibility"] == "private"
    return as_json({})


@ROUTES.add("GET", "{repo}/auth-check")
def check_reading(hub: Hub, request: Request) -> Answer:
    contents(hub, request)
    return as_json({})


@ROUTES.add("GET", "{repo}/auth-check/write")
def check_writing(hub: Hub, request: Request) -> Answer:
    writable(hub, request)
    return as_json({})


@ROUTES.add("POST", "/api/validate-yaml")
def validate(hub: Hub, request: Request) -> Answer:
    warnings = []
    try:
        if not front_matter(request.json()["content"]):
            warnings = [{"message": "empty or missing yaml metadata in repo card"}]
    except Refused as refused:
        return as_json({"errors": [{"message": str(refused)}], "warnings": []}, 400)
    return as_json({"errors": [], "warnings": warnings})
