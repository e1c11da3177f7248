"""Folders for other engines: written, checked, and refused where anything in them was changed."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest

from mmgan_core import load
from mmgan_core.errors import IntegrityError, MmganError, UsageError
from mmgan_core.foundation.files import file_hash
from mmgan_core.portable.checked import check, is_written
from mmgan_core.portable.onnx_format import write_small
from mmgan_core.portable.parity import Case, read_cases, write_cases
from mmgan_core.portable.sampler import READERS
from mmgan_core.portable.written import TOLERANCE, write

MODELS = Path(__file__).parent.parent.parent / "zoo" / "models"
ZOO = sorted(folder.name for folder in MODELS.iterdir() if folder.is_dir())


@pytest.fixture(scope="module", params=["onnx", "torch"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("portable") / "tiny"
    write(load("tiny-dense"), out, request.param)
    return out


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def described(folder: Path) -> Path:
    return next(folder / name for name in ("onnx.json", "torch.json") if (folder / name).is_file())


def test_it_is_checked(folder: Path) -> None:
    assert is_written(folder)
    assert [what for what, _ in check(folder)] == ["files", "samples"]
    assert json.loads(described(folder).read_text())["parity"]["float32"] <= TOLERANCE


def test_batches_of_other_sizes_were_compared(folder: Path) -> None:
    """Of each size with everything given, and some with nothing."""
    cases = read_cases(folder / "parity.npz")
    whole = [case for case in cases if case.fed["given.image.present"]]
    assert {len(case.made[0]) for case in whole} == {1, 3, 5}
    assert len(whole) < len(cases)


def test_nothing_of_the_machine_is_in_a_graph(folder: Path) -> None:
    """Tracers note the file and the line of each operation."""
    for graph in folder.glob("*.onnx"):
        assert b".py" not in graph.read_bytes()


def test_a_changed_file_is_noticed(copy: Path) -> None:
    graph = next(copy.glob("model.*"))
    graph.write_bytes(graph.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError, match="another hash"):
        list(check(copy))


def test_a_program_of_another_computer_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted mistake: a program whose size is Python that writes a file when it is opened."""
    write(load("tiny-dense"), tmp_path / "out", "torch")
    program, told = tmp_path / "out" / "model.pt2", tmp_path / "told"
    hostile(program, f"__import__('pathlib').Path({str(told)!r}).touch()")
    said = json.loads(described(tmp_path / "out").read_text())
    said["files"]["model.pt2"]["sha256"] = file_hash(program)
    described(tmp_path / "out").write_text(json.dumps(said))
    with pytest.raises(IntegrityError, match="was not written on this computer"):
        list(check(tmp_path / "out"))
    assert not told.exists()
    monkeypatch.setattr("mmgan_core.portable.torch_format.refuse_foreign", lambda file: None)
    with pytest.raises(MmganError):
        list(check(tmp_path / "out"))
    assert told.exists(), "torch evaluates such sizes no longer: plant another one"


def hostile(program: Path, code: str) -> None:
    """Put code in the place of a free size of a program."""
    with zipfile.ZipFile(program) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    (name,) = (name for name in members if name.endswith("models/model.json"))
    graph = json.loads(members[name])

    def changed(node: object) -> object:
        if isinstance(node, dict):
            return {k: code if k == "expr_str" else changed(v) for k, v in node.items()}
        return [changed(one) for one in node] if isinstance(node, list) else node

    members[name] = json.dumps(changed(graph)).encode()
    with zipfile.ZipFile(program, "w") as archive:
        for one, content in members.items():
            archive.writestr(one, content)


def test_other_samples_are_noticed(copy: Path) -> None:
    """The planted mistake: noise in another order than that of the recorded samples."""
    cases = [
        Case(
            {n: rows[::-1] if n.startswith("noise.") else rows for n, rows in case.fed.items()},
            case.made,
        )
        for case in read_cases(copy / "parity.npz")
    ]
    write_cases(cases, copy / "parity.npz")
    said = json.loads(described(copy).read_text())
    said["files"]["parity.npz"]["sha256"] = file_hash(copy / "parity.npz")
    described(copy).write_text(json.dumps(said))
    with pytest.raises(IntegrityError, match="does not make what torch made"):
        list(check(copy))


def test_a_folder_that_is_there_is_kept(folder: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        write(load("tiny-dense"), folder, "onnx")


def test_formats_are_known_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format 'tflite'"):
        write(load("tiny-dense"), tmp_path / "out", "tflite")
    with pytest.raises(UsageError, match="--int8 is of the format onnx"):
        write(load("tiny-dense"), tmp_path / "out", "torch", int8=True)


def graph_of_two(folder: Path) -> Path:
    """Two products one after the other; what leads to the numbers ``readers.`` is frozen."""
    rng = np.random.default_rng(0)
    numbers = {
        "val_1": rng.normal(size=(64, 64)).astype(np.float32),
        "readers.0.weight": rng.normal(size=(64,)).astype(np.float32),
        "val_2": rng.normal(size=(64, 64)).astype(np.float32),
    }
    steps = [
        ("MatMul", ["fed", "val_1"], "read"),
        ("Mul", ["read", "readers.0.weight"], "normed"),
        ("MatMul", ["normed", "val_2"], "made"),
    ]
    nodes = [onnx.helper.make_node(op, of, [to], name=to) for op, of, to in steps]
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", 64])
        for name in ("fed", "made")
    ]
    weights = [onnx.numpy_helper.from_array(rows, name) for name, rows in numbers.items()]
    graph = onnx.helper.make_graph(nodes, "two", ends[:1], ends[1:], weights)
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "two")
    return folder / "two"


@pytest.mark.parametrize(("only", "left"), [("", set()), (READERS, {"val_2"})])
def test_frozen_networks_alone_can_be_of_8_bits(tmp_path: Path, only: str, left: set[str]) -> None:
    small = tmp_path / "small"
    assert write_small(graph_of_two(tmp_path), small, only=only)
    kept = {one.name for one in onnx.load(small).graph.initializer}
    assert kept & {"val_1", "val_2"} == left


def test_nothing_is_written_where_nothing_is_frozen(tmp_path: Path) -> None:
    small = tmp_path / "small"
    assert not write_small(graph_of_two(tmp_path), small, only="nobody.")
    assert not small.exists()


def test_what_no_other_engine_can_make_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"summaries cannot be exported.* description: language_model"
    ):
        write(load("summaries"), tmp_path / "out", "onnx")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ZOO if name != "summaries"])
def test_every_model_of_the_zoo_is_written(name: str, tmp_path: Path) -> None:
    said = write(load(name), tmp_path / "out", "onnx").said
    assert np.isfinite(said["parity"]["float32"])
    assert len(list(check(tmp_path / "out"))) == 2
