"""The directory of a run: its files, its lock against other writers, and the versions it used."""

from __future__ import annotations

import difflib
import json
import os
import platform
import re
from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.errors import IntegrityError, MmganError, RecipeError, UsageError
from mmgan_core.foundation.failures import damaged
from mmgan_core.foundation.files import atomically, writing
from mmgan_core.foundation.kept_files import KeptFiles
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.old_spellings import with_present_spellings
from mmgan_core.recipe.reading import check, dump
from mmgan_core.runs.read_off import without_places

# Keys that may change when a run is resumed: they do not change what is learned.
_FREE = {"samples", "log_every", "sample_every", "checkpoint_every", "keep", "tensorboard"}
# The name at the start of a requirement such as "timm>=1.0; python_version < '4'".
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# What may be another when a run goes on; all of them decide about bits.
_OF_A_STRETCH = (
    *("data", "rows", "device", "threads", "python", "machine", "plugins", "libraries"),
    *("world_size", "arithmetic"),
)
_SAID_ONLY = {"about", "bad_rows", "evaluate", "name", "summary"}


class RunDirectory:
    """The files of one run. Use it as a context manager, which locks the directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metrics = path / "metrics.jsonl"
        self.resolved = path / "resolved.yaml"
        self.samples = path / "samples"
        self.log = path / "run.log"

    def __enter__(self) -> RunDirectory:
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.path / ".lock")
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(
                f"another training run is writing to {self.path}",
                hint="wait until it ends, or name another directory: --run DIR",
            ) from None
        except OSError as error:
            raise MmganError(
                f"the run directory {self.path} cannot be written: {error.strerror or error}",
                hint="name another directory: --run DIR",
            ) from error
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    @property
    def started(self) -> bool:
        """Whether training has begun here."""
        return self.resolved.is_file()

    @property
    def data_digest(self) -> str:
        """The digest of the data that training began with."""
        return str(self.stretches[-1]["data"])

    @property
    def stretches(self) -> list[Plain]:
        """How each stretch of the training was done: from which sample on, data and versions."""
        lock = read_lock(self.path)
        first = {"from": 0, **{key: lock[key] for key in _OF_A_STRETCH if key in lock}}
        return [first, *lock.get("stretches", [])]

    def add_stretch(self, samples: int, lock: Mapping[str, object]) -> list[str]:
        """Note with what training goes on; return what differs from the stretch before.

        Nothing is noted if nothing differs.
        """
        before = self.stretches[-1]
        now = {key: lock[key] for key in _OF_A_STRETCH if key in lock}
        differ = [key for key, value in now.items() if before.get(key) != value]
        if differ:
            whole = read_lock(self.path)
            whole.setdefault("stretches", []).append({"from": samples, **now})
            self.write("lock.json", json.dumps(whole, indent=1))
        return differ

    def begin(self, given: str, resolved: Plain, lock: Mapping[str, object]) -> None:
        """Write the recipe, as given and as resolved, and the lock of a new run."""
        with writing(self.samples, "the folder"):
            self.samples.mkdir(exist_ok=True)
        self.write("recipe.yaml", given)
        self.write("lock.json", json.dumps(lock, indent=1))
        self.write("resolved.yaml", dump(resolved))

    def refuse_other_recipe(self, resolved: Plain) -> None:
        """Refuse to resume the run with another recipe.

        Raises:
            RecipeError: shows the difference, if it changes what is learned.
        """
        before = self._resolved_today()
        old, new = (dump(_fixed(one)).splitlines() for one in (before, resolved))
        if old != new:
            diff = [
                line
                for line in difflib.unified_diff(old, new, "the run", "the recipe now", "", "", 1)
                if not line.startswith(("---", "+++", "@@"))
            ]
            raise RecipeError(
                f"{self.path} was trained with another recipe:\n    " + "\n    ".join(diff[:30]),
                hint="undo the change, or train in another directory: --run DIR",
            )

    def _resolved_today(self) -> Plain:
        """The recipe of the run; options that came later have their defaults."""
        written = from_yaml(self.resolved.read_text(encoding="utf-8"))
        try:
            recipe, files = check(written, str(self.resolved)), KeptFiles(self.path)
            return make_blueprint(recipe, catalogue(), open_file=files.open).resolved()
        except MmganError:  # a component is gone: the difference will show it
            return with_present_spellings(written)[0]

    def write(self, name: str, text: str) -> None:
        """Write a small file as a whole or not at all."""
        with writing(self.path / name, "the file"), atomically(self.path / name) as beside:
            beside.write_text(text, encoding="utf-8")

    def append_metrics(self, row: Mapping[str, object]) -> None:
        """Append a line of metrics."""
        self._append(self.metrics, json.dumps(row))

    def drop_metrics_after(self, samples: int) -> None:
        """Drop the lines that were written after the checkpoint that training resumes from."""
        rows = read_metrics(self.path)
        kept = [json.dumps(row) for row in rows if row["samples"] <= samples]
        self.write("metrics.jsonl", "".join(line + "\n" for line in kept))

    def note(self, line: str) -> None:
        """Append a line to the run's log."""
        self._append(self.log, line)

    def _append(self, file: Path, line: str) -> None:
        with writing(file, "the file"), file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


