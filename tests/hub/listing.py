"""What there is: repositories, their descriptions, their trees."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .access import caller, readable
from .card import front_matter, tags
from .pages import paged
from .repository import Commit, File, Repository
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()


@ROUTES.add("GET", "{repo}")
def described(hub: Hub, request: Request) -> Answer:
    repository = readable(hub, request)
    return _described(request, repository, repository.at("main"))


@ROUTES.add("GET", "{repo}/revision/{rev}")
def described_at(hub: Hub, request: Request) -> Answer:
    repository = readable(hub, request)
    return _described(request, repository, repository.at(request.parts["rev"]))


def _described(request: Request, repository: Repository, commit: Commit) -> Answer:
    row = _row(repository, commit)
    if request.flag("blobs"):
        row["siblings"] = [_sibling(file) for file in repository.files(commit).values()]
    return as_json(_expanded(row, request))


@ROUTES.add("GET", "/api/{type}")
def listed(hub: Hub, request: Request) -> Answer:
    """Repositories, the newest first."""
    user, query = caller(hub, request), request.query
    kind = request.parts["type"].removesuffix("s")
    rows = []
    for repository in reversed(list(hub.repositories.values())):
        if repository.kind != kind:
            continue
        if repository.private and not (user and user.owns(repository.namespace)):
            continue
        row = _row(repository, repository.at("main"))
        if _wanted(row, query):
            rows.append(row)
    order = query.get("sort", [""])[0]
    if order in ("lastModified", "createdAt"):
        rows.sort(key=lambda row: str(row[order]), reverse=True)
    for row in rows:
        for key, flag in (("siblings", "full"), ("cardData", "cardData")):
            if not request.flag(flag) and "expand" not in query:
                row.pop(key)
    return paged(hub, request, [_expanded(row, request) for row in rows])


def _wanted(row: Mapping[str, Any], query: Mapping[str, list[str]]) -> bool:
    author, search = query.get("author", [""])[0], query.get("search", [""])[0]
    return (
        author in ("", row["author"])
        and search.lower() in row["id"].lower()
        and set(query.get("filter", [])) <= set(row["tags"])
        and query.get("pipeline_tag", [row.get("pipeline_tag")]) == [row.get("pipeline_tag")]
    )


def _row(repository: Repository, commit: Commit) -> dict[str, Any]:
    try:
        card = front_matter(repository.text(commit, "README.md"))
    except Refused:
        card = {}  # a tampered README: the Hub shows the repository all the same
    row = {
        "_id": hashlib.sha1(f"{repository.kind} {repository.created}".encode()).hexdigest()[:24],
        "id": repository.id,
        "author": repository.namespace,
        "sha": commit.oid,
        "lastModified": moment(commit.time),
        "createdAt": moment(repository.created),
        "private": repository.private,
        "gated": repository.gated or False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": tags(card),
        "cardData": card,
        "siblings": [{"rfilename": path} for path in repository.blobs(commit)],
    }
    if repository.kind == "model":
        row["modelId"] = repository.id
    row |= {key: card[key] for key in ("pipeline_tag", "library_name", "sdk") if key in card}
    return row


def _expanded(row: dict[str, Any], request: Request) -> dict[str, Any]:
    keys = request.query.get("expand")
    return {key: row[key] for key in ("_id", "id", *keys) if key in row} if keys else row


def _sibling(file: File) -> dict[str, Any]:
    row: dict[str, Any] = {"rfilename": file.path, "size": file.size, "blobId": file.oid}
    if file.sha256:
        row["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": file.pointer}
    return row


@ROUTES.add("GET", "{repo}/tree/{rev}")
@ROUTES.add("GET", "{repo}/tree/{rev}/{path}")
def tree(hub: Hub, request: Request) -> Answer:
    repository = readable(hub, request)
    commit = repository.at(request.parts["rev"])
    folder = f"{request.parts['path'].strip('/')}/" if "path" in request.parts else ""
    rows = []
    for path, row in _rows(hub, repository, commit, request.flag("expand")).items():
        below = path.removeprefix(folder)
        if path.startswith(folder) and (request.flag("recursive") or "/" not in below):
            rows.append(row)
    if folder and not rows:
        raise Refused(404, f"{folder[:-1]} does not exist on {commit.oid}", "EntryNotFound")
    return paged(hub, request, rows)


@ROUTES.add("POST", "{repo}/paths-info/{rev}")
def paths_info(hub: Hub, request: Request) -> Answer:
    repository = readable(hub, request)
    commit = repository.at(request.parts["rev"])
    if request.headers.get_content_type() == "application/json":
        asked = request.json()
        paths, expand = asked["paths"], bool(asked.get("expand"))
    else:
        form = parse_qs(request.body.decode())
        paths, expand = form.get("paths", []), form.get("expand", [""])[0].lower() == "true"
    rows = _rows(hub, repository, commit, expand)
    return as_json([rows[path] for path in paths if path in rows])


def _rows(
    hub: Hub, repository: Repository, commit: Commit, expand: bool
) -> dict[str, dict[str, Any]]:
    files = repository.files(commit)
    rows: dict[str, dict[str, Any]] = {}
    for path, oid in repository.objects.walk(commit.tree):
        file = files.get(path, File(path, oid, 0))
        kind = "file" if path in files else "directory"
        rows[path] = {"type": kind, "oid": oid, "size": file.size, "path": path}
        if file.sha256:
            rows[path]["lfs"] = {
                "oid": file.sha256,
                "size": file.size,
                "pointerSize": file.pointer,
            }
            if xet := hub.cas.files.get(file.sha256):
                rows[path]["xetHash"] = xet
    if expand:
        for path, last in _last_commits(repository, commit, {p: r["oid"] for p, r in rows.items()}):
            rows[path]["lastCommit"] = {
                "id": last.oid,
                "title": last.summary,
                "date": moment(last.time),
            }
    return rows


def _last_commits(
    repository: Repository, commit: Commit, oids: dict[str, str]
) -> list[tuple[str, Commit]]:
    """For every path, the oldest commit since which it has been as it is."""
    found = dict.fromkeys(oids, commit)
    open_paths = set(oids)
    for older in repository.history(commit):
        held = dict(repository.objects.walk(older.tree))
        open_paths = {path for path in open_paths if held.get(path) == oids[path]}
        found |= dict.fromkeys(open_paths, older)
    return list(found.items())


def moment(seconds: int) -> str:
    """A time as the Hub writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
