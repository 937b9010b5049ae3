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


def test_check_refuses_a_model_of_another_cell(run, tmp_path):
    model, sheet = tmp_path / "model.toml", tmp_path / "sheet.md"
    model.write_text(load_problem(cell="gru").to_toml(), "utf-8")
    sheet.write_text("$W_a = 0.5$", "utf-8")
    refused(
        run("check", sheet, "--model", model), "check knows the cell lstm; these parameters are of cell gru"
    )