def read_lock(run: Path) -> Plain:
    """Read the versions, the data and the machines of a run.

    Raises:
        IntegrityError: if the file is missing or damaged.
    """
    file = run / "lock.json"
    try:
        lock = json.loads(file.read_text(encoding="utf-8"))
        stretches = lock.get("stretches", [])
        if isinstance(stretches, list) and all(isinstance(one, dict) for one in stretches):
            return dict(lock)
        reason: object = "its stretches are no list"
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        reason = error
    raise damaged(file, reason, "put it back from a copy, or train in another directory: --run DIR")


def read_metrics(run: Path) -> list[Plain]:
    """Read the metrics of a run; a line that a crash left incomplete is skipped."""
    file = run / "metrics.jsonl"
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def training_seconds(run: Path) -> float | None:
    """Return how many seconds training took, from the logged rates, without pauses."""
    total, before = 0.0, 0
    for row in read_metrics(run):
        total += (row["samples"] - before) / row["rate"] if row.get("rate") else 0.0
        before = row["samples"]
    return max(round(total, 1), 0.1) if total else None


def refuse_other_models(run: Path, digests: Mapping[str, str]) -> None:
    """Refuse to use a run if a frozen model in it is not the one that it began with.

    Args:
        digests: the digest of each frozen model, by its place in the recipe.

    Raises:
        IntegrityError: names the place of the first that differs.
    """
    if not digests:
        return
    lock = read_lock(run)
    before: Mapping[str, str] = lock.get("models", {})
    for place, digest in digests.items():
        if before.get(place) != digest:
            raise IntegrityError(
                f"{place}: the model has changed since {run} was trained with it",
                hint="put the model back as it was, or begin another run with the changed one",
            )


def lock_of(seed: int, data_digest: str, device: str) -> dict[str, object]:
    """Return the versions, seed, data and machine of a run, for its lock file."""
    import torch

    from mmgan_core.foundation.arithmetic import arithmetic
    from mmgan_core.plugins.manager import plugins

    lock = {
        "seed": seed,
        "data": data_digest,
        "device": device,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "plugins": {p.distribution: p.version for p in plugins().ok},
        "libraries": _libraries({p.distribution for p in plugins().ok}),
        "world_size": int(os.environ.get("WORLD_SIZE", "1")),
    }
    return lock if device == "cpu" else {**lock, "arithmetic": arithmetic()}


def _libraries(distributions: Collection[str]) -> dict[str, str]:
    """Return the versions of what the core and the plugins in use depend on, without extras."""
    needed = {name for one in distributions for name in _needed_by(one)}
    found = {name: _version(name) for name in sorted(needed - set(distributions))}
    return {name: version for name, version in found.items() if version}


def _needed_by(distribution: str) -> list[str]:
    try:
        lines = metadata.requires(distribution) or []
    except (metadata.PackageNotFoundError, ValueError):
        return []
    names = (_NAME.match(line) for line in lines if "extra ==" not in line)
    return [re.sub("[-_.]+", "-", name.group()).lower() for name in names if name]


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _fixed(resolved: Plain) -> Plain:
    kept = {k: v for k, v in resolved.items() if k not in _SAID_ONLY}
    # Data may move: the digests of their contents are compared.
    if "data" in kept:
        kept["data"] = without_places(resolved["data"])
    kept["train"] = {k: v for k, v in resolved["train"].items() if k not in _FREE}
    kept["make"] = {
        name: {k: v for k, v in entry.items() if k not in ("evaluator", "matcher")}
        for name, entry in resolved["make"].items()
    }
    return kept
