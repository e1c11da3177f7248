"""What a whole command costs: processor time of `generate`, beside that of `import torch` alone.

    python benchmarks/whole_command.py [MODEL GIVEN ...] [--rounds 7] [--before FOLDER]

User and system time of each process, on one thread, in turns; the least and the median. What is
left after `import torch` is ours. ``--before`` names a checkout to compare with. A first call
writes the compiled modules, as an installation does.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]


def main() -> None:
    """Run the commands in turns, and print a row for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("asked", nargs="*", default=["digits", "text=three"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--before", type=Path)
    options = parser.parse_args()
    ours = [sys.executable, "-m", "mmgan_core.cli.main", "generate", *options.asked]
    ways = {
        "import torch": ([sys.executable, "-c", "import torch"], HERE),
        "generate": (ours, HERE),
    }
    if options.before:
        ways["generate before"] = (ours, options.before)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds + 1):
        for name, (command, root) in ways.items():
            times[name].append(seconds(command, root.resolve()))
    torch_alone = min(times["import torch"][1:])
    print("| process | least, s | median, s | without torch, s |\n|---|---:|---:|---:|")
    for name, each in times.items():
        least, usual = min(each[1:]), statistics.median(each[1:])
        print(f"| {name} | {least:.2f} | {usual:.2f} | {least - torch_alone:.2f} |")


def seconds(command: list[str], root: Path) -> float:
    """The processor time of a command with the packages of a checkout, in a folder of its own."""
    sources = [root, *sorted(root.glob("plugins/*/src"))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, sources)),
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
