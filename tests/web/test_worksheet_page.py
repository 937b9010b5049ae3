"""A worksheet's page in a browser: sound to axe, and every line reached by mouse and by keys alone."""

import pytest
from worksheet_helpers import model

from gatewise import load_problem, worksheet


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    problem = load_problem()
    sheets = {
        "worked": worksheet(problem.params, problem.x, problem.label),
        "matrices": worksheet(*model(3, H=2, T=2, D=1), steps=[1]),
    }
    folder = tmp_path_factory.mktemp("worksheets")
    for name, sheet in sheets.items():
        (folder / f"{name}.html").write_text(sheet.render("html"), "utf-8")
    return {name: folder / f"{name}.html" for name in sheets}


def test_worksheets(visit, pages):
    """Operands, used by, keys."""
    visit("worksheet", pages)
