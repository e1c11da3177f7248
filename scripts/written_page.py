"""A page that a script writes from the code."""

from __future__ import annotations

import sys
from pathlib import Path


def write_or_check(page: Path, text: str) -> None:
    """Write the page; with ``--check`` among the arguments, fail if it is not up to date."""
    if "--check" not in sys.argv:
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page.name}")
    elif not page.is_file() or page.read_text(encoding="utf-8") != text:
        sys.exit(f"docs/{page.name} is not up to date: python {sys.argv[0]}")
