"""Every kind of run that is served elsewhere, compiled: each forecast is the one of `predict`."""

import numpy as np
import pytest
from c_headers import languages_here, needs
from c_served import Program
from run_cases import CASES, fitted_case

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")
pytestmark = pytest.mark.filterwarnings("ignore")

CLOSE = {"float32": 1e-6, "float64": 1e-12}
BY_STEP = ("whole series", "stateful")  # what goes on from row to row is what predict says


def wanted_of(case):
    """The numbers of the windows that predict forecasts, and its forecasts (N, outputs)."""
    model, data = fitted_case(case)
    windows = model.windows(data, "every")
    said = model.forecast(windows, windows.test)
    assert len(said) >= 16
    return model, data, windows.test, said.reshape(len(said), -1)


def check(found, wanted, dtype):
    assert np.isfinite(wanted).all()
    assert np.abs(found - wanted).max() <= CLOSE[dtype] * max(1, np.abs(wanted).max())


@pytest.mark.parametrize("case", CASES)
def test_a_header_gives_the_forecasts_of_predict(tmp_path, case):
    needs()
    model, data, numbers, wanted = wanted_of(case)
    program = Program(tmp_path, model, window=case not in BY_STEP)
    check(program.forecasts(data)[numbers], wanted, model.config.dtype)
