"""The derivation of a cell as a page: every equation with its sentence, in every format."""

import json
import re

import pytest
from any_cell import EVERY

import gatewise
from gatewise.cells import CELLS, CellError
from gatewise.cells.own import load_cell
from gatewise.cli import main
from gatewise.teach.derivation.page import FORMATS

EACH = pytest.mark.parametrize("name", EVERY)
OWN = 'title = "Leaky"\nequations = """\ng_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)  # how much leaks\nout_t = g_t ⊙ out_{t-1} + 1 - g_t\n"""\n'


@EACH
@pytest.mark.parametrize("format", [name for name in FORMATS if name != "pdf"])
def test_every_equation_and_sentence_is_there(name, format):
    page = gatewise.derivation(name)
    shown = page.render(format)
    cell, derived = page.cell, page.cell.derivation
    for equation in (*cell.forward, *derived.loss, *derived.backward, *derived.gradients, *derived.updates):
        id = equation.id if format != "tex" else equation.id.split("[")[0]
        assert id in shown, equation.id
    assert cell.source.split(" and ")[0].split(",")[0] in shown
    short = gatewise.derivation(name, derived=False).render(format)
    assert "F1" in short
    assert "B1" not in short


@EACH
def test_a_pdf_is_made(name):
    pytest.importorskip("typst")
    assert gatewise.derivation(name).render("pdf").startswith(b"%PDF")


def test_json_has_each_equation_in_three_writings():
    told = json.loads(gatewise.derivation("gru").render("json"))
    assert [each["id"] for each in told["backward"]] == [f"B{k}" for k in range(1, 8)]
    last = told["backward"][-1]
    assert last["text"] == "Δoutₜ₋₁ = δoutₜ ⊙ uₜ + U_rᵀ · δrₜ + U_uᵀ · δuₜ + δkₜ ⊙ rₜ"
    assert (
        last["ascii"] == "delta_out[t-1] = d_out[t] * u[t] + U_r^T @ d_r[t] + U_u^T @ d_u[t] + d_k[t] * r[t]"
    )
    assert told["parameters"] == {"W": ["3H", "D"], "U": ["3H", "H"], "b": ["3H"]}


def test_names_on_the_page_lead_to_their_equations():
    page = gatewise.derivation("gru").render("html")
    ids = set(re.findall(r'id="([^"]+)"', page))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= ids
    assert {"formula-F2", "formula-B4"} <= targets


def test_a_page_shows_itself_in_a_notebook():
    assert "<math" in gatewise.derivation("lstm")._repr_html_()
    assert "DerivationPage('lstm'" in repr(gatewise.derivation("lstm"))
    assert str(gatewise.derivation("lstm")) == gatewise.derivation("lstm").render("text")


def test_the_command_lists_shows_and_derives(capsys, tmp_path):
    assert main(["cells"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n{name} " in f"\n{listed}" for name in CELLS)
    assert "no-bias, clip=NUMBER, state-clip=NUMBER" in listed
    assert main(["cells", "lstm+no-bias", "--derive"]) == 0
    assert "P1[b]" not in capsys.readouterr().out
    assert main(["cells", "mgu"]) == 0
    assert "B1" not in capsys.readouterr().out
    assert main(["cells", "mgu", "--derive", "--ascii"]) == 0
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert "d_f[t] = (d_out[t] * (a[t] - out[t-1]) + d_k[t] * out[t-1]) * f[t] * (1 - f[t])" in " ".join(
        shown.split()
    )
    assert main(["cells", "gru", "--derive", "-o", str(tmp_path / "gru.md")]) == 0
    assert r"\delta U_{r}" in (tmp_path / "gru.md").read_text()


REFUSED = {
    ("cells", "gruu"): "There is no cell 'gruu'. Did you mean gru? Choose from: lstm,",
    ("cells", "gru+clip=3"): "gru has no clip, which is for the LSTM.",
    ("cells", "zoneout"): "gatewise has no zoneout yet.",
    ("cells", "--derive"): "are for one cell",
    ("cells", "gru", "--to", "docx"): "--to docx is not offered",
    ("cells", "gru", "-o", "gru.docx"): "does not say the format by its suffix",
    ("cells", "missing.toml"): "missing.toml cannot be read: No such file",
    ("cells", "/dev/null"): "it is a device",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_the_command_refuses_in_words(arguments, capsys):
    assert main(list(arguments)) == 2
    assert REFUSED[arguments] in capsys.readouterr().err


def test_a_cell_of_ones_own_in_a_file(tmp_path, capsys):
    path = tmp_path / "leaky.toml"
    path.write_text(OWN, encoding="utf-8")
    cell = load_cell(path)
    assert (cell.name, cell.title, cell.gates) == ("leaky", "Leaky", ("g",))
    assert main(["cells", str(path), "--derive"]) == 0
    assert "How much leaks." in capsys.readouterr().out


WRONG = {
    "x = 1": "there is no key 'x'; a cell has name, title, source, equations, sizes, words.",
    "title = 'a'": "equations are missing",
    "equations = 3": "equations is 3; it must be a text.",
    "equations = 'out_t = x_t'\nwords = 3": "words is 3; it must be a table of texts.",
    "equations = 'out_t = x_t'\n[sizes]\nout = 3": "it must be a table of texts.",
    "equations = ": "this is not TOML",
    "equations = 'out_t = ('": "line 1, column 10: the line ends where a quantity is needed.",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_file_that_holds_no_cell_is_refused(text, tmp_path):
    path = tmp_path / "cell.toml"
    path.write_text(text)
    with pytest.raises(CellError) as told:
        load_cell(path)
    assert str(told.value).startswith(f"{path}: ")
    assert WRONG[text] in str(told.value)
