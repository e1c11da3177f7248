"""The check of a GPU, in its small form on the CPU: it must work on the day that one is at hand."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from rich.console import Console

from mmgan_core import load_recipe
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import save_checkpoint
from scripts import (
    checkout,
    gpu_budget,
    gpu_cases,
    gpu_check,
    gpu_loops,
    gpu_machine,
    gpu_parts,
    gpu_wheels,
)
from scripts.gpu_budget import Budget
from scripts.gpu_cases import Case
from scripts.gpu_parts import Bench, Facts, Wrong

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
PARTS = ["prepare", "train", "resume", "bf16", "compiled", "generate", "evaluate"]
FEW = PARTS[:4]
LOOPS = ["bare loop", "ours", "bare loop bf16", "ours bf16", "ours compiled"]
OTHERS = ["stylegan2-pytorch", "lightweight-gan"]
CASE = Case("one", {}, {})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(CPU, True, tmp_path, gpu_cases.TINY)


def test_the_tiny_form(tmp_path: Path) -> None:
    file = tmp_path / "out" / "check.json"
    command = [
        sys.executable,
        ROOT / "scripts" / "gpu_check.py",
        "--tiny",
        "--out",
        file,
        "--seconds",
        "0.5",
        "--note",
        "a test",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads(file.read_text("utf-8"))
    assert (found["failed"], found["device"], found["form"]) == ([], "cpu", "tiny")
    assert found["versions"]["torch"] == torch.__version__.partition("+")[0]
    assert found["note"] == "a test"
    rows = {(row["recipe"], row["part"]): row for row in found["parts"]}
    assert list(rows) == [
        *(("gpu-r3gan", part) for part in LOOPS + OTHERS),
        *(("digits-28", part) for part in PARTS if part != "compiled"),
        *(("emoji", part) for part in PARTS),
        *((recipe, part) for recipe in ("emoji-repair", "speech") for part in FEW),
    ]
    assert set(found["compared"]) == {"ours", "ours compiled", "ours bf16"}
    for (recipe, part), row in rows.items():
        if part in OTHERS:
            assert row["outcome"] == "skipped"
            continue
        assert row["outcome"] == "ok", row
        assert ("synthetic data" in row["says"]) == (recipe in ("emoji", "emoji-repair", "speech"))
        assert row["seconds"] > 0
        assert row["peak_mb"]["process"] is None or row["peak_mb"]["process"] > 50
        if part in LOOPS:
            assert ("flops_per_step" in row) == (part != "ours compiled")
        if part in ("train", "bf16", "compiled", "generate", *LOOPS):
            assert row["samples_per_second"] > 0
        if part in ("train", "bf16"):
            assert row["samples"] >= gpu_cases.TINY.first * row["batch"] == 40
            assert row["metrics"]["health"]
        if part == "resume":
            assert row["cut_off"] == {"same_bits": True, "largest": 0, "where": ""}
        if part == "evaluate":
            assert "Fréchet distance, given nothing" in row["numbers"]
        assert "cannot be compiled" not in done.stderr
        assert row["says"] in " ".join(done.stdout.split()) or len(row["says"]) > 40
        assert f"{recipe}: {part}" in done.stderr


def raising(error: BaseException) -> Callable[[Bench, Case], Facts]:
    def part(bench: Bench, case: Case) -> Facts:
        raise error

    return part


def planted(bench: Bench, monkeypatch: pytest.MonkeyPatch, **parts: object) -> dict[str, Facts]:
    fine: Facts = {"says": "done"}
    every = {name: lambda bench, case: dict(fine) for name in PARTS} | parts
    monkeypatch.setattr(gpu_check, "parts", lambda device: every)
    quiet = Console(quiet=True)
    return {row["part"]: row for row in gpu_check.check(bench, [CASE], quiet, Budget(1_000))}


def test_a_part_that_fails_stops_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = planted(bench, monkeypatch, train=raising(RuntimeError("CUDA error: none\nmore")))
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "prepare": "ok",
        "train": "failed",
        "resume": "ok",
        "bf16": "ok",
        "compiled": "ok",
        "generate": "not tried",
        "evaluate": "not tried",
    }
    assert rows["train"]["says"] == "RuntimeError: CUDA error: none"
    assert "in part\n    raise error" in rows["train"]["traceback"]
    assert rows["generate"]["says"] == "train has to work first"


def test_a_missing_package_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = ModuleNotFoundError("No module named 'librosa.filters'", name="librosa.filters")
    rows = planted(bench, monkeypatch, prepare=raising(missing))
    assert rows["prepare"]["says"] == "librosa is not installed: pip install librosa"
    assert {row["outcome"] for row in rows.values()} == {"failed", "not tried"}


def test_ctrl_c_ends_it_with_what_is_known(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = planted(bench, monkeypatch, resume=raising(KeyboardInterrupt()))
    assert [row["outcome"] for row in rows.values()] == ["ok", "ok"] + 5 * ["not tried"]
    assert rows["bf16"]["says"] == "the check was stopped"


def test_a_failure_is_in_table_and_json_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"says": "bits differ", "largest": float("nan")}
    parts = {"resume": raising(Wrong(facts)), "bf16": lambda bench, case: {"says": "well"}}
    monkeypatch.setattr(gpu_check, "parts", lambda device: parts)
    monkeypatch.setattr(gpu_loops, "loops", lambda device: {})
    monkeypatch.setattr(sys, "argv", ["gpu_check", "--tiny"])
    monkeypatch.setattr(sys, "path", sys.path[:])
    assert gpu_check.main() == 1
    table, brace, text = capsys.readouterr().out.partition("{")
    assert "bits differ" in table
    found = json.loads(brace + text)
    assert found["failed"] == [
        f"{recipe}: resume" for recipe in ("digits-28", "emoji", "emoji-repair", "speech")
    ]
    assert found["parts"][0]["largest"] == "NaN"


def test_what_is_known_is_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new" / "check.json"

    def second(bench: Bench, case: Case) -> Facts:
        known = json.loads(file.read_text("utf-8"))["parts"][-1]
        return {"says": f"after {known['part']} of {known['recipe']}"}

    parts = {"prepare": lambda bench, case: {"says": "done"}, "train": second}
    monkeypatch.setattr(gpu_check, "parts", lambda device: parts)
    monkeypatch.setattr(gpu_loops, "loops", lambda device: {})
    monkeypatch.setattr(sys, "argv", ["gpu_check", "--tiny", "--out", str(file)])
    monkeypatch.setattr(sys, "path", sys.path[:])
    assert gpu_check.main() == 0
    says = [row["says"] for row in json.loads(file.read_text("utf-8"))["parts"]]
    assert says[:2] == ["done", "after prepare of digits-28"]
    assert says[2] == "done; synthetic data"
    assert "{" not in capsys.readouterr().out


def saved(run: Path, **changes: float) -> Path:
    tensors = {"weights": {"a": torch.ones(3), "b": torch.zeros(2)}, "ema": {"a": torch.ones(3)}}
    for name, change in changes.items():
        tensors["weights"][name][0] += change
    save_checkpoint(run / "checkpoints" / "000000000008", tensors, {"samples": 8})
    return run


def test_where_two_runs_differ(tmp_path: Path) -> None:
    one = saved(tmp_path / "one")
    same = gpu_parts.differences(one, saved(tmp_path / "same"))
    assert same == {"same_bits": True, "largest": 0, "where": ""}
    other = gpu_parts.differences(one, saved(tmp_path / "other", a=0.25, b=-0.5))
    assert other == {"same_bits": False, "largest": 0.5, "where": "weights: b"}
    # A zero of the other sign is as large, and not the same bits.
    zero = saved(tmp_path / "zero", b=0.0)
    signed = saved(tmp_path / "signed")
    tensors = {"weights": {"a": torch.ones(3), "b": -torch.zeros(2)}, "ema": {"a": torch.ones(3)}}
    save_checkpoint(signed / "checkpoints" / "000000000016", tensors, {"samples": 8})
    assert gpu_parts.differences(zero, signed) == {"same_bits": False, "largest": 0, "where": ""}
    broken = gpu_parts.differences(one, saved(tmp_path / "broken", a=float("nan")))
    assert broken == {"same_bits": False, "largest": float("inf"), "where": "weights: a"}


@pytest.mark.parametrize(
    ("device", "cut", "twice", "right"),
    [
        ("cpu", 0.0, 0.0, True),
        ("cpu", 0.1, 0.0, False),
        ("cpu", 0.1, 0.1, False),
        ("cuda", 0.1, 0.0, False),
        ("cuda", 0.1, 0.1, True),  # what is not the same twice cannot be gone on with so
    ],
)
def test_what_going_on_must_keep(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    cut: float,
    twice: float,
    right: bool,
) -> None:
    trained: list[tuple[str, int, bool]] = []

    def train(recipe: Recipe, run: Path, bench: Bench, *, resume: bool = False) -> None:
        trained.append((run.name, recipe.train.samples, resume))

    def differences(one: Path, other: Path) -> Facts:
        away = cut if other.name.endswith("parts") else twice
        return {"same_bits": not away, "largest": away, "where": "ema: a"}

    monkeypatch.setattr(gpu_parts, "_train", train)
    monkeypatch.setattr(gpu_parts, "differences", differences)
    bench = Bench(torch.device(device), False, tmp_path, gpu_cases.TINY)
    case = Case("digits", {}, {"train.batch_size": 8})
    if right:
        gpu_parts.resume(bench, case)
    else:
        with pytest.raises(Wrong, match=r"5 \+ 5 steps differ from 10 by 0\.1 \(ema: a\)"):
            gpu_parts.resume(bench, case)
    name = "digits-resume"
    assert trained == [
        (f"{name}-whole", 80, False),
        (f"{name}-again", 80, False),
        (f"{name}-parts", 40, False),
        (f"{name}-parts", 80, True),
    ]


def test_algorithms_are_chosen_anew_afterwards(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    asked = torch.are_deterministic_algorithms_enabled

    def resumed(bench: Bench, case: Case, what: str) -> Facts:
        seen.append((what, asked()))
        return {"says": ""}

    monkeypatch.setattr(gpu_parts, "_resumed", resumed)
    gpu_parts.resume_deterministic(bench, CASE)
    assert seen == [("deterministic", True)]
    assert not asked()
    assert "resume deterministic" in gpu_check.parts(torch.device("cuda"))
    assert "resume deterministic" not in gpu_check.parts(CPU)


def test_samples_unlike_the_cpus_are_wrong(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Made:
        def __init__(self, device: object) -> None:
            self.off = 0.0 if device == "cpu" else 0.2

        def generate(self, *, count: int, **given: str) -> SimpleNamespace:
            return SimpleNamespace(tensors={"image": torch.full((count, 1, 2, 2), self.off)})

    monkeypatch.setattr("mmgan_core.api.load", lambda name, device="cpu": Made(device))
    with pytest.raises(Wrong, match=r"at most 0\.2"):
        gpu_parts.generate(bench, CASE)


def test_a_training_fills_its_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By a clock of its own; the first steps are slow, as on a GPU."""
    clock = 0.0
    goals = [0]
    rates = iter([10, 20, 40, 80, 50, 25])

    def train(recipe: Recipe, run: Path, bench: Bench, *, resume: bool = False) -> None:
        nonlocal clock
        assert resume == (len(goals) > 1)
        rate = next(rates)
        clock += (recipe.train.samples - goals[-1]) / rate
        goals.append(recipe.train.samples)
        run.mkdir(exist_ok=True)
        row = {"samples": goals[-1], "rate": rate, "image/d": 1.0, "image/g": 2.0}
        (run / "metrics.jsonl").write_text(json.dumps({**row, "health": {"image": "healthy"}}))

    monkeypatch.setattr(gpu_parts, "_train", train)
    monkeypatch.setattr(gpu_parts.time, "perf_counter", lambda: clock)
    case = Case("digits", {}, {"train.batch_size": 8})
    facts = gpu_parts._train_for(20.05, bench, case, tmp_path / "run", {})
    # Half of what is left, by the rate before: of 20 s the first 40 samples take 4; in half of the
    # rest there is time for 80 more, which take 4; and so on. At last there is time for 64.
    assert goals == [0, 40, 120, 240, 416, 688, 752]
    assert clock == pytest.approx(21.2)
    assert facts["samples_per_second"] == 50  # of the longest stretch, neither first nor last
    assert facts["samples"] == 752
    assert gpu_parts._losses(facts) == "752 samples, D 1.00 G 2.00, healthy"


