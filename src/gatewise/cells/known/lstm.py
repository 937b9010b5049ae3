"""The contract: gate order, names and shapes, and every equation once, as an expression tree.

Engines, worksheets, the checker and the documentation all read these tables; tests evaluate each
printed right-hand side on traces of every engine and compare it with the traced left-hand side.
Source of the equations: the worked example (forward, backpropagation through time, L2 loss, SGD), with
its index slips put right: sums run over the steps 0..T-1 that exist, δb adds δgates_t, and δU pairs
δgates_t with the out_{t-1} it met, which includes an initial out_{-1} that is not zero.
"""

from __future__ import annotations

from gatewise.cells.equation import Equation
from gatewise.cells.ways import at_t
from gatewise.expression import Call, Expression, Sigma, Step, Symbol, outer, product, sigmoid, tanh, times

GATES = ("a", "i", "f", "o")  # the order in which rows of W, U and b are stacked
GATE_NAMES = {"a": "input activation", "i": "input gate", "f": "forget gate", "o": "output gate"}

# Shapes by dimension letter: N sequences, T steps, D inputs, H hidden units; 4H rows are a, i, f, o.
PARAMETERS = {"W": ("4H", "D"), "U": ("4H", "H"), "b": ("4H",)}
STACKED = (
    "W",
    "U",
    "b",
    "b_hh",
    "d_W",
    "d_U",
    "d_b",
    "d_b_hh",
)  # rows are those of the four gates; two_biases.py has b_hh
TRACED = dict.fromkeys((*GATES, "state", "out"), ("N", "T", "H"))
STEP_GRADIENTS = dict.fromkeys(("delta_out", "d_out", "d_state", "d_a", "d_i", "d_f", "d_o"), ("N", "T", "H"))
GRADIENTS = {
    "d_W": ("4H", "D"),
    "d_U": ("4H", "H"),
    "d_b": ("4H",),
    "d_x": ("N", "T", "D"),
    "d_out0": ("N", "H"),
    "d_state0": ("N", "H"),
}


def _parameter(name: str, part: str = "") -> Symbol:
    return Symbol(name, part=part)


a, i, f, o, x, state, out, label, loss_t = map(
    at_t, ("a", "i", "f", "o", "x", "state", "out", "label", "loss")
)
delta, delta_out, d_out, d_state = map(at_t, ("delta", "delta_out", "d_out", "d_state"))
d_a, d_i, d_f, d_o, d_gates, d_x = map(at_t, ("d_a", "d_i", "d_f", "d_o", "d_gates", "d_x"))
W, U, b, d_W, d_U, d_b = map(_parameter, ("W", "U", "b", "d_W", "d_U", "d_b"))
learning_rate, loss = _parameter("learning_rate"), _parameter("loss")

# δstate_{t+1} ⊙ f_{t+1}: what comes back through the state. Past the last step it is a boundary value.
CARRIED_FACTORS = (d_state.next, f.next)
CARRIED_BACK = product("hadamard", *CARRIED_FACTORS)


def _pre_activation(gate: str) -> Expression:
    return _parameter("W", gate) @ x + _parameter("U", gate) @ out.prev + _parameter("b", gate)


def over_steps(body: Expression) -> Sigma:
    """Return the sum over all steps, 0 to T-1."""
    return Sigma(Step("", 0), Step("T", -1), body)


def update(name: str) -> Equation:
    """Return P1 of a parameter: a step of stochastic gradient descent."""
    old = _parameter(name)
    right = old - times(learning_rate, _parameter(f"d_{name}"))
    return Equation(
        f"P1[{name}]",
        "update",
        Symbol(name, new=True),
        right,
        f"A step of size λ against the gradient of {name}.",
    )


EQUATIONS = (
    Equation(
        "F1",
        "forward",
        a,
        tanh(_pre_activation("a")),
        "What could be written to the state, between −1 and 1.",
    ),
    Equation(
        "F2", "forward", i, sigmoid(_pre_activation("i")), "How much of a_t is let in, between 0 and 1."
    ),
    Equation("F3", "forward", f, sigmoid(_pre_activation("f")), "How much of the old state is kept."),
    Equation("F4", "forward", o, sigmoid(_pre_activation("o")), "How much of the state is shown outside."),
    Equation("F5", "forward", state, a * i + f * state.prev, "What is let in, plus what is kept."),
    Equation("F6", "forward", out, tanh(state) * o, "The state, squashed, as far as the output gate opens."),
    Equation(
        "L1",
        "loss",
        loss_t,
        Call("sum", (out - label) ** 2) / 2,
        "Half the squared error of every unit at this step.",
    ),
    Equation("L1", "loss", loss, over_steps(loss_t), "The loss of the sequence is the sum over its steps."),
    Equation(
        "B0",
        "backward",
        delta,
        out - label,
        "The derivative of ½(out_t − label_t)² with respect to out_t.",
    ),
    Equation(
        "B1",
        "backward",
        d_out,
        delta + delta_out,
        "out_t reaches the loss directly and through the step after it.",
    ),
    Equation(
        "B2",
        "backward",
        d_state,
        d_out * o * (1 - tanh(state) ** 2) + CARRIED_BACK,
        "state_t reaches the loss through out_t (F6) and state_{t+1} (F5, which multiplies it by f_{t+1}).",
    ),
    Equation("B3", "backward", d_a, d_state * i * (1 - a**2), "Through F5, then tanh′ = 1 − tanh²."),
    Equation("B4", "backward", d_i, d_state * a * i * (1 - i), "Through F5, then σ′ = σ(1 − σ)."),
    Equation(
        "B5",
        "backward",
        d_f,
        d_state * state.prev * f * (1 - f),
        "Through F5, where f_t multiplies state_{t-1}.",
    ),
    Equation("B6", "backward", d_o, d_out * tanh(state) * o * (1 - o), "Through F6, then σ′ = σ(1 − σ)."),
    Equation("B7", "backward", d_x, W.T @ d_gates, "x_t enters all four gates through W."),
    Equation(
        "B8",
        "backward",
        delta_out.prev,
        U.T @ d_gates,
        "out_{t-1} enters all four gates of step t through U.",
    ),
    Equation("G1", "gradients", d_W, over_steps(outer(d_gates, x)), "W met x_t at every step."),
    Equation("G2", "gradients", d_U, over_steps(outer(d_gates, out.prev)), "U met out_{t-1} at every step."),
    Equation("G3", "gradients", d_b, over_steps(d_gates), "b was added at every step."),
    update("W"),
    update("U"),
    update("b"),
)

BY_ID = {equation.id: equation for equation in EQUATIONS}  # "L1" is the total; its terms are EQUATIONS too
