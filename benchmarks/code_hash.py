"""The time that the hashes of code take, which tell whether prepared tensors may be used again.

    python benchmarks/code_hash.py

Each round is a new process, in which nothing is remembered; wanted: at most 50 ms.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
PROGRAM = """
import time
from mmgan_core.foundation.code_hash import code_hash
from mmgan_core.plugins.catalogue import catalogue

modalities = [("modality", name) for name in ("core/label", "image/image", "audio/audio")]
encoders = [("encoder", name) for name in ("core/label-embedding", "image/conv", "audio/mel-conv")]
classes = [catalogue().load(kind, name) for kind, name in (*modalities, *encoders)]
began = time.process_time()
for cls in classes:
    code_hash(cls)
print(time.process_time() - began)
"""


def main() -> None:
    """Print the median and the smallest time for three modalities and three encoders together."""
    command = [sys.executable, "-c", PROGRAM]
    times = [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) * 1000
        for _ in range(ROUNDS)
    ]
    print(f"median {statistics.median(times):.0f} ms, smallest {min(times):.0f} ms")


if __name__ == "__main__":
    main()
