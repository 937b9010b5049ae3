"""What a header computes, whatever it was read from: layers, and what a network has beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.errors import ConvertError
from gatewise.learn.network import Network
from gatewise.learn.sequential import Dense, Recurrent, Sequential, layers_of
from gatewise.support.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Layers that go step by step.

    Attributes
    ----------
    input_size : int
        D, the numbers of x_t.
    layers : tuple of Recurrent and Dense
        Each of one direction, forwards; or each recurrent one of both, of a run that reads windows.
    labels : tuple of str
        What messages and comments call them.
    vectors : tuple of (str, array)
        Learned vectors by name: (n, E) and, as the last row, that of what is none of the n. The first layer
        reads them beside x_t.
    extra, skip : int
        How many numbers, and how many of the last rows of x, the first dense layer after the recurrent ones
        reads beside the outs.
    """

    input_size: int
    layers: tuple[Recurrent | Dense, ...]
    labels: tuple[str, ...]
    vectors: tuple[tuple[str, FloatArray], ...] = ()
    extra: int = 0
    skip: int = 0

    @property
    def outputs(self) -> int:
        """P, the numbers that it gives."""
        return self.layers[-1].width

    @property
    def last_recurrent(self) -> int:
        """The place of the last recurrent layer: what comes after it is the head."""
        return max(n for n, layer in enumerate(self.layers) if isinstance(layer, Recurrent))

    @property
    def both_ways(self) -> bool:
        """Whether its layers read a window from its end, too."""
        return any(isinstance(layer, Recurrent) and len(layer.cells) == 2 for layer in self.layers)

    @property
    def by_step(self) -> bool:
        """Whether each step has outputs of its own, or they are those of the steps so far."""
        return all(layer.returns == "steps" for layer in self.layers if isinstance(layer, Recurrent))


def plan_of(model: Sequential) -> Plan:
    """Return layers as what goes step by step.

    Raises
    ------
    ConvertError
        If a layer reads the sequence from its end.
    """
    labels = []
    for number, layer in enumerate(model.layers):
        labels.append(layer.name or f"layer {number}")
        if isinstance(layer, Recurrent):
            _refuse_backwards(layer, labels[-1])
    return Plan(input_size=model.input_size, layers=model.layers, labels=tuple(labels))


def plan_of_network(network: Network, window: int = 0) -> Plan:
    """Return a network as what goes step by step; dropout, which acts in training alone, is left out.

    Parameters
    ----------
    network : Network
    window : int
        The most rows that it reads at once, 0 where there is no bound.

    Raises
    ------
    ConvertError
        If it is bidirectional, and there is no bound.
    """
    architecture = network.architecture
    layers = layers_of(network)
    labels = (*(f"layer {number}" for number in range(architecture.layers)), "head")
    for layer, label in zip(layers, labels, strict=True):
        if isinstance(layer, Recurrent) and not window:
            _refuse_backwards(layer, label)
    tables = [(name, network.views[f"embedding.{name}"]) for name, _, _ in architecture.embeddings]
    return Plan(
        input_size=architecture.input_size, layers=tuple(layers),
        labels=labels,
        vectors=tuple((name, np.concatenate([rows, [rows.mean(axis=0)]])) for name, rows in tables),
        extra=architecture.head_inputs, skip=architecture.skip,
    )  # fmt: skip


def _refuse_backwards(layer: Recurrent, label: str) -> None:
    if len(layer.cells) == 2:
        raise ConvertError(
            f"{label} is bidirectional: it reads each sequence from its end, too, which a step does not "
            "know, and sequences have no longest one for which a C header without a heap could have room. "
            "Convert to ONNX instead, or train a model of one direction, or a run of gatewise fit on windows."
        )
    if layer.reverse:
        raise ConvertError(
            f"{label} goes through each sequence from its end, which a step does not know. A C header goes "
            "step by step; convert to ONNX instead."
        )
