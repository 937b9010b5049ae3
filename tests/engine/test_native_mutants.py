"""The checks can fail: the compiled engine is broken in many ways, one at a time, and each must be caught.

As test_mutations.py does with the readable engine. A mutation is a piece of a file in cpp/, which must occur
there exactly once, and what is put in its place. Each is compiled, for one instruction set only, and judged by
native_verdict.py in a process of its own. Takes minutes: run by `make test-slow`.
"""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from builds import BUILDS, build, environment, with_core
from paths import ROOT, SUPPORT

from gatewise import _core


class Mutation(NamedTuple):
    id: str
    file: str
    old: str
    new: str
    caught_by: str = "check"  # the derivative check, unless it cannot see this
    instruction_set: str = "portable"  # unless what is broken is compiled for wider vectors only


BACKWARD, FORWARD, TILES, VECTOR = (
    "kernels/backward.hpp",
    "kernels/forward.hpp",
    "kernels/tiles.hpp",
    "kernels/vector.hpp",
)
GROUPS, HEAD, PRODUCT = "host/groups.cpp", "learn/head.cpp", "kernels/product.hpp"

MUTATIONS = [
    # The equations of the backward pass.
    Mutation("B1-drop-delta", BACKWARD, "d_out = delta + later;", "d_out = later;"),
    Mutation("B1-drop-delta_out", BACKWARD, "d_out = delta + later;", "d_out = delta;"),
    Mutation("B2-drop-carried", BACKWARD, "tanh_state * tanh_state) + to_state;", "tanh_state * tanh_state);"),
    Mutation("B2-no-slope", BACKWARD, "d_out * o * (T(1) - tanh_state * tanh_state)", "d_out * o"),
    Mutation("B2-out-for-tanh", BACKWARD, "= tanh_from<T>(out_t, o, state_t);", "= out_t;"),
    Mutation("B2-carried-without-f", BACKWARD, "store(held, d_state * f);", "store(held, d_state);"),
    Mutation("B3-no-slope", BACKWARD, "d_state * i * slope_a;", "d_state * i;"),
    Mutation("B4-tanh-slope", BACKWARD, "(coupled ? a - state_prev : a) * i * slope(i)", "(coupled ? a - state_prev : a) * (T(1) - i * i)"),
    Mutation("B5-state_t", BACKWARD, "d_state * state_prev * f", "d_state * (a * i + f * state_prev) * f"),
    Mutation("B6-d_state-for-d_out", BACKWARD, "d_o = d_out * tanh_state", "d_o = d_state * tanh_state"),
    Mutation("gates-swapped", BACKWARD, "{d_a, d_i, d_f, d_o};", "{d_a, d_f, d_i, d_o};"),
    Mutation("G2-out_t", BACKWARD, "const T* previous = out_prev(row, t);", "const T* previous = out(row, t);"),
    # Where things are, and how they are added up.
    Mutation("chunks-not-added", BACKWARD, "first ? total[r][gate] : load(sums) + total[r][gate]", "total[r][gate]"),
    Mutation("first-for-ever", BACKWARD, "first = false;", ""),
    Mutation("groups-not-added", BACKWARD, "group < groups; ++group", "group < 0 * groups; ++group"),
    Mutation("B7-wrong-step", BACKWARD, "at<T>(g, g.d_x, row, t);", "at<T>(g, g.d_x, row, t > 0 ? t - 1 : 0);"),
    Mutation("B8-chunk-start", BACKWARD, "d_gates + collected * 4 * L, chunk", "d_gates, chunk"),
    Mutation("d_W-d_U-border", BACKWARD, "copy(D, Q, d_U);", "copy(D - 1, Q, d_U);"),
    Mutation("d_b-block", BACKWARD, "store_some(d_b + stacked * H + block * L,", "store_some(d_b + stacked * H,"),
    Mutation("d_state0", BACKWARD, "(g.d_state) + from, load(carried", "(g.d_state) + from, load(delta_out"),
    Mutation("d_W-tile-border", BACKWARD, "first >= D && first + R <= K", "first + R <= K"),
    Mutation("d_W-block", BACKWARD, "to + (stacked * H + block * L) * columns", "to + stacked * H * columns"),
    Mutation("tail-of-units", TILES, "a[r][gate * V<T> + k]", "a[r][gate * count + k]"),
    Mutation("chain-left-out", TILES, "sums[r][c] += sums[r][c + 2];", ";"),
    Mutation("chains-left-apart", TILES, "sums[r][0] += sums[r][1];", ";"),
    Mutation("columns-block", TILES, "M + (place * units + block * L) * columns", "M + place * units * columns"),
    Mutation("pairs-odd", TILES, "pairs = ceil_div(units_in(block, units, L), 2);", "pairs = units_in(block, units, L) / 2;", "check", "avx2"),
    Mutation("pairs-packed-odd", TILES, "unit + 1 < here ?", "unit + 2 < here ?", "check", "avx2"),
    Mutation("pairs-not-in-turns", VECTOR, "k / 2 + k % 2 * V<T>", "k / 2 + (1 - k % 2) * V<T>", "check", "avx2"),
    Mutation("square-unturned", VECTOR, "k & size ? V<T> + k - size : k;", "k & size ? V<T> + k : k;", "check", "avx512"),
    Mutation("square-half-turned", VECTOR, "(__m256)b[k + 4], 0x20);", "(__m256)b[k + 4], 0x30);", "check", "avx2"),
    # The forward pass: the derivative is measured through the readable engine.
    Mutation("F2-f-for-i", FORWARD, "z_i = load(z + L),", "z_i = load(z + 2 * L),"),
    Mutation("F5-no-forget", FORWARD, "a * i + f * previous;", "a * i + previous;"),
    Mutation("out0-forgotten", FORWARD, "return g.out0 ? static_cast<const T*>(g.out0) + g.row[row] * Q : zero;", "return zero;"),
    Mutation("ahead-block", FORWARD, "(t % ahead * f.B + block)", "(t % ahead * f.B)"),
    Mutation("ahead-once", FORWARD, "g.rows == 1 && t % ahead == 0", "g.rows == 1 && t == 0"),
    Mutation("pack-block", FORWARD, "(matrix) + (place * H + block * L) * columns", "(matrix) + place * H * columns"),
    Mutation("unpack-state", FORWARD, "shift = field == gatewise_state_field;", "shift = 0;", "reference"),
    # Lengths.
    Mutation("lengths-ignored", FORWARD, "while (g.lengths[active - 1] <= t) --active;", "", "lengths"),
    Mutation("lengths-back", BACKWARD, "g.lengths[active] > t)", "g.lengths[active] > t + 1)"),
    Mutation("lengths-not-sorted", GROUPS, "return lengths[p] > lengths[q];", "return false;"),
    Mutation("past-the-end-d_x", BACKWARD, "g.add_d_x || clear_past_end<T>(g, g.d_x, row, D, asking);", "true;", "lengths"),
    Mutation("past-the-end-out", FORWARD, "return clear_past_end<T>(g, g.out, row, Q, asking);", "return true;", "lengths"),
    # The variants.
    Mutation("V-old-state-for-o", FORWARD, "z_o += V_o * now;", "z_o += V_o * previous;", "variants"),
    Mutation("V-i-for-f", FORWARD, "z_f += V_f * previous;", "z_f += V_i * previous;", "variants"),
    Mutation("V-unscaled", FORWARD, "backward ? T(1) : T(gate_factor(gate));", "T(1);", "variants"),
    Mutation("V-block", FORWARD, "peeps + place * H + block * L,", "peeps + place * H,", "variants"),
    Mutation("coupled-f", FORWARD, "coupled ? T(1) - i :", "coupled ? i :", "variants"),
    Mutation("clip-o", FORWARD, "if constexpr (clipped) z_o = within<T>(z_o, limit);", "", "variants"),
    Mutation("clip-a", FORWARD, "z_a = within<T>(z_a, limit_a),", "z_a = within<T>(z_a, limit),", "variants"),
    Mutation("clip-state", FORWARD, "now = within<T>(now, state_limit);", ";", "variants"),
    Mutation("clip-one-side", VECTOR, "not_below<T>(not_above<T>(v, limit), -limit);", "not_above<T>(v, limit);", "variants"),
    Mutation("projected-rows", FORWARD, "copy_some(out(row, t) + k, given + row * width + k", "copy_some(out(row, t) + k, given + k", "variants"),
    Mutation("R-not-turned", FORWARD, "backward ? R[r * H + k] : R[k * H + r]", "R[r * H + k]", "variants"),
    Mutation("h-not-kept", FORWARD, "store_some(hidden(first + r, t) + block * L, now, valid);", ";", "variants"),
    Mutation("past-the-end-h", FORWARD, "!clear_past_end<T>(g, g.hidden, row, H, asking)", "false", "variants"),
    Mutation("B2-without-V_o", BACKWARD, "to_state += d_o * load(V_i + 2 * L);", ";", "variants"),
    Mutation("carried-without-V_i", BACKWARD, "d_state * f + d_i * load(V_i) +", "d_state * f +", "variants"),
    Mutation("d_V_o-old-state", BACKWARD, "peeps[2] += d_o * state_t;", "peeps[2] += d_o * state_prev;", "variants"),
    Mutation("d_V-runs-on", BACKWARD, "store(d_V + k, Vec<T>{});", ";", "variants"),
    Mutation("d_V-not-added", BACKWARD, "first ? load(found) : load(at) + load(found)", "load(found)", "variants"),
    Mutation("d_V-block", BACKWARD, "d_V + stacked * H + block * L,", "d_V + stacked * H,", "variants"),
    Mutation("coupled-d_i", BACKWARD, "coupled ? a - state_prev : a", "a", "variants"),
    Mutation("coupled-place", GROUPS, "without_f[4] = {0, 1, -1, 2}", "without_f[4] = {0, 1, -1, 1}", "variants"),
    Mutation("coupled-place-in-V", FORWARD, "gate == 2 ? -1 : 1;", "gate == 2 ? -1 : 0;", "variants"),
    Mutation("clip-slope", BACKWARD, "(value <= low) | (value >= high) ? Vec<T>{} : slope;", "slope;", "variants"),
    Mutation("clip-slope-of-state", BACKWARD, "state_t, -limits.state, limits.state", "state_t, -limits.a, limits.a", "variants"),
    Mutation("state-of-the-end", BACKWARD, "load_some(static_cast<const T*>(g.last_state) + from, left)", "Vec<T>{}", "variants"),
    Mutation("d_h-row", BACKWARD, "load(d_h + (row * B + block) * L);", "load(d_h + block * L);", "variants"),
    Mutation("d_R-chunk", BACKWARD, "store(step + row * width + k, found);", "store(d_out + row * width + k, found);", "variants"),
    Mutation("d_R-h", BACKWARD, "shown + (collected + row) * B * L + k,", "shown + row * B * L + k,", "variants"),
    # The linear head and its product.
    Mutation("head-start", PRODUCT, "sums[r][c] = value;", ";", "head"),
    Mutation("head-column", PRODUCT, "(p.b) + column;", "(p.b);", "head"),
    Mutation("head-columns-left", PRODUCT, "column += step * V<T>;", "column += V<T>;", "head"),
    Mutation("head-padding", HEAD, "to[f * padded + p] = W[p * F + f];", "to[f * P + p] = W[p * F + f];", "head"),
    Mutation("head-one-piece", HEAD, "piece < pieces; ++piece", "piece < 1; ++piece", "head"),
    Mutation("head-b", HEAD, "to[F] = 1;", "to[F] = 0;", "head"),
    Mutation("head-first-row", HEAD, "return piece * each;", "return piece * piece_rows;", "head"),
]  # fmt: skip