def test_a_number_that_is_not_finite_is_wrong(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {"samples": 40, "rate": 1.0, "image/d": float("inf"), "image/g": 2.0, "health": {}}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(row))
    monkeypatch.setattr(gpu_parts, "_train", lambda *_, **__: None)
    with pytest.raises(Wrong, match="not finite"):
        gpu_parts._train_for(1.0, bench, Case("digits", {}, {}), tmp_path, {})


def test_the_full_form_changes_what_its_recipes_have(tmp_path: Path) -> None:
    for pack in ("handwritten-digits", "spoken-digits", "emoji-captions"):
        (tmp_path / pack).mkdir()
    cases = gpu_cases.full(tmp_path, tmp_path / "made")
    large, digits, *others = (load_recipe(case.recipe, **case.changes) for case in cases)
    assert [case.data for case in cases] == ["embedded", *4 * ["pack"]]
    assert large.train.batch_size == 512
    sources = digits.data.model_dump()["sources"]
    assert [s["use"].split("/")[-1] for s in sources] == ["handwritten-digits", "spoken-digits"]
    assert sources[0]["names"]["label"][3] == "three"
    assert [one.data.use.split("/")[-1] for one in others] == [
        "emoji-captions",
        "emoji-captions",
        "spoken-digits",
    ]
    for recipe, case in zip((digits, *others), cases[1:], strict=True):
        assert set(case.given) <= set(recipe.given)
        # The first stretch of a training writes a line of metrics.
        assert recipe.train.log_every is not None
        assert recipe.train.log_every <= gpu_cases.FULL.first * recipe.train.batch_size


