"""Columns of categories: as 0 and 1, as learned vectors, and what is said of those that are new, missing or odd."""

import re
import signal
import warnings

import numpy as np
import pytest
from series_files import SMALL, bits, series, write_csv

import gatewise
from gatewise.data import Preparation, Windows, read
from gatewise.train import FitConfig
from gatewise.train.data.data_error import DataError, DataWarning
from gatewise.train.fit_run import Fitting, fit_run, make_windows
from gatewise.train.loop.non_finite import NonFiniteError
from gatewise.train.run import checkpoint
from gatewise.train.run.folder import Run
from gatewise.train.run.interrupt import Interrupt, Stopped
from gatewise.train.run.progress import Silent

pytest.importorskip("pyarrow", reason="pyarrow is not installed; pip install 'gatewise[train]'")

WEATHER = np.array(["sun", "rain", "snow"])
QUICK = {**SMALL, "epochs": 1}


def with_weather(rows=260, seed=0):
    table = series(rows, seed)
    return {**table, "sky": WEATHER[np.random.default_rng(seed).integers(0, 3, rows)]}


def stores(count=12, rows=60, towns=2):
    """Series of several stores, each in a town."""
    tables = [series(rows, seed) for seed in range(count)]
    joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    names = np.array([f"store {number:02}" for number in range(count)])
    joined["store"] = np.repeat(names, rows)
    joined["town"] = np.repeat(np.array([f"town {number % towns}" for number in range(count)]), rows)
    return joined


def windows_of(table, window=12, **how):
    reading = {
        name: how.pop(name)
        for name in ("features", "future", "static", "series", "categories", "na")
        if name in how
    }
    dataset = read(table, target="load", time="time", **reading)
    return Windows.fit(dataset, window=window, horizon=3, calendar=False, **how)


# As 0 and 1 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [{"features": ["warmth", "sky"]}, {"categories": ["sky"]}], ids=["feature", "category"]
)
def test_a_text_column_that_is_named_is_a_column_of_0_and_1_for_each_category(given):
    table = with_weather()
    windows = windows_of(table, **given)
    assert windows.preparation.columns == ("load", "warmth", "sky=rain", "sky=snow", "sky=sun")
    x = windows.batch([100]).x[0, :, 2:]
    np.testing.assert_array_equal(x, table["sky"][89:101, np.newaxis] == ["rain", "snow", "sun"])


def test_a_text_column_that_nobody_names_is_left_out_as_ever_and_a_note_says_how_to_use_it():
    table = with_weather()
    windows = windows_of(table)
    assert windows.preparation.columns == ("load", "warmth")
    assert windows.notes == [
        "columns without numbers are left out: sky; if sky holds categories, --categories sky uses it"
    ]
    assert "categories" not in windows.preparation.to_dict()


def test_numbers_that_are_named_as_categories_are_categories():
    table = {**series(), "kind": np.arange(260) % 3}
    whole, written = windows_of(table, categories="kind"), {**table, "kind": table["kind"].astype(float)}
    assert whole.preparation.columns[2:] == ("kind=0", "kind=1", "kind=2")
    same = windows_of(written, categories="kind")  # 3.0 is what 3 is, as in a column of pandas that has gaps
    np.testing.assert_array_equal(whole.batch(whole.train).x, same.batch(same.train).x)


def test_codes_of_a_csv_file_keep_their_zeros(tmp_path):
    table = {**series(), "code": np.array(["007", "7", "08"])[np.arange(260) % 3]}
    windows = windows_of(write_csv(tmp_path / "t.csv", table), categories="code")
    assert windows.preparation.columns[2:] == ("code=007", "code=08", "code=7")


def test_the_order_of_columns_does_not_depend_on_the_order_of_rows():
    table = with_weather()
    table["sky"][:3] = ["sun", "snow", "rain"]
    assert windows_of(table, categories="sky").preparation.columns[2:] == ("sky=rain", "sky=snow", "sky=sun")


@pytest.mark.parametrize("gap", ["", "NA", None])
def test_a_missing_category_is_none_and_is_not_carried_on(gap):
    """A holiday's column is empty on other days: the last holiday must not go on."""
    sky = with_weather()["sky"].astype(object)
    sky[95:] = gap
    sky[90:95] = "snow"
    windows = windows_of({**series(), "sky": sky}, categories="sky")
    x = windows.batch([100]).x[0, :, 2:]
    assert x[:, 1].tolist() == [0 if x[0, 1] == 0 else 1] + [1] * 5 + [0] * 6
    assert not x[6:].any()
    assert windows.preparation.marks == ()


