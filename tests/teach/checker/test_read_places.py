"""Where mathematics stands: tables, lists, blocks, prints, notebooks; and what is counted instead of read."""

import json

import pytest

from gatewise.expression import text
from gatewise.teach.checker.read import read

GIVEN = "x_1 = 1.2, x_2 = -0.7, h_0 = 0.2, b_f = 0.1\n\n"  # one unit, two steps


def lines(reading):
    return [" = ".join(text(side.tree) for side in (claim.left, *claim.sides)) for claim in reading.claims]


def counted(reading):
    return [(stretch.kind, stretch.numbers) for stretch in reading.skipped]


def places_are_true(reading):
    for number in reading.numbers:
        assert reading.text[number.at.offset : number.at.offset + number.at.length].strip("% ") != ""


TABLES = {
    "quantities in the head, with dollars": (
        "| t | $f_t$ | $\\tilde{c}_t$ |\n|---|---|---|\n| 1 | 0.735 | 0.8 |\n| 2 | $0.45$ | **-0.4** |\n",
        ["f₁ = 0.735", "a₁ = 0.8", "f₂ = 0.45", "a₂ = −0.4"],
    ),
    "plain names, no bars outside": (
        "step | f | c\n--- | ---: | :---\n1 | 0.735 | 0.76\n2 | 0.45 | 0.17\n",
        ["f₁ = 0.735", "state₁ = 0.76", "f₂ = 0.45", "state₂ = 0.17"],
    ),
    "t = 1 in the first column": (
        "| $t$ | f_t | h_t |\n|:-:|:-:|:-:|\n| $t=1$ | 0.735 | — |\n| t = 2 | 0.45 | 0.0806 |\n",
        ["f₁ = 0.735", "f₂ = 0.45", "out₂ = 0.0806"],
    ),
    "the state before": (
        "| t | $c_{t-1}$ | $c_t$ |\n|---|---|---|\n| 1 | 0.3 | 0.76 |\n",
        ["state₀ = 0.3", "state₁ = 0.76"],
    ),
    "steps in the head": (
        "| | $t=1$ | $t=2$ |\n|---|---|---|\n| $f_t$ | 0.735 | 0.45 |\n| Output gate | 0.79 | 0.47 |\n| h | 0.5 | 0.08 |\n",
        ["f₁ = 0.735", "f₂ = 0.45", "o₁ = 0.79", "o₂ = 0.47", "out₁ = 0.5", "out₂ = 0.08"],
    ),
    "bare numbers of steps in the head": (
        "| | 0 | 1 |\n|---|---|---|\n| f | 0.735 | 0.45 |\n",
        ["f₀ = 0.735", "f₁ = 0.45"],
    ),
    "derivatives": (
        "| t | $\\delta f_t$ | $\\frac{\\partial L}{\\partial h_t}$ |\n|--|--|--|\n| 2 | 0.01 | -0.5 |\n",
        ["δf₂ = 0.01", "δout₂ = −0.5"],
    ),
    "gates by parameters": (
        "| Gate | W | U | b |\n|---|---|---|---|\n| forget | 0.7 | 0.4 | 0.1 |\n| $\\tilde{c}$ | 0.9 | 0.6 | -0.1 |\n",
        ["W_f = 0.7", "U_f = 0.4", "b_f = 0.1", "W_a = 0.9", "U_a = 0.6", "b_a = −0.1"],
    ),
    "parameters by gates": (
        "| | f | i |\n|---|---|---|\n| W | 0.7 | 0.5 |\n| b | 0.1 | 0.2 |\n",
        ["W_f = 0.7", "W_i = 0.5", "b_f = 0.1", "b_i = 0.2"],
    ),
    "quantity, formula, value": (
        "| Quantity | Formula | Value |\n|---|---|---|\n| $f_1$ | $\\sigma(1.02)$ | 0.735 |\n"
        "| Candidate $g_1$ | tanh(1.1) | 0.8005 |\n",
        ["f₁ = σ(1.02) = 0.735", "a₁ = tanh(1.1) = 0.8005"],
    ),
    "name and value": (
        "| Name | Value |\n|---|---|\n| W_f | 0.7 |\n| x_1 | 1.2 |\n",
        ["W_f = 0.7", "x₁ = 1.2"],
    ),
    "one row below its names": (
        "| f_1 | i_1 |\n|---|---|\n| 0.735 | 0.677 |\n",
        ["f₁ = 0.735", "i₁ = 0.677"],
    ),
    "formulas in cells": (
        "| t | f_t |\n|---|---|\n| 1 | σ(1.02) = 0.735 |\n",
        ["f₁ = σ(1.02) = 0.735"],
    ),
    "tabular": (
        "\\begin{tabular}{c|cc}\n\\hline\n$t$ & $f_t$ & $c_t$ \\\\\n\\hline\n1 & 0.735 & $0.76$ \\\\\n2 & 0.45 & 0.17\\\\\n\\hline"
        "\n\\end{tabular}\n",
        ["f₁ = 0.735", "state₁ = 0.76", "f₂ = 0.45", "state₂ = 0.17"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_tables_are_read(kind):
    source, expected = TABLES[kind]
    reading = read(source, name="a.md")
    assert lines(reading) == expected
    assert (reading.unread, reading.remarks, reading.skipped) == ((), (), ())
    places_are_true(reading)


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("| step | ours | theirs |\n|---|---|---|\n| 1 | 0.735 | 0.7351 |\n", 2),
        ("| Epoch | Accuracy |\n|---|---|\n| 1 | 0.735 |\n| 2 | 0.8 |\n", 2),
        ("| Quantity | value | numeric |\n|---|---|---|\n| $f_1$ | 0.735 | 0.7350001 |\n", 2),
        ("| f | i |\n|---|---|\n| 0.735 | 0.1 |\n| 0.5 | 0.2 |\n", 2),
    ],
)
def test_a_table_that_cannot_be_told_is_counted(source, numbers):
    reading = read(source, name="a.md")
    assert (reading.claims, counted(reading)) == ((), [("table", numbers)])
    (stretch,) = reading.skipped
    assert stretch.at.line == 3
    assert stretch.last_line == source.count("\n")


LISTS = {
    "1. f = 0.7350\n2. i = 0.6770\n": ["f = 0.7350", "i = 0.6770"],
    "1) f_0 = 0.7350\n": ["f₀ = 0.7350"],
    "- f_0 = 0.735\n- c_0 = 0.5·0.3 = 0.15\n": ["f₀ = 0.735", "state₀ = 0.5 · 0.3 = 0.15"],
    "* f_0 ≈ 0.735\n+ i_0: 0.677\n": ["f₀ = 0.735", "i₀ = 0.677"],
    "- **f_0** = 0.735\n- *i_0* = 0.677\n- `o_0 = 0.78`\n": ["f₀ = 0.735", "i₀ = 0.677", "o₀ = 0.78"],
    "• δf_0 = 0.01\n• ∂L/∂h_0 = 0.5\n": ["δf₀ = 0.01", "δout₀ = 0.5"],
}


@pytest.mark.parametrize("source", LISTS)
@pytest.mark.parametrize(("before", "name"), [("", "a.md"), ("$x_0 = 1$\n\n", "a.md"), ("", "a.txt")])
def test_lists_are_read(source, before, name):
    reading = read(before + source, name=name)
    assert lines(reading)[bool(before) :] == LISTS[source]
    assert (reading.unread, reading.remarks) == ((), ())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$f_0$ = 0.735", ["f₀ = 0.735"]),
        ("We get $f_0$ = 0.735, and $c_0$ ≈ 0.76.", ["f₀ = 0.735", "state₀ = 0.76"]),
        ("- $f_0$: 0.735\n- $i_0$: **0.677**", ["f₀ = 0.735", "i₀ = 0.677"]),
        ("$f_0 = \\sigma(1.02)$ = 0.735", ["f₀ = σ(1.02) = 0.735"]),
        ("$f_0 = \\sigma(1.02)$ = **0.735**", ["f₀ = σ(1.02) = 0.735"]),
        ("**f<sub>0</sub>** = σ(1.02) = 0.9350", ["f₀ = σ(1.02) = 0.9350"]),
        ("W<sub>f</sub> = 0.7, h<sub>−1</sub> = 0.2", ["W_f = 0.7", "out₋₁ = 0.2"]),
        ("c<sub>t</sub> = 0.5<br>\nh<sub>t</sub> = 0.6", ["stateₜ = 0.5", "outₜ = 0.6"]),
        (
            "W_f = 0.7, U_f = 0.4, x_0 = 1.2, h_-1 = 0.2",
            ["W_f = 0.7", "U_f = 0.4", "x₀ = 1.2", "out₋₁ = 0.2"],
        ),
        ("f_0=0.735", ["f₀ = 0.735"]),
        ("t=1: f=0.735, i=0.677", ["f₁ = 0.735", "i₁ = 0.677"]),
        ("Step 2: c = 0.1745 h = 0.0806", ["state₂ = 0.1745", "out₂ = 0.0806"]),
    ],
)
def test_lines_in_markdown_without_dollars(source, expected):
    for text_before in ("", "$$x_0 = 1$$\n\n"):
        assert lines(read(text_before + source + "\n", name="a.md"))[bool(text_before) :] == expected


