"""Numbers and functions as people write them: commas, fractions, percent, powers of ten, e, logarithms, roots."""

from decimal import Decimal

import numpy as np
import pytest

from gatewise.expression import Array, Call, Number, evaluate, evaluate_decimal, magnitude, text
from gatewise.teach.checker.read import read


def lines(reading):
    return [" = ".join(text(side.tree) for side in (claim.left, *claim.sides)) for claim in reading.claims]


def numbers(source, name="a.md"):
    return [number.text for number in read(source, name=name).numbers]


# Decimal commas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$$f_1 = \\sigma(0,7 \\cdot 1,2 + 0,1) = 0,7350$$", ["f₁ = σ(0.7 · 1.2 + 0.1) = 0.7350"]),
        ("$W_f = 0,7, U_f = -0,4, b_f = 0,1$", ["W_f = 0.7", "U_f = −0.4", "b_f = 0.1"]),
        ("$x_1 = 1,2$ und $h_0 = 0,2$", ["x₁ = 1.2", "out₀ = 0.2"]),
        ("$W_f = [0,4; 0,7]$ und $f_1 = 0,735$", ["W_f = [0.4; 0.7]", "f₁ = 0.735"]),
        ("$W_f = [0,4, 0,7]$ und $f_1 = 0,735$", ["W_f = [0.4 0.7]", "f₁ = 0.735"]),
        ("f_1 = 0,735\nc_1 = 0,7 * 0,3 = 0,21\n", ["f₁ = 0.735", "state₁ = 0.7 × 0.3 = 0.21"]),
        ("| t | f | c |\n|---|---|---|\n| 1 | 0,735 | 0,76 |\n", ["f₁ = 0.735", "state₁ = 0.76"]),
        ("$f_1 = 0{,}735$, $c_1 = 0,76$", ["f₁ = 0.735", "state₁ = 0.76"]),
        ("$\\delta_{f,2} = 0,5$ und $\\delta_{i,2} = 0,25$", ["δf₂ = 0.5", "δi₂ = 0.25"]),
        ("## 2.1 Vorwärts\n\n$f_1 = 0,735$ und $c_1 = 0,76$", ["f₁ = 0.735", "state₁ = 0.76"]),
        ("```python\nx = 0.7 + 0.8 + 0.9\n```\n\n$f_1 = 0,735$", ["f₁ = 0.735"]),
    ],
)
def test_decimal_commas(source, expected):
    reading = read(source, name="a.md")
    assert lines(reading) == expected
    assert (reading.unread, reading.remarks) == ((), ())
    assert reading.text == source
    for number in reading.numbers:
        printed = source[number.at.offset : number.at.offset + number.at.length]
        assert printed.replace("{,}", ".").replace(",", ".") == number.text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$W_f = [0.4,0.7]$", ["W_f = [0.4 0.7]"]),
        ("$x = [1,2]$ and $f_1 = 0.5$", ["x = [1 2]", "f₁ = 0.5"]),
        ("$y = [0,1]$", ["label = [0 1]"]),
        ("$x_1 = 0.5,x_2 = 1,x_3 = 2$", ["x₁ = 0.5", "x₂ = 1", "x₃ = 2"]),
        ("$x_1 = 0.5$, the 1,000 samples, $f_1 = 0.25$", ["x₁ = 0.5", "f₁ = 0.25"]),
        ("$x = (1,2,3)$", ["x = [1 2 3]"]),
        ("$\\delta_{f,2} = 1$", ["δf₂ = 1"]),
    ],
)
def test_commas_that_part_entries(source, expected):
    assert lines(read(source, name="a.md")) == expected


# Numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("73.5%", "0.735"),
        (r"73.5\%", "0.735"),
        (r"73.50\,\%", "0.7350"),
        ("5%", "0.05"),
        ("-2.5%", "-0.025"),
        ("150%", "1.50"),
        ("1.2e-3", "1.2e-3"),
        ("1.2E-3", "1.2e-3"),
        ("1.2·10⁻³", "1.2e-3"),
        (r"1.2 \times 10^{-3}", "1.2e-3"),
        (r"1.2 \cdot 10^{-3}", "1.2e-3"),
        ("1.2*10^-3", "1.2e-3"),
        ("−0.5", "-0.5"),
        (".5", "0.5"),
        (r"1{,}5", "1.5"),
    ],
)
def test_one_number(written, expected):
    reading = read(f"$f_0 = {written}$", name="a.md")
    assert [number.text for number in reading.numbers] == [expected]
    assert (reading.unread, reading.remarks) == ((), ())


