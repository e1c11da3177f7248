"""CHANGELOG.md has the form of Keep a Changelog."""

from __future__ import annotations

import re

from packaging.version import Version

from .projects import CORE, ROOT, settings

KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
TEXT = (ROOT / "CHANGELOG.md").read_text("utf-8")
RELEASE = re.compile(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$")


def test_releases_go_from_the_newest_to_the_oldest() -> None:
    titles = [line for line in TEXT.splitlines() if line.startswith("## ")]
    found = [RELEASE.fullmatch(title) for title in titles]
    assert all(found), titles
    (first, date), *released = [match.groups() for match in found if match]
    assert (first, date) == ("Unreleased", None)
    assert all(date for _, date in released)
    versions = [Version(name) for name, _ in released]
    assert versions == sorted(versions, reverse=True)
    assert all(version <= Version(settings(CORE)["project"]["version"]) for version in versions)


def test_each_release_says_what_was_added_changed_and_fixed() -> None:
    for part in TEXT.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert kinds
        assert kinds == [kind for kind in KINDS if kind in kinds], "known, in order, each once"
        for body in re.split(r"^### .+$", part, flags=re.MULTILINE)[1:]:
            assert re.search(r"^- \S", body, re.MULTILINE), "a kind without a line"
