"""The LSTM with options: names, equations, what is refused; and clips, whose slope is 0 from the limit on."""

import copy
import itertools
import pickle
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from any_cell import OPTIONAL, Drawn, size

import gatewise
from gatewise import Params
from gatewise.cells import CELLS, LSTM, CellError, LstmOptions, cell_named, lstm, options_of, read_cell
from gatewise.cells.known.lstm import EQUATIONS
from gatewise.engine.reference import any_cell
from gatewise.errors import ArgumentError
from gatewise.expression import Call, Number, Symbol, evaluate, evaluate_decimal, latex, mathml, text
from gatewise.expression.functions import FUNCTIONS

FLAGS = ("bias", "peepholes", "coupled", "projected")
ALL = [
    LstmOptions(**dict(zip(FLAGS, flags, strict=True)), clip=clip, state_clip=state_clip)
    for *flags, clip, state_clip in itertools.product(*[[False, True]] * 4, [None, 3], [None, 0.25])
]
CLIPPED = [name for name in OPTIONAL if "clip" in name]


def test_those_of_the_table_are_the_same_objects():
    assert lstm() is LSTM is cell_named("lstm")
    assert lstm(peepholes=True) is CELLS["peephole"] is cell_named("lstm+peephole")
    assert lstm(coupled=True) is CELLS["coupled"]
    assert lstm(projected=True) is CELLS["projected"]
    assert LSTM.forward == tuple(each for each in EQUATIONS if each.phase == "forward")


@pytest.mark.parametrize("options", ALL, ids=lambda options: options.name)
def test_a_cell_is_the_one_of_its_name(options):
    cell = lstm(**{name: getattr(options, name) for name in LstmOptions.__dataclass_fields__})
    assert cell_named(cell.name) is cell
    assert options_of(cell) == options
    assert options_of(replace(cell)) == options
    for copied in (pickle.loads(pickle.dumps(cell)), copy.copy(cell), copy.deepcopy(cell)):
        assert copied is cell
    others = [part for part in reversed(cell.name.split("+")) if part != "lstm"]
    assert cell_named("+".join(["lstm", *others])) is cell
    assert ("b" in cell.parameters) == options.bias
    assert ("V" in cell.parameters) == options.peepholes
    assert ("f" in cell.gates) != options.coupled
    assert (cell.size_of("out") == "Q") == options.projected


def test_other_cells_have_no_options_of_an_lstm():
    for cell in (
        *map(cell_named, ("gru", "lstm1997", "gru+no-bias")),
        read_cell("s_t = W·x_t + U·out_{t-1}\nout_t = tanh(s_t)"),
    ):
        assert options_of(cell) is None
    with pytest.raises(ArgumentError, match="it must be a Cell"):
        options_of("lstm")


REFUSED = {
    "gru+clip=3": "gru has no clip, which is for the LSTM. Its option is no-bias: gru.no-bias",
    "lstm1997+peephole": "lstm1997 has no peephole",
    "lstm+foo": "there is no option 'foo'. Join by . what there is: peephole, coupled, projected, no-bias, clip=NUMBER",
    "lstm+": "there is no option ''",
    "foo+no-bias": "there is no cell 'foo'. Choose from: lstm, ",
    "lstm+clip=0": "'clip=0' has no limit: it must be a finite number above 0, as in clip=3",
    "lstm+clip=-1": "'clip=-1' has no limit",
    "lstm+clip=nan": "'clip=nan' has no limit",
    "lstm+state-clip=inf": "'state-clip=inf' has no limit",
    "lstm+clip=1e999": "has no limit",
    "lstm+clip": "'clip' has no limit",
    "lstm+no-bias=1": "no-bias takes no value",
    "lstm+no-bias+no-bias": "no-bias is given twice",
    "peephole+peephole": "peephole is given twice",
    "lstm+clip=1+clip=1": "clip is given twice",
    "layer-norm": "gatewise has no layer normalisation yet",
    "lstm+zoneout=0.1": "gatewise has no zoneout yet",
    "gru+recurrent-mask": "gatewise has no masks that are given for recurrent dropout yet",
    "lstm" + "+no-bias" * 100: "the name has 804 characters; at most 200 are read",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_is_refused_in_words(name):
    with pytest.raises(ArgumentError, match=REFUSED[name].replace("(", r"\(")):
        cell_named(name)
    with pytest.raises(ArgumentError):
        Params.init(3, 4, cell=name)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), True, "3", [3]])
