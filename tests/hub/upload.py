"""How files arrive: what is asked before, and the commit."""

from __future__ import annotations

import base64
import codecs
import json
from typing import TYPE_CHECKING, Any

from .access import known, writable
from .patterns import is_ignored, is_large
from .repository import File, Repository, pointer
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()
_REGULAR_LIMIT = 10_000_000


@ROUTES.add("POST", "{repo}/preupload/{rev}")
def preupload(hub: Hub, request: Request) -> Answer:
    repository, asked = writable(hub, request), request.json()
    commit = repository.at(request.parts["rev"])
    held = repository.files(commit)
    attributes = repository.text(commit, ".gitattributes")
    ignore = asked.get("gitIgnore") or repository.text(commit, ".gitignore")
    if len(asked["files"]) > 256:
        raise Refused(400, "more than 256 files at once")
    rows = []
    for file in asked["files"]:
        path = file["path"]
        large = (
            is_large(path, attributes)
            or file["size"] > _REGULAR_LIMIT
            or _is_binary(base64.b64decode(file["sample"]))
        )
        row = {
            "path": path,
            "uploadMode": "lfs" if large else "regular",
            "shouldIgnore": is_ignored(path, ignore),
        }
        if path in held:
            row["oid"] = held[path].etag
        rows.append(row)
    return as_json({"files": rows, "commitOid": commit.oid})


def _is_binary(sample: bytes) -> bool:
    try:
        # Incremental: the sample may end within a character.
        text = codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return True
    return "\0" in text


@ROUTES.add("POST", "{repo}/commit/{rev}")
def commit(hub: Hub, request: Request) -> Answer:
    repository, author = writable(hub, request), known(hub, request).name
    try:
        lines = [json.loads(line) for line in request.body.splitlines() if line.strip()]
    except ValueError:
        raise Refused(400, "a line of the commit is not JSON") from None
    header = _header(lines)
    tip = repository.at(request.parts["rev"])
    if not tip.oid.startswith(header.get("parentCommit") or ""):
        raise Refused(412, "a commit has happened since: the parentCommit is not the tip any more")
    changes = _changes(hub, repository, repository.files(tip), lines[1:])
    ref, number = repository.ref(request.parts["rev"]), 0
    if request.flag("create_pr"):
        number = 1 + sum(name.startswith("refs/pr/") for name in repository.refs)
        ref = f"refs/pr/{number}"
        repository.refs[ref] = tip.oid
    elif not ref.startswith(("refs/heads/", "refs/pr/")):
        raise Refused(400, f"{request.parts['rev']} is no branch")
    made = repository.commit(
        ref, changes, author, hub.now(), header["summary"], header.get("description") or ""
    )
    page = f"{hub.endpoint}/{repository.prefix}"
    answer = {
        "success": True,
        "commitOid": made.oid,
        "commitUrl": f"{page}/commit/{made.oid}",
        "hookOutput": "",
    }
    if number:
        answer["pullRequestUrl"] = f"{page}/discussions/{number}"
    return as_json(answer)


def _header(lines: list[dict[str, Any]]) -> dict[str, Any]:
    if not lines or lines[0].get("key") != "header" or not lines[0]["value"].get("summary"):
        raise Refused(400, "a commit begins with a header that has a summary")
    header: dict[str, Any] = lines[0]["value"]
    return header


def _changes(
    hub: Hub, repository: Repository, held: dict[str, File], lines: list[dict[str, Any]]
) -> dict[str, bytes | None]:
    """What the operations of a commit change, the later over the earlier."""
    changes: dict[str, bytes | None] = {}
    there = set(held)
    for line in lines:
        operation, value = line["key"], line["value"]
        path = value["path"]
        if operation == "file":
            changes[path] = base64.b64decode(value["content"])
            there.add(path)
        elif operation == "lfsFile":
            data = hub.large(value["oid"])
            if data is None or value.get("size", len(data)) != len(data):
                raise Refused(400, f"the content of {path} has not been uploaded: {value['oid']}")
            changes[path] = pointer(value["oid"], len(data))
            there.add(path)
        elif operation in ("deletedFile", "deletedFolder"):
            folder = f"{path.rstrip('/')}/"
            gone = {one for one in there if one.startswith(folder)}
            if operation == "deletedFile":
                gone = {path} & there
            if not gone:
                message = f"A file with this name doesn't exist: {path}"
                raise Refused(404, message, "EntryNotFound")
            changes |= dict.fromkeys(gone)
            there -= gone
        else:
            raise Refused(400, f"an operation that the Hub does not know: {operation}")
    return changes
