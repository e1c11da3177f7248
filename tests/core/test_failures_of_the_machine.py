"""What the machine fails at is told as such; only what is a bug is called one."""

from __future__ import annotations

import errno
import json
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
import torch

from mmgan_core.cli import main
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.failures import failure_of_the_machine
from mmgan_core.runs.checkpoint import STATE, load_checkpoint, save_checkpoint
from mmgan_core.runs.run_directory import read_lock
from mmgan_core.training.interruption import Interruption
from mmgan_core.training.processes import Processes
from mmgan_core.zoo.hub_errors import HubError, hub_errors_explained

FAILURES: dict[str, tuple[Exception, str]] = {
    "memory": (MemoryError(), "memory of this machine is full"),
    "numpy": (MemoryError("Unable to allocate 9 GiB"), "memory of this machine is full"),
    "torch": (
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        "memory of this machine is full",
    ),
    "CUDA": (torch.OutOfMemoryError("CUDA out of memory. Tried"), "memory of the GPU is full"),
    "MPS": (RuntimeError("MPS backend out of memory (allocated)"), "memory of the GPU is full"),
    "cuBLAS": (
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"),
        "memory of the GPU is full",
    ),
    "a fork": (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory of this machine is full"),
    "a worker": (
        RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."),
        "has ended",
    ),
    "a pool": (
        BrokenProcessPool("A process in the process pool was terminated abruptly"),
        "has ended",
    ),
    "a pipe": (BrokenPipeError(errno.EPIPE, "Broken pipe"), "has ended"),
    "an end": (EOFError(), "has ended"),
    "a peer": (RuntimeError("[gloo] Connection closed by peer [127.0.0.1]:5"), "has ended"),
    "a disk": (OSError(errno.ENOSPC, "No space left on device"), "nothing can be written"),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("inside", [False, True])
def test_each_failure_has_a_sentence_of_its_own(
    name: str, inside: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error, said = FAILURES[name]

    def fails(**_: object) -> None:
        if inside:
            raise ValueError("a batch cannot be made") from error
        raise error

    monkeypatch.setattr(main.typer.main, "get_command", lambda app: fails)
    with pytest.raises(SystemExit) as end:
        main.run()
    assert end.value.code == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "bug" not in shown


def test_a_bug_is_still_one() -> None:
    for error in (ValueError("x"), KeyError("y"), RuntimeError("shape mismatch")):
        assert failure_of_the_machine(error) is None


def test_an_answer_that_is_no_json_is_no_bug() -> None:
    for error in (
        json.JSONDecodeError("Expecting value", "<html>", 0),
        KeyError("sha"),
        TypeError(),
    ):
        with pytest.raises(HubError, match="no Hub"), hub_errors_explained("a/b"):
            raise error


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"stretches": 3}', "\x00", "[" * 9999])
def test_a_damaged_lock_is_told_as_such(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock.json").write_text(content, encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"lock\.json is damaged"):
        read_lock(tmp_path)


@pytest.mark.parametrize("key", ["samples", "step", "seed"])
def test_the_counters_of_a_checkpoint_are_hashed(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "checkpoints" / "000000001"
    folder.parent.mkdir()
    save_checkpoint(folder, {"ema": {"x": torch.ones(2)}}, {"samples": 64, "step": 2, "seed": 0})
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    assert load_checkpoint(folder)[1]["samples"] == 64
    (folder / STATE).write_text(json.dumps({**state, key: 7}), encoding="utf-8")
    with pytest.raises(IntegrityError, match="its counters do not match"):
        load_checkpoint(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_schedulers_may_say_it_twice_and_terminals_may_close() -> None:
    # Processes of a test runner may ignore Ctrl-C.
    ctrl_c = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    with Interruption() as interruption:
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGTERM):
            signal.raise_signal(number)
            assert interruption.signal == number
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, ctrl_c)
    assert {number: signal.getsignal(number) for number in before} == before


def test_one_process_in_place_of_several_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # What accelerate launch --cpu --num_processes 2 sets.
    monkeypatch.setenv("ACCELERATE_USE_CPU", "True")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", "29500")
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(UsageError, match="asked for several processes, and started one"):
        Processes(cpu=True)
