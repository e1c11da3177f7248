"""How fast vocoders make sound of a canvas on one core, and in how much memory.

    pip install --no-deps vocos encodec einops      # best in an environment of its own
    python benchmarks/vocoder_speed.py

Every way makes 5 seconds at 8 kHz of a canvas of the recipe `speech` (40 bands, 128 samples a
frame): the generators of this toolkit with their default options, Griffin-Lim with 60 rounds, and
the network of Vocos (https://github.com/gemelo-ai/vocos), with as many weights as `audio/istft`.
All weights are random. Each way runs in a process of one thread, by turns; the least CPU time of
its calls counts, since what disturbs can only make it longer. Memory is the peak beyond that of the
libraries and weights.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

RATE, N_FFT, HOP, BANDS = 8000, 256, 128, 40
WIDTH = 116  # of Vocos: as many weights as `audio/istft`
OURS = ("audio/istft", "audio/hifi")
THEIRS, GRIFFIN_LIM = "Vocos 0.1.0", "Griffin-Lim, 60 rounds"


def made(way: str, seconds: float) -> tuple[Callable[[], Any], int]:
    """What makes the sound, and how many weights it has."""
    import torch

    from mmgan_audio.audio_modality import AudioModality
    from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
    from mmgan_core.plugins.catalogue import catalogue

    options = LogMelOptions(rate=RATE, n_fft=N_FFT, hop=HOP, bands=BANDS, seconds=seconds)
    mel = LogMelModality(options)
    canvas = torch.rand(1, *mel.space.shape) * 2 - 1
    if way == GRIFFIN_LIM:
        return lambda: mel.present(canvas), 0
    if way == THEIRS:
        try:
            from vocos.heads import ISTFTHead  # type: ignore[import-not-found,unused-ignore]
            from vocos.models import VocosBackbone  # type: ignore[import-not-found,unused-ignore]
        except ImportError as error:
            raise SystemExit(f"{error}: pip install --no-deps vocos encodec einops") from None
        backbone = VocosBackbone(BANDS, WIDTH, 3 * WIDTH, 6)
        network: Any = torch.nn.Sequential(backbone, ISTFTHead(WIDTH, N_FFT, HOP, "center"))
        frames = canvas[:, 0]
        return lambda: network(frames), sum(p.numel() for p in network.parameters())
    from mmgan_core.contracts import Condition, ConditionSpace

    frames_of = catalogue().load("encoder", "audio/mel-frames")
    encoder = frames_of(frames_of.Options(), mel)
    maps = encoder(
        {"prepared": mel.prepare([(torch.randn(int(seconds * RATE)).numpy(), RATE)])}
    ).maps
    assert maps is not None
    cls = catalogue().load("generator", way)
    length = maps.shape[-1] * HOP / RATE
    space = AudioModality(AudioModality.Options(rate=RATE, seconds=length)).space
    condition = ConditionSpace(
        0,
        map_channels=encoder.map_channels,
        map_shape=tuple(maps.shape[2:]),
        map_settings=((0, encoder.map_settings),),
    )
    network = cls(cls.Options(), space, condition).eval()
    nothing, given = torch.zeros(1, network.noise_dim), Condition(torch.zeros(1, 0), maps=maps)
    return lambda: network(nothing, given), sum(p.numel() for p in network.parameters())


def measure(way: str, seconds: float, calls: int) -> dict[str, float]:
    """Weights, CPU seconds of the quickest call, and peak memory in MB."""
    import torch

    torch.set_num_threads(1)
    with torch.inference_mode():
        make, weights = made(way, seconds)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        spent = []
        for _ in range(calls):
            began = time.process_time()
            make()
            spent.append(time.process_time() - began)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"weights": weights, "seconds": min(spent), "memory": peak}


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--calls", type=int, default=10, help="in each process")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--way", help="measure one way here, and print JSON")
    asked = options.parse_args()
    if asked.way:
        print(json.dumps(measure(asked.way, asked.seconds, asked.calls)))
        return
    ways = (*OURS, THEIRS, GRIFFIN_LIM)
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(asked.rounds):
        for way in ways:
            command = [sys.executable, __file__, "--way", way, "--seconds", str(asked.seconds)]
            command += ["--calls", str(asked.calls)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{way}: {done.stderr}")
            found[way].append(json.loads(done.stdout.splitlines()[-1]))
    print("| | weights | times real time | MB |\n| --- | --- | --- | --- |")
    for way, results in found.items():
        quickest = min(result["seconds"] for result in results)
        memory = min(result["memory"] for result in results)
        weights = f"{results[0]['weights']:,.0f}"
        print(f"| {way} | {weights} | {asked.seconds / quickest:.0f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