BLOCKS = {
    "f_1 = 0.7350\nc_1 = g_1*i_1 + f_1*0.3 = 0.9624\n": ["f₁ = 0.7350", "state₁ = a₁ ⊙ i₁ + f₁ × 0.3 = 0.9624"],
    "f_1 = sigmoid(0.7*1.2 + 0.1)\n    = sigmoid(0.94)\n    = 0.7191\n": ["f₁ = σ(0.7 × 1.2 + 0.1) = σ(0.94) = 0.7191"],
    "f_1 = σ(0.94) = 0.7191   # forget gate\n": ["f₁ = σ(0.94) = 0.7191"],
    "t=1: f=0.7350 i=0.6770\nt=2: f=0.4532 i=0.4251\n": ["f₁ = 0.7350", "i₁ = 0.6770", "f₂ = 0.4532", "i₂ = 0.4251"],
    "t = 1\n  f: 0.735\n  c: 0.76\nt = 2\n  f: 0.45\n": ["f₁ = 0.735", "state₁ = 0.76", "f₂ = 0.45"],
    "c_1: [0.7624]\nh_1: tensor([0.5060])\n": ["state₁ = 0.7624", "out₁ = 0.5060"],
}  # fmt: skip


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("fence", ["```", "~~~", "```text", ""])
def test_blocks_of_worked_lines_are_read(block, fence):
    if fence:
        source = f"# Homework\n\n{fence}\n{block}{fence[:3]}\n\nDone.\n"
    else:
        source = (
            "# Homework\n\n$W_f = 0.1$\n\n"
            + "".join(f"    {line}\n" for line in block.splitlines())
            + "\nDone.\n"
        )
    reading = read(source, name="a.md")
    assert lines(reading)[not fence :] == BLOCKS[block]
    assert (reading.unread, reading.skipped) == ((), ())


