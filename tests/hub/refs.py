"""Branches, tags, history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .access import known, readable, writable
from .listing import moment
from .pages import paged
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()


@ROUTES.add("GET", "{repo}/refs")
def refs(hub: Hub, request: Request) -> Answer:
    repository = readable(hub, request)

    def rows(prefix: str) -> list[dict[str, str]]:
        return [
            {"name": name, "ref": ref, "targetCommit": oid}
            for name, ref, oid in repository.named(prefix)
        ]

    answer = {"branches": rows("heads"), "converts": [], "tags": rows("tags")}
    if request.flag("include_prs"):
        answer["pullRequests"] = rows("pr")
    return as_json(answer)


@ROUTES.add("POST", "{repo}/branch/{rev}")
def create_branch(hub: Hub, request: Request) -> Answer:
    repository, name = writable(hub, request), request.parts["rev"]
    ref = f"refs/heads/{name}"
    if name.startswith("refs/"):
        raise Refused(400, f"{name} cannot be a branch")
    if ref in repository.refs:
        raise Refused(409, f"the branch {name} exists already")
    repository.refs[ref] = repository.at(request.json().get("startingPoint") or "main").oid
    return as_json({})


@ROUTES.add("DELETE", "{repo}/branch/{rev}")
def delete_branch(hub: Hub, request: Request) -> Answer:
    return _without(hub, request, "heads")


@ROUTES.add("POST", "{repo}/tag/{rev}")
def create_tag(hub: Hub, request: Request) -> Answer:
    repository, wanted = writable(hub, request), request.json()
    commit = repository.at(request.parts["rev"])
    if f"refs/tags/{wanted['tag']}" in repository.refs:
        raise Refused(409, f"the tag {wanted['tag']} exists already")
    author = known(hub, request).name
    repository.tag(wanted["tag"], commit, wanted.get("message") or "", author, hub.now())
    return as_json({})


@ROUTES.add("DELETE", "{repo}/tag/{rev}")
def delete_tag(hub: Hub, request: Request) -> Answer:
    return _without(hub, request, "tags")


def _without(hub: Hub, request: Request, prefix: str) -> Answer:
    repository, name = writable(hub, request), request.parts["rev"]
    if repository.refs.pop(f"refs/{prefix}/{name}", None) is None:
        raise Refused(404, f"Invalid rev id: {name}", "RevisionNotFound")
    return as_json({})


@ROUTES.add("GET", "{repo}/commits/{rev}")
def commits(hub: Hub, request: Request) -> Answer:
    repository = readable(hub, request)
    rows: list[dict[str, object]] = [
        {
            "id": commit.oid,
            "title": commit.summary,
            "message": commit.description,
            "date": moment(commit.time),
            "authors": [{"user": commit.author}],
        }
        for commit in repository.history(repository.at(request.parts["rev"]))
    ]
    return paged(hub, request, rows)
