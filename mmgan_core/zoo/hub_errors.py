"""What the Hub or the network says, as one message with a way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mmgan_core.errors import MmganError

_LOGIN = "log in with: hf auth login"


class HubError(MmganError):
    """The Hub refused, or could not be reached."""


@contextmanager
def hub_errors_explained(repo: str, revision: str = "") -> Iterator[None]:
    """Turns the errors of huggingface_hub and of its transport into a ``HubError``."""
    try:
        yield
    except MmganError:
        raise
    except Exception as error:
        message, hint = _told(error, repo, revision)
        if not message:
            raise
        raise HubError(message, hint=hint) from error


def _told(error: Exception, repo: str, revision: str) -> tuple[str, str]:
    """What happened and what to do; empty for what neither the Hub nor the network did."""
    from huggingface_hub import errors

    which, reason = f"{repo}@{revision}" if revision else repo, _reason(error)
    # The first that fits: some are kinds of others.
    table: list[tuple[type[Exception], str, str]] = [
        (
            errors.GatedRepoError,
            f"{repo} is gated: its author grants access",
            f"ask for it on the Hub's page of {repo}, then {_LOGIN}",
        ),
        (
            errors.RevisionNotFoundError,
            f"{repo} has no revision {revision!r}",
            "leave out @REVISION for its newest",
        ),
        (
            errors.RepositoryNotFoundError,
            f"there is no {repo} on the Hub, or it is private",
            f"check its name; for a private one {_LOGIN}",
        ),
        (
            errors.OfflineModeIsEnabled,
            f"{which} is not here, and offline nobody is asked",
            "pull it once without --offline and HF_HUB_OFFLINE",
        ),
        (
            errors.LocalEntryNotFoundError,
            f"{which} cannot be had: {reason}",
            "check the network; what was pulled before: --offline",
        ),
        (errors.EntryNotFoundError, f"{which} lacks a file: {reason}", "ask its author"),
        (errors.HFValidationError, f"{repo!r} is no name of the Hub", "say hf:ORG/NAME"),
        (errors.HfHubHTTPError, *_refused(which, error)),
        (OSError, f"{which} cannot be had: {reason}", _NETWORK),
    ]
    for kind, message, hint in table:
        if isinstance(error, kind):
            return message, hint
    if type(error).__module__.partition(".")[0] in _TRANSPORTS:
        return f"the Hub cannot be reached for {which}: {reason}", _NETWORK
    return "", ""


# Another library in each major version of huggingface_hub.
_TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2", "requests")
_NETWORK = "check the network and HF_ENDPOINT; what was broken off goes on where it was"


def _refused(which: str, error: Exception) -> tuple[str, str]:
    status = getattr(getattr(error, "response", None), "status_code", 0)
    ways = {
        401: f"the Hub does not know you: {_LOGIN}",
        403: "your token may not do this: it needs write access there",
        409: "it exists already, or somebody else is changing it: try again",
        412: "somebody pushed in the meantime: look at it, then push again",
        429: "the Hub asks to wait: try again in some minutes",
    }
    way = ways.get(status, "try again; if it stays, see https://status.huggingface.co")
    return f"the Hub refused {which} ({status or 'no answer'}): {_reason(error)}", way


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