PROGRAMS = {
    "import numpy as np\nf_1 = 0.735\n": 1,
    "f = sigmoid(np.dot(W, x) + 0.1)\nc = 0.5\n": 2,
    "def step(x):\n    return 0.5 * x\n": 1,
    "for t in range(3):\n    c = 0.5\n": 2,
    "print(0.735)\n": 1,
    "self.c = 0.5\n": 1,
    "double f = 0.735;\n": 1,
    "f = 0.5;\nc = [1 2];\n": 3,
    "h *= 0.5\n": 1,
    "if (f == 0.5) {\n": 1,
    "x = torch.tensor([0.5, 0.25])\n": 2,
    "c1 = 1.5e-3 + len(x)\n": 1,
}


@pytest.mark.parametrize("block", PROGRAMS)
def test_program_text_is_counted_not_read(block):
    for source in (
        f"```\n{block}```\n",
        f"```python\n{block}```\n",
        "\n" + "".join(f"    {x}\n" for x in block.splitlines()),
    ):
        reading = read("$W_f = 0.1$\n\n" + source, name="a.md")
        assert lines(reading) == ["W_f = 0.1"]
        assert counted(reading) == [("code", PROGRAMS[block])]
        assert reading.program == PROGRAMS[block]


def test_a_program_in_its_own_fence_is_no_worked_line():
    reading = read("```python\nW_f = 0.7\nx_0 = 1.2\n```\n", name="a.md")
    assert (lines(reading), counted(reading)) == ([], [("code", 2)])
    assert (reading.skipped[0].at.line, reading.skipped[0].last_line) == (2, 3)


