"""`gatewise work --cell`: which cell is worked out, with and without a file, and what is refused."""

import importlib
import json

import pytest
from problem_cells import OWN

import gatewise
from gatewise.cells import CELLS
from gatewise.teach.problem import load_problem

work = importlib.import_module("gatewise.cli.work")
OTHERS = [name for name in CELLS if name != "lstm"]


@pytest.fixture
def worked(monkeypatch):
    """What the worksheet is asked for; it gives that of the worked example."""
    asked = []
    example = load_problem()
    sheet = gatewise.worksheet(example.params, example.x, example.label)

    def worksheet(params, x, label, **options):
        asked.append((params, x, label, options))
        return sheet

    monkeypatch.setattr(work, "worksheet", worksheet)
    return asked


@pytest.mark.parametrize("name", OTHERS)
def test_without_a_file_a_problem_of_the_cell(run, worked, name):
    code, out, err = run("work", "--cell", name)
    (params, x, label, options), drawn = worked[0], load_problem(cell=name)
    assert (code, bool(out)) == (0, True)
    assert params.cell is CELLS[name]
    assert (params.flat() == drawn.params.flat()).all()
    assert (x == drawn.x).all()
    assert (label == drawn.label).all()
    assert (options["title"], options["seed"], options["state"]) == (CELLS[name].title, 0, None)
    for line in (
        f"work --cell {name} --detail reasons",
        f"cells {name} --derive",
        f"my-model.toml --cell {name}",
    ):
        assert line in err


@pytest.mark.parametrize("name", OTHERS)
def test_its_sheet_verifies_and_the_update_lowers_the_loss(run, name):
    code, out, _ = run("work", "--cell", name, "--to", "json")
    sheet = json.loads(out)
    assert (code, sheet["model"]["cell"]) == (0, name)
    drawn = load_problem(cell=name)
    made = gatewise.worksheet(drawn.params, drawn.x, drawn.label)
    assert made.verified.ok
    assert made.losses[1] < made.losses[0]


@pytest.mark.parametrize("name", [*OTHERS, "leaky"])
def test_a_written_file_is_worked_out_as_it_was_drawn(run, tmp_path, name):
    """All digits of the sheet, from the file that to_toml writes; only the seed is not said."""
    path = tmp_path / "leaky.toml"
    path.write_text(f"equations = '''{OWN['leaky']}'''\n", "utf-8")
    cell = name if name in CELLS else path
    (tmp_path / "model.toml").write_text(load_problem(cell=str(cell)).to_toml(), "utf-8")
    drawn, read = run("work", "--cell", cell), run("work", tmp_path / "model.toml", "--cell", cell)
    assert drawn[0] == read[0] == 0
    assert [line for line in drawn[1].splitlines() if not line.startswith("seed ")] == read[1].splitlines()


def test_the_same_seed_draws_the_same_numbers(run, worked, tmp_path):
    for seed in ("0", "7", "7", "8"):
        assert run("work", "--cell", "gru", "--seed", seed)[0] == 0
    without, first, again, other = (params.flat().tolist() for params, *_ in worked)
    assert without == load_problem(cell="gru").params.flat().tolist()
    assert first == again == load_problem(cell="gru", seed=7).params.flat().tolist()
    assert len({tuple(numbers) for numbers in (without, first, other)}) == 3
    assert [options["seed"] for *_, options in worked] == [0, 7, 7, 8]
    model = tmp_path / "model.toml"
    model.write_text('cell = "gru"\ninput_size = 2\nhidden_size = 3\nsteps = 2\nseed = 4\n', "utf-8")
    worked.clear()
    for seed in ([], ["--seed", "4"], ["--seed", "5"]):
        assert run("work", model, *seed)[0] == 0
    assert [options["seed"] for *_, options in worked] == [4, 4, 5]
    of_file, four, five = ((params.flat().tolist(), x.tolist()) for params, x, *_ in worked)
    assert of_file == four
    assert not any(mine == its for mine, its in zip(four, five, strict=True))


def test_a_seed_where_nothing_is_drawn_is_refused(run, tmp_path):
    model = tmp_path / "model.toml"
    model.write_text(load_problem().to_toml(), "utf-8")
    refused(run("work", model, "--seed", "3"), "seed has no effect: the weights and x are given")
    refused(run("work", "--seed", "3"), "--seed=3 has no effect: the numbers of the worked example are given")
    refused(run("work", "--cell", "gru", "--seed", "-1"), "--seed=-1; it must be a whole number from 0")


