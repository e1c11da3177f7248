"""The cost of our checks: pulling a model, against `snapshot_download` of the same repository.

    python benchmarks/pull.py MODEL                     # a Hub without latency
    python benchmarks/pull.py MODEL --latency 0.02      # each answer takes 20 ms, as over a network

Both take turns and use the tests' Hub on this machine. Each cold pull has a cache of its own, and
imports come before. Wanted: at most 1.2 times cold, 1.5 times warm.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

REPO = "alice/model"
Times = dict[tuple[str, str], list[float]]
Sent = dict[tuple[str, str], tuple[int, int]]


def timed(call: Callable[[], object]) -> float:
    """The seconds of a call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measured(model: Path, rounds: int, latency: float) -> tuple[Times, Sent]:
    """Seconds of every pull, and how many requests and bytes of files it took, by state and way."""
    import pytest
    from huggingface_hub import constants, snapshot_download

    from mmgan_core.zoo import costs
    from mmgan_core.zoo.pull import pull
    from tests.hub.client import turn
    from tests.hub.faults import Fault
    from tests.hub.server import Hub
    from tests.hub.wire import Answer, Request

    files = {
        path.relative_to(model).as_posix(): path.read_bytes()
        for path in model.rglob("*")
        if path.is_file()
    }
    ways: dict[str, Callable[[], object]] = {
        "plain": lambda: snapshot_download(REPO),
        "ours": lambda: pull(f"hf:{REPO}"),
    }
    times: Times = {}
    sent: Sent = {}
    with (
        tempfile.TemporaryDirectory() as place,
        Hub() as hub,
        pytest.MonkeyPatch.context() as patch,
    ):
        turn(patch, hub, Path(place) / "first")
        answer = hub.answer

        def later(request: Request) -> tuple[Answer, Fault | None]:
            time.sleep(latency)
            return answer(request)

        patch.setattr(hub, "answer", later)
        patch.setattr(costs, "entries", list)  # as if no index vouched for it
        hub.put(REPO, files)
        pull(f"hf:{REPO}")  # imports
        for number in range(rounds):
            for name, way in ways.items():
                home = Path(place) / f"{name}-{number}"
                patch.setattr(constants, "HF_HUB_CACHE", str(home))
                patch.setenv("MMGAN_CACHE", str(home / "mmgan"))
                for state in ("cold", "warm", "offline"):
                    patch.setattr(constants, "HF_HUB_OFFLINE", state == "offline")
                    before = len(hub.requests)
                    times.setdefault((state, name), []).append(timed(way))
                    calls = hub.requests[before:]
                    fetched = sum(len(files[n]) for n in files) if state == "cold" else 0
                    sent[state, name] = (len(calls), fetched)
                patch.setattr(constants, "HF_HUB_OFFLINE", False)
    return times, sent


def main() -> None:
    """Pull both ways and print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds to each answer")
    options = parser.parse_args()
    times, sent = measured(options.model, options.rounds, options.latency)
    print("| | plain | ours | ratio | requests (plain, ours) | bytes of files |")
    print("| --- | --- | --- | --- | --- | --- |")
    for state in ("cold", "warm", "offline"):
        plain, ours = (statistics.median(times[state, name]) for name in ("plain", "ours"))
        counts = [sent[state, name][0] for name in ("plain", "ours")]
        print(
            f"| {state} | {plain * 1e3:.0f} ms | {ours * 1e3:.0f} ms | {ours / plain:.2f} "
            f"| {counts[0]}, {counts[1]} | {sent[state, 'ours'][1]:,} |"
        )


if __name__ == "__main__":
    main()
