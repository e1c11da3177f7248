"""The tracked run of a run directory, in ``RUN/trackio.json`` so that it moves with the run."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

FILE = "trackio.json"
DEFAULT_PROJECT = "mmgan-zoo"


@dataclass(frozen=True)
class Identity:
    """A tracked run.

    Attributes:
        project: the recipe's name, so that the runs of one recipe are shown together.
        name: the directory's name and six random letters.
        logged: for each kind of event, the number of samples up to which it was logged.
    """

    project: str
    name: str
    logged: Mapping[str, int]

    def has(self, what: str, samples: int) -> bool:
        """Whether it was logged before an interruption; resumed training repeats it exactly."""
        return samples <= self.logged.get(what, -1)

    def noted(self, run: Path, what: str, samples: int) -> Identity:
        """The identity that notes what was logged, also written to disk."""
        newer = replace(self, logged={**self.logged, what: samples})
        write(run, newer)
        return newer


def identity_of(run: Path, recipe: Mapping[str, Any]) -> Identity:
    """The tracked run of a directory; a new one if it has none."""
    try:
        return Identity(**json.loads((run / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        pass
    wanted = os.environ.get("MMGAN_TRACKIO_PROJECT") or str(recipe.get("name") or "")
    project = re.sub(r"[^A-Za-z0-9_-]+", "-", wanted).strip("-") or DEFAULT_PROJECT
    fresh = Identity(project, f"{run.resolve().name}-{uuid.uuid4().hex[:6]}", {})
    write(run, fresh)
    return fresh


def write(run: Path, identity: Identity) -> None:
    """Write the identity into the run's directory, whole or not at all."""
    beside = run / f".{FILE}.partial"
    beside.write_text(json.dumps(asdict(identity), indent=1), encoding="utf-8")
    beside.replace(run / FILE)