PRINTS = {
    ">>> c\narray([[0.9999],\n       [0.1234]])": ["state₁ = 0.9999", "state₂ = 0.1234"],
    ">>> c\narray([0.9999, 0.1234])": ["state₁ = 0.9999", "state₂ = 0.1234"],
    ">>> print(c)\n[[0.9999]\n [0.1234]]": ["state₁ = 0.9999", "state₂ = 0.1234"],
    ">>> c_1\n0.7624": ["state₁ = 0.7624"],
    ">>> f1\ntensor([0.7350], grad_fn=<SigmoidBackward0>)": ["f₁ = 0.7350"],
    "In [3]: h_1\nOut[3]: array([0.506])": ["out₁ = 0.506"],
    ">>> h = tanh(c)\n>>> h[1]\nnp.float64(0.5)": ["out₁ = 0.5"],
    ">>> W_f\narray([[0.7]])": ["W_f = 0.7"],
}


@pytest.mark.parametrize("printed", PRINTS)
def test_prints_are_read_one_value_a_step(printed):
    reading = read(f"{GIVEN}```\n{printed}\n```\n", name="a.md")
    assert lines(reading)[4:] == PRINTS[printed]
    assert [kind for kind, _ in counted(reading) if kind != "code"] == []
    places_are_true(reading)


@pytest.mark.parametrize(
    ("printed", "numbers"),
    [
        (">>> np.tanh(0.5)\n0.46211716", 1),
        (">>> c\narray([0.1, 0.2, 0.3])", 3),
        ("[[0.1 0.2]\n [0.3 0.4]]", 4),
        (">>> accuracy\n0.91", 1),
    ],
)
def test_prints_that_cannot_be_told_are_counted(printed, numbers):
    reading = read(f"{GIVEN}```\n{printed}\n```\n", name="a.md")
    assert len(reading.claims) == 4
    assert dict(counted(reading))["output"] == numbers


