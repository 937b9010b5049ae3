"""Cells as people write them: read back as they are printed, derived right, and refused where they are no cells."""

from dataclasses import replace

import pytest
from any_cell import EVERY, Drawn
from own_cells import OWN, own_cell

from gatewise.cells import CELLS, Cell, CellError, Equation, cell_named, read_cell
from gatewise.errors import GatewiseError
from gatewise.expression import Symbol, ascii, sigmoid, tanh, text

EACH = pytest.mark.parametrize("name", EVERY)


def written(cell, medium):
    """A cell's equations as a printer writes them."""
    return "\n".join(f"{medium(each.left)} = {medium(each.right)}" for each in cell.forward)


@EACH
@pytest.mark.parametrize("medium", [text, ascii])
def test_what_is_printed_is_read_back(name, medium):
    cell = cell_named(name)
    read = read_cell(written(cell, medium), name, sizes=cell.sizes)
    assert [equation.right for equation in read.forward] == [equation.right for equation in cell.forward]
    assert (read.gates, read.carried, dict(read.parameters)) == (
        cell.gates,
        cell.carried,
        dict(cell.parameters),
    )
    assert {each: read.parts_of(each) for each in cell.parameters} == {
        each: cell.parts_of(each) for each in cell.parameters
    }


def test_one_gate_has_no_stack():
    derived = read_cell(OWN["one gate"]).derivation
    assert [str(each) for each in derived.gradients] == [
        "δW_g = Σₜ₌₀ᵀ⁻¹ δgₜ ⊗ xₜ",
        "δU_g = Σₜ₌₀ᵀ⁻¹ δgₜ ⊗ outₜ₋₁",
    ]


@pytest.mark.parametrize(
    "equations",
    [
        "s_t = M·x_t - s_{t-1}\nout_t = tanh(s_t)",
        "s_t = M·x_t + s_{t-1} / 7\nout_t = tanh(s_t)",
        "s_t = M·x_t + U·out_{t-1}\nout_t = tanh(s_t) - out_{t-1} + out_{t-1} / 2",
        "g_t = σ(W_g·x_t + U_g·out_{t-1} + g_{t-1})\nout_t = g_t",
    ],
)
def test_that_a_gradient_can_last_is_said_only_where_it_can(equations):
    assert not any("last." in note for note in read_cell(equations).derivation.notes)


@pytest.mark.parametrize("name", OWN)
def test_a_cell_of_ones_own_is_derived_right(name):
    cell = own_cell(name)
    for seed in range(2):
        drawn = Drawn(cell, seed)
        assert drawn.worst(drawn.gradients()) < 1e-12


def test_what_stands_after_the_sign_says_what_an_equation_is_for():
    cell = read_cell(OWN["a leaky unit"])
    assert cell.forward[0].why == "How much leaks."
    assert cell.gates == ("g", "a")
    assert dict(cell.parameters) == {"W": ("2H", "D"), "U": ("H", "H"), "b": ("2H",)}
    assert cell.parts_of("U") == ("g",)


