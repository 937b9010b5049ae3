"""`Backend`: ONNX' own interface to run models and nodes, by gatewise's engine on the CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto
from onnx.backend.base import Backend as Base
from onnx.backend.base import BackendRep, namedtupledict

from gatewise.errors import ConvertError
from gatewise.onnx.graphs.graph import RECURRENT, NodeGraph, graph_of, node_of
from gatewise.onnx.graphs.interpreter import check_operators, run_graph, run_node
from gatewise.onnx.operators.call import OperatorCall
from gatewise.onnx.operators.table import OPERATORS
from gatewise.support.given import brief, listed


class PreparedModel(BackendRep):
    """A model that is ready to run.

    Parameters
    ----------
    graph : NodeGraph
    """

    def __init__(self, graph: NodeGraph) -> None:
        self.graph = graph

    def run(self, inputs: Any, **options: Any) -> tuple[Any, ...]:
        """Return the outputs of the model, in order, by name too.

        Parameters
        ----------
        inputs : sequence of array, dict, or array
            In the order of the model's inputs, or by name; a model of one input may be given it alone.

        Raises
        ------
        ConvertError
            If they do not fit, or a node cannot be worked out, by its name.
        """
        if options:
            raise ConvertError(f"run has no option {brief(min(options))}.")
        fed = _by_name(inputs, [port.name for port in self.graph.inputs])
        for port in self.graph.inputs:
            if port.dtype is not None and fed[port.name].dtype != port.dtype:
                raise ConvertError(
                    f"the input {brief(port.name)} is of {fed[port.name].dtype}; it must be {port.dtype}."
                )
        found = run_graph(self.graph, fed)
        made: Any = namedtupledict("Outputs", list(found))
        return tuple.__new__(made, found.values())


def _by_name(inputs: Any, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    if isinstance(inputs, np.ndarray):
        inputs = [inputs]
    if not isinstance(inputs, Mapping):
        if len(inputs) != len(names):
            raise ConvertError(
                f"{len(inputs)} inputs are given; the model has {len(names)}: {listed(map(brief, names))}."
            )
        inputs = dict(zip(names, inputs, strict=True))
    if missing := [name for name in names if name not in inputs]:
        raise ConvertError(
            f"the input {brief(missing[0])} is not given; the model has {listed(map(brief, names))}."
        )
    return {str(name): np.asarray(array) for name, array in inputs.items()}


class Backend(Base):
    """Runs ONNX models whose recurrent part is LSTM, GRU and RNN nodes, as `onnx.backend.base` has it."""

    @classmethod
    def is_compatible(cls, model: ModelProto, device: str = "CPU", **options: Any) -> bool:
        """Say whether a model can run: all its operators are known."""
        try:
            cls.prepare(model, device, **options)
        except ConvertError:
            return False
        return True

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **options: Any) -> PreparedModel:
        """Return a model that is ready to run.

        Raises
        ------
        ConvertError
            If it is damaged or has an operator that is not known, by the name of the node.
        """
        _check(device, options)
        graph = graph_of(model, None)
        check_operators(graph)
        return PreparedModel(graph)

    @classmethod
    def run_model(
        cls, model: ModelProto, inputs: Any, device: str = "CPU", **options: Any
    ) -> tuple[Any, ...]:
        """Return the outputs of a model; see `PreparedModel.run`."""
        return cls.prepare(model, device, **options).run(inputs)

    @classmethod
    def run_node(
        cls, node: NodeProto, inputs: Any, device: str = "CPU", outputs_info: Any = None, **options: Any
    ) -> tuple[Any, ...]:
        """Return the outputs of a single node, by the newest opset.

        Parameters
        ----------
        node : NodeProto
        inputs : sequence of array, or dict
            In the order of the inputs that the node names; those without a name are left out.
        outputs_info : sequence, optional
            What the outputs are like, which is not needed.

        Raises
        ------
        ConvertError
            If it cannot be worked out.
        """
        del outputs_info
        _check(device, options)
        read = node_of(node)
        if read.domain or (read.op not in OPERATORS and read.op not in RECURRENT):
            raise ConvertError(f"{read.where} is an operator that is not read.")
        fed = _by_name(inputs, list(dict.fromkeys(filter(None, read.inputs))))
        given = tuple(fed[name] if name else None for name in read.inputs)
        call = OperatorCall(read, given, onnx.defs.onnx_opset_version())
        outputs, _ = run_node(call)
        named = {name: array for name, array in zip(read.outputs, outputs, strict=False) if name}
        made: Any = namedtupledict("Outputs", list(named))
        return tuple.__new__(made, named.values())

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Say whether a device can run: the CPU."""
        return device.partition(":")[0] == "CPU"


def _check(device: str, options: Mapping[str, Any]) -> None:
    if not Backend.supports_device(device):
        raise ConvertError(f"device={brief(device)} cannot run here; there is the CPU.")
    if options:
        raise ConvertError(f"there is no option {brief(min(options))}.")