def test_a_limit_is_refused_in_words(limit):
    for name in ("clip", "state_clip"):
        with pytest.raises(ArgumentError, match=f"{name}=.*a limit must be a finite number above 0, or None"):
            lstm(**{name: limit})


@pytest.mark.parametrize("limit", [3, 3.0, np.float32(0.5), 1e-9, 1e20, 0.1, 123456.75])
def test_a_limit_keeps_its_digits(limit):
    cell = lstm(clip=limit)
    assert options_of(cell_named(cell.name)).clip == float(limit)
    assert ".0" not in cell.name.replace(".000000001", "")


# No bias ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in OPTIONAL if "no-bias" in name])
def test_no_bias_is_a_bias_of_zeros(name):
    bare = cell_named(name)
    whole = cell_named("lstm" if name == "lstm+no-bias" else name.replace("+no-bias", ""))
    drawn = Drawn(bare)
    missing = [key for key in whole.parameters if key not in bare.parameters]
    assert missing in (["b"], ["b", "c"])
    zeros = {key: np.zeros(size(*whole.parameters[key])) for key in missing}
    full = {key: {**drawn.parameters, **zeros}[key] for key in whole.parameters}
    given, _ = any_cell.forward(bare, drawn.parameters, drawn.x, drawn.initial, drawn.lengths)
    other, _ = any_cell.forward(whole, full, drawn.x, drawn.initial, drawn.lengths)
    np.testing.assert_allclose(given["out"], other["out"], rtol=1e-13, atol=1e-15)
    params = Params.init(3, 4, cell=name)
    assert not hasattr(params, "b")
    assert params.size == sum(array.size for array in params.arrays.values())
    flat = Params.from_flat(
        params.flat(), 3, 4, cell=name, output_size=params.output_size if "projected" in name else None
    )
    assert np.array_equal(flat.flat(), params.flat())
    assert name in repr(params)
    with pytest.raises(ArgumentError, match="has no bias of a forget gate"):
        Params.init(3, 4, cell=name, forget_bias=1)


# Clips ------------------------------------------------------------------------------------------------------


def test_a_clip_keeps_its_argument_between_the_limits():
    z = np.array([-5, -3, -2.5, 0, 2.5, 3, 5, np.nan, np.inf])
    for dtype in ("float32", "float64", "longdouble"):
        worth = FUNCTIONS["clip(3)"].worth(z.astype(dtype))
        assert worth.dtype == dtype
        assert worth.tolist()[:7] == [-3, -3, -2.5, 0, 2.5, 3, 3]
        assert np.isnan(worth[7])
        assert worth[8] == 3
    moved = FUNCTIONS["clip(3)"].worth(z[:7] + 1e-20j)
    assert (moved.imag / 1e-20).tolist() == [0, 0, 1, 1, 1, 0, 0]
    assert FUNCTIONS["clip(0.5)"].decimal(Decimal("0.7")) == Decimal("0.5")


