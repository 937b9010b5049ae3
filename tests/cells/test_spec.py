"""The equations as data: each printed right-hand side, evaluated on a trace, is the traced left-hand side."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise import Params, State, backward, forward, optimizers
from gatewise.cells.known import lstm as spec
from gatewise.expression import Symbol, ascii, bind, evaluate, latex, mathml, text
from gatewise.learn.losses import l2

# One equation is a handful of float64 operations, each good to 1.1e-16; an engine may sum in another order.
TOLERANCE = 1e-13

T, D, H = 4, 3, 2
rng = np.random.default_rng(7)
PARAMS = Params(W=rng.normal(size=(4 * H, D)), U=rng.normal(size=(4 * H, H)), b=rng.normal(size=4 * H))
X, LABEL = rng.normal(size=(T, D)), rng.uniform(-1, 1, size=(T, H))
START = State(rng.normal(size=H), rng.normal(size=H))
RATE = 0.1


@pytest.fixture
def traced(engine):
    """What a symbol is worth, from the engine's trace and gradients alone."""
    trace = forward(PARAMS, X, START, engine=engine)
    loss, delta = l2(trace.out, LABEL)
    grads = backward(PARAMS, trace, delta, keep=True)
    new = optimizers.sgd(PARAMS, grads, RATE)
    steps = {"x": X, "label": LABEL, "delta": delta, "loss": ((trace.out - LABEL) ** 2).sum(axis=1) / 2}

    def look_up(symbol: Symbol):
        name = symbol.name
        if symbol.part:
            return PARAMS.gate(symbol.part)["WUb".index(name)]
        if symbol.new:
            return getattr(new, name)
        if symbol.step is None:
            named = {"learning_rate": RATE, "loss": loss, "W": PARAMS.W, "U": PARAMS.U, "b": PARAMS.b}
            return named[name] if name in named else grads[name]
        t = symbol.step.offset
        if name in ("out", "state") and t == -1:
            return getattr(START, name)
        if name == "delta_out" and t == -1:
            return grads.d_out0
        if t == T:  # δstate_T ⊙ f_T: nothing comes back past the last step
            return np.zeros(H)
        return (steps.get(name) if name in steps else trace[name] if name in trace else grads[name])[t]

    return look_up


@pytest.mark.parametrize("equation", spec.EQUATIONS, ids=lambda e: f"{e.id}-{ascii(e.left)}")
def test_trace_satisfies_the_printed_equation(equation, traced):
    for t in range(T) if equation.left.step else [None]:
        left = traced(bind(equation.left, t, T))
        right = evaluate(bind(equation.right, t, T), traced)
        np.testing.assert_allclose(np.ravel(right), np.ravel(left), rtol=TOLERANCE, atol=TOLERANCE)


def test_every_id_of_the_design_has_its_equation():
    ids = {equation.id.partition("[")[0] for equation in spec.EQUATIONS}
    expected = (
        {f"F{k}" for k in range(1, 7)} | {"L1"} | {f"B{k}" for k in range(9)} | {"G1", "G2", "G3", "P1"}
    )
    assert ids == expected


def test_the_tables_name_what_the_engine_returns(engine):
    trace = forward(PARAMS, X[np.newaxis], engine=engine)
    grads = backward(PARAMS, trace, np.ones_like(trace.out), keep=True)
    letters = {"N": 1, "T": T, "D": D, "H": H, "4H": 4 * H}
    for table, record in ((spec.TRACED, trace), (spec.STEP_GRADIENTS, grads), (spec.GRADIENTS, grads)):
        for name, shape in table.items():
            assert record[name].shape == tuple(letters[letter] for letter in shape), name


def find(id: str):
    return spec.BY_ID[id]


def test_text_ascii_latex_and_mathml_of_one_equation():
    right = bind(find("B2").right, 0, 2)
    assert text(right) == "δout₀ ⊙ o₀ ⊙ (1 − tanh²(state₀)) + δstate₁ ⊙ f₁"
    assert ascii(right) == "d_out[0] * o[0] * (1 - tanh(state[0])^2) + d_state[1] * f[1]"
    assert latex(right) == (
        r"\delta \mathit{out}_{0} \odot o_{0} \odot"
        r" \left( 1 - \tanh^{2}\left( \mathit{state}_{0} \right) \right)"
        r" + \delta \mathit{state}_{1} \odot f_{1}"
    )
    assert "<msub><mrow><mi>δ</mi><mi>state</mi></mrow><mrow><mn>1</mn></mrow></msub><mo>⊙</mo>" in mathml(
        right
    )


@pytest.mark.parametrize(
    ("id", "unicode", "plain"),
    [
        ("F1", "tanh(W_a · xₜ + U_a · outₜ₋₁ + b_a)", "tanh(W_a @ x[t] + U_a @ out[t-1] + b_a)"),
        ("B7", "Wᵀ · δgatesₜ", "W^T @ d_gates[t]"),
        ("G2", "Σₜ₌₀ᵀ⁻¹ δgatesₜ ⊗ outₜ₋₁", "sum[t=0..T-1] d_gates[t] (x) out[t-1]"),
        ("P1[W]", "W − λ × δW", "W - learning_rate * d_W"),
    ],
)
def test_printed_as_the_worked_example_prints_it(id, unicode, plain):
    assert (text(find(id).right), ascii(find(id).right)) == (unicode, plain)


def test_a_sum_over_steps_keeps_its_own_index():
    bound = bind(find("G1").right, 99, 3)
    assert text(bound) == "Σₜ₌₀² δgatesₜ ⊗ xₜ"


def test_a_sum_with_open_bounds_is_refused():
    with pytest.raises(ValueError, match="bind its bounds"):
        evaluate(find("G3").right, lambda symbol: np.zeros(8))


def test_a_symbol_without_a_value_is_named():
    with pytest.raises(KeyError, match="state"):
        evaluate(Symbol("state"))
