"""Builds the wheels of the core and of every plugin: `python scripts/build_wheels.py --out dist`.

A package index shows a README without the files that it links to, so each README is rewritten for
its wheel. With the repository's public address (``HOME`` below, or ``--home``), links and pictures
become absolute, and the wheel names the project's pages. Without an address, only the words of
links and the descriptions of pictures stay.
"""

from __future__ import annotations

import argparse
import importlib.util
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ""
"""The repository's public address, such as https://github.com/ORG/NAME; "" while it has none."""

PARTS = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore", "mmgan_core", "zoo")
PAGES = {
    "Homepage": "",
    "Documentation": "/tree/HEAD/docs",
    "Changelog": "/blob/HEAD/CHANGELOG.md",
    "Issues": "/issues",
}
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_RELATIVE = r"(?![a-z][a-z0-9+.-]*:|//|#)"
_PICTURE = re.compile(rf"!\[([^\]]*)\]\({_RELATIVE}[^)\s]+\)")
_LINK = re.compile(rf"\[([^\]]*)\]\({_RELATIVE}[^)\s]+\)")
_IMG = re.compile(rf"<img\b[^>]*?\bsrc=\"{_RELATIVE}[^>]*>")
_ANCHOR = re.compile(rf"<a\b[^>]*?\bhref=\"{_RELATIVE}[^>]*>(.*?)</a>", re.DOTALL)


def projects() -> list[Path]:
    """The folders of the core and of the plugins."""
    return [ROOT, *sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))]


def build(out: Path, home: str = HOME) -> list[Path]:
    """Build every wheel into a folder.

    Args:
        home: the repository's public address, or "".

    Returns:
        The wheels.
    """
    out.mkdir(parents=True, exist_ok=True)
    wheels = []
    for project in projects():
        with tempfile.TemporaryDirectory(prefix="mmgan-wheel-") as folder:
            copy = Path(folder, project.name)
            _copied(project, copy)
            _made_public(copy, project.relative_to(ROOT).as_posix(), home.rstrip("/"))
            wheels.append(_built(copy, out))
    return wheels


def readme(text: str, folder: str, home: str) -> str:
    """Rewrite a README for a package index; blocks of code stay as they are.

    Args:
        text: the README in the repository.
        folder: its folder in the repository, such as ``plugins/mmgan-image``.
        home: the repository's public address, or "".
    """
    parts = _FENCE.split(text)
    parts[::2] = [_absolute(p, folder, home) if home else _linkless(p) for p in parts[::2]]
    return "".join(parts)


def _absolute(text: str, folder: str, home: str) -> str:
    """Make relative links and pictures lead to the repository's pages and files."""

    def moved(view: str) -> Callable[[re.Match[str]], str]:
        def change(found: re.Match[str]) -> str:
            path = posixpath.normpath(posixpath.join(folder, found[2]))
            return f"{found[1]}{home}/{view}/HEAD/{path}"

        return change

    text = re.sub(rf"(!\[[^\]]*\]\(){_RELATIVE}([^)\s]+)", moved("raw"), text)
    text = re.sub(rf"(\]\(){_RELATIVE}([^)\s]+)", moved("blob"), text)
    text = re.sub(rf"(<img\b[^>]*?\bsrc=\"){_RELATIVE}([^\"]+)", moved("raw"), text)
    return re.sub(rf"(<a\b[^>]*?\bhref=\"){_RELATIVE}([^\"]+)", moved("blob"), text)


def _linkless(text: str) -> str:
    """Replace relative links by their words, and pictures by their descriptions."""
    text = _PICTURE.sub(r"(\1)", text)
    text = _IMG.sub(lambda found: f"({_description(found[0])})", text)
    return _ANCHOR.sub(r"\1", _LINK.sub(r"\1", text))


def _description(tag: str) -> str:
    found = re.search(r"\balt=\"([^\"]*)\"", tag)
    return found[1] if found else "a picture"


def _copied(project: Path, copy: Path) -> None:
    """Copy the files that the wheel is built from, and no others."""
    names = PARTS if project == ROOT else tuple(sorted(p.name for p in project.iterdir()))
    copy.mkdir()
    for name in names:
        if name in ("tests", "build", "dist"):
            continue
        source = project / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache")
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copy2(source, copy / name)


def _made_public(copy: Path, folder: str, home: str) -> None:
    """Rewrite the README, and name the project's pages if the repository has an address."""
    page = copy / "README.md"
    page.write_text(readme(page.read_text("utf-8"), folder, home), encoding="utf-8")
    settings = copy / "pyproject.toml"
    text = settings.read_text("utf-8")
    if home and "urls" not in tomllib.loads(text)["project"]:
        settings.write_text(text + "".join(_urls(home)), encoding="utf-8")


def _urls(home: str) -> Iterator[str]:
    yield "\n[project.urls]\n"
    for name, page in PAGES.items():
        yield f'{name} = "{home}{page}"\n'


def _built(copy: Path, out: Path) -> Path:
    """Build one wheel with the environment's build backend."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "built"]
    said = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    if said.returncode:
        sys.exit(f"{copy.name} could not be built:\n{said.stdout}{said.stderr}")
    (wheel,) = (copy / "built").glob("*.whl")
    return Path(shutil.copy2(wheel, out))


def main() -> None:
    """Build all wheels and list them with their sizes."""
    parser = argparse.ArgumentParser(description="Build the wheels of the core and every plugin.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder (default: dist)")
    parser.add_argument("--home", default=HOME, help="the repository's public address")
    options = parser.parse_args()
    if importlib.util.find_spec("hatchling") is None:
        sys.exit("hatchling is not installed here: activate .venv, or run: pip install hatchling")
    if options.home and not options.home.startswith("https://"):
        sys.exit(f"--home {options.home}: an address begins with https://")
    for wheel in build(options.out, options.home):
        print(f"{wheel.stat().st_size / 1e6:8.3f} MB  {wheel}")


if __name__ == "__main__":
    main()
