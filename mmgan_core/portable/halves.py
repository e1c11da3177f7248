"""Weights in half precision in a graph, where that changes none of them: half the size to load.

Models that were exported with ``--half`` have such weights. The engine turns them into single
precision when it loads the graph, so that it computes as before.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

_LEAST = 1024  # numbers: of fewer, the operation that turns them back takes as much


def store_halves(graph: Path) -> None:
    """Rewrite a graph with half the bytes for each weight that half precision holds exactly."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(graph)
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != TensorProto.FLOAT:
            continue
        numbers = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            halves = numbers.astype(np.float16)
        if numbers.size < _LEAST or not np.array_equal(halves.astype(np.float32), numbers):
            continue
        name, half = weight.name, f"{weight.name}.half"
        weight.CopyFrom(numpy_helper.from_array(halves, half))
        casts.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, graph)
