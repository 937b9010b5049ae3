"""Where the links of a sheet's HTML lead: from each operand to its line, from each line to those that take it."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from worksheet_helpers import blocks, model

from gatewise import load_problem, worksheet
from gatewise.cells.known.table import CELLS
from gatewise.expression import Number, Symbol, rebuild, text, walk
from gatewise.teach.worksheet.layout.document import Row

BOUNDARY = ("out@t=-1", "state@t=-1", "delta_out@t=2", "carried")
OPERAND = re.compile(r'<a href="#([^"]*)" tabindex="-1">')
WAY = re.compile(r'<a href="#([^"]*)">')


def worked_example(**options):
    problem = load_problem()
    return worksheet(problem.params, problem.x, problem.label, **options)


class Linked:
    """A page's rows by their anchors: what their operands lead to, what they take, what takes them."""

    def __init__(self, page):
        self.ids = list(map(unescape, re.findall(r' id="([^"]*)"', page)))
        self.links = list(map(unescape, re.findall(r' href="#([^"]*)"', page)))
        self.rows = {}
        for row in re.split(r'(?=<div class="row")', page)[1:]:
            (anchor,) = re.findall(r'<div class="row" id="([^"]*)"', row)
            assert anchor not in self.rows
            _, _, ways = row.partition('<div class="ways">')
            ways = ways.partition("</div>")[0]
            takes, _, used_by = ways.partition("used by")
            self.rows[unescape(anchor)] = {
                "operands": list(map(unescape, OPERAND.findall(row))),
                "takes": list(map(unescape, WAY.findall(takes))),
                "used by": list(map(unescape, WAY.findall(used_by))),
                "unseen": sum(map(int, re.findall(r"(\d+) not shown", used_by))),
                "also": list(map(unescape, re.findall(r'<span id="([^"]*)">', row))),
            }

    def row_of(self, line):
        """The row where a line's "used by" stands."""
        if line in self.rows:
            return self.rows[line]
        return next((row for row in self.rows.values() if line in row["also"]), None)


def worksheet_of(cell):
    problem = load_problem(cell=cell)
    return worksheet(problem.params, problem.x, problem.label)


SHEETS = {
    **{cell: lambda cell=cell: worksheet_of(cell) for cell in CELLS},
    **{
        detail: lambda detail=detail: worked_example(detail=detail)
        for detail in ("results", "products", "reasons")
    },
    **{words: lambda words=words: worked_example(notation=words) for words in ("torch", "keras")},
    "by hand": lambda: worked_example(rounding="hand"),
    "updates": lambda: worksheet(*model(3, H=2), updates=2),
    "no label": lambda: worksheet(*model(3, H=2)[:2]),
    "some steps": lambda: worksheet(*model(3, H=2, T=12), steps=[2, 3]),
    "elided": lambda: worksheet(*model(3, H=9, T=9)),
}


@pytest.mark.parametrize("name", SHEETS)
def test_no_link_is_dead_and_no_id_stands_twice(name):
    sheet = SHEETS[name]()
    for fragment in (False, True):
        page = Linked(sheet.render("html", fragment=fragment))
        assert page.links
        assert set(page.links) <= set(page.ids)
        assert len(set(page.ids)) == len(page.ids)


@pytest.mark.parametrize("name", SHEETS)
def test_every_operand_that_has_a_line_here_is_a_link(name):
    """As many links as there are symbols, numbers and matrices that remember their line."""
    sheet = SHEETS[name]()
    page = Linked(sheet.render("html"))
    here = set(page.ids)
    expected, linked = 0, 0
    for row in blocks(sheet, Row):
        for side in row.sides:
            expected += sum(
                not here.isdisjoint((source, source.partition("#")[0])) for source in sources(side)
            )
    for anchor, row in page.rows.items():
        linked += len(row["operands"])
        general = anchor.startswith("formula-")  # which say no more than their operands do
        takes = [] if general else list(dict.fromkeys(row["operands"]))
        assert row["takes"] == takes, "each is reached by keyboard, too"
    assert linked == expected
    assert linked > 20 or name == "results"


def sources(side):
    return [node.source for node in walk(side) if getattr(node, "source", "")]


def test_every_symbol_and_number_put_in_of_the_worked_example_is_a_link():
    """Nothing that is taken from a line is left out; 1, ½ and the like are no operands."""
    for row in blocks(worked_example(), Row):
        if not row.worked:
            continue
        for side in row.sides[:-1]:
            assert [node for node in without_source(side) if text(node) not in ("1", "2")] == [], row.id


