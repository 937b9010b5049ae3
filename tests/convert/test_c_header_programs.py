"""Programs with headers in them: several models, several units, no heap; and the names that a header may have."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from c_headers import compiled, needs

from gatewise import Params
from gatewise.convert.c.plan import plan_of
from gatewise.convert.c.writing import Names, checked_name, comment, literal, string
from gatewise.convert.c_header import header_of, write
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.errors import ArgumentError, ConvertError
from gatewise.learn.sequential import Recurrent, Sequential


def model(seed, cell="lstm", dtype="float64"):
    return Sequential([Recurrent([Params.init(2, 3, seed=seed, cell=cell, dtype=dtype)])])


def saved(folder, name, network):
    text = header_of(plan_of(network), Names(name, str(network.dtype)), name)
    (folder / f"{name}.h").write_text(text, encoding="utf-8")
    return text


ONE = """
#include "first.h"
#include "second.h"
#include "first.h"
#include <stdio.h>
void other(const double *x, double *y);
int main(void)
{
    first_state a; second_state b;
    double x[2] = {0.5, -1.0}, y[3], z[3]; float narrow[2] = {0.5f, -1.0f}, w[3];
    first_reset(&a); second_reset(&b);
    first_step(&a, x, y); first_step(&a, x, y);
    second_step(&b, narrow, w);
    other(x, z);
    printf("%.17g %.17g %.17g %.9g %.9g %.9g %.17g %.17g %.17g\\n", y[0], y[1], y[2],
        (double)w[0], (double)w[1], (double)w[2], z[0], z[1], z[2]);
    return 0;
}
"""
OTHER = """
#include "first.h"
void other(const double *x, double *y);
void other(const double *x, double *y)
{
    first_state state;
    first_reset(&state);
    first_step(&state, x, y);
}
"""


def test_two_headers_in_one_program_and_one_header_in_two_units(tmp_path):
    needs()
    first, second = model(1), model(2, "gru", "float32")
    saved(tmp_path, "first", first)
    saved(tmp_path, "second", second)
    units = [compiled(tmp_path, text, name=name) for name, text in (("one", ONE), ("other", OTHER))]
    subprocess.run(["gcc", *map(str, units), "-o", str(tmp_path / "program"), "-lm"], check=True, timeout=60)
    told = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True).stdout
    numbers = np.array(told.split(), float)
    x = np.array([[0.5, -1.0]] * 2)
    outs = first.forward(x)
    np.testing.assert_allclose(numbers[:3], outs[1], rtol=1e-12)
    np.testing.assert_allclose(numbers[3:6], second.forward(x[:1].astype("float32"))[0], rtol=1e-6)
    np.testing.assert_allclose(numbers[6:], outs[0], rtol=1e-12)


def test_it_calls_nothing_but_libm_and_keeps_nothing_but_constants(tmp_path):
    needs()
    saved(tmp_path, "first", model(1))
    made = compiled(tmp_path, OTHER, name="other")
    listed = subprocess.run(["nm", str(made)], capture_output=True, text=True, check=True).stdout
    symbols = [line.split()[-2:] for line in listed.splitlines()]
    assert {name for kind, name in symbols if kind == "U"} <= {"exp", "tanh", "__stack_chk_fail"}
    assert [name for kind, name in symbols if kind in "DdBbC"] == []


def test_only_math_h_is_included_and_the_first_and_last_lines_are_a_guard():
    text = header_of(plan_of(model(1)), Names("net", "float64"), "a test")
    assert re.findall(r"#\s*include.*", text) == ["#include <math.h>"]
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).strip()
    assert code.startswith("#ifndef net_h_included\n#define net_h_included\n")
    assert code.endswith("#endif")
    assert "malloc" not in code
    assert not re.search(
        r"^(?!static|typedef|enum|#|\{|\}|\s|$)", code, re.MULTILINE
    )  # no name without static


def test_each_equation_stands_above_its_lines_in_the_notation_of_the_document():
    text = header_of(plan_of(model(1)), Names("net", "float64"), "a test")
    assert "/* F2: iₜ = σ(W_i · xₜ + U_i · outₜ₋₁ + b_i) */" in text
    assert " * W (12, 2), transposed: [column][row]. Rows: 3 for each of a, i, f, o." in text
    assert " * f: forget gate" in text
    assert "/* b (12,). Rows: 3 for each of a, i, f, o. */" in text
    assert "    /* f: forget gate */" in text
    assert "/* sums1 = U · outₜ₋₁ for a, i, f, o */" in text
    assert "state_t[j] = a_t[j] * i_t[j] + f_t[j] * self->state_before[j];" in text


@pytest.mark.parametrize("name", ["a", "net", "net_2", "N9", "x" * 32])
def test_names_that_C_and_C_plus_plus_can_have(name):
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", None, "9lives", "my-net", "naïve", "_net", "a__b", "int", "class", "x" * 33, "a b", "a;b", "net\n"])  # fmt: skip
def test_other_names_are_refused_with_one_that_could_be(name):
    with pytest.raises(ArgumentError) as told:
        checked_name(name)
    if offered := re.search(r"name='(\S+)'", str(told.value)):
        assert checked_name(offered[1]) == offered[1]
    else:
        assert "32 at most" in str(told.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_reads_back_to_the_same_bits(dtype):
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**63, 4000, dtype=np.uint64) * np.uint64(2) + rng.integers(
        0, 2, 4000, dtype=np.uint64
    )
    values = bits.view(dtype)
    for value in values[np.isfinite(values)][:4000]:
        text = literal(value, dtype).strip("()").removesuffix("f")
        assert np.dtype(dtype).type(text).tobytes() == value.tobytes()
        assert "." in text or "e" in text


def test_a_comment_ends_where_it_should():
    text = comment("*/ x /* ??/ \\", "a\nb\u202e\x00")
    assert text.count("*/") == 1
    assert text.count("/*") == 1
    assert "\u202e" not in text
    assert "??" not in text


def test_a_string_has_no_letters_that_C_could_read_otherwise():
    assert string('a"\\?é\n') == '"a\\042\\134\\077\\303\\251\\012"'


def test_a_state_that_a_problem_file_starts_from_is_told(tmp_path):
    from gatewise.convert.problem_file import read

    path = tmp_path / "model.toml"
    path.write_text(
        "W = [[0.4], [0.9], [0.7], [0.6]]\nU = [[0.1], [0.8], [0.1], [0.2]]\nb = [0.2, 0.6, 0.1, 0.1]\n"
        "x = [[1.0]]\nout0 = [0.1]\nstate0 = [0.2]\n"
    )
    opened = read(path, Choices())
    assert any("starts from zero" in note for note in write(opened, Choices(name="net"))[1])


def test_another_dtype_is_refused():
    opened = Opened(path=Path("a"), format="toml", sequential=model(1, dtype="float16"))
    with pytest.raises(ConvertError, match="its weights are of float16; a C header has float32 or float64"):
        write(opened, Choices(name="net"))