WRONG = {  # a definition; what the message must say
    "": "cell own has no equations",
    "out_t = σ(W·x_t": "line 1, column 16: a bracket is not closed.",
    "out_t = W·x_t +": "line 1, column 16: the line ends where a quantity is needed.",
    "\n\nout_t = ⊙ x_t": "line 3, column 9: '⊙' stands where a quantity is needed.",
    "out_t = $": "line 1, column 9: '$' is no sign of an equation",
    "out_t = x_t x_t": "line 1, column 13: before 'x' a sign is missing",
    "out_t": "line 1, column 6: after out_t an = is missing.",
    "W = 3": "line 1, column 1: an equation begins with a quantity at step t, such as out_t.",
    "out_t = foo(x_t)": "line 1, column 9: foo is no function; there are tanh, sigmoid, relu,",
    "out_t = step(x_t)": "line 1, column 9: step is no function",
    "out_t = x_t^0": "line 1, column 13: an exponent is a whole number from 1 to 9.",
    "out_t = a_t × b_t": "line 1, column 18: × is for numbers",
    "out_t = x_{k+1}": "k+1 is no index; there are t, t-1 and gates.",
    "out_t = " + "(" * 40 + "x_t" + ")" * 40: "brackets are nested more than 24 deep",
    "out_t = " + "x_t + " * 300 + "x_t": "the line has more than 400 signs and names",
    "s_t = W·x_t + U·out_t\nout_t = tanh(s_t)": "s needs its own value: s needs out needs s. A step can use what is carried",
    "out_t = tanh(s_t)\ns_t = W·x_t + U·out_{t-1}": "F1: out uses s, which is worked out later; put its equation first.",
    "s_t = s_t + W·x_t\nout_t = s_t": "s needs its own value: s needs s.",
    "out_t = tanh(W·x_t + U·out_{t-2})": "is of another step; a step uses what is of t and of t-1.",
    "out_t = tanh(W·x_t + U·out_{t+1})": "is of another step",
    "s_t = W·x_t + U·k_{t-1}\nout_t = tanh(s_t)": "is unknown; there are x, s, out, W, U.",
    "s_t = W·x_t + U·out_{t-1}\nr_t = s_t\nout_t = tanh(s_t)": "F2: r never reaches out",
    "s_t = W·out_{t-1} + W·x_t\nout_t = tanh(s_t)": "a matrix (H, D) multiplies a vector (D).",
    "s_t = W·x_t + x_t ⊙ out_{t-1}\nout_t = tanh(s_t)": "joins (D) and (H); they must be of one length.",
    "s_t = W·x_t + r ⊙ (U·out_{t-1})\nout_t = tanh(s_t)": "is multiplied once more; its gradient needs a name for it.",
    "out_t = tanh(W·x_t + U·out_{t-1})": "stands inside tanh, and out is no gate. Give the sum an equation of its own",
    "g_t = σ(W_g·x_t + U_g·out_{t-1})\nout_t = (1 - g) ⊙ g_t": "g stands without a time index somewhere",
    "a_t = W_a·x_t + U_a·out_{t-1}\nout_t = tanh(a_t)": "F1: a is a gate, and its right side is no activation of a sum",
    "a_t = tanh(W_a·x_t)\nout_t = a_t + U_b·out_{t-1}": "there is no U_b; it must be U.",
    "s_t = W·x_t\nout_t = tanh(s_t)": "nothing comes from the step before",
    "s_t = U·out_{t-1}\nout_t = tanh(s_t)": "x is used by no equation",
    "out_t = W·x_t + U·out_{t-1}\nout_t = W·x_t": "out is named twice",
    "delta_t = W·x_t": "delta is no name of a quantity",
    "loss_t = W·x_t + U·out_{t-1}\nout_t = tanh(loss_t)": "loss means something else everywhere",
    "h_t = W·x_t + U·h_{t-1}": "out has no equation",
    "out_t = x_{}": "nothing is no index",
    "out_t = x_{t,t-1}": "t-1 is no index",
    "out_t = a_{t-" + "9" * 5000 + "}": "is no index",
    "out_t = x_t" + "²" * 390: "there are more than 24 exponents",
    "s_t = W·x_t + U·out_{t-1}\nout_t = s_t ⊙ tanh(2)": "tanh(2) is a number; write it as one.",
    "s_t = W·x_t + U·out_{t-1}\nout_t = s_t ⊙ (1/0)": "1 / 0 is no finite number.",
    "s_t = W·x_t + U·out_{t-1}\nout_t = s_t × " + "9" * 400: "is no finite number.",
    "s_t = self·x_t + U·out_{t-1}\nout_t = tanh(s_t)": "self means something else everywhere",
}  # fmt: skip


@pytest.mark.parametrize("equations", WRONG)
def test_what_is_no_cell_is_refused_in_words(equations):
    with pytest.raises(CellError) as told:
        read_cell(equations)
    assert WRONG[equations] in str(told.value)


def test_sizes_and_words_name_what_there_is():
    for given, said in (
        ({"sizes": {"uot": "Q"}}, "sizes and words name 'uot', which has no equation"),
        ({"words": {"b": "x"}}, "sizes and words name 'b'"),
        ({"sizes": {"g": "2H"}}, "g has the size '2H'; it must be D, H or Q."),
    ):
        with pytest.raises(CellError, match=said):
            read_cell(OWN["one gate"], **given)


