"""Checks that everything works on this machine's device, and how fast, in 8 minutes.

    python scripts/gpu_check.py --out gpu.json           # packs under data/, see docs/results.md
    python scripts/gpu_check.py --tiny                   # a minute, on any CPU, without packs

It prints one table and writes one JSON. On the GPU if there is one, else on the CPU, it compares
steps of a network of R3GAN's size with a bare loop and with other projects; it prepares the recipes
`digits-28`, `emoji`, `emoji-repair` and `speech`, trains each for a minute, interrupts and resumes
each (is the result the same bit for bit?), trains each in bf16, compiles one, and makes and
evaluates samples. If a part fails, the others still run: the table names it, the JSON holds its
traceback, and the exit code is 1. When the time is over, trainings have been shortened and the rest
is skipped, and the table says so.

It works from a bare checkout: the toolkit does not have to be installed, and what a machine without
a network lacks is installed from a folder of wheels (`--wheels DIR`); docs/how-to/check-a-gpu.md
says how to get them. What reads speech fails if librosa, soundfile or soxr is missing; the rest
does not need them.
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

from scripts import gpu_wheels

# Before anything is imported that may be lacking.
sys.path.extend(gpu_wheels.brought(sys.argv[1:]))

import torch
from rich.console import Console
from rich.table import Table

from scripts import checkout, gpu_cases, gpu_loops, gpu_parts
from scripts.gpu_budget import Budget, OutOfTime
from scripts.gpu_cases import Case
from scripts.gpu_machine import device_here, forget_peaks, machine, peaks
from scripts.gpu_parts import Bench, Facts, Part, Skipped, Wrong

# The part that must have worked before a part can run.
NEEDS = {
    "train": "prepare",
    "resume": "prepare",
    "resume deterministic": "prepare",
    "bf16": "prepare",
    "compiled": "prepare",
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
        "compiled": gpu_parts.compiled,
        "generate": gpu_parts.generate,
        "evaluate": gpu_parts.evaluate,
    }
    if device.type == "cpu":  # where it is the same as without
        del found["resume deterministic"]
    return found


def check(bench: Bench, cases: Sequence[Case], console: Console, budget: Budget) -> Iterator[Facts]:
    """Run every part of every case, and yield each outcome; the others run even if a part fails."""
    tried = [
        (name, part, case)
        for case in cases
        for name, part in (gpu_loops.loops if case.compared else parts)(bench.device).items()
        if name not in case.without
    ]
    outcomes: dict[tuple[str, str], str] = {}
    stopped = False
    for number, (name, part, case) in enumerate(tried, 1):
        console.rule(f"{number}/{len(tried)} {case.name}: {name}", align="left")
        needed = NEEDS.get(name, "")
        row: Facts = {"recipe": case.name, "part": name, "outcome": "not tried", "data": case.data}
        if stopped:
            row["says"] = "the check was stopped"
        elif budget.over:
            row |= {"outcome": "skipped", "says": _no_time(budget)}
        elif outcomes.get((case.name, needed), "ok") != "ok":
            row["says"] = f"{needed} has to work first"
        else:
            to_come = sum(one == "train" for one, _, _ in tried[number - 1 :])
            wanted = bench.size.seconds
            seconds = budget.share(wanted, to_come) if name in ("train", "bf16") else wanted
            size = replace(bench.size, seconds=seconds)
            try:
                with budget.enforced():
                    row |= attempt(part, replace(bench, size=size), case)
            except KeyboardInterrupt:
                stopped, row["says"] = True, "stopped meanwhile"
            except OutOfTime:
                row |= {"outcome": "skipped", "says": f"broken off: {_no_time(budget)}"}
            if seconds < wanted:
                row["says"] += f" (in {seconds:.0f} s instead of {wanted:.0f})"
        if case.data == "synthetic":
            row["says"] += "; synthetic data"
        outcomes[case.name, name] = row["outcome"]
        console.print(f"{row['outcome']}: {row['says']}", markup=False)
        yield row


def _no_time(budget: Budget) -> str:
    return f"the {budget.seconds / 60:g} minutes of the check are over"


def attempt(part: Part, bench: Bench, case: Case) -> Facts:
    """Run one part, and return its outcome, time and memory, even if it fails."""
    forget_peaks(bench.device)
    began = time.perf_counter()
    row: Facts
    try:
        row = {"outcome": "ok", **part(bench, case)}
    except Skipped as error:
        row = {"outcome": "skipped", "says": str(error)}
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


def compared(rows: Sequence[Facts]) -> dict[str, float]:
    """Return how many samples a second ours has for each of the bare loop's, by precision."""
    rates = {r["part"]: r["samples_per_second"] for r in rows if "samples_per_second" in r}
    pairs = {
        f"{which}{end}": (f"{which}{end}", f"bare loop{end}")
        for end in ("", " bf16")
        for which in ("ours", "ours compiled")
    }
    return {
        name: rates[one] / rates[bare]
        for name, (one, bare) in pairs.items()
        if one in rates and bare in rates
    }


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
    parser.add_argument(
        "--minutes", type=float, default=8, help="how long the whole check may take; default: 8"
    )
    parser.add_argument(
        "--wheels", type=Path, help="folder of wheels; those that are lacking here are installed"
    )
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
    budget = Budget(60 * options.minutes)
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as name:
        folder = Path(name)
        bare = checkout.use(folder / "metadata")
        bench = Bench(device_here(cpu), cpu, folder / "runs", size)
        if options.tiny:  # the compiler follows everything, and takes no time to generate code
            from mmgan_core.training import compiling

            compiling.BACKEND = "aot_eager"
        made = folder / "made"
        cases = gpu_cases.tiny(made) if options.tiny else gpu_cases.full(options.data, made)
        about = {
            "form": "tiny" if options.tiny else "full",
            **machine(bench.device, bare, options.note),
            "minutes": options.minutes,
        }
        began = time.perf_counter()
        for row in check(bench, cases, Console(stderr=True), budget):
            rows.append(row)
            failed = [
                f"{r['recipe']}: {r['part']}"
                for r in rows
                if r["outcome"] in ("failed", "not tried")
            ]
            about |= {"seconds": time.perf_counter() - began, "failed": failed, "parts": rows}
            about["compared"] = compared(rows)
            if options.out:  # at once, because the machine may be taken away
                options.out.parent.mkdir(parents=True, exist_ok=True)
                options.out.write_text(written(about), encoding="utf-8")
    Console(width=None if sys.stdout.isatty() else 140).print(table(about, rows))
    if not options.out:
        print(written(about), end="")
    return 1 if about["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
