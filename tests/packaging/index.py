"""A package index as a folder: PEP 503's simple pages, which pip reads through file://."""

from __future__ import annotations

import hashlib
from pathlib import Path


def write_index(folder: Path, wheels: Path) -> str:
    """Write an index of wheels into an empty folder.

    Returns:
        Its address, for ``pip install --index-url``.
    """
    pages: dict[str, list[str]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        name = wheel.name.partition("-")[0].replace("_", "-").lower()
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        link = f'<a href="{wheel.resolve().as_uri()}#sha256={digest}">{wheel.name}</a>'
        pages.setdefault(name, []).append(link)
    for name, links in pages.items():
        _write_page(folder / name, links)
    _write_page(folder, [f'<a href="{name}/">{name}</a>' for name in pages])
    return folder.resolve().as_uri() + "/"


def _write_page(folder: Path, links: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    body = "\n".join(links)
    page = f"<!DOCTYPE html><html><body>\n{body}\n</body></html>\n"
    (folder / "index.html").write_text(page, encoding="utf-8")
