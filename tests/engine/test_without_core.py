"""Where there is no compiled core: everything works on the reference engine, and what is missing is said.

Fast: the core and modules of one system are hidden in a process of its own. The wheel without it: tests/house/test_wheels.py.
"""

import numpy as np
import pytest
from builds import run_python

from gatewise.compiled import missing

IMPORTS = """
    import sys
    import numpy as np
    import gatewise
    from helpers import random_problem
"""
HIDDEN = """
    import sys
    HIDDEN = ("gatewise._core", "fcntl", "msvcrt")
    class Hide:
        def find_spec(self, name, path=None, target=None):
            if name in HIDDEN:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.meta_path.insert(0, Hide())
    for name in HIDDEN:
        sys.modules.pop(name, None)
"""


def without_core(code, **changes):
    return run_python(HIDDEN + IMPORTS + code, GATEWISE_TEST_CORE=None, PYTHONPATH=None, **changes)


def test_the_other_modules_are_really_hidden():
    said = without_core("""
    try:
        import fcntl
    except ImportError as error:
        print(error)
    print(gatewise.available())
    """)
    assert said.splitlines() == ["No module named 'fcntl'", "('reference',)"]


def test_forward_backward_stepper_network_and_steps_run_on_the_reference_engine():
    """With the same numbers, where this installation has another engine: what ran here is printed there."""
    code = """
    import warnings
    from gatewise import network
    from gatewise.engine.passes import backward, forward
    params, x, delta, state, lengths = random_problem(3)
    trace = forward(params, x, state, lengths)
    stepper = gatewise.Stepper(params, len(x))
    for t in range(x.shape[1]):
        out = stepper.step(x[:, t])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained = gatewise.train_steps(params, x, delta, steps=3, optimizer="adam")
    net = network.Network.init(network.Architecture(input_size=2, hidden_size=4, outputs=3), seed=1, dtype="float64")
    run = network.forward(net, x)
    gradient = network.backward(net, run, run.y).vector
    for array in (backward(params, trace, delta).d_U, out, trained.params.W, trained.losses, gradient):
        print(*np.ravel(array))
    print(trace.engine, stepper.engine, file=sys.stderr)
    """
    here = run_python(IMPORTS + code)
    there = without_core(code)
    for a, b in zip(here.splitlines(), there.splitlines(), strict=True):
        np.testing.assert_allclose(
            np.array(a.split(), float), np.array(b.split(), float), rtol=1e-9, atol=1e-12
        )


def test_a_named_engine_is_refused_with_the_reason():
    said = without_core("""
    for engine in ("native", "native-avx2"):
        try:
            gatewise.forward(gatewise.Params.init(2, 3), [[1.0, 2.0]], engine=engine)
        except gatewise.EngineError as error:
            print(error)
    """)
    assert said.count("no compiled core. engine='reference' can. ") == 2
    assert "GATEWISE_CORE=1" in said or "promised on Linux" in said


def test_training_says_that_it_is_slow_and_why():
    """From Python by a warning, on the command line in a line; who asks for the reference engine knows it."""
    said = without_core("""
    import warnings
    params, x, delta, *_ = random_problem(3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gatewise.train_steps(params, x, delta, steps=1, engine="reference")
        gatewise.train_steps(params, x, delta, steps=1)
    print(*(warning.message for warning in caught), sep="\\n")
    """)
    assert said.count("\n") == 0
    assert "no compiled core: the reference engine trains, 15 to 400 times slower" in said


def test_the_commands_run(tmp_path):
    """work, check, fit and predict, and info, which says that there is no core."""
    pytest.importorskip("pyarrow", reason="pip install 'gatewise[train]'")
    said = without_core(f"""
    import contextlib, io, json, os
    os.chdir({str(tmp_path)!r})
    from gatewise.cli import main
    with open("tiny.csv", "w") as file:
        file.write("t,y\\n" + "".join(f"{{k}},{{np.sin(k):.3f}}\\n" for k in range(60)))
    def run(*words):
        out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(words))
            out.flush()
        return code, out.buffer.getvalue().decode(), err.getvalue()
    print(run("work", "--to", "md", "-o", "sheet.md")[0], run("check", "sheet.md")[0], run("--version")[0])
    facts = json.loads(run("info", "--json")[1])
    print('no compiled core' in facts["core"], facts["instruction_sets"], facts["instruction_set"], facts["build"])
    code, _, err = run("fit", "tiny.csv", "--target", "y", "--window", "4", "--horizon", "1", "--epochs", "1", "--hidden", "2",
                       "-o", "run")
    print(code, err.count("the reference engine trains"), err.count("no locks on files"))
    print(run("predict", "run", "tiny.csv", "-o", "forecast.csv")[0])
    code, _, err = run("fit", "tiny.csv", "--target", "y", "--engine", "native", "-o", "other")
    print(code, err.count("no compiled core"))
    """)
    assert said.splitlines() == ["0 0 0", "True [] None {}", "0 1 1", "0", "2 1"]


@pytest.mark.skipif(missing is not None, reason="there is no core here")
def test_a_core_that_cannot_be_loaded_is_told_of():
    said = run_python("""
    import sys
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "gatewise._core":
                raise ImportError("wrong kind of file")
    sys.meta_path.insert(0, Broken())
    import gatewise
    print(gatewise.available(), gatewise.info()["core"])
    """)
    assert said.startswith(
        "('reference',) the compiled core of this installation cannot be loaded (wrong kind of file)"
    )
