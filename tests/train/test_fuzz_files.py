"""Damaged configurations, tables and run folders: read, or refused in words, with nothing written. A short run of each.

`make fuzz KIND=runs` goes on for as long as one likes; what was found stands below.
"""

import numpy as np
import pytest
from fuzz.kinds_train import KINDS
from fuzz.short_run import short_run
from series_files import SMALL, series

import gatewise
from gatewise.train.config import ConfigError
from gatewise.train.data.prepare.preparation import Preparation
from gatewise.train.run.checkpoint import CheckpointError

EXAMPLES = {"configs": 300, "csv": 300, "parquet": 300, "runs": 150}


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_run_finds_nothing(kind):
    short_run(kind, EXAMPLES[kind])


# What was found -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document():
    model = gatewise.fit(series(160), **{**SMALL, "epochs": 1})
    return model.preparation.to_dict()


FORGED = {
    "numbers that are lists": {"label_mean": [[0.5], 1]}, "a scale of another length": {"label_scale": []}, "a scale of 0": {"scale": [0.0, 1.0]},
    "horizon of no steps": {"horizon": 0}, "a horizon beyond all rows": {"horizon": 2**63}, "a window that is a table": {"window": {"a": 1}}, "a calendar that is a number": {"calendar": 3.5},
    "sentinels that are one": {"na": 1}, "marks beyond the columns": {"marks": [[99]]}, "targets that are none": {"targets": None}, "a step of a list": {"step": {"kind": "fixed", "size": [1], "dated": True}},
    "a step of nothing": {"step": {"kind": "fixed", "size": 0, "dated": True}}, "a zone that is none": {"zone": "Nowhere/Land"}, "another task": {"task": "guess"},
    "classes of a forecast": {"classes": ["a", "b"]}, "a dtype that is none": {"dtype": "complex64"}, "skipped rows below none": {"skip_rows": -1},
}  # fmt: skip


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_forged_preparation_is_refused(document, change):
    """It was taken at load, and predict ended in a traceback."""
    assert Preparation.from_dict(document).window == SMALL["window"]
    with pytest.raises(gatewise.GatewiseError, match="the preparation is damaged"):
        Preparation.from_dict({**document, **change})


@pytest.mark.parametrize("other", [{"loss": "pinball"}, {"horizon": 2}, {"features": []}, {"task": "regress", "features": ["warmth"], "horizon": None}])  # fmt: skip
def test_parts_of_two_models_are_no_model(tmp_path, other):
    """Each part is whole and of its kind; together they are none."""
    from gatewise.train.run import checkpoint

    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    keys = {**SMALL, "epochs": 1}
    gatewise.fit(series(160), **keys).save(first)
    gatewise.fit(
        series(160), **{name: value for name, value in {**keys, **other}.items() if value is not None}
    ).save(second)
    (arrays, document), (_, theirs) = checkpoint.load(first), checkpoint.load(second)
    part = "config" if other == {"loss": "pinball"} else "preparation"
    checkpoint.save(first, arrays, {**document, part: theirs[part]})
    with pytest.raises(CheckpointError):
        gatewise.load(first)


def test_a_configuration_without_end_is_refused(tmp_path):
    """15 MB took 14 s."""
    (tmp_path / "fit.toml").write_bytes(b"window = 3 # " + b"x" * 1_000_000)
    with pytest.raises(ConfigError, match="at most 1,000,000 are read"):
        gatewise.train.FitConfig.read(tmp_path / "fit.toml")


def test_a_long_list_is_not_repeated_in_the_message():
    with pytest.raises(ConfigError) as refused:
        gatewise.train.FitConfig.make({**SMALL, "loss": "pinball", "quantiles": [0.9] * 10_000})
    assert len(str(refused.value)) < 300


def test_a_nan_that_signals_is_missing_without_a_warning():
    """One flipped bit makes it of a NaN; NumPy warns of the first subtraction."""
    table = series(160)
    table["warmth"] = table["warmth"].astype(float)
    table["warmth"].view(np.uint64)[7] = 0x7FF0000000000001
    dataset = gatewise.data.read(table, target="load", time="time")
    windows = gatewise.data.Windows.fit(dataset, window=4, horizon=2)
    assert np.isfinite(windows.batch(windows.train).x).all()
