"""Headers compiled by the system's C compiler and called: a struct of the header's, its reset and its step."""

import ctypes
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gatewise.convert.c.plan import plan_of
from gatewise.convert.c.writing import Names
from gatewise.convert.c_header import header_of

STRICT = [
    "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wdouble-promotion", "-Wunused", "-Wshadow",
]  # fmt: skip
LANGUAGES = [
    *(("c", compiler, standard) for compiler in ("gcc", "clang") for standard in ("c99", "c11", "c17")),
    *(("c++", compiler, standard) for compiler in ("g++", "clang++") for standard in ("c++11", "c++14", "c++20")),
]  # fmt: skip
TYPES = {"float32": ctypes.c_float, "float64": ctypes.c_double}


def needs(compiler="gcc"):
    """Skip where there is no such compiler."""
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler} here; install it, as by apt install {compiler}")


def compiled(folder, text, *options, compiler="gcc", standard="c99", language="c", name="unit"):
    """Compile a text without a warning, and return the object file."""
    needs(compiler)
    source, made = folder / f"{name}.{'c' if language == 'c' else 'cpp'}", folder / f"{name}.o"
    source.write_text(text, encoding="utf-8")
    command = [compiler, f"-std={standard}", "-O1", *STRICT, *options, "-c", str(source), "-o", str(made)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)
    assert result.returncode == 0, result.stderr[:4000]
    return made


def included(folder, text, **how):
    """Compile a unit that has a header in it, as programs have."""
    (folder / "nets.h").write_text(text, encoding="utf-8")
    unit = '#include "nets.h"\nint main(void);\nint main(void) { return 0; }\n'
    return compiled(
        folder, unit.replace("int main(void);\n", "") if how["language"] == "c++" else unit, **how
    )


WRAPPER = """
#include "{file}"
static {struct} state;
{kind} start({start_args});
{kind} start({start_args}) {{ {returns}{reset}({reset_call}); }}
{kind2} go({args});
{kind2} go({args}) {{ {returns2}{step}(&state{call}); }}
"""


class Called:
    """A struct of a header with its reset and its step, called by ctypes; each has a library of its own."""

    def __init__(
        self, folder, name, *, struct=None, step="step", reset="reset", args, start=(), status=False
    ):
        needs()
        struct = struct or f"{name}_state"
        declared = ", ".join(f"{kind}a{n}" for n, kind in enumerate(args))
        call = "".join(f", a{n}" for n in range(len(args)))
        text = WRAPPER.format(
            file=f"{name}.h", struct=struct, step=f"{name}_{step}", reset=f"{name}_{reset}", args=declared,
            call=call, kind="int" if start else "void", kind2="int" if status else "void",
            start_args="int series" if start else "void", reset_call="&state, series" if start else "&state",
            returns="return " if start else "", returns2="return " if status else "",
        )  # fmt: skip
        made = compiled(folder, text, "-fPIC", name=f"{name}_{step}")
        library = folder / f"{name}_{step}.so"
        subprocess.run(["gcc", "-shared", str(made), "-o", str(library), "-lm"], check=True, timeout=60)
        self._library = ctypes.CDLL(str(library))

    def reset(self, *series):
        return self._library.start(*series)

    def step(self, *arrays):
        return self._library.go(*(ctypes.c_void_p(array.ctypes.data) for array in arrays))


def stepped(folder, model, dtype=None, name="net"):
    """Write a Sequential, or a Plan, as a header; return what takes x (T, D) and says y (T, P)."""
    plan = plan_of(model) if hasattr(model, "recurrent") else model
    dtype = dtype or str(plan.layers[0].dtype)
    (Path(folder) / f"{name}.h").write_text(header_of(plan, Names(name, dtype), "a test"), encoding="utf-8")
    kinds = [f"const {name}_real *", *(["const int *"] if plan.vectors else [])]
    kinds += [f"const {name}_real *"] if plan.extra else []
    called = Called(folder, name, args=[*kinds, f"{name}_real *"])

    def run(x, codes=None, extra=None):
        called.reset()
        outs = []
        for t, row in enumerate(np.asarray(x, dtype)):
            y = np.full(plan.outputs, np.nan, dtype)
            given = [np.ascontiguousarray(row)]
            given += [np.array(codes, np.intc)] if plan.vectors else []
            given += [np.array(extra[t], dtype)] if plan.extra else []
            called.step(*given, y)
            outs.append(y)
        return np.array(outs)

    return run


@cache
def languages_here():
    return [each for each in LANGUAGES if shutil.which(each[1])]