def test_packs_that_are_absent_have_stand_ins(tmp_path: Path) -> None:
    cases = gpu_cases.full(tmp_path / "none", tmp_path / "made")
    assert [case.data for case in cases] == ["embedded", "embedded", *3 * ["synthetic"]]
    for case in cases:
        load_recipe(case.recipe, **case.changes)
    assert (tmp_path / "made" / "sounds" / "train.parquet").is_file()


def test_when_the_time_is_over_the_rest_is_skipped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_budget, "LEAST", 0.1)
    seconds = []

    def train(bench: Bench, case: Case) -> Facts:
        seconds.append(bench.size.seconds)
        time.sleep(30)
        return {"says": "done"}

    fine = {name: lambda bench, case: {"says": "done"} for name in PARTS}
    monkeypatch.setattr(gpu_check, "parts", lambda device: {**fine, "train": train})
    found = gpu_check.check(bench, [CASE], Console(quiet=True), Budget(1.5))
    rows = {row["part"]: row for row in found}
    assert [row["outcome"] for row in rows.values()] == ["ok", *6 * ["skipped"]]
    assert rows["train"]["says"].startswith("broken off: the 0.025 minutes of the check are over")
    assert rows["resume"]["says"] == "the 0.025 minutes of the check are over"
    assert seconds == [pytest.approx(0.75, abs=0.1)], "half of what is left, instead of a second"
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_only_wheels_that_are_lacking_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gpu_wheels.asked(["--tiny", "--wheels", "w"]) == Path("w")
    assert gpu_wheels.asked(["--wheels=w"]) == Path("w")
    assert gpu_wheels.brought(["--tiny"]) == []
    with pytest.raises(SystemExit, match="there are no wheels"):
        gpu_wheels.brought(["--wheels", str(tmp_path)])
    for name in ("numpy", "nobody_has_this"):
        (tmp_path / f"{name}-1.0-py3-none-any.whl").touch()
    asked: list[list[str]] = []

    def run(command: list[str], *, check: bool) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(returncode=len(asked) - 1)

    monkeypatch.setattr(gpu_wheels.subprocess, "run", run)
    (site,) = gpu_wheels.brought(["--wheels", str(tmp_path)])
    assert Path(site).is_dir()
    assert asked[0][-1] == str(tmp_path / "nobody_has_this-1.0-py3-none-any.whl")
    assert "numpy" not in " ".join(asked[0])
    with pytest.raises(SystemExit, match="pip could not install"):
        gpu_wheels.brought(["--wheels", str(tmp_path)])


