"""Who calls, and what they may see and change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .repository import Repository
from .wire import Refused, Request

if TYPE_CHECKING:
    from .server import Hub


@dataclass(frozen=True)
class User:
    """A user as one token shows them.

    Attributes:
        role: of the token, ``write`` or ``read``.
        orgs: the organisations they may write to.
    """

    name: str
    role: str = "write"
    orgs: tuple[str, ...] = ()

    def owns(self, namespace: str) -> bool:
        return namespace == self.name or namespace in self.orgs


def caller(hub: Hub, request: Request) -> User | None:
    """Who calls; None when anonymous."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    user = hub.users.get(header.removeprefix("Bearer "))
    if user is None:
        raise Refused(401, "Invalid credentials in Authorization header")
    return user


def known(hub: Hub, request: Request) -> User:
    """Who calls, when they must say it."""
    user = caller(hub, request)
    if user is None:
        raise Refused(401, "Invalid username or password.")
    return user


def writer(hub: Hub, request: Request, namespace: str) -> User:
    """Who calls, when they may write to a namespace."""
    user = known(hub, request)
    if user.role != "write":
        raise Refused(403, f"the token of {user.name} may only read; it needs the role write")
    if not user.owns(namespace):
        raise Refused(403, f"{user.name} has no right to write to the namespace {namespace}")
    return user


def readable(hub: Hub, request: Request) -> Repository:
    """The repository of the request, when its outline may be seen."""
    user = caller(hub, request)
    repository = hub.repositories.get(request.repository)
    if repository is None or (repository.private and not _member(user, repository)):
        # Really a 401 without a code; but over http:// the client only believes the code.
        raise Refused(404 if user else 401, "Repository not found", "RepoNotFound")
    return repository


def contents(hub: Hub, request: Request) -> Repository:
    """The repository of the request, when its files may be read."""
    repository = readable(hub, request)
    user = caller(hub, request)
    allowed = _member(user, repository) or (user and user.name in repository.granted)
    if repository.gated and not allowed:
        message = f"Access to {repository.kind} {repository.id} is restricted."
        raise Refused(403 if user else 401, message, "GatedRepo")
    return repository


def writable(hub: Hub, request: Request) -> Repository:
    """The repository of the request, when it may be changed."""
    repository = readable(hub, request)
    writer(hub, request, repository.namespace)
    return repository


def _member(user: User | None, repository: Repository) -> bool:
    return user is not None and user.owns(repository.namespace)
