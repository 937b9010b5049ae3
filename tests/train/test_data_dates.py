"""A table of days, months apart or a year long, has dates without a clock in its time column."""

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")

from gatewise.train.data import read


@pytest.mark.parametrize("clock", ["", " 05:00", "T05:00:30"])
def test_dates_need_no_clock(tmp_path, clock):
    path = tmp_path / "days.csv"
    days = np.datetime64("2019-12-30") + np.arange(5)
    path.write_text("time,level\n" + "".join(f"{day}{clock},{n}\n" for n, day in enumerate(days)))
    dataset = read(path, target=["level"], time="time")
    start = np.datetime64(f"2019-12-30{clock.replace(' ', 'T')}", "us")
    np.testing.assert_array_equal(dataset.time, start + np.arange(5) * np.timedelta64(1, "D"))
    assert dataset.zone is None
