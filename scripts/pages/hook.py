"""Writes pages of the site from the code while `mkdocs build` runs.

These pages are not kept in the repository, so they cannot be out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import commands
import components
import recipe_keys
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent.parent


def changelog() -> str:
    """Return the text of the repository's changelog, with links for the pages of the site."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](")


WRITTEN: Mapping[str, Callable[[], str]] = {
    "changelog.md": changelog,
    "reference/command-line.md": commands.page,
    "reference/components/index.md": components.overview,
    **{
        f"reference/components/{kind}.md": lambda kind=kind: components.page(kind)
        for kind in components.KINDS
    },
}

KEYS = "<!-- the tables of keys -->"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every written page; mkdocs calls this."""
    for path, write in WRITTEN.items():
        files.append(File.generated(config, path, content=write()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Put the tables of keys where a page asks for them; mkdocs calls this."""
    return markdown.replace(KEYS, recipe_keys.tables()) if KEYS in markdown else markdown