FOLDER = BUILDS / "mutants" / os.environ.get("PYTEST_XDIST_WORKER", "alone")  # the copy is broken in place
COPY = FOLDER / "source"


@pytest.fixture(scope="module")
def copied():
    """A copy of what the build reads."""
    shutil.rmtree(COPY, ignore_errors=True)
    # Times are not copied: what an earlier run built last is broken, and must count as older than its source.
    shutil.copytree(ROOT / "cpp", COPY / "cpp", copy_function=shutil.copy)
    shutil.copy(ROOT / "CMakeLists.txt", COPY)
    return COPY / "cpp"


def compiled(instruction_set: str) -> Path:
    options = {
        "GATEWISE_INSTRUCTION_SETS": ";".join(sorted({"portable", instruction_set})),
        "GATEWISE_OPTIMIZE": "-O1",
        "CMAKE_CXX_FLAGS_RELEASE": "-O0",
    }
    return build(FOLDER / instruction_set, COPY, **options)


def verdict(instruction_set: str) -> list[str]:
    """The names of the checks that the build fails, or how it ended."""
    changes = with_core(compiled(instruction_set)) | {"GATEWISE_ISA": instruction_set}
    command = [sys.executable, SUPPORT / "native_verdict.py"]
    done = subprocess.run(command, env=environment(**changes), capture_output=True, text=True, timeout=120)
    return done.stdout.split() if done.returncode == 0 else [f"exit code {done.returncode}", done.stderr]


@pytest.fixture(scope="module")
def unbroken(copied):
    """What the checks say of the copy as it is, asked once for each instruction set."""
    return functools.cache(verdict)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_a_mutation_is_a_place_in_the_source(mutation):
    assert (ROOT / "cpp" / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.id)
def test_broken_copy_is_caught(copied, unbroken, mutation):
    if mutation.instruction_set not in _core.instruction_sets():
        pytest.skip(f"this CPU has no {mutation.instruction_set}")
    assert unbroken(mutation.instruction_set) == []
    file = copied / mutation.file
    whole = file.read_text()
    assert whole.count(mutation.old) == 1, f"{mutation.file} has changed: {mutation.old!r}"
    file.write_text(whole.replace(mutation.old, mutation.new))
    try:
        assert mutation.caught_by in verdict(mutation.instruction_set)
    finally:
        file.write_text(whole)