def without_source(node):
    """The symbols and numbers that do not remember a line, nor stand in a matrix that does."""
    if getattr(node, "source", ""):
        return
    if isinstance(node, (Symbol, Number)):
        yield node
    inner = []
    rebuild(node, lambda part: inner.append(part) or part)
    for part in inner:
        yield from without_source(part)


@pytest.mark.parametrize("detail", ["example", "products"])
@pytest.mark.parametrize("updates", [1, 2])
def test_every_operand_leads_to_the_line_that_it_comes_from(detail, updates):
    sheet = worksheet(*model(3, H=2), updates=updates, detail=detail)
    page = Linked(sheet.render("html"))
    links: dict[str, set[str]] = {}
    for row in blocks(sheet, Row):
        if row.id in page.rows:
            links.setdefault(row.line, set()).update(page.rows[row.id]["operands"])
    for line in sheet:
        if line.formula is not None:
            own = {target.partition("[z]")[0] for target in links[line.id]}
            boundary = {use for use in line.uses if use.startswith(BOUNDARY)}
            missing = set(line.uses) - own - boundary
            assert {use.partition("#")[0] for use in boundary} <= {link.partition("#")[0] for link in own}
            through = {f"d_gates{line.id[line.id.index('@') :]}"} if line.id[:2] in ("B7", "B8") else set()
            if line.id[:2] in ("G1", "G2", "G3"):
                through = {target for target in own if target.startswith("d_gates@")}
                assert len(through) == 3
            made_of = set().union(*(links[gates] for gates in through & own))
            assert missing <= made_of, line.id


def test_the_operands_of_the_general_formulas_lead_to_where_each_is_stated():
    page = Linked(worked_example().render("html"))
    assert page.rows["formula-F1"]["operands"] == ["W", "given", "U", "formula-F6", "b"]
    assert page.rows["formula-B2"]["operands"] == [f"formula-{id}" for id in ("B1", "F4", "F5", "B2", "F3")]
    assert page.rows["formula-P1[W]"]["operands"] == ["W", "learning_rate", "G1"]


@pytest.mark.parametrize("updates", [1, 2])
def test_used_by_is_the_inverse_of_uses(updates):
    sheet = worksheet(*model(3, H=2), updates=updates)
    page = Linked(sheet.render("html"))
    for line in sheet:
        assert all(line.id in sheet.used_by[used] for used in line.uses)
    for line in sheet:
        takers = [other.id for other in sheet if line.id in other.uses]
        assert list(sheet.used_by.get(line.id, ())) == takers
        row = page.row_of(line.id)
        if row is not None and updates == 1:
            assert row["used by"] == takers
    data = {line["id"]: line for line in json.loads(sheet.render("json"))["lines"]}
    for id, line in data.items():
        assert line["used_by"] == [other for other in data if id in data[other]["uses"]]


def test_what_is_put_together_of_lines_says_who_takes_it():
    """δgates_t is no line, but a row: B7, B8 and the gradients take it."""
    page = Linked(worked_example().render("html"))
    assert page.rows["d_gates@t=1"]["used by"] == ["B7@t=1", "B8@t=1", "G1", "G2", "G3"]


def test_lines_that_are_not_shown_are_counted_and_not_linked():
    sheet = worksheet(*model(3, H=1, T=20))
    page = Linked(sheet.render("html"))
    taken = sheet.used_by["W"]
    row = page.rows["W"]
    assert 0 < len(row["used by"]) < len(taken) == len(row["used by"]) + row["unseen"]


def test_a_line_of_which_single_entries_are_shown_has_its_own_id_too():
    """The id of a line in JSON is an anchor on the page, whatever is shown of it."""
    sheet = worksheet(*model(3, H=9))
    page = Linked(sheet.render("html"))
    ids = [line["id"] for line in json.loads(sheet.render("json"))["lines"]]
    assert "F1@t=1" in page.ids
    assert "F1@t=1" not in page.rows
    assert set(ids) <= set(page.ids)
    assert page.row_of("F1@t=1")["used by"] == list(sheet.used_by["F1@t=1"])


def test_two_sheets_in_a_notebook_have_no_id_in_common():
    ids = [
        Linked(sheet.render("html", fragment=True)).ids
        for sheet in (worked_example(), worked_example(digits=4))
    ]
    assert set(ids[0]).isdisjoint(ids[1])
    assert worked_example().render("html", fragment=True) == worked_example().render("html", fragment=True)


def test_the_page_says_how_to_open_the_model_to_play_with():
    assert "gatewise explore" in worked_example().render("html")