def notebook(*cells):
    made = [
        {
            "cell_type": kind,
            "metadata": {},
            "source": source,
            **({} if kind == "markdown" else {"outputs": outputs}),
        }
        for kind, source, outputs in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_notebooks_outputs_are_read_and_their_code_is_counted():
    source = notebook(
        ("markdown", ["$x_1 = 1.2$, $x_2 = -0.7$\n", "\n", "$b_f = 0.1$"], []),
        ("code", "f_1 = sigmoid(0.94)\nprint(f'f_1 = {f_1:.4f}')",
         [{"output_type": "stream", "text": ["f_1 = 0.7350\n", "c_1 = 0.9999\n"]}]),
        ("code", "c", [{"output_type": "execute_result", "data": {"text/plain": ["array([[0.9999],\n", "       [0.1234]])"]}}]),
        ("code", "loss(0.5)", [{"output_type": "execute_result", "data": {"text/plain": "0.125"}}]),
        ("markdown", "and $h_1 = 0.1111$", []),
    )  # fmt: skip
    reading = read(source, name="a.ipynb")
    assert lines(reading) == [
        "x₁ = 1.2", "x₂ = −0.7", "b_f = 0.1", "f₁ = 0.7350", "state₁ = 0.9999",
        "state₁ = 0.9999", "state₂ = 0.1234", "out₁ = 0.1111",
    ]  # fmt: skip
    places = {text(claim.left.tree): next(claim.numbers).at for claim in reading.claims}
    assert (places["f₁"].cell, places["f₁"].line, places["f₁"].column) == (2, 1, 7)
    assert (places["state₂"].cell, places["state₂"].line) == (3, 2)
    assert places["out₁"].cell == 5
    assert counted(reading) == [("code", 1), ("code", 1), ("output", 1)]
    assert [stretch.at.cell for stretch in reading.skipped] == [2, 4, 4]


def test_every_number_is_read_or_counted():
    reading = read(
        f"{GIVEN}| a | b |\n|---|---|\n| 0.5 | 0.6 |\n| 0.7 | 0.8 |\n\n```python\nx = 0.5\n```\n\n"
        "$$f_1 = \\foo{0.25} = 0.75$$\n\n```\n0.125 0.25\n```\n",
        name="a.md",
    )
    assert [number.text for number in reading.numbers] == ["1.2", "-0.7", "0.2", "0.1", "0.75"]
    assert counted(reading) == [("table", 2), ("code", 1), ("formula", 1), ("output", 2)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$$\\begin{cases} f_1 = 0.5 \\\\ i_1 = 0.6 \\end{cases}$$", ["f₁ = 0.5", "i₁ = 0.6"]),
        ("$$\\left\\{ \\begin{array}{l} f_1 = 0.5 \\\\ i_1 = 0.6 \\end{array} \\right.$$", ["f₁ = 0.5", "i₁ = 0.6"]),
        ("$$\\left\\{\\begin{aligned} f_1 &= 0.5 \\\\ i_1 &= 0.6 \\end{aligned}\\right.$$", ["f₁ = 0.5", "i₁ = 0.6"]),
        ("$$\\begin{array}{rcl} f_1 &=& 0.5 \\\\ i_1 &=& 0.6 \\end{array}$$", ["f₁ = 0.5", "i₁ = 0.6"]),
        ("$$f_2 = \\sigma(0.5 + 0.1)$$\n\n$$= \\sigma(0.6)$$\n\n$$\\approx 0.6457$$", ["f₂ = σ(0.5 + 0.1) = σ(0.6) = 0.6457"]),
        ("\\begin{align*}\nf_1 &= \\sigma(0.6) \\\\\n&= 0.6457\n\\end{align*}", ["f₁ = σ(0.6) = 0.6457"]),
        ("$$z_1 = \\underbrace{0.7 \\cdot 1.2}_{0.84} + 0.1 = 0.94$$", ["z₁ = 0.7 · 1.2 + 0.1 = 0.94", "0.7 · 1.2 = 0.84"]),
        ("$$z_1 = \\underbrace{0.7 \\cdot 1.2}_{=0.84} + 0.1$$", ["z₁ = 0.7 · 1.2 + 0.1", "0.7 · 1.2 = 0.84"]),
        ("$$z_1 = \\underbrace{0.5 + 0.1}_{\\text{input}} = 0.6$$", ["z₁ = 0.5 + 0.1 = 0.6"]),
        ("$$\\foo = 0.3 \\cdot 0.4 = 0.12$$", ["0.3 · 0.4 = 0.12"]),
    ],
)  # fmt: skip
def test_chains_over_rows_displays_and_braces(source, expected):
    reading = read(source, name="a.md")
    assert lines(reading) == expected
    assert reading.remarks == ()
