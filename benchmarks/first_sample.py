"""What a person waits for: the CPU time of loading a model and making its first sample, then 128.

    python benchmarks/first_sample.py [MODEL ...]

Each in an interpreter of its own, on one thread, best of three; imports count.
"""

from __future__ import annotations

import json
import subprocess
import sys

ROUNDS = 3
CODE = """
import json, sys, time
import mmgan_core
import torch
torch.set_num_threads(1)
model = mmgan_core.load(sys.argv[1])
dict(model.generate(count=1))  # values are decoded when they are asked for
first = time.process_time()
dict(model.generate(count=128))
print(json.dumps([first, time.process_time() - first]))
"""


def main() -> None:
    """Print a row for each model."""
    print("| model | load and first sample, s | 128 samples, s |\n|---|---:|---:|")
    for name in sys.argv[1:] or ["digits-28", "emoji"]:
        rows = [
            json.loads(subprocess.check_output([sys.executable, "-c", CODE, name]))
            for _ in range(ROUNDS)
        ]
        first, many = (min(column) for column in zip(*rows, strict=True))
        print(f"| {name} | {first:.2f} | {many:.3f} |")


if __name__ == "__main__":
    main()