def test_what_stands_for_a_missing_value_is_no_category():
    table = with_weather()
    table["sky"] = np.where(np.arange(260) % 10 == 0, "?", table["sky"])
    assert windows_of(table, categories="sky", na="?").preparation.columns[2:] == (
        "sky=rain",
        "sky=snow",
        "sky=sun",
    )
    numbers = {**series(), "kind": np.where(np.arange(260) % 10 == 0, -9, np.arange(260) % 3)}
    columns = windows_of(numbers, categories="kind", na=-9).preparation.columns
    assert columns[2:] == ("kind=0", "kind=1", "kind=2")


def test_a_category_that_training_has_not_seen_is_said_and_no_row_is_lost():
    table = with_weather()
    table["sky"][-5:] = "hail"
    table["sky"][-9] = "fog"
    windows = windows_of(table, categories="sky")
    assert windows.preparation.columns[2:] == ("sky=rain", "sky=snow", "sky=sun")
    assert (
        "column sky has categories that training has not seen, fog (1 row), hail (5 rows); such rows have none of "
        "its categories"
    ) in windows.notes
    assert len(windows.test) == len(windows_of(with_weather(), categories="sky").test)
    assert not windows.batch(windows.test[-1:]).x[0, -1, 2:].any()


def test_new_data_with_a_new_category_are_predicted_with_a_warning():
    model = gatewise.fit(with_weather(), **QUICK, features=["warmth", "sky"])
    table = with_weather(30)
    plain = model.predict(table)
    table["sky"][-1] = "hail"
    with pytest.warns(DataWarning, match=r"training has not seen, hail \(1 row\)"):
        changed = model.predict(table)
    assert len(changed["load"]) == 3
    assert (changed["load"] != plain["load"]).any()


def test_categories_known_ahead_reach_the_head_step_by_step():
    table = with_weather()
    windows = windows_of(table, future=["sky"])
    assert windows.preparation.extra == tuple(
        f"sky={sky} (+{k})" for k in (1, 2, 3) for sky in ("rain", "snow", "sun")
    )
    extra = windows.batch([100]).extra.reshape(3, 3)
    np.testing.assert_array_equal(extra, table["sky"][101:104, np.newaxis] == ["rain", "snow", "sun"])


def test_numbers_and_categories_known_ahead_stand_where_their_names_say():
    table = {**with_weather(), "price": np.arange(260.0)}
    windows = windows_of(table, future=["sky", "price"])
    preparation = windows.preparation
    assert preparation.extra[:4] == ("price (+1)", "sky=rain (+1)", "sky=snow (+1)", "sky=sun (+1)")
    ahead = windows.batch([100]).extra.reshape(3, 4)
    place = preparation.columns.index("price")
    np.testing.assert_array_equal(ahead[:, 0], windows.batch([103]).x[0, -3:, place])


def test_a_column_of_very_many_categories_is_refused_unless_it_is_static():
    table = {**series(), "note": np.array([f"n{number}" for number in range(260)])}
    with pytest.raises(
        DataError, match=r"column note of .* has 182 categories .* may have 100\. Give the rare ones"
    ):
        windows_of(table, categories="note")


def test_a_column_that_training_does_not_have_is_refused():
    table = {**series(), "sky": np.array([None] * 200 + ["sun"] * 60, object)}
    with pytest.raises(
        DataError, match=r"column sky of .* has no category in the training rows; leave it out"
    ):
        windows_of(table, categories="sky")


def test_mixed_numbers_and_texts_are_categories_where_they_are_named(tmp_path):
    table = {**series(), "kind": np.array(["1", "2.0", "A"])[np.arange(260) % 3]}
    table["kind"][:100] = "1"
    path = write_csv(tmp_path / "t.csv", table)
    with pytest.raises(
        DataError,
        match=r'row 102: "A" is no number\. .* if the column holds categories, say so: --categories',
    ):
        windows_of(path)
    assert windows_of(path, categories="kind").preparation.columns[2:] == ("kind=1", "kind=2", "kind=A")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"categories": ["skyy"]}, r"has no column skyy \(categories\); did you mean sky\?"),
        ({"categories": ["load"]}, r"column load .* is named as target and as categories"),
        ({"categories": ["time"]}, r"column time .* is named as categories and as time"),
        ({"categories": 5.5}, "categories is 5.5; it must be the name of a column"),
    ],
)
def test_what_is_no_column_of_categories_is_refused(keys, message):
    with pytest.raises(gatewise.GatewiseError, match=message):
        windows_of(with_weather(), **keys)


