"""The start time of the command line, against importing typer alone.

    python benchmarks/startup.py

Turns alternate in one run; wanted: `--help` at most 2.0 times, `ls` at most 4 times.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
COMMANDS = {
    "typer": [sys.executable, "-c", "import typer"],
    "--help": [sys.executable, "-m", "mmgan_core.cli.main", "--help"],
    "ls": [sys.executable, "-m", "mmgan_core.cli.main", "ls"],
}


def main() -> None:
    """Print the median time of each command and its ratio to typer's."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS + 1):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(each[1:]) for name, each in times.items()}
    for name, median in medians.items():
        print(f"{name:8} {median * 1000:6.0f} ms   {median / medians['typer']:.2f} times")


if __name__ == "__main__":
    main()
