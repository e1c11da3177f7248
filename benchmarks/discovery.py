"""How much slower the command line starts with many plugins installed.

    python benchmarks/discovery.py            # --rounds 15 --counts 0 10 100

Well-behaved plugins of three components each are installed into scratch environments, which take
turns in one run. Wanted: with 10 more plugins less than 1.5 times the time without.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.scratch import Scratch

ALLOWED = 1.5
PLUGIN = '''"""What this package supplies."""

from __future__ import annotations

from mmgan_core import Spec, hookimpl

_HOME = "{package}"


@hookimpl
def mmgan_generators() -> list[Spec]:
    """Generators."""
    return [Spec("{name}/waves", f"{{_HOME}}.waves:Waves", "Waves", modalities=("image",))]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    """Discriminators."""
    home = f"{{_HOME}}.discriminator:Discriminator"
    return [Spec("{name}/waves", home, "A discriminator", modalities=("image",))]


@hookimpl
def mmgan_losses() -> list[Spec]:
    """Losses."""
    return [Spec("{name}/soft", f"{{_HOME}}.soft:Soft", "A softer loss")]
'''
COMMANDS = {
    "`mmgan-zoo ls`": ("-m", "mmgan_core.cli.main", "ls"),
    "`catalogue()`": ("-c", "from mmgan_core.plugins.catalogue import catalogue; catalogue()"),
}


def main() -> None:
    """Print a table of medians and ratios; exit with 1 if ten plugins cost too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--counts", type=int, nargs="+", default=[0, 10, 100])
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratches = {count: environment(Path(folder, str(count)), count) for count in wanted.counts}
        medians = measure(scratches, wanted.rounds)
    print(table(medians, wanted.counts))
    if any(
        medians[name, 10] > ALLOWED * medians[name, 0] for name in COMMANDS if (name, 10) in medians
    ):
        sys.exit(f"10 plugins cost more than {ALLOWED} times")


def environment(root: Path, count: int) -> Scratch:
    """A scratch environment with this number of plugins."""
    scratch = Scratch.make(root)
    for number in range(count):
        name, package = f"spark{number}", f"mmgan_spark{number}"
        files = {
            f"{package}/__init__.py": '"""A plugin."""\n',
            f"{package}/plugin.py": PLUGIN.format(name=name, package=package),
        }
        scratch.install(f"mmgan-{name}", files, {name: f"{package}.plugin"})
    return scratch


def measure(scratches: dict[int, Scratch], rounds: int) -> dict[tuple[str, int], float]:
    """Medians in seconds; the first round, which compiles, is left out."""
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds + 1):
        for name, command in COMMANDS.items():
            for count, scratch in scratches.items():
                began = time.perf_counter()
                subprocess.run([scratch.python, *command], check=True, capture_output=True)
                times.setdefault((name, count), []).append(time.perf_counter() - began)
    return {key: statistics.median(each[1:]) for key, each in times.items()}


def table(medians: dict[tuple[str, int], float], counts: list[int]) -> str:
    """Medians, and how many times the first count's they are."""
    heads = [f"{count} more plugins" for count in counts]
    lines = [f"| | {' | '.join(heads)} |", "| --- |" + " --- |" * len(counts)]
    for name in COMMANDS:
        first = medians[name, counts[0]]
        cells = [
            f"{1000 * medians[name, count]:.0f} ms ({medians[name, count] / first:.2f})"
            for count in counts
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
