"""Writes pages of the site from the code while `mkdocs build` runs.

These pages are not kept in the repository, so they cannot be out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import checks
import commands
import components
import live
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

TABLES: Mapping[str, Callable[[], str]] = {
    "<!-- the tables of keys -->": recipe_keys.tables,
    "<!-- the table of checks -->": checks.table,
    "<!-- the live models -->": live.sections,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every written page; mkdocs calls this."""
    for path, write in WRITTEN.items():
        files.append(File.generated(config, path, content=write()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Put the tables where a page asks for them; mkdocs calls this."""
    for place, table in TABLES.items():
        if place in markdown:
            markdown = markdown.replace(place, table())
    return markdown


def on_post_build(config: MkDocsConfig) -> None:
    """Copy the pages of live models into the site; mkdocs calls this."""
    live.copy_to(Path(config.site_dir))
