"""Reads a page as a browser does, and says what is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input", "path", "use", "rect", "line", "circle"}


class Reader(HTMLParser):
    """Collects the faults of a page: tags that stay open, addresses, pictures without words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        given = dict(attrs)
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form"):
            self.faults.append(f"<{tag}>")
        if tag == "img" and not given.get("alt"):
            self.faults.append("a picture without words")
        for key, value in given.items():
            if key.startswith("on"):
                self.faults.append(f"{tag} {key}")
            elsewhere = not (value or "").startswith(("data:", "#"))
            if elsewhere and key in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.faults.append(f"{tag} {key}={value}")
            if "url(" in (value or "").replace("url(#", ""):
                self.faults.append(f"{tag} {key}={value}")
            if key == "id":
                self.ids[str(value)] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> ends another tag")


def read(html: str) -> Reader:
    """Read a page.

    Raises:
        AssertionError: if it names anything outside itself, runs anything, is not well formed,
            or shows a picture without words.
    """
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.faults
    assert not reader.open
    assert [name for name, count in reader.ids.items() if count > 1] == []
    style = html[html.index("<style>") : html.index("</style>")]
    assert not re.search(r"url\(|@import", style)
    assert "default-src 'none'" in html
    return reader
