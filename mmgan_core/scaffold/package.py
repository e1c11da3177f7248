"""A plugin's package as files: rendered from the templates beside this, and written whole."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.files import atomically
from mmgan_core.scaffold.kinds import BY_KIND, PARTS, Part, kind_of
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
# Tests beside the one that trains, by what they are about.
TESTED = ("metric", "command", "observer")


@dataclass(frozen=True)
class Package:
    """A new plugin, not written yet.

    Attributes:
        name: the plugin's name.
        parts: what it supplies, in the order in which things are used.
        author: who writes it, such as ``"A. Person <a@person.example>"``, or "".
    """

    name: str
    parts: tuple[Part, ...]
    author: str = ""

    @property
    def distribution(self) -> str:
        """The distribution's name."""
        return distribution_of(self.name)

    def files(self) -> dict[str, str]:
        """Every file's text by its path."""
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
        """Write every file, or nothing.

        Raises:
            UsageError: if the folder exists, or the one that it is to lie in does not.
        """
        refuse_folder(folder)
        with atomically(folder) as beside:
            for path, text in self.files().items():
                file = beside / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")

    def next_lines(self, folder: Path) -> list[str]:
        """The commands to go on with."""
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
    """A new plugin that supplies these kinds.

    Args:
        verbs: the names of verbs that are taken.

    Raises:
        UsageError: for a name that is taken or cannot be one, and for an unknown kind.
    """
    refuse_name(name)
    wanted = {kind_of(word) for word in kinds}
    for kind in sorted(wanted - BY_KIND.keys()):
        raise UsageError(f"--with {kind!r} is nothing to supply", hint=nearest(kind, BY_KIND))
    if not wanted:
        raise UsageError("say what the plugin supplies", hint=f"--with {' | '.join(BY_KIND)}")
    if not author.isprintable():
        raise UsageError(
            f"--author {author!r} is no name", hint="such as 'A. Person <a@b.example>'"
        )
    if "command" in wanted and name in verbs:
        raise UsageError(f"mmgan-zoo {name} is a verb already", hint=f"such as {name}-more")
    return Package(name, tuple(part for part in PARTS if part.kind in wanted), author.strip())


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that exists, or that has nothing to lie in.

    Raises:
        UsageError: says which.
    """
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists already", hint="name another: --out DIR")
    if not folder.parent.is_dir():
        raise UsageError(f"there is no folder {folder.parent}", hint=f"mkdir -p {folder.parent}")


def template_text(name: str) -> str:
    """The text of a template."""
    home = resources.files("mmgan_core.scaffold") / "templates"
    return (home / f"{name}.tmpl").read_text(encoding="utf-8")


def _kinds(parts: Sequence[Part]) -> list[str]:
    return [part.kind for part in parts]


def _requirements(parts: Sequence[Part]) -> str:
    """A TOML list, one a line."""
    needed = sorted({"mmgan-zoo>=0.1", *(need for part in parts for need in part.needs)})
    return "[\n" + "".join(f'  "{need}",\n' for need in needed) + "]"


def _authors(author: str) -> str:
    """A line of TOML, or none."""
    if not author:
        return ""
    name, _, address = author.rstrip(">").partition("<")
    fields = {"name": name.strip(), "email": address.strip()}
    said = ", ".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items() if value
    )
    return f"authors = [{{ {said} }}]\n"


def _test_imports(kinds: Sequence[str], package: str) -> str:
    """Imports of the training test beyond those that it always has."""
    lines = []
    if "metric" in kinds:
        lines.append("from mmgan_core.evaluation.evaluate import evaluate\n")
    if "command" in kinds:
        lines.append(f"from typer.testing import CliRunner\n\nfrom {package}.command import app\n")
    return "".join(lines)
