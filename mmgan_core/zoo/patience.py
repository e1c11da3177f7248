"""Patience with the Hub: a server that sends next to nothing does not hold a pull for ever.

The client gives up on a server that falls silent, but not on one that sends a byte a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from mmgan_core.zoo.hub_errors import HubError

# How long a pull may take without anything that arrives, and at which rate it may go on.
SILENCE, BYTES_A_SECOND = 90.0, 4000.0
# How long it may take to ask for one more file.
ANSWER = 5.0
_TICK = 0.5


@contextmanager
def with_patience(repo: str, folder: Path) -> Iterator[None]:
    """Break connections to the Hub if far less arrives inside than any network brings.

    Args:
        repo: the repository, for messages.
        folder: where what arrives is written, by clients that hand on no bytes.

    Raises:
        HubError: if so little arrived.
    """
    watch = _Watch(folder)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        with watch.counting():
            yield
    except Exception as error:
        if not watch.gave_up:
            raise
        raise HubError(
            f"the Hub sends next to nothing of {repo}: {watch.arrived:,} bytes in "
            f"{watch.elapsed:,.0f} seconds",
            hint="check the network and HF_ENDPOINT, then try again: a partial download is "
            "continued",
        ) from error
    finally:
        watch.done.set()
        thread.join()


class _Watch:
    def __init__(self, folder: Path) -> None:
        self.folder, self.began = folder, time.monotonic()
        self.gave_up, self.done = False, threading.Event()
        self._bytes = self._answers = 0
        self._before = self._written()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @property
    def arrived(self) -> int:
        return max(self._bytes, self._written() - self._before)

    def run(self) -> None:
        from huggingface_hub import close_session

        while not self.done.wait(_TICK):
            allowed = SILENCE + self.arrived / BYTES_A_SECOND + ANSWER * self._answers
            if self.elapsed > allowed:
                self.gave_up = True
                close_session()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the bytes of all answers of the client."""
        from huggingface_hub import get_session

        client = get_session()
        # The major versions of huggingface_hub use different libraries.
        library = import_module(type(client).__module__.partition(".")[0])
        watch = self

        class Counted(library.SyncByteStream):  # type: ignore[misc, name-defined]
            """A body whose bytes are counted as they arrive."""

            def __init__(self, stream: Counted) -> None:
                self._stream = stream

            def __iter__(self) -> Iterator[bytes]:
                for piece in self._stream:
                    watch._bytes += len(piece)
                    yield piece

            def close(self) -> None:
                self._stream.close()

        def count(response: object) -> None:
            watch._answers += 1
            response.stream = Counted(response.stream)  # type: ignore[attr-defined]

        before: dict[str, list[Callable[..., object]]] = client.event_hooks
        client.event_hooks = {**before, "response": [*before.get("response", []), count]}
        try:
            yield
        finally:
            client.event_hooks = before

    def _written(self) -> int:
        found = 0
        for file in (*self.folder.glob("blobs/*"), *self.folder.glob("snapshots/*/*")):
            try:
                found += 0 if file.is_symlink() else file.stat().st_size
            except OSError:  # it was renamed meanwhile
                continue
        return found