def test_a_cells_file_given_as_a_problem_is_told_from_one(run, worked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leaky.toml").write_text(f"title = 'Mine'\nequations = '''{OWN['leaky']}'''\n", "utf-8")
    code, _, err = run("work", "leaky.toml")
    assert (code, err.count("\n")) == (2, 1)
    assert "gatewise work --cell leaky.toml draws some" in err
    assert run("work", "--cell", "leaky.toml")[0] == 0
    (tmp_path / "model.toml").write_text(
        'cell = "leaky.toml"\ninput_size = 2\nhidden_size = 1\nsteps = 2\n', "utf-8"
    )
    assert run("work", "model.toml")[0] == 0  # as the message says


def test_the_lstm_is_the_worked_example(run):
    assert run("work", "--cell", "lstm") == run("work")


def test_a_cell_of_ones_own(run, worked, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f"title = 'Mine'\nequations = '''{OWN['leaky']}'''\n", "utf-8")
    assert run("work", "--cell", path)[0] == 0
    assert (worked[0][0].cell.name, worked[0][3]["title"]) == ("mine", "Mine")
    model = tmp_path / "model.toml"
    model.write_text('cell = "mine.toml"\ninput_size = 2\nhidden_size = 3\nsteps = 2\n', "utf-8")
    assert run("work", model)[0] == run("work", model, "--cell", path)[0] == 0
    assert [params.cell.name for params, *_ in worked] == ["mine"] * 3
    assert len(worked[1][0].b) == 6


def test_initial_values_reach_the_worksheet(run, worked, tmp_path):
    model = tmp_path / "model.toml"
    model.write_text('cell = "gru"\ninput_size = 2\nhidden_size = 1\nx = [[1, 2]]\nout0 = [0.5]\n', "utf-8")
    assert run("work", model)[0] == 0
    assert worked[0][3]["state"].out.tolist() == [0.5]


def refused(result, *fragments):
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("gatewise: ")
    assert err.count("\n") == 1
    for fragment in fragments:
        assert fragment in err


def test_a_file_of_another_cell(run, tmp_path):
    model = tmp_path / "model.toml"
    model.write_text(load_problem(cell="gru").to_toml(), "utf-8")
    refused(
        run("work", model, "--cell", "mgu"), f"{model}: the parameters are of cell gru, and cell mgu is asked"
    )
    model.write_text(load_problem().to_toml(), "utf-8")
    refused(run("work", model, "--cell", "gru"), "of cell lstm, and cell gru", 'write cell = "gru" there')


def test_no_such_cell(run, tmp_path):
    refused(
        run("work", "--cell", "grue"), "There is no cell 'grue'. Did you mean gru?", "or give a TOML file"
    )
    refused(run("cells", "grue"), "There is no cell 'grue'. Did you mean gru?", "or give a TOML file")
    refused(run("work", "--cell", tmp_path / "no.toml"), "no.toml cannot be read: No such file")
    refused(run("work", "--cell", ""), "There is no cell ''")
    path = tmp_path / "circle.toml"
    path.write_text("equations = '''s_t = W·x_t + U·out_t\nout_t = tanh(s_t)'''", "utf-8")
    refused(run("work", "--cell", path), "s needs its own value: s needs out needs s")


def test_the_cell_is_not_written_over(run, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f"equations = '''{OWN['leaky']}'''\n", "utf-8")
    before = path.read_bytes()
    refused(run("work", "--cell", path, "-o", path, "--to", "text"), "would be overwritten")
    assert path.read_bytes() == before


def test_check_takes_a_model_of_the_cell_that_a_sheet_is_of_and_refuses_another(run, tmp_path):
    model, sheet = tmp_path / "model.toml", tmp_path / "sheet.md"
    model.write_text(load_problem(cell="gru").to_toml(), "utf-8")
    assert run("work", model, "-o", sheet)[0] == 0
    assert run("check", sheet, "--model", model)[0] == 0
    model.write_text(load_problem(cell="mgu").to_toml(), "utf-8")
    refused(run("check", sheet, "--model", model), "a sheet of cell gru, and the model is of cell mgu")
