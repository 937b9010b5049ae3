"""Steps, indices and letters in every dialect: what is read, and the whole name that each symbol keeps."""

import pytest

from gatewise.expression import Symbol, text, walk
from gatewise.teach.checker.read import read
from gatewise.teach.checker.read.names import name_of


def lines(reading):
    return [" = ".join(text(side.tree) for side in (claim.left, *claim.sides)) for claim in reading.claims]


def formula(source):
    reading = read(f"$${source}$$")
    assert (reading.unread, reading.remarks) == ((), ())
    (line,) = lines(reading)
    return line


def names_in(source):
    """The names of a formula as they stand: word, prefix, low, high and in brackets."""
    (claim,) = read(f"$${source}$$").claims
    trees = [side.tree for side in (claim.left, *claim.sides)]
    found = [name_of(node) for tree in trees for node in walk(tree) if isinstance(node, Symbol)]
    return [(name.word, name.prefix, name.low, name.high, name.brackets) for name in found if name]


@pytest.mark.parametrize(
    ("source", "read_as"),
    [
        (r"f_{t=1} = 0.5", "f₁ = 0.5"),
        (r"c_{t=0} = 0.5", "state₀ = 0.5"),
        (r"h^{(t=2)} = 0.5", "out₂ = 0.5"),
        (r"f(0) = 0.5", "f₀ = 0.5"),
        (r"c(-1) = 0.5", "state₋₁ = 0.5"),
        (r"\tilde{c}(2) = 0.5", "a₂ = 0.5"),
        (r"f[0] = 0.5", "f₀ = 0.5"),
        (r"h[t] = o[t] * \tanh(c[t])", "outₜ = oₜ ⊙ tanh(stateₜ)"),
        (r"c^{(t)} = f^{(t)} \odot c^{(t-1)}", "stateₜ = fₜ ⊙ stateₜ₋₁"),
        (r"c^{(1)} = 0.5", "state₁ = 0.5"),
        (r"c^{\langle t \rangle} = f^{\langle t \rangle} * c^{\langle t-1 \rangle}", "stateₜ = fₜ ⊙ stateₜ₋₁"),
        (r"c^{<t>} = f^{<t>} * c^{<t-1>}", "stateₜ = fₜ ⊙ stateₜ₋₁"),
        (r"c^{<2>} = 0.5", "state₂ = 0.5"),
        ("f0 = 0.5", "f₀ = 0.5"),
        ("h12 = 0.5", "out₁₂ = 0.5"),
        ("c~0 = 0.5", "a₀ = 0.5"),
        ("c~_t = 0.5", "aₜ = 0.5"),
        ("c̃_1 = 0.5", "a₁ = 0.5"),
        ("ĉ₁ = 0.5", "a₁ = 0.5"),
        (r"\bar{c}_1 = 0.5", "a₁ = 0.5"),
        ("c_tilde_1 = 0.5", "a₁ = 0.5"),
        ("f<sub>0</sub> = 0.5", "f₀ = 0.5"),
        ("h<sub>t−1</sub> = 0.5", "outₜ₋₁ = 0.5"),
        ("W<sub>f</sub> = 0.5", "W_f = 0.5"),
        ("c_t = f_t*c_t-1", "stateₜ = fₜ ⊙ stateₜ₋₁"),
        ("h_-1 = 0.5", "out₋₁ = 0.5"),
        (r"\delta_{f,2} = 0.5", "δf₂ = 0.5"),
        (r"\delta_{h_t} = 0.5", "δoutₜ = 0.5"),
        (r"\delta^o_t = 0.5", "δoₜ = 0.5"),
        (r"\delta^{(o)}_t = 0.5", "δoₜ = 0.5"),
        (r"\delta_t^{c} = 0.5", "δstateₜ = 0.5"),
        (r"\delta_1^f = 0.5", "δf₁ = 0.5"),
        (r"\delta_{\tilde c, 1} = 0.5", "δa₁ = 0.5"),
        (r"\delta_t = 0.5", "δₜ = 0.5"),
        (r"\delta c'_2 = 0.5", "δa₂ = 0.5"),
        (r"c'_t = 0.5", "aₜ = 0.5"),
        (r"c_t' = 0.5", "aₜ = 0.5"),
        (r"c^{\prime}_t = 0.5", "aₜ = 0.5"),
        ("c′₀ = 0.5", "a₀ = 0.5"),
        ("c'(0) = 0.5", "a₀ = 0.5"),
        ("W' = 0.5", "Wⁿᵉʷ = 0.5"),
        ("b_f' = 0.5", "bⁿᵉʷ_f = 0.5"),
        ("W′_f = 0.5", "Wⁿᵉʷ_f = 0.5"),
        (r"\Gamma_f = 0.5", "Gamma_f = 0.5"),
        ("Γ_o = 0.5", "Gamma_o = 0.5"),
        (r"\Gamma_u^{\langle 1 \rangle} = 0.5", "Gamma_u₁ = 0.5"),
        (r"W^{(f)} = 0.5", "W_f = 0.5"),
        (r"b^{(o)} = 0.5", "b_o = 0.5"),
        (r"U^i = 0.5", "U_i = 0.5"),
        (r"W_{\tilde{c}} = 0.5", "W_a = 0.5"),
        (r"f_t = \sigma_g(z_t)", "fₜ = σ(zₜ)"),
        (r"h_t = o_t \circ \sigma_h(c_t)", "outₜ = oₜ ⊙ tanh(stateₜ)"),
        (r"\tilde{c}_t = \sigma_c(z_t)", "aₜ = tanh(zₜ)"),
        (r"h^{(1)}_2 = 0.5", "out₂ = 0.5"),
        (r"h^2_t = 0.5", "outₜ = 0.5"),
        (r"h^{1}_1 = 0.5", "out₁ = 0.5"),
        (r"h_t^{(2)} = 0.5", "outₜ = 0.5"),
        (r"f_t = c_t^2", "fₜ = stateₜ²"),
        (r"f_t = c_1^{2} + x^2", "fₜ = state₁² + x²"),
        (r"\hat{y}_1 = 0.5", "yhat₁ = 0.5"),
        ("w_f = 0.5", "w_f = 0.5"),
        ("u_{f} = 0.5", "u_f = 0.5"),
        ("p_1 = 0.5", "p₁ = 0.5"),
        (r"\theta = 0.5", "theta = 0.5"),
        (r"\tilde{h}_t = 0.5", "htildeₜ = 0.5"),
        (r"V_f = 0.5", "V_f = 0.5"),
        ("quux_0 = 0.5", "quux₀ = 0.5"),
        ("rate = 0.5", "rate = 0.5"),
        ("gate_1 = 0.5", "gate₁ = 0.5"),
        (r"f_t = W_f \cdot [h_{t-1}, x_t]", "fₜ = W_f · [outₜ₋₁ xₜ]"),
        (r"f_t = W_f [h_{t-1}; x_t]", "fₜ = W_f · [outₜ₋₁; xₜ]"),
        (r"f_t = W_f (h_{t-1}, x_t)", "fₜ = W_f · [outₜ₋₁ xₜ]"),
        (r"f_t = W_f[h,x]", "fₜ = W_f · [out x]"),
        (r"f_t = W_f[x_t, h_{t-1}]", "fₜ = W_f · [xₜ outₜ₋₁]"),
        (r"f_t = W_f \begin{bmatrix} h_{t-1} \\ x_t \end{bmatrix}", "fₜ = W_f · [outₜ₋₁; xₜ]"),
        (r"f_t = W_f \operatorname{concat}(h_{t-1}, x_t)", "fₜ = W_f · [outₜ₋₁ xₜ]"),
        (r"\text{softmax}(z) = [0.5, 0.5]", "softmax(z) = [0.5 0.5]"),
        (r"\tanh(c_0) = 0.6425", "tanh(state₀) = 0.6425"),
        (r"\frac{\partial L}{\partial f_t} = 0.5", "δfₜ = 0.5"),
        (r"\frac{dL}{dh} = 0.5", "δout = 0.5"),
        (r"\frac{d L}{d h_1} = 0.5", "δout₁ = 0.5"),
        (r"dL/dc_1 = 0.5", "δstate₁ = 0.5"),
        (r"\partial L_t / \partial h_t = 0.5", "δoutₜ = 0.5"),
        (r"\frac{\partial h_t}{\partial c_t} = o_t", "∂outₜ/∂stateₜ = oₜ"),
        (r"\frac{dh}{dc} = 0.5", "∂out/∂state = 0.5"),
        (r"\frac{\partial L}{\partial c_1} = \frac{\partial L}{\partial h_1} \frac{\partial h_1}{\partial c_1} = 0.5",
         "δstate₁ = δout₁ × ∂out₁/∂state₁ = 0.5"),
    ],
)  # fmt: skip
def test_dialects_are_read_without_a_remark(source, read_as):
    assert formula(source) == read_as


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (r"\Gamma_f^{\langle t \rangle} = 1", ("Gamma", "", ("f",), ("<t>",), ())),
        (r"W_{fx} = 1", ("W", "", ("fx",), (), ())),
        (r"W_{hf} = 1", ("W", "", ("hf",), (), ())),
        (r"W^{(f)} = 1", ("W", "", (), ("(f)",), ())),
        (r"W^f = 1", ("W", "", (), ("f",), ())),
        (r"W_f^{(2)} = 1", ("W", "", ("f",), ("(2)",), ())),
        (r"h^{(1)}_t = 1", ("h", "", ("t",), ("(1)",), ())),
        (r"h^1_t = 1", ("h", "", ("t",), ("1",), ())),
        (r"dh_{next} = 1", ("dh", "", ("next",), (), ())),
        (r"c_{prev} = 1", ("c", "", ("prev",), (), ())),
        (r"f(3) = 1", ("f", "", ("3",), (), ())),
        (r"c'_0 = 1", ("cprime", "", ("0",), (), ())),
        (r"\hat{c}_0 = 1", ("chat", "", ("0",), (), ())),
        (r"z_f = 1", ("z", "", ("f",), (), ())),
        (r"a_f = 1", ("a", "", ("f",), (), ())),
        (r"a_{f,2} = 1", ("a", "", ("f", "2"), (), ())),
        (r"\delta_{f,2} = 1", ("f", "d", ("2",), (), ())),
        (r"\frac{\partial L}{\partial h_t} = 1", ("h", "∂", ("t",), (), ())),
        (r"\frac{\partial L_t}{\partial h_t} = 1", ("h", "∂t", ("t",), (), ())),
        (r"\frac{\partial L^{(2)}}{\partial W_f} = 1", ("W", "∂2", ("f",), (), ())),
    ],
)
def test_names_keep_all_their_indices(source, name):
    assert names_in(source)[0] == name


@pytest.mark.parametrize("typed", ["dh_next", "dc_prev", "da_next", "c_prev", "h_prev", "a_prev"])
def test_what_programs_call_next_and_previous(typed):
    for source in (typed, typed.replace("_", "_{") + "}", rf"\text{{{typed}}}", typed.replace("_", r"\_")):
        (name,) = names_in(f"{source} = 0.5")
        letters, which = typed.split("_")
        assert (name[1] + name[0], name[2]) == (letters, (which,))


def test_the_slope_of_a_function_and_its_definition_are_no_claims_but_its_value_is():
    assert lines(
        read(r"$$\sigma(z) = \frac{1}{1 + e^{-z}}$$ and $$\sigma(1) = \frac{1}{1 + e^{-1}} = 0.7311$$")
    ) == ["σ(1) = 1 / (1 + exp(−1)) = 0.7311"]
