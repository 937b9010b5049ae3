"""What is said to who predicts from too few rows."""

import re

import pytest
from series_files import SMALL, series

import gatewise
from gatewise.cli.results import results_table

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")


def test_a_forecast_needs_the_rows_of_a_window_and_nothing_more():
    model = gatewise.fit(series(), **SMALL | {"epochs": 1})
    assert len(model.predict(series(12))["load"]) == 3
    with pytest.raises(gatewise.GatewiseError) as told:
        model.predict(series(11))
    assert re.search(r"needs 12 rows of window; .* has 11 rows\. Give more rows\.", str(told.value))
    with pytest.raises(gatewise.GatewiseError, match="12 rows of window and 3 of horizon, with a label"):
        model.evaluate(series(12))


def test_a_huge_error_keeps_the_table_narrow():
    results = {"of": "test", "windows": 1, "targets": {"x": {"LSTM": {"mae": 1e300, "rmse": 123456.0}}}}
    assert "1e+300" in results_table(results)
    assert "123,456" in results_table(results)
