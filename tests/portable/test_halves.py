"""Weights that half precision holds exactly take half the room, and a graph makes the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mmgan_core.portable.halves import store_halves

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def graph(file: Path, weights: npt.NDArray[np.float32]) -> Path:
    """A graph that multiplies by weights, and holds a few numbers more."""
    few = np.ones(weights.shape[1], np.float32)
    row = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", len(weights)])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    nodes = [
        onnx.helper.make_node("MatMul", ["x", "w"], ["z"]),
        onnx.helper.make_node("Add", ["z", "b"], ["y"]),
    ]
    kept = [onnx.numpy_helper.from_array(array, n) for n, array in (("w", weights), ("b", few))]
    whole = onnx.helper.make_graph(nodes, "g", [row], [out], kept)
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(whole, opset_imports=opset, ir_version=10), file)
    return file


def made(file: Path, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    found: npt.NDArray[np.float32] = session.run(None, {"x": rows})[0]
    return found


def test_exact_halves_take_half_the_room(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(64, 64)).astype(np.float16).astype(np.float32)
    file, rows = graph(tmp_path / "g.onnx", weights), random.normal(size=(3, 64)).astype(np.float32)
    before, size = made(file, rows), file.stat().st_size
    store_halves(file)
    np.testing.assert_array_equal(made(file, rows), before)
    assert file.stat().st_size < 0.6 * size


@pytest.mark.parametrize("large", [1.0, 1e6])
def test_other_weights_stay(tmp_path: Path, large: float) -> None:
    weights = (large * np.random.default_rng(0).normal(size=(64, 64))).astype(np.float32)
    file = graph(tmp_path / "g.onnx", weights)
    store_halves(file)
    assert {one.name for one in onnx.load(file).graph.initializer} == {"w", "b"}
