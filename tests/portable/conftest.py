"""A browser for all tests of pages; they are skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .browser import CHROMIUM, browser, modules, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    pytest.importorskip("playwright", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here (apt install chromium)")
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def empty(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """An empty page, which can import the modules of a model's page."""
    with served(modules(tmp_path_factory.mktemp("modules"))) as site:
        page = chromium.new_page()
        page.goto(f"{site.address}empty.html")
        yield page
        page.close()