def test_times_are_no_categories():
    table = {**series(), "day": series()["time"]}
    with pytest.raises(DataError, match="column day holds times, and is no column of categories"):
        windows_of(table, categories="day")


# One for each series ------------------------------------------------------------------------------------------


def test_few_static_categories_are_0_and_1_and_many_are_learned_vectors():
    windows = windows_of(stores(), series="store", static=["town", "store"])
    preparation = windows.preparation
    assert preparation.columns == ("load", "warmth", "town=town 0", "town=town 1")
    assert preparation.embeddings == (("store", 12),)
    batch = windows.batch(windows.train)
    expected = [f"store {code:02}" for code in batch.codes[:, 0]]
    assert expected == windows.where(windows.train)[0]
    assert {*expected} == {*stores()["store"]}


@pytest.mark.parametrize(
    "static", [{"static": ["store"]}, {"categories": ["store"]}], ids=["static", "category"]
)
def test_the_name_of_the_series_may_be_a_static_category(static):
    assert windows_of(stores(), series="store", **static).preparation.embeddings == (("store", 12),)


def test_a_static_category_that_changes_is_refused_with_both():
    table = stores()
    table["town"][70] = "town 7"
    with pytest.raises(
        DataError,
        match=r"row 71 .*: static is one category for each series, and series store 01 has town 1 and town 7",
    ):
        windows_of(table, series="store", static=["town"])


def test_a_static_category_is_that_of_the_series_where_rows_do_not_have_it():
    table = stores()
    town = table["town"].astype(object)
    town[np.arange(len(town)) % 60 != 30] = None
    town[:60] = None  # and the first store has none
    gaps = {**table, "town": town}
    whole, found = (windows_of(each, series="store", static=["town"]) for each in (table, gaps))
    codes = np.array([name != "store 00" for name in whole.where(whole.train)[0]])
    np.testing.assert_array_equal(found.batch(whole.train[codes]).x, whole.batch(whole.train[codes]).x)
    assert not found.batch(whole.train[~codes]).x[..., 2:].any()


class StopAt(Silent):
    """Asks training to stop after a step, as Ctrl-C does."""

    def __init__(self, step):
        self._at = step

    def step(self, state):
        if state.step == self._at:
            signal.raise_signal(signal.SIGTERM)


EMBEDDED = {**QUICK, "series": "store", "static": ["store", "town"]}


def test_learned_vectors_are_trained_saved_loaded_and_stepped_through(tmp_path):
    table = stores()
    model = gatewise.fit(table, **EMBEDDED, run=tmp_path / "run")
    start = gatewise.fit(table, **EMBEDDED | {"learning_rate": 1e-30}).network.views["embedding.store"]
    assert model.network.architecture.embeddings == (("store", 12, 4),)
    assert (model.network.views["embedding.store"] != start).all()
    arrays, _ = checkpoint.load(tmp_path / "run" / "model.safetensors")
    np.testing.assert_array_equal(arrays["weights.embedding.store"], model.network.views["embedding.store"])
    again = gatewise.load(tmp_path / "run")
    one = {name: column[60:80] for name, column in table.items()}
    said = again.predict(one)["load"]
    np.testing.assert_array_equal(said, model.predict(one)["load"])
    stepper = again.stepper()
    for row in range(8, 20):
        values = {name: one[name][row] if name != "town" or row == 8 else None for name in one}
        ahead = stepper.step(values, one["time"][row])
    np.testing.assert_array_equal(ahead[:, 0, 0], said)
    others = {**one, "store": np.array(["store 05"] * 20), "town": np.array(["town 1"] * 20)}
    assert (again.predict(others)["load"] != said).all()