@pytest.mark.parametrize(
    ("written", "expected", "value"),
    [
        (r"\frac{1}{1+0.3606}", "1 / (1 + 0.3606)", 0.73497),
        (r"\frac{1}{1 + e^{-1.02}}", "1 / (1 + exp(−1.02))", 0.73497),
        (r"1/(1+e^{-1.02})", "1 / (1 + exp(−1.02))", 0.73497),
        ("1/(1+e^-1.02)", "1 / (1 + exp(−1.02))", 0.73497),
        ("1/(1+e^(-1.02))", "1 / (1 + exp(−1.02))", 0.73497),
        (r"\dfrac{1}{1 + \exp(-1.02)}", "1 / (1 + exp(−1.02))", 0.73497),
        (r"\mathrm{e}^{0.5}", "exp(0.5)", 1.64872),
        ("e⁻¹", "exp(−1)", 0.36788),
        (r"\exp\left(-1\right)", "exp(−1)", 0.36788),
        (r"-\ln 0.5", "−log(0.5)", 0.69315),
        (r"-\log(0.5)", "−log(0.5)", 0.69315),
        ("-ln(0.5)", "−log(0.5)", 0.69315),
        (r"-\log_e 0.5", "−log(0.5)", 0.69315),
        (r"-(1 \ln 0.5 + 0 \ln 0.5)", "−(1 × log(0.5) + 0 × log(0.5))", 0.69315),
        (r"\max(0, -0.3)", "relu(−0.3)", 0),
        (r"\max(0.3, 0)", "relu(0.3)", 0.3),
        (r"\max\{0.3, 0.5, 0.1\}", "max([0.3 0.5 0.1])", 0.5),
        ("ReLU(-0.3)", "relu(−0.3)", 0),
        (r"\text{ReLU}(0.3)", "relu(0.3)", 0.3),
        (r"\sqrt{0.25}", "√(0.25)", 0.5),
        ("√0.25", "√(0.25)", 0.5),
        ("0.25^{1/2}", "√(0.25)", 0.5),
        ("0.25^{0.5}", "√(0.25)", 0.5),
        ("|-0.5|", "abs(−0.5)", 0.5),
        (r"\left|0.3 - 0.8\right|", "abs(0.3 − 0.8)", 0.5),
        (r"2 \cdot |0.25 - 0.5|", "2 · abs(0.25 − 0.5)", 0.5),
        (r"\tanh^2(0.5)", "tanh²(0.5)", 0.21355),
        (r"0.5^2 + 2^{-1}", "0.5² + 2⁻¹", 0.75),
        (r"\operatorname{sigmoid}(1.02)", "σ(1.02)", 0.73497),
        ("sigmoid(1.02)", "σ(1.02)", 0.73497),
        (r"\sigma_g(1.02)", "σ(1.02)", 0.73497),
    ],
)
def test_functions(written, expected, value):
    reading = read(f"$$f_0 = {written}$$", name="a.md")
    assert (reading.unread, reading.remarks) == ((), ())
    (claim,) = reading.claims
    assert text(claim.sides[0].tree) == expected
    assert float(evaluate(claim.sides[0].tree)) == pytest.approx(value, abs=1e-5)
    assert float(evaluate_decimal(claim.sides[0].tree)) == pytest.approx(value, abs=1e-5)


def test_softmax_is_a_function_of_a_vector():
    (claim,) = read(r"$$\hat{y} = \text{softmax}([1, 2, 3]) = [0.09, 0.2447, 0.6652]$$").claims
    tree = claim.sides[0].tree
    assert np.ravel(evaluate(tree)) == pytest.approx([0.09003, 0.24473, 0.66524], abs=1e-5)
    assert [float(v) for v in np.ravel(evaluate_decimal(tree))] == pytest.approx(
        list(np.ravel(evaluate(tree)))
    )


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (r"\mathrm{swish}(0.3) + 0.5", 2),
        ("gelu(0.3)", 1),
        (r"\foo{0.3}", 1),
        (r"\log_3 0.5", 1),
        (r"\sqrt[3]{0.5}", 1),
        (r"0.5^{0.3}", 2),
        (r"\max_i 0.5", 1),
        ("|0.5", 1),
    ],
)
def test_what_is_not_known_is_counted(written, count):
    reading = read(f"$$f_0 = {written} = 0.25$$", name="a.md")
    assert lines(reading) == ["f₀ = 0.25"]
    (piece,) = reading.unread
    assert piece.numbers >= count
    assert [stretch.kind for stretch in reading.skipped] == ["formula"]


def test_the_numbers_of_an_unreadable_left_side_are_counted():
    reading = read(r"$$\foo = 0.25$$ and $$\foo{0.5} = 0.3 \cdot 0.5 = 0.15$$")
    assert lines(reading) == ["0.3 · 0.5 = 0.15"]
    assert sum(stretch.numbers for stretch in reading.skipped) == 2


# Values of functions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "z"), [("log", "0.37"), ("log", "12.5"), ("sqrt", "0.37"), ("sqrt", "2"), ("exp", "-0.3")]
)
def test_values_in_floats_and_decimals_agree(function, z):
    call = Call(function, Number(z))
    assert float(evaluate_decimal(call)) == pytest.approx(float(getattr(np, function)(float(z))), rel=1e-15)
    assert float(evaluate(call)) == float(getattr(np, function)(float(z)))
    assert float(magnitude(call)) >= abs(float(evaluate(call)))


@pytest.mark.parametrize(
    ("function", "z", "value"), [("log", "-1", np.nan), ("log", "0", -np.inf), ("sqrt", "-1", np.nan)]
)
def test_where_there_is_no_value_there_is_no_warning(function, z, value):
    for worth in (evaluate, evaluate_decimal):
        assert float(worth(Call(function, Number(z)))) == pytest.approx(value, nan_ok=True)


def test_max_and_softmax_take_all_entries():
    vector = Array(((Number("1000"),), (Number("1001"),)))
    assert evaluate(Call("max", vector)) == 1001
    assert evaluate_decimal(Call("max", vector)) == Decimal(1001)
    assert np.ravel(evaluate(Call("softmax", vector))) == pytest.approx([0.26894, 0.73106], abs=1e-5)
    assert sum(np.ravel(evaluate_decimal(Call("softmax", vector)))) == pytest.approx(Decimal(1))
