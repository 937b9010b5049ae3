"""What is released, from the sources to an empty environment: the wheel with the core, and that in pure Python."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from builds import environment
from paths import ROOT

LARGEST = 2e6  # bytes of a wheel
# auditwheel and the build tools of this environment, which need not be activated.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
FORWARD = """
import gatewise, numpy as np
params = gatewise.Params.init(2, 3, dtype="float32")
x = np.random.default_rng(0).standard_normal((4, 5, 2)).astype("f4")
names = gatewise.available()
for engine in names:
    out = gatewise.forward(params, x, engine=engine).out
    np.testing.assert_allclose(out, gatewise.forward(params, x, engine="reference").out, atol=1e-5)
print(gatewise.forward(params, x).engine, *names)
"""
# Everything of teaching, and what the reference engine promises. tests/cli/test_cli_fit.py is of training.
WITHOUT_CORE = [
    "cells", "teach", "cli", "learn", "engine/test_given.py", "engine/test_gradients.py", "engine/test_lengths.py",
    "engine/test_mutations.py", "engine/test_params.py", "engine/test_stepper.py", "engine/test_strides_dtypes.py",
    "engine/test_trace.py", "engine/test_without_core.py", "engine/test_worked_example.py",
]  # fmt: skip
PURE_TAG = "py3-none-any"


def done(*command, cwd=None, **changes):
    """What a command prints, which must end well."""
    ran = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(PYTHONPATH=None, GATEWISE_TEST_CORE=None, PATH=PATH, **changes),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-4000:]}{ran.stderr[-4000:]}"
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The sources as they are released."""
    folder = tmp_path_factory.mktemp("sdist")
    done(
        sys.executable, "-c", f"import scikit_build_core.build as b; b.build_sdist({str(folder)!r})", cwd=ROOT
    )
    (made,) = folder.iterdir()
    return made


def wheel_of(source, folder, python=sys.executable, **changes):
    """The wheel of the sources alone, by the environment's own tools for its own Python."""
    isolation = ["--no-build-isolation"] if python == sys.executable else []
    said = done(
        python,
        "-m",
        "pip",
        "wheel",
        "-v",
        "--no-deps",
        *isolation,
        "-w",
        folder,
        source,
        cwd=folder.parent,
        **changes,
    )
    (made,) = folder.glob("*.whl")
    return made, said


def installed(folder, python, wheel, extras="", constraints=()):
    """The Python of an environment that had nothing."""
    if python == sys.executable:
        venv.create(folder, with_pip=True)
    else:
        done(python, "-m", "venv", folder)
    own = folder / "bin" / "python"
    done(own, "-m", "pip", "install", *constraints, f"{wheel}{extras}")
    return own


def interpreter(name):
    """Another Python by its name, or None where it does not run."""
    found = shutil.which(name)
    if found is None or subprocess.run([found, "-c", ""], capture_output=True).returncode:
        return None
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="wheels are released for Linux")
@pytest.mark.parametrize("name", ["this one", "python3.12", "python3.13"])
def test_the_sources_alone_make_a_small_wheel_that_runs_in_an_empty_environment(name, sdist, tmp_path):
    """sdist, wheel, auditwheel, installation; one wheel for every Python from 3.12 on."""
    python = sys.executable if name == "this one" else interpreter(name)
    if python is None:
        pytest.skip(f"{name} is not installed; it comes with {name}-venv and {name}-dev")
    made, _ = wheel_of(sdist, tmp_path / "made", python, GATEWISE_CORE="1")
    report = " ".join(done("auditwheel", "show", made).split())
    assert re.search(r'consistent with the following platform tag: "manylinux_2_\d+_\w+"', report)
    done("auditwheel", "repair", "-w", tmp_path / "repaired", made)
    (wheel,) = (tmp_path / "repaired").iterdir()
    version = done(python, "-c", "import sys; print(*sys.version_info[:2], sep='')").strip()
    assert (
        f"-{'cp312-abi3' if int(version) >= 312 else f'cp{version}-cp{version}'}-manylinux_2_" in wheel.name
    )
    assert wheel.stat().st_size <= LARGEST
    with zipfile.ZipFile(wheel) as files:
        inside = files.namelist()
    # Every module of the sources and the core; no library of others; nothing of C++.
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert modules <= set(inside)
    assert [each for each in inside if each.endswith((".cpp", ".hpp")) or ".libs/" in each] == []
    own = installed(tmp_path / "environment", python, wheel)
    engine, *engines = done(own, "-c", FORWARD, cwd=tmp_path).split()
    assert engine == "native"
    assert {"native", "reference", "native-portable"} <= set(engines)
    assert "0.114910363059" in done(own.with_name("gatewise"), "work", cwd=tmp_path, PYTHONUTF8="1")


@pytest.fixture
def no_compiler():
    """A compiler that is not there, as on a fresh machine."""
    return {"CXX": "/nowhere/c++", "CMAKE_ARGS": None, "GATEWISE_CORE": None}


@pytest.mark.slow
def test_without_a_compiler_the_sources_make_a_pure_wheel_and_say_so(sdist, tmp_path, no_compiler):
    wheel, said = wheel_of(sdist, tmp_path / "made", **no_compiler)
    assert wheel.name.endswith(f"-{PURE_TAG}.whl")
    assert "gatewise was built WITHOUT its compiled core" in said
    with pytest.raises(AssertionError, match="Could not find the compiler"):
        wheel_of(sdist, tmp_path / "insisted", **no_compiler | {"GATEWISE_CORE": "1"})


@pytest.mark.slow
def test_everything_of_teaching_passes_on_the_wheel_without_the_core(sdist, tmp_path):
    wheel, _ = wheel_of(sdist, tmp_path / "made", GATEWISE_CORE="0")
    assert wheel.name.endswith(f"-{PURE_TAG}.whl")
    own = installed(
        tmp_path / "environment", sys.executable, wheel, "[pdf,train,test]", ["-c", ROOT / "constraints.txt"]
    )
    assert done(own, "-c", FORWARD, cwd=tmp_path).split() == ["reference", "reference"]
    tests = [ROOT / "tests" / name for name in WITHOUT_CORE]
    # Here the reference engine alone trains, and says so: the one warning that is no fault.
    command = [own, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-m", "not slow"]
    command += ["-W", "ignore:this installation of gatewise has no compiled core:RuntimeWarning"]
    said = done(*command, *tests, f"--ignore={ROOT / 'tests/cli/test_cli_fit.py'}", cwd=ROOT)
    assert int(re.search(r"(\d+) passed", said)[1]) > 2000
    assert "failed" not in said