@pytest.mark.parametrize("function", ["tanh", "sigmoid", "softsign", "g", "h"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_slope_of_a_clip_is_told_from_the_value_of_what_is_around_it(function, dtype):
    """At the limit itself it is 0, a little inside of it 1, in every precision."""
    around = FUNCTIONS[function].worth
    for limit in (0.1, 0.5, 1, 2, 3, 4.7):
        between = FUNCTIONS[f"between({function}, {limit})"]
        z = np.array([-9, -limit, -limit * 0.99, 0, limit * 0.99, limit, 9], dtype)
        value = around(FUNCTIONS[f"clip({limit})"].worth(z))
        assert value.dtype == dtype
        assert between.worth(value).tolist() == [0, 0, 1, 1, 1, 0, 0], limit
        assert between.worth(np.nextafter(value, 0)).tolist() == [0, 0, 1, 1, 1, 0, 0], limit
        if dtype == "float64":
            assert [int(between.decimal(Decimal(float(each)))) for each in value] == [0, 0, 1, 1, 1, 0, 0]
    assert np.isnan(between.worth(np.array([np.nan]))).all()


def test_a_rounded_value_at_the_limit_is_at_it():
    """tanh(2) is 0.96403, which a sheet of four digits writes as 0.9640, below it."""
    condition = Call("between(tanh, 2)", Number("0.9640"))
    assert evaluate_decimal(condition) == 0
    assert evaluate_decimal(Call("between(tanh, 2)", Number("0.9639"))) == 1
    assert evaluate_decimal(Call("between(sigmoid, 3)", Number("0.0475"))) == 1  # σ(−3) is 0.04743
    assert evaluate_decimal(Call("between(sigmoid, 3)", Number("0.0474"))) == 0
    for limit, value in (("2", "0"), ("0.001", "0"), ("0.001", "0.0005"), ("3", "2.9")):
        assert evaluate_decimal(Call(f"between({limit})", Number(value))) == (float(value) < float(limit))
    assert evaluate(Call("between(0.5)", Number("0.5"))) == 0


@pytest.mark.parametrize("name", CLIPPED)
def test_a_clip_clips_and_its_slope_left_out_is_noticed(name):
    drawn = Drawn(cell_named(name), 1)
    derived = drawn.cell.derivation
    conditions = 0
    for of, made in derived.deltas.items():
        for factor in made.slope:
            if isinstance(factor, Call):
                conditions += 1
                slope = tuple(each for each in made.slope if each is not factor)
                other = replace(drawn.cell)
                deltas = {**derived.deltas, of: replace(made, slope=slope)}
                other.__dict__["derivation"] = replace(derived, deltas=deltas)
                tried = (Drawn(other, seed) for seed in range(1, 9))
                assert max(wrong.worst(wrong.gradients()) for wrong in tried) > 1e-6, of
    assert conditions == len(drawn.cell.gates) * ("+clip" in name) + ("state-clip" in name)


def test_a_clip_in_every_writing():
    a, i = Symbol("a"), Symbol("i")
    clip, tanh, sigmoid = (
        Call("clip(3)", a + i),
        Call("between(tanh, 3)", a),
        Call("between(sigmoid, 0.5)", i),
    )
    assert text(clip) == "clip(a + i, 3)"
    assert text(clip**2) == "clip(a + i, 3)²"
    assert text(tanh * a) == "[tanh(−3) < a < tanh(3)] ⊙ a"
    assert text(sigmoid) == "[σ(−0.5) < i < σ(0.5)]"
    assert latex(tanh) == r"\left[ \tanh\left( -3 \right) < a < \tanh\left( 3 \right) \right]"
    assert "&lt;" in mathml(tanh)
    assert "< <" not in mathml(tanh)


OWN = {
    "around and inside": "a_t = clip(tanh(clip(W_a·x_t + U_a·out_{t-1}, 0.9)), 0.6)\nout_t = 2 × a_t",
    "no gate, before": "s_t = clip(W·x_t + U·out_{t-1}, 1)\nout_t = tanh(s_t)",
    "no gate, after": "s_t = W·x_t + U·out_{t-1}\nout_t = softsign(clip(s_t, 1))",
    "within a product": "s_t = W·x_t + U·out_{t-1}\nout_t = tanh(clip(s_t, 1)) ⊙ clip(s_t, 0.5)^2",
    "as the activation": "a_t = clip(W_a·x_t + U_a·out_{t-1}, 0.7)\nout_t = a_t ⊙ a_t + out_{t-1} / 2",
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_clips_in_a_cell_of_ones_own(name):
    drawn = Drawn(read_cell(OWN[name]))
    assert drawn.worst(drawn.gradients()) < 1e-12
    assert any("clip" in note for note in drawn.cell.derivation.notes)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("out_t = clip(W·x_t + U·out_{t-1})", "clip needs its limit after a comma"),
        ("out_t = clip(W·x_t, U·out_{t-1})", "the limit of clip is a number above 0"),
        ("out_t = clip(W·x_t, 0)", "the limit of clip is a number above 0"),
        ("out_t = clip(W·x_t, -1)", "the limit of clip is a number above 0"),
        ("out_t = clip(W·x_t, 3", "a bracket is not closed"),
        ("out_t = clip(W·x_t, ", "the limit of clip is a number above 0"),
        ("out_t = W·x_t, 3", "',' is not understood here"),
        ("out_t = clamp(W·x_t, 3)", r"clamp is no function; there are tanh, .*clip\(…, 3\)"),
    ],
)
def test_a_clip_is_refused_with_its_place(line, said):
    with pytest.raises(CellError, match=f"line 1, column .*{said}"):
        read_cell(line)


def test_what_was_said_of_clips():
    derived = cell_named("lstm+clip=3+state-clip=0.5").derivation
    assert [str(each) for each in derived.backward[1:3]] == [
        "δstateₜ = (δoutₜ ⊙ oₜ ⊙ (1 − tanh²(stateₜ)) + δstateₜ₊₁ ⊙ fₜ₊₁) ⊙ [−0.5 < stateₜ < 0.5]",
        "δaₜ = δstateₜ ⊙ iₜ ⊙ (1 − aₜ²) ⊙ [tanh(−3) < aₜ < tanh(3)]",
    ]
    assert derived.backward[2].why.endswith(
        "then tanh′ = 1 − tanh², and the clip, [tanh(−3) < a_t < tanh(3)]. δa, δi, δf and δo are taken before their "
        "activations."
    )
    assert derived.backward[1].why.endswith(
        "then the clip, [−0.5 < state_t < 0.5]. δstate is taken before the clip."
    )
    assert "at the limit itself or beyond it, gives nothing back" in derived.notes[-1]
    assert "Where it is clipped, nothing comes back." in derived.notes[-2]
    assert "clipped" not in " ".join(LSTM.derivation.notes)


# What a cell is stays so ------------------------------------------------------------------------------------


def test_a_cell_cannot_be_changed_after_its_check():
    cell = read_cell("g_t = σ(W_g·x_t + U_g·out_{t-1})\nout_t = g_t", words={"g": "leak"})
    given = dict(cell.parameters)
    other = gatewise.Cell(
        cell.name,
        cell.title,
        cell.gates,
        cell.carried,
        given,
        cell.forward,
        parts=cell.parts,
        words=cell.words,
    )
    given["W"] = ("H", "H")
    assert other == cell
    assert other.parameters["W"] == ("H", "D")
    for table in (cell.parameters, cell.parts, cell.sizes, cell.words):
        with pytest.raises(TypeError):
            table["W"] = ("H", "H")
    for copied in (pickle.loads(pickle.dumps(cell)), copy.copy(cell), copy.deepcopy(cell), replace(cell)):
        assert copied == cell
        assert hash(copied) == hash(cell)
        assert copied.derivation.backward == cell.derivation.backward


def test_a_cell_of_ones_own_that_has_a_known_name_stays_ones_own():
    own = read_cell("s_t = W·x_t + U·out_{t-1}\nout_t = tanh(s_t)", name="lstm+clip=3")
    assert pickle.loads(pickle.dumps(own)) == own != cell_named("lstm+clip=3")
    assert options_of(own) is None
