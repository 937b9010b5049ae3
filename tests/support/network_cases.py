"""Random networks, and one number that depends on everything that goes into them: for derivatives of the whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gatewise.engine.trace import State
from gatewise.learn import network as networks

COMPLEX_STEP = 1e-20  # nothing is subtracted, so h² may vanish: Squire and Trapp 1998


class Case(NamedTuple):
    """A network with all its inputs; weights d_y and d_last make one number of all its outputs."""

    network: networks.Network
    inputs: dict[str, np.ndarray]  # vector, x, extra (if any), and for each cell out0 and state0
    lengths: np.ndarray | None
    d_y: np.ndarray
    d_last: list[list[State]]
    seed: int | None  # of the dropout
    codes: np.ndarray | None = None  # of the learned vectors

    def forward(self, inputs: dict[str, np.ndarray], **options: Any) -> networks.NetworkTrace:
        network = networks.Network(self.network.architecture, inputs["vector"])
        rng = None if self.seed is None else np.random.default_rng(self.seed)
        return networks.forward(
            network,
            inputs["x"],
            states_of(self, inputs),
            self.lengths,
            extra=inputs.get("extra"),
            codes=self.codes,
            rng=rng,
            **options,
        )

    def number(self, inputs: dict[str, np.ndarray], **options: Any) -> Any:
        """Σ d_y ⊙ y + Σ d_last ⊙ last, in the inputs' dtype."""
        trace = self.forward(inputs, **options)
        total = (self.d_y * trace.y).sum()
        for ours, theirs in zip(self.d_last, trace.last, strict=True):
            for weight, last in zip(ours, theirs, strict=True):
                total += (weight.out * last.out).sum() + (weight.state * last.state).sum()
        return total

    def gradients(self, backward: Any = networks.backward, **options: Any) -> dict[str, np.ndarray]:
        """What `backward` finds, named as `inputs`."""
        trace = self.forward(self.inputs, **options)
        grads = backward(self.network, trace, self.d_y, d_last_state=self.d_last, inputs=True)
        found = {"vector": grads.vector, "x": grads.d_x}
        if "extra" in self.inputs:
            found["extra"] = grads.d_extra
        for layer, cells in enumerate(grads.d_state0):
            for direction, state in enumerate(cells):
                found |= {f"out0 {layer} {direction}": state.out, f"state0 {layer} {direction}": state.state}
        return found

    def derivative(self, direction: dict[str, np.ndarray]) -> float:
        """The derivative of `number` along `direction`, by a complex step through the reference engine."""
        moved = {name: value + 1j * COMPLEX_STEP * direction[name] for name, value in self.inputs.items()}
        return self.number(moved, engine="reference").imag / COMPLEX_STEP


def states_of(case: Case, inputs: dict[str, np.ndarray]) -> list[list[State]]:
    architecture = case.network.architecture
    return [
        [State(inputs[f"out0 {layer} {d}"], inputs[f"state0 {layer} {d}"]) for d in range(architecture.directions)]
        for layer in range(architecture.layers)
    ]  # fmt: skip


def random_case(
    seed: int, N: int = 3, T: int = 4, lengths: Any = "random", dropout: bool = True, **settings: Any
) -> Case:
    """Everything random and different; of the lengths one is whole and one is 0."""
    rng = np.random.default_rng(seed)
    chances = dict.fromkeys(("input_dropout", "recurrent_dropout", "output_dropout"), 0.3) if dropout else {}
    layers = settings.get("layers", 2)
    if dropout and layers > 1:
        chances["dropout"] = 0.3
    given = {"input_size": 3, "hidden_size": 4, "outputs": 2, "layers": 2} | chances | settings
    architecture = networks.Architecture(**given)
    network = networks.Network.init(architecture, seed=seed, dtype="float64")
    H, P, E = architecture.hidden_size, architecture.outputs, architecture.head_inputs
    inputs = {"vector": network.vector, "x": rng.standard_normal((N, T, architecture.input_size))}
    if E:
        inputs["extra"] = rng.standard_normal((N, E))
    for layer in range(layers):
        for d in range(architecture.directions):
            inputs[f"out0 {layer} {d}"], inputs[f"state0 {layer} {d}"] = rng.standard_normal((2, N, H))
    if isinstance(lengths, str):
        lengths = np.array([T, max(T - 2, 1), 0][:N] + [T] * (N - 3))
    d_y = rng.standard_normal((N, P) if architecture.head == "last" else (N, T, P))
    d_last = [
        [State(*rng.standard_normal((2, N, H))) for _ in range(architecture.directions)] for _ in range(layers)
    ]  # fmt: skip
    # One that training has not seen, and the same one twice: their gradients add up.
    codes = np.array([[-1, *[2] * (N - 1)][:N], [*[1] * (N - 1), 0][-N:]]).T[
        :, : len(architecture.embeddings)
    ]
    return Case(
        network, inputs, lengths, d_y, d_last, seed if dropout else None, codes if codes.size else None
    )


def errors(
    case: Case, gradients: dict[str, np.ndarray], directions: int = 3, entries: int = 6
) -> dict[str, float]:
    """The largest relative error of each input's gradient, and of directions through all inputs at once."""
    rng = np.random.default_rng(1000)
    assert gradients.keys() == case.inputs.keys()
    zero = {name: np.zeros_like(value) for name, value in case.inputs.items()}
    found = {}
    for name, value in case.inputs.items():
        assert gradients[name].shape == value.shape, name
        scale = np.abs(gradients[name]).max()
        worst = 0.0
        for at in rng.permutation(value.size)[:entries]:
            unit = np.zeros(value.size)
            unit[at] = 1
            numeric = case.derivative(zero | {name: unit.reshape(value.shape)})
            worst = max(worst, abs(numeric - gradients[name].flat[at]) / max(scale, abs(numeric), 1e-300))
        found[name] = worst
    for number in range(directions):
        direction = {name: rng.standard_normal(value.shape) for name, value in case.inputs.items()}
        parts = np.concatenate([(gradients[name] * direction[name]).ravel() for name in gradients])
        found[f"direction {number}"] = abs(case.derivative(direction) - parts.sum()) / np.abs(parts).sum()
    return found
