"""The package of a new plugin: its files are rendered from templates, and written all or none."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from mmgan_core import __version__
from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.files import atomically
from mmgan_core.scaffold.kinds import BY_KIND, PARTS, PYDANTIC, Part, kind_of
from mmgan_core.scaffold.naming import distribution_of, package_of, refuse_name
from mmgan_core.scaffold.plugin_module import plugin_module
from mmgan_core.scaffold.readme import next_lines, readme

PLAIN = {
    "LICENSE": "LICENSE",
    "pyproject.toml": "pyproject.toml",
    ".gitignore": "gitignore",
    ".github/workflows/test.yml": "workflow.yml",
    "tests/test_contract.py": "test_contract.py",
}
# The kinds that have a test of their own, beside the test that trains.
TESTED = ("metric", "explainer", "command", "observer")


@dataclass(frozen=True)
class Package:
    """The package of a new plugin, which is not written yet.

    Attributes:
        name: the plugin's name.
        parts: what it supplies, in the order of use.
        author: its author, such as ``"A. Person <a@person.example>"``, or "".
    """

    name: str
    parts: tuple[Part, ...]
    author: str = ""

    @property
    def distribution(self) -> str:
        """The name of the distribution."""
        return distribution_of(self.name)

    def files(self) -> dict[str, str]:
        """The text of every file, by its path."""
        package = package_of(self.name)
        home = f"src/{package}"
        texts = {path: self._rendered(template) for path, template in PLAIN.items()}
        texts["README.md"] = readme(self.name, self.parts)
        texts["tests/test_training.py"] = self._training_test()
        texts[f"{home}/__init__.py"] = f'"""A plugin of mmgan-zoo: {self.name}."""\n'
        texts[f"{home}/plugin.py"] = plugin_module(self.name, self.parts)
        texts[f"{home}/py.typed"] = ""
        for part in self.parts:
            texts[f"{home}/{part.module}.py"] = self._rendered(f"{part.module}.py")
        return texts

    def write(self, folder: Path) -> None:
        """Write all files, or none.

        Raises:
            UsageError: if the folder exists, or its parent does not.
        """
        refuse_folder(folder)
        with atomically(folder) as beside:
            for path, text in self.files().items():
                file = beside / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")

    def next_lines(self, folder: Path) -> list[str]:
        """The commands to run next."""
        return next_lines(self.name, self.parts, folder)

    def _values(self) -> dict[str, str]:
        return {
            "name": self.name,
            "package": package_of(self.name),
            "distribution": self.distribution,
            "summary": json.dumps(f"A plugin of mmgan-zoo: {', '.join(_kinds(self.parts))}."),
            "authors": _authors(self.author),
            "holder": self.author or "its authors",
            "dependencies": _requirements(self.parts),
        }

    def _rendered(self, template: str, more: Mapping[str, str] | None = None) -> str:
        return Template(template_text(template)).substitute(self._values(), **(more or {}))

    def _training_test(self) -> str:
        kinds = _kinds(self.parts)
        used = "".join(Template(part.overrides).substitute(name=self.name) for part in self.parts)
        lines = "".join(f"    {line}\n" for line in used.splitlines())
        about = [kind for kind in TESTED if kind in kinds]
        return self._rendered(
            "test_training.py",
            {
                "used": f"{{\n{lines}}}" if lines else "{}",
                "imports": _test_imports(kinds, package_of(self.name)),
                "more": "".join(self._rendered(f"test_{kind}.py") for kind in about),
            },
        )


def package(
    name: str, kinds: Sequence[str], author: str = "", *, verbs: Container[str] = ()
) -> Package:
    """Prepare the package of a new plugin.

    Args:
        name: the name of the plugin.
        kinds: what it supplies.
        author: its author, or "".
        verbs: the names of verbs that exist already.

    Raises:
        UsageError: if the name is taken or not allowed, or a kind is unknown.
    """
    refuse_name(name)
    wanted = {kind_of(word) for word in kinds}
    for kind in sorted(wanted - BY_KIND.keys()):
        raise UsageError(f"--with {kind!r} is not a kind", hint=nearest(kind, BY_KIND))
    if not wanted:
        raise UsageError("say what the plugin supplies", hint=f"--with {' | '.join(BY_KIND)}")
    if not author.isprintable():
        raise UsageError(
            f"--author {author!r} is not a name", hint="such as 'A. Person <a@b.example>'"
        )
    if "command" in wanted and name in verbs:
        raise UsageError(f"mmgan-zoo {name} is already a verb", hint=f"such as {name}-more")
    return Package(name, tuple(part for part in PARTS if part.kind in wanted), author.strip())


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that exists, or whose parent does not.

    Raises:
        UsageError: says which, and what to do.
    """
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already", hint="choose another: --out DIR")
    if not folder.parent.is_dir():
        raise UsageError(f"there is no folder {folder.parent}", hint=f"mkdir -p {folder.parent}")


def template_text(name: str) -> str:
    """The text of a template."""
    home = resources.files("mmgan_core.scaffold") / "templates"
    return (home / f"{name}.tmpl").read_text(encoding="utf-8")


def _kinds(parts: Sequence[Part]) -> list[str]:
    return [part.kind for part in parts]


def _requirements(parts: Sequence[Part]) -> str:
    """The requirements as a TOML list."""
    needed = {own_requirement(__version__), *(need for part in parts for need in part.needs)}
    if any(part.form == "component" for part in parts):
        needed.add(PYDANTIC)  # every component has options
    return "[\n" + "".join(f'  "{need}",\n' for need in sorted(needed)) + "]"


def own_requirement(version: str) -> str:
    """The requirement of mmgan-zoo: this minor release or a later one, with the same major."""
    major, minor = version.split(".")[:2]
    return f"mmgan-zoo>={major}.{minor},<{int(major) + 1}"


def _authors(author: str) -> str:
    """The authors as a line of TOML, or ""."""
    if not author:
        return ""
    name, _, address = author.rstrip(">").partition("<")
    fields = {"name": name.strip(), "email": address.strip()}
    author_table = ", ".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value
    )
    return f"authors = [{{ {author_table} }}]\n"


def _test_imports(kinds: Sequence[str], package: str) -> str:
    """Further imports of the test that trains."""
    lines = []
    if "metric" in kinds:
        lines.append("from mmgan_core.evaluation.evaluate import evaluate\n")
    if "command" in kinds:
        lines.append(f"from typer.testing import CliRunner\n\nfrom {package}.command import app\n")
    return "".join(lines)
