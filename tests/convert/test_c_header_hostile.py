"""Layers as C given what no program should give: numbers that are none, no step at all, other models beside."""

import subprocess

import numpy as np
import pytest
from c_headers import STRICT, needs

from gatewise import Params
from gatewise.cells import CELLS
from gatewise.convert.c.plan import plan_of
from gatewise.convert.c.writing import Names
from gatewise.convert.c_header import header_of
from gatewise.learn.sequential import Dense, Recurrent, Sequential

WATCHED = ["-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
D, H, P = 3, 6, 2
PROGRAM = """
#include "net.h"
#include <stdio.h>
#include <string.h>
static void say(const net_real *y)
{
    int j;
    for (j = 0; j < net_outputs; ++j) {
        printf("%.17g ", (double)y[j]);
    }
    printf("\\n");
}
int main(void)
{
    static const double odd[] = {0.0, 1e30, -1e30, 1e38, HUGE_VAL, -HUGE_VAL, (double)NAN, 1e-45, -0.0};
    net_state state;
    net_real x[net_inputs], y[net_outputs];
    int n, j;
    memset(&state, 0xff, sizeof state); /* what stood there before */
    net_reset(&state);
    net_head(&state, y); /* no step: T = 0 */
    say(y);
    for (n = 0; n < (int)(sizeof odd / sizeof odd[0]); ++n) {
        for (j = 0; j < net_inputs; ++j) {
            x[j] = j == 0 ? (net_real)odd[n] : (net_real)0.5;
        }
        net_step(&state, x, y);
        say(y);
    }
    net_reset(&state);
    net_head(&state, y);
    say(y);
    return 0;
}
"""


def drawn(cell, dtype):
    rng = np.random.default_rng(3)
    like = Params.init(D, H, cell=cell, dtype=dtype)
    made = {name: rng.normal(size=array.shape).astype(dtype) for name, array in like.arrays.items()}
    recurrent = Recurrent([Params.of(made, like.cell)])
    W, b = rng.normal(size=(P, recurrent.width)), rng.normal(size=P)
    return Sequential([recurrent, Dense(W.astype(dtype), b.astype(dtype))])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", ["lstm", "peephole", "gru", "gru-reset-after", "mgu", "rnn"])
def test_numbers_that_are_none_spoil_no_memory_and_a_reset_forgets_them(tmp_path, cell, dtype):
    needs()
    model = drawn(CELLS[cell], dtype)
    (tmp_path / "net.h").write_text(
        header_of(plan_of(model), Names("net", dtype), "a test"), encoding="utf-8"
    )
    (tmp_path / "unit.c").write_text(PROGRAM)
    command = ["gcc", *WATCHED, *STRICT, "unit.c", "-o", "program", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    told = subprocess.run(
        [str(tmp_path / "program")], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    rows = np.array([line.split() for line in told.splitlines()], float)
    head = model.layers[-1]
    np.testing.assert_allclose(rows[0], head.b, rtol=1e-6)  # of outs of 0
    np.testing.assert_array_equal(rows[-1], rows[0])
    odd = np.array([0.0, 1e30, -1e30, 1e38], dtype)
    x = np.full((len(odd), D), 0.5, dtype)
    x[:, 0] = odd
    if cell != "rnn":
        np.testing.assert_allclose(rows[1:5], model.forward(x), rtol=1e-5, atol=1e-6)
    assert np.isfinite(rows[1:5]).all()
    assert np.isnan(rows[7:-1]).all()  # NaN stays, as it does in the engine, until a reset
