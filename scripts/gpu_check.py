"""Checks that everything works on this machine's device, and how fast, in 5 minutes.

    python scripts/gpu_check.py --out gpu.json           # packs under data/, see docs/results.md
    python scripts/gpu_check.py --tiny                   # seconds, on any CPU, without packs

It prints one table and writes one JSON. On the GPU if there is one, else on the CPU, it prepares
the recipes `digits-28` and `emoji`, trains each for a minute, interrupts and resumes each (is the
result the same bit for bit?), trains each in bf16, and makes and evaluates samples. If a part
fails, the others still run: the table names it, the JSON holds its traceback, and the exit code is
1.

It works from a bare checkout: the toolkit does not have to be installed, and
docs/how-to/check-a-gpu.md says how a machine without a network gets the libraries that it lacks.
`digits-28` reads speech, so its parts fail if librosa, soundfile or soxr is missing; those of
`emoji` do not need them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

# Torch reads this when it first uses a GPU; without it, matrix products are not deterministic.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from rich.console import Console
from rich.table import Table

from scripts import checkout, gpu_cases, gpu_parts
from scripts.gpu_cases import Case
from scripts.gpu_machine import device_here, forget_peaks, machine, peaks
from scripts.gpu_parts import Bench, Facts, Part, Wrong

# The part that must have worked before a part can run.
NEEDS = {
    "train": "prepare",
    "resume": "prepare",
    "resume deterministic": "prepare",
    "bf16": "prepare",
    "generate": "train",
    "evaluate": "train",
}


def parts(device: torch.device) -> dict[str, Part]:
    """Return the parts of the check, in order."""
    found: dict[str, Part] = {
        "prepare": gpu_parts.prepare,
        "train": gpu_parts.train,
        "resume": gpu_parts.resume,
        "resume deterministic": gpu_parts.resume_deterministic,
        "bf16": gpu_parts.bf16,
        "generate": gpu_parts.generate,
        "evaluate": gpu_parts.evaluate,
    }
    if device.type == "cpu":  # where it is the same as without
        del found["resume deterministic"]
    return found


def check(bench: Bench, cases: Sequence[Case], console: Console) -> Iterator[Facts]:
    """Run every part of every case, and yield each outcome; the others run even if a part fails."""
    tried = [(name, part, case) for case in cases for name, part in parts(bench.device).items()]
    outcomes: dict[tuple[str, str], str] = {}
    stopped = False
    for number, (name, part, case) in enumerate(tried, 1):
        console.rule(f"{number}/{len(tried)} {case.recipe}: {name}", align="left")
        needed = NEEDS.get(name, "")
        row: Facts = {"recipe": case.recipe, "part": name, "outcome": "not tried"}
        if stopped:
            row["says"] = "the check was stopped"
        elif outcomes.get((case.recipe, needed), "ok") != "ok":
            row["says"] = f"{needed} has to work first"
        else:
            try:
                row |= attempt(part, bench, case)
            except KeyboardInterrupt:
                stopped, row["says"] = True, "stopped meanwhile"
        outcomes[case.recipe, name] = row["outcome"]
        console.print(f"{row['outcome']}: {row['says']}", markup=False)
        yield row


def attempt(part: Part, bench: Bench, case: Case) -> Facts:
    """Run one part, and return its outcome, time and memory, even if it fails."""
    forget_peaks(bench.device)
    began = time.perf_counter()
    row: Facts
    try:
        row = {"outcome": "ok", **part(bench, case)}
    except Wrong as error:
        row = {"outcome": "failed", **error.facts}
    except Exception as error:
        row = {"outcome": "failed", "says": plainly(error), "traceback": traceback.format_exc()}
    return {**row, "seconds": time.perf_counter() - began, "peak_mb": peaks(bench.device)}


def plainly(error: Exception) -> str:
    """Describe an error in one line."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        return f"{package} is not installed: pip install {package}"
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def table(about: Facts, rows: Sequence[Facts]) -> Table:
    """Return the table of all parts."""
    found = Table(
        title=f"{about['name']} ({about['device']}), torch {about['versions']['torch']}",
        caption=about["note"],
    )
    for name in ("recipe", "part", "outcome"):
        found.add_column(name, no_wrap=True)
    for name in ("seconds", "samples/s", "peak MB"):
        found.add_column(name, no_wrap=True, justify="right")
    found.add_column("says")
    for row in rows:
        peak = row.get("peak_mb", {})
        found.add_row(
            row["recipe"],
            row["part"],
            row["outcome"],
            _number(row.get("seconds"), 1),
            _number(row.get("samples_per_second")),
            _number(peak.get("device", peak.get("process"))),
            row["says"],
        )
    return found


def _number(value: Any, places: int = 0) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def written(facts: Facts) -> str:
    """Return facts as JSON, which has no infinite numbers and no NaN: they become strings."""
    plain = json.loads(json.dumps(facts), parse_constant=str)
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def asked() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, help="how long each training takes; default: 60")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the packs")
    parser.add_argument("--out", type=Path, help="JSON file; default: print it after the table")
    parser.add_argument(
        "--tiny", action="store_true", help="train small networks for seconds, on the CPU"
    )
    parser.add_argument("--cpu", action="store_true", help="use the CPU even if there is a GPU")
    parser.add_argument("--note", default="", help="a note for the table and the JSON")
    return parser.parse_args()


def main() -> int:
    """Run the check, print the table and write the JSON; returns 0 if everything worked."""
    options = asked()
    cpu = options.cpu or options.tiny
    size = gpu_cases.TINY if options.tiny else gpu_cases.FULL
    size = replace(size, seconds=size.seconds if options.seconds is None else options.seconds)
    rows: list[Facts] = []
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as name:
        folder = Path(name)
        bare = checkout.use(folder / "metadata")
        bench = Bench(device_here(cpu), cpu, folder / "runs", size)
        cases = gpu_cases.tiny(folder / "emoji") if options.tiny else gpu_cases.full(options.data)
        about = {
            "form": "tiny" if options.tiny else "full",
            **machine(bench.device, bare, options.note),
        }
        began = time.perf_counter()
        for row in check(bench, cases, Console(stderr=True)):
            rows.append(row)
            failed = [f"{r['recipe']}: {r['part']}" for r in rows if r["outcome"] != "ok"]
            about |= {"seconds": time.perf_counter() - began, "failed": failed, "parts": rows}
            if options.out:  # at once, because the machine may be taken away
                options.out.parent.mkdir(parents=True, exist_ok=True)
                options.out.write_text(written(about), encoding="utf-8")
    Console(width=None if sys.stdout.isatty() else 140).print(table(about, rows))
    if not options.out:
        print(written(about), end="")
    return 1 if about["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
