"""The files themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .access import contents
from .ranges import ranged
from .wire import Answer, Refused, Request, Routes

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()


@ROUTES.add("GET|HEAD", "{git}/resolve/{rev}/{path}")
def resolve(hub: Hub, request: Request) -> Answer:
    """A small file; of a large one, where it lies."""
    repository = contents(hub, request)
    commit = repository.at(request.parts["rev"])
    file = repository.files(commit).get(request.parts["path"])
    headers = {"X-Repo-Commit": commit.oid}
    if file is None:
        raise Refused(404, "Entry not found", "EntryNotFound", headers)
    headers["ETag"] = f'"{file.etag}"'
    if not file.sha256:
        return ranged(request, repository.objects.get(file.oid), headers)
    headers["X-Linked-Etag"] = f'"{file.sha256}"'
    headers["X-Linked-Size"] = str(file.size)
    headers["Location"] = hub.signed(f"/storage/{file.sha256}")
    if xet := hub.cas.files.get(file.sha256):
        headers["X-Xet-Hash"] = xet
        kind = f"{repository.kind}s"
        route = f"{hub.endpoint}/api/{kind}/{repository.id}/xet-read-token/{commit.oid}"
        headers["Link"] = f'<{route}>; rel="xet-auth"'
    return Answer(b"", 302, headers)