class Tracking:
    """A trainer of another project, as far as it is used, that notes what it is asked."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, **options: Any) -> None:
        self.asked.append(options)
        self.is_main, self.steps = True, 0

    def set_data_src(self, folder: str) -> None:
        assert len(list(Path(folder).glob("*.png"))) >= self.asked[-1]["batch_size"]

    def train(self) -> None:
        assert not self.is_main, "it would draw a sheet"


@pytest.mark.parametrize("project", OTHERS)
def test_another_project_trains_and_does_nothing_else(
    bench: Bench, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its package is: it needs a GPU and aim when it is imported, which is not installed."""
    module = project.replace("-", "_")
    inner = tmp_path / "site" / module / f"{module}.py"
    inner.parent.mkdir(parents=True)
    (inner.parent / "__init__.py").touch()
    inner.write_text(
        "import aim\nfrom tests.scripts.test_gpu_check import Tracking as Trainer\n", "utf-8"
    )
    (case, *_) = gpu_cases.tiny(tmp_path / "made")
    with pytest.raises(gpu_parts.Skipped, match="on a GPU only"):
        gpu_loops.other(bench, case, module)
    bench = replace(bench, device=SimpleNamespace(type="cuda"))
    monkeypatch.setattr(gpu_loops, "_wait", lambda device: None)
    with pytest.raises(gpu_parts.Skipped, match="cannot be imported"):
        gpu_loops.other(bench, case, module)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    facts = gpu_loops.other(bench, case, module)
    assert facts["samples_per_second"] > 0
    # The other takes it for an option of its networks.
    assert Tracking.asked[-1].get("use_aim") is (False if project == "lightweight-gan" else None)
    assert "aim" not in sys.modules


