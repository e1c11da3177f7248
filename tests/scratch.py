"""A scratch environment: everything that this one has, and distributions of one's own."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 240


@dataclass(frozen=True)
class Scratch:
    """A virtual environment beneath this one, which it sees and does not touch.

    Attributes:
        root: its directory.
    """

    root: Path

    @classmethod
    def make(cls, root: Path) -> Scratch:
        """A new one, without pip."""
        venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False).create(root)
        scratch = cls(root)
        # Not a bare path: editable installs are .pth files themselves, and must be followed.
        parent = sysconfig.get_path("purelib")
        line = f"import site; site.addsitedir({parent!r})\n"
        (scratch.packages / "zz_parent.pth").write_text(line, encoding="utf-8")
        return scratch

    @classmethod
    def bare(cls, root: Path) -> Scratch:
        """A new one that sees this one's libraries, and none of our own distributions."""
        venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False).create(root)
        scratch, libraries = cls(root), root / "libraries"
        libraries.mkdir()
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if "mmgan" not in entry.name:
                (libraries / entry.name).symlink_to(entry)
        (scratch.packages / "zz_libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
        return scratch

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.root / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        base = {"base": str(self.root), "platbase": str(self.root)}
        return Path(sysconfig.get_path("purelib", "venv", vars=base))

    def install(
        self,
        distribution: str,
        files: Mapping[str, str],
        points: Mapping[str, str],
        *,
        version: str = "1.0",
        into: Path | None = None,
        **raw: bytes,
    ) -> Path:
        """What pip makes of a wheel.

        Args:
            files: content by path below site-packages.
            points: entry points of ``mmgan.plugins``: what each name loads.
            into: another directory than site-packages.
            raw: other content of METADATA or entry_points (``.txt``).

        Returns:
            The ``.dist-info`` directory.
        """
        packages = into or self.packages
        info = f"{distribution.replace('-', '_')}-{version}.dist-info"
        lines = "".join(f"{name} = {target}\n" for name, target in points.items())
        content = {path: text.encode() for path, text in files.items()}
        content |= {
            f"{info}/METADATA": raw.get("METADATA")
            or f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n".encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": raw.get("entry_points")
            or f"[mmgan.plugins]\n{lines}".encode(),
        }
        record = ""
        for path, data in content.items():
            file = packages / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
            record += f"{path},sha256={digest.decode()},{len(data)}\n"
        (packages / info / "RECORD").write_text(f"{record}{info}/RECORD,,\n", encoding="utf-8")
        return packages / info

    def pip_install(self, project: Path) -> None:
        """``pip install -e`` a project whose dependencies this environment has already."""
        said = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "--python",
                str(self.python),
                "install",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
                "--disable-pip-version-check",
                "-e",
                ".",
            ],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            cwd=project,
        )
        assert said.returncode == 0, said.stderr

    def run(
        self, *arguments: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a module: ``python -m ...``."""
        return ended(self._begin(arguments, cwd or self.root, variables))

    def begin(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Starts ``mmgan-zoo`` in it."""
        return self._begin(("mmgan_core.cli.main", *arguments), self.root, variables)

    def _begin(
        self, module: Sequence[str], cwd: Path, variables: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        # What the tests' own environment allows or forbids does not matter here.
        for name in ("MMGAN_PLUGINS", "MMGAN_STRICT", "VIRTUAL_ENV"):
            kept.pop(name, None)
        return subprocess.Popen(
            [str(self.python), "-m", *module],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={**kept, "COLUMNS": "200", "NO_COLOR": "1", **variables},
        )

    def zoo(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs ``mmgan-zoo`` in it."""
        return ended(self.begin(*arguments, **variables))


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """A process that was begun, when it is over."""
    out, err = process.communicate(timeout=LIMIT)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
