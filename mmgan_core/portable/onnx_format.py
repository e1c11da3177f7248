"""The format `onnx`: one graph, which onnxruntime runs in many languages."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch.export import ExportedProgram

from mmgan_core.errors import MmganError
from mmgan_core.portable.parity import Arrays, Engine
from mmgan_core.portable.sampler import PRIOR, Sampler

if TYPE_CHECKING:
    from onnx_ir import Graph  # type: ignore[import-not-found,unused-ignore]

DESCRIPTION = "onnx.json"
GRAPH, SMALL = "model.onnx", "model.int8.onnx"
# Not of convolutions, which are slower in 8 bits than in floats.
_SMALL_OPERATIONS = ["MatMul", "Gemm", "Gather"]
_MISSING = "pip install 'mmgan-zoo[onnx]'"


def write_graph(program: ExportedProgram, sampler: Sampler, file: Path) -> None:
    """Translate a program into a graph of ONNX, with its weights inside.

    Raises:
        MmganError: if a package is missing, or an operation cannot be translated.
    """
    try:
        import onnxscript  # type: ignore[import-not-found,unused-ignore] # noqa: F401
    except ImportError:
        raise MmganError(
            "a graph of ONNX needs the packages onnx and onnxscript", hint=_MISSING
        ) from None
    outputs = [f"made.{name}" for name in sampler.made]
    try:
        with _quiet():
            made = torch.onnx.export(
                program,
                dynamo=True,
                input_names=list(sampler.inputs),
                output_names=outputs,
                verbose=False,
            )
            assert made is not None
            _forget_the_machine(made.model.graph)
            made.save(str(file), external_data=False)
    except Exception as error:  # whatever a translator does not know
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise MmganError(
            f"the networks cannot be translated to ONNX: {said[0][:300]}",
            hint="mmgan-zoo export --format torch needs no translation",
        ) from error


def _forget_the_machine(graph: Graph) -> None:
    """Drop where each operation was traced: paths of this machine, and up to half of the file."""
    for node in graph.all_nodes():
        node.metadata_props.clear()
        for made in node.outputs:
            made.metadata_props.clear()


def write_small(graph: Path, file: Path, *, only: str = "") -> bool:
    """Write a graph whose matrices are of 8-bit numbers.

    Args:
        only: how the names of those numbers begin whose networks alone are of 8 bits, with all
            that they read; default: all networks.

    Returns:
        Whether it was written; it is not if no number has such a name.

    Raises:
        MmganError: if a package is missing.
    """
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError:
        raise MmganError(
            "8-bit numbers need the packages onnx and onnxruntime", hint=_MISSING
        ) from None
    left_out = _of_the_prior(graph)
    if only:
        kept = _leading_to(graph, only)
        if not kept:
            return False
        left_out = [name for name in _node_names(graph) if name not in kept]
    with _quiet():
        quantize_dynamic(
            graph,
            file,
            nodes_to_exclude=left_out,
            per_channel=True,
            op_types_to_quantize=_SMALL_OPERATIONS,
            weight_type=QuantType.QInt8,
        )
    return True


def _node_names(graph: Path) -> list[str]:
    import onnx

    return [node.name for node in onnx.load(graph, load_external_data=False).graph.node]


def _leading_to(graph: Path, start: str) -> set[str]:
    """The nodes that read numbers whose names begin so, and all nodes before these.

    Translating renames most matrices; those of layers that normalise keep their names.
    """
    import onnx

    nodes = onnx.load(graph, load_external_data=False).graph.node
    found, wanted = set[str](), set[str]()
    for node in reversed(nodes):  # a node lies behind all that it reads
        named = any(name.startswith(start) for name in node.input)
        if named or any(name in wanted for name in node.output):
            found.add(node.name)
            wanted.update(node.input)
    return found


def _of_the_prior(graph: Path) -> list[str]:
    """The nodes that read the prior, whose numbers differ too much in size for 8 bits."""
    import onnx

    nodes = onnx.load(graph, load_external_data=False).graph.node
    return [node.name for node in nodes if any(name.startswith(PRIOR) for name in node.input)]


def engine_of(graph: Path) -> Engine:
    """What runs a graph, on the CPU.

    Raises:
        MmganError: if onnxruntime is missing, or cannot read the graph.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MmganError(
            "a graph of ONNX is run by the package onnxruntime", hint=_MISSING
        ) from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # of a library that has no base of its errors
        raise MmganError(
            f"{graph} cannot be read as a graph of ONNX: {str(error)[:200]}"
        ) from error
    names = {one.name for one in session.get_inputs()}

    def run(fed: Arrays) -> Sequence[npt.NDArray[np.generic]]:
        # A graph has no input for what makes no difference to it.
        found: list[npt.NDArray[np.generic]] = session.run(
            None, {name: fed[name] for name in fed if name in names}
        )
        return found

    return run


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what libraries print and warn of from users, who can do nothing about it."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
