"""A real browser, and a server of static files, for tests of pages."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that plays a file, and no question whether a page may hear it.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield started
        started.close()


@dataclass
class Site:
    """A server of a folder: its address, and the paths that were asked for."""

    address: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serve a folder on the loopback, as any server of static files would."""
    site = Site("")

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            site.asked.append(self.path)

    make = functools.partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), make) as server:
        server.daemon_threads = True
        site.address = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield site
        server.shutdown()


def modules(to: Path) -> Path:
    """The page's modules alone, with an empty page that may import them."""
    with as_file(files("mmgan_core.portable").joinpath("web")) as page:
        shutil.copytree(page, to, dirs_exist_ok=True)
    (to / "empty.html").write_text("<!doctype html><title>empty</title>", encoding="utf-8")
    return to