def test_a_series_that_is_in_the_test_alone_is_given_the_mean_of_the_vectors_and_said():
    table = stores(14)
    keys = EMBEDDED | {"split": "group", "validation": 0.1, "test": 0.1, "static": ["store"]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = gatewise.fit(table, **keys)
    (name, count, _), *_ = model.network.architecture.embeddings
    assert (name, count) == ("store", 12)
    (note,) = [note for note in model.notes if "column store" in note]
    assert re.search(
        r"has not seen, store \d\d \(60 rows\), store \d\d \(60 rows\); each is given the mean of", note
    )
    one = {name: column[:20] for name, column in table.items()} | {"store": np.array(["new"] * 20)}
    with pytest.warns(DataWarning, match=r"new \(20 rows\)"):
        said = model.predict(one)["load"]
    vectors = model.network.views["embedding.store"]
    vectors[0] = vectors.mean(axis=0)
    first = dict(model.preparation.categories)["store"][0]
    np.testing.assert_allclose(
        model.predict(one | {"store": np.array([first] * 20)})["load"], said, atol=1e-5
    )


def test_resumed_and_for_any_number_of_threads_learned_vectors_have_the_same_bits(tmp_path):
    table = write_csv(tmp_path / "t.csv", stores())
    keys = EMBEDDED | {"epochs": 2}
    gatewise.fit(table, **keys, run=tmp_path / "one", threads=1)
    gatewise.fit(table, **keys, run=tmp_path / "two", threads=2)
    with pytest.raises(Stopped):
        fit_run(Run(tmp_path / "three"), {**keys, "data": str(table)}, listener=StopAt(25))
    fit_run(Run(tmp_path / "three"), {}, resume=True)
    assert bits(Run(tmp_path / "one")) == bits(Run(tmp_path / "two")) == bits(Run(tmp_path / "three"))


def test_a_vector_that_is_not_finite_is_named():
    keys = FitConfig.make(EMBEDDED | {"data": "(given from Python)"})
    _, windows = make_windows(keys, stores())
    fitting = Fitting(keys, windows, None)
    fitting.state.network.views["embedding.store"][:] = np.nan
    with pytest.raises(
        NonFiniteError, match=r"The weights embedding\.store were not finite before this step"
    ):
        fitting.train(Interrupt(), Silent())


@pytest.mark.parametrize(
    "how", [{"stateful": True}, {"bidirectional": True, "layers": 2}, {"task": "regress"}]
)
def test_learned_vectors_go_with_every_kind_of_network(how):
    keys = {name: value for name, value in (EMBEDDED | how).items() if name != "horizon" or "task" not in how}
    model = gatewise.fit(stores(), **keys)
    assert model.network.views["embedding.store"].shape == (12, 4)
    assert np.isfinite(model.predict(stores(rows=14))["load"]).all()


def test_a_model_of_categories_is_of_a_format_that_0_1_refuses_and_one_without_is_as_before(tmp_path):
    gatewise.fit(with_weather(), **QUICK, features=["sky"], run=tmp_path / "sky")
    gatewise.fit(series(), **QUICK, run=tmp_path / "plain")
    sky, plain = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("sky", "plain"))
    assert rb"\"format\": 3" in sky
    assert rb"\"format\": 1" in plain
    assert b"categories" not in plain
    assert b"embeddings" not in plain
    assert "\ncategories" not in (tmp_path / "plain" / "config.toml").read_text()


FORGED = {
    "twice": {"categories": [["sky", ["a", "b"]], ["sky", ["a"]]]},
    "no column": {"categories": [["earth", ["a"]]]},
    "a target": {"categories": [["load", ["a"]]]},
    "none": {"categories": [["sky", []]]},
    "equal": {"categories": [["sky", ["a", "a"]]]},
    "embedded but not static": {"embedded": ["sky"]},
    "numbers": {"categories": [["sky", [1, 2]]]},
    "a text": {"categories": "sky"},
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_preparation_is_refused(case):
    document = windows_of(with_weather(), categories="sky").preparation.to_dict()
    assert Preparation.from_dict(document).to_dict() == document
    with pytest.raises(DataError, match=r"the preparation is damaged: (categories|embedded|mean)"):
        Preparation.from_dict(document | FORGED[case])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"load": 1.0, "warmth": 1.0}, "the row has no sky; it needs load, warmth, sky"),
        (
            {"load": 1.0, "warmth": 1.0, "sky": ["sun"]},
            "column sky of the row is .*; it must be a text or a number, or None",
        ),
        ([1.0, 2.0], "the row has 2 values; it needs 3: load, warmth, sky"),
        (
            {"load": 1.0, "warmth": "sun", "sky": "sun"},
            "column warmth of the row is 'sun'; it must be a number",
        ),
    ],
)
def test_a_row_that_arrives_alone_is_checked(row, message):
    stepper = gatewise.fit(with_weather(), **QUICK, features=["warmth", "sky"]).stepper()
    with pytest.raises(DataError, match=message):
        stepper.step(row, "2024-03-01T00:00")


def test_a_row_that_arrives_alone_may_be_a_list_and_have_a_new_category():
    stepper = gatewise.fit(with_weather(), **QUICK, features=["warmth", "sky"]).stepper()
    said = [stepper.step([1.0, 2.0, sky], "2024-03-01T00:00") for sky in ("hail", None)]
    stepper.reset()
    np.testing.assert_array_equal(said[0], stepper.step([1.0, 2.0, None], "2024-03-01T00:00"))