def test_parameters_say_all_sizes():
    with pytest.raises(CellError, match="no parameter has H rows or columns"):
        read_cell("out_t = x_t + v ⊙ out_{t-1}", sizes={"out": "D"})
    with pytest.raises(CellError, match="x has D entries, and no parameter says how many"):
        read_cell("s_t = U·out_{t-1}\nk_t = x_t\nout_t = tanh(s_t) ⊙ s_t", sizes={"k": "D"})


def test_what_nobody_can_read_is_not_derived():
    cell = read_cell("a_t = tanh(W_a·x_t + U_a·out_{t-1})\nout_t = " + " / ".join(["a_t"] * 199))
    with pytest.raises(CellError, match="names and signs; at most 20,000 are written"):
        _ = cell.derivation


def test_definitions_are_bounded():
    with pytest.raises(CellError, match="at most 20,000 are read"):
        read_cell("out_t = x_t\n" * 10_000)
    many = "".join(f"{'q' * (k + 1)}_t = W·x_t\n" for k in range(45))
    with pytest.raises(CellError, match="at most 40 are derived"):
        read_cell(many)
    with pytest.raises(CellError, match="equations is no text"):
        read_cell(3)


ODD = {
    "name": ({"name": 3}, "name is 3; it must be a text."),
    "gates": ({"gates": "a"}, "gates is 'a'; it must be a tuple of names."),
    "carried": ({"carried": [1]}, "carried is [1]; it must be a tuple of names."),
    "forward": ({"forward": 3}, "forward is 3; it must be a tuple of Equations."),
    "parameters": ({"parameters": {"W": 3}}, "it must be tuples of texts, by name."),
    "words": ({"words": {"a": 3}}, "it must be texts, by name."),
    "sizes": ({"sizes": None}, "sizes is None; it must be a dict"),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_parts_of_a_record_are_refused_in_words(case):
    changes, said = ODD[case]
    with pytest.raises(GatewiseError) as told:
        replace(CELLS["gru"], **changes)
    assert said in str(told.value)


def test_odd_questions_to_a_cell_are_refused_in_words():
    cell = CELLS["gru"]
    for call, said in (
        (lambda: cell.parts_of("V"), "cell gru has no parameter 'V'; it has W, U, b."),
        (lambda: cell.size_of([]), "cell gru has no quantity a list of 0; it has x, r, u, k, a, out."),
        (lambda: cell.equation("f"), "cell gru has no equation of 'f'"),
        (lambda: cell.shape_of("W"), "symbol is 'W'; it must be a Symbol"),
        (lambda: cell.rows_of("W", "r", -1), "rows=-1"),
        (lambda: Equation("F1", "forward", "a", 3, ""), "left is 'a'; it must be a Symbol."),
    ):
        with pytest.raises(GatewiseError) as told:
            call()
        assert said in str(told.value)


def test_a_record_by_hand_is_checked_too():
    x, out = Symbol("x").shifted(0), Symbol("out").shifted(0)
    whole = Symbol("W", "a") @ x + Symbol("U", "a") @ out.prev
    shapes = {"W": ("H", "D"), "U": ("H", "H")}
    of = {"W": ("a",), "U": ("a",)}
    a = Symbol("a").shifted(0)
    rows = (Equation("F1", "forward", a, tanh(whole), "."), Equation("F2", "forward", out, a, "."))
    cell = Cell("mine", "Mine", ("a",), ("out",), shapes, rows, parts=of)
    drawn = Drawn(cell)
    assert drawn.worst(drawn.gradients()) < 1e-12
    with pytest.raises(CellError, match="carries state; out, what the layer gives, comes first"):
        Cell("mine", "Mine", ("a",), ("state",), shapes, rows, parts=of)
    with pytest.raises(CellError, match="W has 3H rows, and a part for each of a"):
        Cell("mine", "Mine", ("a",), ("out",), {**shapes, "W": ("3H", "D")}, rows, parts=of)
    with pytest.raises(CellError, match="V is used by no equation"):
        Cell("mine", "Mine", ("a",), ("out",), {**shapes, "V": ("H",)}, rows, parts=of)
    twice = (rows[0], Equation("F2", "forward", out, sigmoid(whole), "."))
    with pytest.raises(CellError, match="stands inside sigmoid, and out is no gate"):
        Cell("mine", "Mine", ("a",), ("out",), shapes, twice, parts=of)
