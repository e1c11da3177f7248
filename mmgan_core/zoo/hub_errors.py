"""Errors of the Hub and of the network, each as one message with a hint on what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mmgan_core.errors import MmganError
from mmgan_core.foundation.files import of_the_disk

_LOGIN = "log in with: hf auth login"


class HubError(MmganError):
    """The Hub refused a request, or could not be reached.

    Attributes:
        may_go_on: whether what has arrived is of use when the same is tried again.
    """

    may_go_on = True


@contextmanager
def hub_errors_explained(repo: str, revision: str = "") -> Iterator[None]:
    """Turn the errors of huggingface_hub and of its transport into a ``HubError``."""
    try:
        yield
    except MmganError:
        raise
    except Exception as error:
        message, hint = _explained(error, repo, revision)
        if not message:
            raise
        found = HubError(message, hint=hint)
        found.may_go_on = not isinstance(error, OSError) or _of_transport(error)
        raise found from error


def _explained(error: Exception, repo: str, revision: str) -> tuple[str, str]:
    """Return a message and a hint; both are empty for errors of neither the Hub nor the network."""
    from huggingface_hub import errors

    which, reason = f"{repo}@{revision}" if revision else repo, _reason(error)
    # The first kind that fits counts: some are subclasses of others.
    table: list[tuple[type[Exception], str, str]] = [
        (
            errors.GatedRepoError,
            f"{repo} is gated: only its author can grant access",
            f"ask for access on the Hub's page of {repo}, then {_LOGIN}",
        ),
        (
            errors.RevisionNotFoundError,
            f"{repo} has no revision {revision!r}",
            "leave out @REVISION to get the newest",
        ),
        (
            errors.RepositoryNotFoundError,
            f"there is no {repo} on the Hub, or it is private",
            f"check the name; for a private model, {_LOGIN}",
        ),
        (
            errors.OfflineModeIsEnabled,
            f"{which} is not on this machine, and the Hub is not asked when offline",
            "pull it once without --offline and HF_HUB_OFFLINE",
        ),
        (
            errors.LocalEntryNotFoundError,
            f"{which} cannot be pulled: {reason}",
            "check the network; --offline uses what was pulled before",
        ),
        (errors.EntryNotFoundError, f"{which} lacks a file: {reason}", "ask its author"),
        (
            errors.HFValidationError,
            f"{repo!r} is not the name of a model on the Hub",
            "names have the form hf:ORG/NAME",
        ),
        (errors.HfHubHTTPError, *_refused(which, error)),
        *_disk(which, error),
        (OSError, f"{which} cannot be pulled: {reason}", _NETWORK),
    ]
    for kind, message, hint in table:
        if isinstance(error, kind):
            return message, hint
    if isinstance(error, (ValueError, KeyError, TypeError, AttributeError)):
        # What the Hub answers is taken for JSON of a certain form.
        return (
            f"what answers in place of the Hub for {which} is no Hub: {reason}",
            "check HF_ENDPOINT, and whether a proxy or a login page of the network answers",
        )
    if _of_transport(error):
        return f"the Hub cannot be reached for {which}: {reason}", _NETWORK
    return "", ""


# The major versions of huggingface_hub use different libraries.
_TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2", "requests")
_NETWORK = "check the network and HF_ENDPOINT, then try again: a partial download is continued"


def _of_transport(error: Exception) -> bool:
    library = type(error).__module__.partition(".")[0]
    return library in (*_TRANSPORTS, "huggingface_hub") or isinstance(error, ConnectionError)


def _disk(which: str, error: Exception) -> list[tuple[type[Exception], str, str]]:
    """The row of an error that is of a disk, and of no server."""
    if not of_the_disk(error):
        return []
    said = f"{which} cannot be written into the Hub's cache here: {_reason(error)}"
    return [(OSError, said, "free some space, or let HF_HOME name another place")]


def _refused(which: str, error: Exception) -> tuple[str, str]:
    status = getattr(getattr(error, "response", None), "status_code", 0)
    ways = {
        401: f"the Hub does not know you: {_LOGIN}",
        403: "your token is not allowed to do this: it needs write access to the repository",
        409: "it exists already, or somebody else is changing it: try again",
        412: "somebody else has pushed in the meantime: look at the changes, then push again",
        429: "the Hub limits the rate of requests: try again in a few minutes",
    }
    way = ways.get(status, "try again; if it fails again, see https://status.huggingface.co")
    return f"the Hub refused {which} ({status or 'no answer'}): {_reason(error)}", way


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