def test_the_peak_of_a_card() -> None:
    h100 = "NVIDIA H100 80GB HBM3"
    assert gpu_machine.peak_of(h100, "bf16", tf32=True) == 989e12
    assert gpu_machine.peak_of(h100, "fp32", tf32=True) == 495e12
    assert gpu_machine.peak_of(h100, "fp32", tf32=False) == 67e12
    assert gpu_machine.peak_of("NVIDIA L40S", "bf16", tf32=True) == 362e12
    assert gpu_machine.peak_of("Tesla of 2090", "bf16", tf32=True) is None


def test_how_much_faster_ours_is() -> None:
    rates = {"ours": 30.0, "bare loop": 20.0, "ours bf16": 50.0}
    rows = [{"part": name, "samples_per_second": rate} for name, rate in rates.items()]
    assert gpu_check.compared(rows) == {"ours": 1.5}


def test_what_is_not_installed_is_announced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(checkout, "_installed", lambda name: name == "mmgan-text")
    names = checkout.use(tmp_path)
    others = ["mmgan-objectives", "mmgan-image", "mmgan-audio", "mmgan-echo", "mmgan-onnx"]
    assert names == ["mmgan-zoo", *others]
    assert str(tmp_path) in sys.path
    found = {one.name: one for one in metadata.distributions(path=[str(tmp_path)])}
    assert set(found) == set(names)
    for name, one in found.items():
        real = metadata.distribution(name)
        assert one.version == real.version
        points, wanted = (
            {(p.group, p.name, p.value) for p in d.entry_points if "mmgan" in p.group}
            for d in (one, real)
        )
        assert points == wanted
