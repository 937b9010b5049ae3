"""The commands fit, predict and evaluate as a user types them: what they write, what they say, what they refuse."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from series_files import SMALL, flags, series, write_csv

import gatewise
from gatewise.cli import main
from gatewise.train.config import FitConfig


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_csv(tmp_path / "load.csv", series())


def run(*words):
    return main([str(word) for word in words])


def rows_of(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_from_a_csv_to_a_forecast(table, tmp_path, capsys):
    assert run("fit", "load.csv", *flags(SMALL)) == 0
    out, err = capsys.readouterr()
    assert re.search(r"^load +mae +rmse +bias +mase +LSTM against it$", out, re.MULTILINE)
    assert re.search(r"^LSTM +0\.\d+ +0\.\d+ +-?[\de.-]+ +[\d.]+$", out, re.MULTILINE)
    assert re.search(
        r"^last value +0\.\d+ +0\.\d+ +-?[\de.-]+ +[\d.]+ +\d+\.\d % (better|worse)$", out, re.MULTILINE
    )
    assert re.search(r"^ridge ", out, re.MULTILINE)
    assert re.search(r"^epoch 1/3  loss 0\.\d{4}  validation 0\.\d{4}\*  λ", err, re.MULTILINE)
    assert "gatewise predict runs/load-1 load.csv -o forecast.csv" in err
    assert run("predict", "runs/load-1", "load.csv", "-o", "forecast.csv") == 0
    rows = rows_of("forecast.csv")
    assert [row["time"] for row in rows] == [
        "2024-01-11 20:00:00",
        "2024-01-11 21:00:00",
        "2024-01-11 22:00:00",
    ]
    assert all(np.isfinite(float(row["load"])) for row in rows)
    capsys.readouterr()
    assert run("evaluate", "runs/load-1", "--json") == 0
    assert json.loads(capsys.readouterr().out) == gatewise.load("runs/load-1").results


def test_each_run_gets_a_folder_of_its_own(table, capsys):
    for _ in range(2):
        assert run("fit", table, *flags({**SMALL, "epochs": 1}), "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert gatewise.load("runs/load-2").results == gatewise.load("runs/load-1").results


def test_predictions_go_to_standard_output_and_parquet(table, capsys):
    run("fit", table, *flags({**SMALL, "epochs": 1}), "-q", "-o", "run")
    assert run("predict", "run") == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == '"time","load"'
    parquet = pytest.importorskip("pyarrow.parquet")
    assert run("predict", "run", table, "-o", "f.parquet") == 0
    read = parquet.read_table("f.parquet").to_pydict()
    assert read["load"] == [float(line.split(",")[1]) for line in printed.splitlines()[1:]]
    assert run("predict", "run", table, "-o", "f.xlsx") == 2
    assert "a table is written as .csv or .parquet, not as .xlsx" in capsys.readouterr().err


def test_a_configuration_file_says_the_same_as_flags(table, tmp_path):
    run("fit", table, *flags(SMALL), "-q", "-o", "by-flags")
    config = FitConfig.make({**SMALL, "data": str(table), "hidden": 7})
    (tmp_path / "fit.toml").write_text(config.to_toml(), encoding="utf-8")
    assert run("fit", "--config", "fit.toml", "--hidden", 4, "-q", "-o", "by-file") == 0
    assert (tmp_path / "by-file/config.toml").read_text() == (tmp_path / "by-flags/config.toml").read_text()
    assert run("fit", "--config", "by-flags/config.toml", "-q", "-o", "again") == 0
    one, two = (gatewise.load(name).network.vector.tobytes() for name in ("by-flags", "again"))
    assert one == two


def test_every_key_is_a_flag(capsys):
    assert run("fit", "--help") == 0
    said = capsys.readouterr().out
    missing = [name for name in FitConfig.model_fields if f"--{name.replace('_', '-')} " not in said]
    assert missing == ["data"]


@pytest.mark.parametrize(("words", "said"), [
    (["--hiden", "3"], "No such option: --hiden"),
    (["--hidden", "0"], "hidden is 0; it must be at least 1."),
    (["--loss", "maee"], 'loss is "maee"; choose from l2, mse, mae'),
    (["--dropout", "1"], "dropout is 1.0; it must be below 1."),
    (["--horizon", "3", "--task", "regress"], "horizon=3 is for task forecast; task regress predicts one value"),
    (["--quantiles", "0.1,0.9"], "quantiles are for loss pinball; the loss is mae."),
    (["--loss", "pinball", "--quantiles", "0.9,0.1"], "each is between 0 and 1, in rising order"),
    (["--loss", "pinball", "--quantiles", "a"], '--quantiles has "a"; it must be a number.'),
    (["--loss", "huber", "--loss-options", "dleta=1"], "loss huber has no option dleta. Its options: delta."),
    (["--loss-options", "delta"], '--loss-options has "delta"; write options as in delta=0.5,least=0.001.'),
    (["--schedule-options", "warmup=5"], "schedule "),
    (["--dropout", "0.5"], "dropout=0.5 acts between layers, and there is one."),
    (["--skip", "13"], "skip=13 rows are more than the window has, 12."),
    (["--skip", "2", "--stateful"], "skip is not for stateful, which has a label at every step."),
    (["--target", "a,,b"], '"a,,b" has an empty name'),
    (["--resume"], "--resume needs the run folder: gatewise fit --resume -o RUN"),
    (["--config", "none.toml"], "none.toml cannot be read: No such file or directory."),
    (["--validation", "soon"], 'validation="soon" is neither a share nor a time such as 2013-11-01.'),
    (["--learning-rate", "nan"], "learning_rate is nan; it must be a finite number."),
    (["--learning-rate", "0"], "learning_rate is 0.0; it must be above 0."),
    (["--target", "lod"], "lod"),
    (["--time", "when"], "when"),
    (["--features", "wind"], "wind"),
    (["--window", "9999"], "window"),
    (["--horizon", "9999"], "horizon"),
    (["--test", "2030-01-01"], "2030-01-01"),
])  # fmt: skip
def test_what_cannot_be_is_said_in_a_line(table, words, said, capsys, tmp_path):
    more = flags({name: value for name, value in SMALL.items() if f"--{name}" not in words})
    if "--schedule-options" in words:
        more += ["--schedule", "constant"]
    assert run("fit", table, *more, *words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "runs").exists()


def spoilt(what):
    """A table with one thing wrong."""
    table = series()
    load, time = table["load"].astype(object), table["time"].astype(object)
    if what == "text":
        load[40] = "n/a?"
    elif what == "constant":
        load[:] = 1.5
    elif what == "one row":
        return {name: column[:1] for name, column in table.items()}
    elif what == "no rows":
        return {name: column[:0] for name, column in table.items()}
    elif what == "twice":
        time[41] = time[40]
    elif what == "all missing":
        load[:] = ""
    elif what == "not a time":
        time[10] = "yesterday"
    elif what == "zones":
        time = np.array([f"{moment}+00:00" for moment in table["time"]], object)
        time[50] = time[50].replace("+00:00", "")
    return {**table, "time": time, "load": load}


@pytest.mark.parametrize(("what", "said"), [
    ("text", "column load, row 41"), ("constant", "load"), ("one row", "one value in the training rows"), ("no rows", "no rows"),
    ("twice", "row"), ("all missing", "load"), ("not a time", "row 11"), ("zones", "row 51"),
])  # fmt: skip
def test_a_wrong_table_is_refused_with_column_and_row(what, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "t.csv", spoilt(what))
    assert run("fit", "t.csv", *flags(SMALL)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "t.csv" in err
    assert "Traceback" not in err
    assert not (tmp_path / "runs").exists()


def test_a_class_that_training_never_saw_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = series()
    kinds = np.where(table["load"] > 0, "up", "down").astype(object)
    kinds[-3] = "sideways"
    write_csv(tmp_path / "t.csv", {**table, "kind": kinds})
    keys = {**SMALL, "target": ["kind"], "task": "classify"}
    del keys["horizon"]
    assert run("fit", "t.csv", *flags(keys)) == 2
    assert "sideways" in capsys.readouterr().err


def test_predicting_from_a_table_without_the_columns_names_them(table, tmp_path, capsys):
    run("fit", table, *flags({**SMALL, "epochs": 1}), "-q", "-o", "run")
    write_csv(tmp_path / "short.csv", {name: series()[name] for name in ("time", "load")})
    assert run("predict", "run", "short.csv") == 2
    assert "warmth" in capsys.readouterr().err
    write_csv(tmp_path / "few.csv", series(rows=5))
    assert run("predict", "run", "few.csv") == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert "fewer rows in a stretch than the window has, 12" in err


def test_a_loss_that_runs_away_says_where(table, capsys):
    wild = {**SMALL, "optimizer": "sgd", "learning_rate": 1e39, "clip": 0.0, "schedule": "constant"}
    assert run("fit", table, *flags(wild), "-o", "run") == 2
    err = capsys.readouterr().err
    assert re.search(r"gatewise: training stopped in epoch 1, step 2: .*It began at layer 0, step 0, ", err)
    assert "Lower the learning rate" in err


def test_progress_is_plain_lines_without_a_terminal(table):
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", "fit", table, *flags({**SMALL, "report": True})],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert "  open runs/load-1/report.html\n" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert len(re.findall(r"^epoch \d/3 .* left$", done.stderr, re.MULTILINE)) == 3


def test_time_zones_come_back(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = series()
    write_csv(tmp_path / "t.csv", {**table, "time": [f"{moment}Z" for moment in table["time"]]})
    run("fit", "t.csv", *flags({**SMALL, "epochs": 1}), "-q", "-o", "run")
    run("predict", "run")
    assert capsys.readouterr().out.splitlines()[1].startswith("2024-01-11 20:00:00Z,")


@pytest.mark.slow
def test_without_data_it_learns_the_weather(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("fit") == 0
    found = gatewise.load("runs/weather-1").results["targets"]["temperature"]
    # The goals that are set for the median of five seeds; bench/weather.py has those.
    assert found["LSTM"]["mae"] <= 0.70 * found["last value"]["mae"]
    assert found["LSTM"]["mae"] <= 0.98 * found["ridge"]["mae"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= 1", "this is not TOML"),
        ("window = 12\nwindow = 13", "window is given twice, the second time in line 2."),
        (f"{'a.' * 40}a = 1", "the longest here, such as loss_options.delta, have 2."),
        (f"quantiles = {'[' * 5000}", "a list of names, the deepest, has 1 level."),
        ("hiden = 3", "hiden is not a key of"),
    ],
)
def test_a_file_of_keys_is_refused_in_its_own_words(table, text, said, capsys, tmp_path):
    (tmp_path / "fit.toml").write_text(text)
    assert run("fit", table, "--config", tmp_path / "fit.toml") == 2
    err = capsys.readouterr().err
    assert said in err
    assert "gates" not in err


def test_a_quiet_prediction_says_nothing(table, tmp_path, capsys):
    assert run("fit", table, *flags(SMALL), "-q", "-o", tmp_path / "run") == 0
    capsys.readouterr()
    assert run("predict", tmp_path / "run", table, "-q", "-o", tmp_path / "out.csv") == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "out.csv").read_text().count("\n") == 4


@pytest.mark.parametrize("table", ["loss_options", "optimizer_options", "schedule_options"])
def test_a_key_after_a_table_of_options_is_told_to_move_up(run_here, tmp_path, monkeypatch, table):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fit.toml").write_text(f'target = ["temperature"]\n[{table}]\nepochs = 3\n')
    code, _, err = run_here("fit", "--config", "fit.toml", "-o", "run")
    assert code == 2
    assert f"{table}.epochs is no option; it stands under [{table}]" in err
    assert f"above [{table}]" in err


def test_an_option_of_the_name_of_a_key_stays_an_option():
    """Both plateau and the configuration have a patience."""
    assert FitConfig.make({"schedule": "plateau", "schedule_options": {"patience": 1}}).schedule == "plateau"


def test_an_option_of_several_values_may_be_given_several_times(tmp_path, monkeypatch, capsys):
    """--na -9999 --na 77 was --na 77 alone, without a word."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{n},{n % 7},{ {5: -9999, 9: 77}.get(n, n % 5) },{n % 3}\n" for n in range(120))
    Path("t.csv").write_text("t,y,z,w\n" + rows)
    keys = ["--time", "t", "--window", 6, "--horizon", 2, "--hidden", 2, "--epochs", 1, "-q"]
    columns = ["--target", "y", "--target", "z", "--features", "w"]
    assert run("fit", "t.csv", *keys, *columns, "--na", "-9999", "--na", "77", "-o", "twice") == 0
    assert (
        run("fit", "t.csv", *keys, "--target", "y,z", "--features", "w", "--na", "-9999,77", "-o", "once")
        == 0
    )
    twice, once = gatewise.load("twice"), gatewise.load("once")
    assert twice.config == once.config
    assert np.array_equal(twice.network.vector, once.network.vector)
    options = ["--optimizer-options", "beta1=0.8", "--optimizer-options", "epsilon=1e-7"]
    assert run("fit", "t.csv", *keys, "--target", "y", *options, "-o", "other") == 0
    assert gatewise.load("other").config.optimizer_options == {"beta1": 0.8, "epsilon": 1e-7}


