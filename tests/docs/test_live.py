"""The site's page of live models."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "scripts" / "pages"))
import live

sys.path.pop(0)


def written(folder: Path) -> Path:
    for name in live.MODELS:
        (folder / name).mkdir()
        (folder / name / "index.html").write_text("<!doctype html>", encoding="utf-8")
    return folder


def test_it_shows_three_models_and_links_each(tmp_path: Path) -> None:
    """By HTML: the models are no pages of the documentation, and a strict build refuses links."""
    shown = live.sections(written(tmp_path))
    assert len(live.MODELS) == 3
    for name in live.MODELS:
        assert f'<a href="{name}/index.html"' in shown
        assert f'<iframe class="live" src="{name}/"' in shown
    assert "](" not in shown


def test_their_pages_are_copied(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    live.copy_to(tmp_path / "site", written(tmp_path / "live"))
    assert all((tmp_path / "site" / "live" / name / "index.html").is_file() for name in live.MODELS)


def test_a_site_without_them_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert "was built without the models" in live.sections(tmp_path)
