"""The engine of pages, onnxruntime-web: fetched by npm once, compared with its hash, and kept."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from mmgan_core.errors import MmganError, UsageError
from mmgan_core.foundation.files import atomically, cache_directory, writing

VERSION = "1.30.0"
PACKAGE = f"onnxruntime-web@{VERSION}"
# What `npm view` calls dist.integrity.
_SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
# One thread needs no headers of a server; the other variants are for GPUs.
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
_PATIENCE = 600  # seconds


def runtime(at_hand: Path | None = None) -> dict[str, Path]:
    """Return the files of the runtime by their names.

    Args:
        at_hand: a directory that holds them, or an installed ``onnxruntime-web``; by default they
            are fetched by npm from the registry that it is set up for, and kept for the next time.

    Raises:
        UsageError: if the directory lacks one of them, or there is no npm.
        MmganError: if npm cannot fetch the package, or it is not the one that is expected.
    """
    if at_hand is not None:
        return _found(at_hand if (at_hand / FILES[0]).is_file() else at_hand / "dist")
    kept = cache_directory() / f"onnxruntime-web-{VERSION}"
    if not kept.is_dir():
        _fetch(kept)
    return _found(kept)


def _found(folder: Path) -> dict[str, Path]:
    for name in FILES:
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} lacks {name}",
                hint=f"name the dist folder of {PACKAGE}, or leave --runtime out to fetch it",
            )
    return {name: folder / name for name in FILES}


def _fetch(to: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive = _packed(Path(scratch))
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != _SHA512:
            raise MmganError(
                f"npm brought another {PACKAGE} than the one that is expected: its sha512 is "
                f"{found[:16]}..., not {_SHA512[:16]}...; nothing of it was used",
                hint="ask whoever keeps the registry that npm is set up for",
            )
        with (
            writing(to, "the runtime", training=False),
            atomically(to, shared=True) as beside,
            tarfile.open(archive) as tar,
        ):
            beside.mkdir()
            for name in FILES:
                member = tar.extractfile(f"package/dist/{name}")
                assert member is not None
                with (beside / name).open("wb") as file:
                    shutil.copyfileobj(member, file)


def _packed(folder: Path) -> Path:
    npm = shutil.which("npm")
    at_hand = "or name a folder that holds it: --runtime node_modules/onnxruntime-web"
    if npm is None:
        raise UsageError(
            f"a page needs {PACKAGE}, which npm fetches, and there is no npm here",
            hint=f"install Node.js (apt install npm), {at_hand}",
        )
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    try:
        # Outside of any project, whose own settings of npm are none of ours.
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise MmganError(f"npm did not bring {PACKAGE} within 10 minutes", hint=at_hand) from None
    archives = list(folder.glob("*.tgz"))
    if ran.returncode or len(archives) != 1:
        said = (ran.stderr or ran.stdout).strip().splitlines()
        raise MmganError(
            f"npm cannot bring {PACKAGE}: {(said or ['it said nothing'])[-1][:200]}", hint=at_hand
        )
    return archives[0]