def test_inputs_as_people_have_them_from_the_command_line(tmp_path, monkeypatch, capsys):
    """Texts, the name of the series, logarithms, no sales below 0, and a new shop with two rows."""
    monkeypatch.chdir(tmp_path)
    shops = [series(60, seed) for seed in range(12)]
    sales = {name: np.concatenate([shop[name] for shop in shops]) for name in shops[0]}
    sales["load"] = np.exp(sales["load"]).round(3)
    sales["shop"] = np.repeat(np.array([f"shop {number}" for number in range(12)]), 60)
    sales["sky"] = np.array(["sun", "rain", ""])[np.arange(720) % 3]
    write_csv(tmp_path / "sales.csv", sales)
    words = flags({**SMALL, "epochs": 1, "series": "shop", "static": ["shop"], "features": ["warmth", "sky"]})
    assert run("fit", "sales.csv", *words, "--log", "--non-negative", "-q", "-o", "run") == 0
    assert "embedding.shop" in gatewise.load(tmp_path / "run").network.views
    assert run("evaluate", "run", "sales.csv") == 0
    write_csv(
        tmp_path / "new.csv", {name: column[:2] for name, column in sales.items()} | {"shop": ["new", "new"]}
    )
    capsys.readouterr()
    assert run("predict", "run", "new.csv") == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert "new (2 rows); each is given the mean of the vectors learned" in err
    assert "series new: fewer rows in a stretch" in err
    sales["load"][3] = -1
    write_csv(tmp_path / "wrong.csv", sales)
    assert run("predict", "run", "wrong.csv") == 2
    assert "column load, row 4 (2024-01-01 03:00): -1 is below 0" in capsys.readouterr().err
