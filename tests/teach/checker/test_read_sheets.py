"""Our own worksheets are read back completely: every row, every number, every guard digit, in each format."""

import pytest
from reading_sheets import differences, sheet_of

import gatewise
from gatewise.cells.known.lstm import EQUATIONS
from gatewise.expression import ascii as ascii_text
from gatewise.teach.checker.read import read
from gatewise.teach.worksheet.layout.notation import NOTATIONS, Notation

WRITTEN = {
    "md": (".md", {}),
    "tex": (".tex", {}),
    "text": (".txt", {}),
    "ascii": (".txt", {"unicode": False}),
    "narrow": (".txt", {"width": 50}),
}
# Steps, inputs, units, digits, rounding, detail, updates: each value that matters, not their product.
SHEETS = (
    (2, 2, 1, 5, "full", "example", 1),
    (1, 1, 1, 3, "hand", "reasons", 1),
    (3, 1, 2, 4, "full", "products", 2),
    (5, 3, 3, 8, "hand", "example", 1),
    (1, 4, 4, 7, "full", "products", 1),
    (8, 2, 4, 6, "hand", "results", 1),
)


def written(sheet, form):
    suffix, options = WRITTEN[form]
    text = sheet.render("text" if suffix == ".txt" else form, **options)
    return read(text, name=f"sheet{suffix}")


def sheet(case, notation="document", seed=3):
    steps, inputs, units, digits, rounding, detail, updates = case
    return sheet_of(
        seed, steps, inputs, units,
        digits=digits, rounding=rounding, detail=detail, updates=updates, notation=notation,
    )  # fmt: skip


@pytest.mark.share(5)
@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("case", SHEETS, ids=str)
def test_a_sheet_is_read_back_completely(case, form):
    worked = sheet(case)
    assert differences(worked, written(worked, form)) == []


@pytest.mark.share(2)
@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("notation", ["torch", "keras"])
def test_other_names_and_gate_orders_come_back_as_the_specs(notation, form, monkeypatch):
    case = (2, 3, 2, 5, "full", "products", 1)
    monkeypatch.setitem(NOTATIONS, "spec", Notation(biases=NOTATIONS[notation].biases))
    reading = written(sheet(case, notation), form)
    assert differences(sheet(case, "spec"), reading) == []
    assert (reading.notation, reading.gates) == (notation, ("i", "f", "a", "o"))


@pytest.mark.share(3)
@pytest.mark.parametrize("notation", ["document", "torch", "keras"])
@pytest.mark.parametrize("case", SHEETS, ids=str)
def test_no_mistake_is_found_on_a_sheet(case, notation):
    """Stacked matrices, δgates, z and what is worked from it, two biases: every number is sound."""
    report = gatewise.check(sheet(case, notation).render("md"), name="sheet.md")
    assert [finding.message for finding in report.findings] == []
    assert report.unread == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_many_sheets_are_read_back_completely(seed):
    case = (
        1 + seed % 8, 1 + seed % 3, 1 + seed % 4, 3 + seed % 6, ("full", "hand")[seed % 2],
        ("example", "products", "reasons", "results")[seed % 4], 1 + seed % 2,
    )  # fmt: skip
    worked = sheet(case, seed=seed)
    for form in WRITTEN:
        assert differences(worked, written(worked, form)) == []


BROKEN = """\
F1@t=0       a₀ = tanh(W_a · x₀)
                = tanh([ −0.34606₅  0.97455₄
                         −0.36258₈ ]
                         ⎡ −1.738 ⎤
                       · ⎢ −1.337 ⎥)
                         ⎣ −1.361 ⎦
                = −0.60197
"""


def test_a_row_of_a_matrix_may_go_on_below_inside_a_call():
    """It is known for a matrix by the blank inside its bracket; before it stands no blank, but that of tanh."""
    reading = read(BROKEN, name="sheet.txt")
    (claim,) = reading.claims
    assert (reading.unread, reading.remarks) == ((), ())
    assert ascii_text(claim.sides[1].tree).startswith("tanh([-0.34606_5 0.97455_4 -0.36258_8] @ [-1.738;")


@pytest.mark.share(2)
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 43, 47, 53, 66])
def test_narrow_text_breaks_no_formula_of_its_sentences(width, unicode):
    worked = sheet((2, 3, 2, 5, "full", "reasons", 1))
    reading = read(worked.render("text", width=width, unicode=unicode), name="sheet.txt")
    assert differences(worked, reading) == []


@pytest.mark.parametrize("units", [1, 3])
def test_a_sheet_as_json_is_read_back_completely(units):
    worked = sheet_of(1, 3, 2, units, updates=2)
    text = worked.render("json")
    reading = read(text, name="sheet.json")
    assert (reading.unread, reading.remarks) == ((), ())
    for line, claim in zip(worked.lines, reading.claims, strict=True):
        assert claim.id == line.id
        assert claim.update == line.working.update
        assert line.left.name == "carried" or claim.left.tree == line.left
        assert [number.text for number in claim.sides[-1].numbers] == list(line.displayed)
        for number in claim.numbers:
            source = text[number.at.offset : number.at.offset + number.at.length]
            assert source.replace("_", "") == number.text


@pytest.mark.parametrize("form", ["md", "tex", "text", "ascii"])
def test_every_equation_is_read_as_the_tree_that_was_printed(form):
    """But for ×, ⊙ and ·, which ASCII writes alike."""
    read_back = {claim.id: claim for claim in written(sheet(SHEETS[0]), form).claims if "@" not in claim.id}
    for equation in EQUATIONS:
        claim = read_back.get(equation.id)
        if claim is not None and equation.id != "L1":
            assert alike(claim.left.tree) == alike(equation.left)
    formulas = {alike(claim.sides[0].tree) for claim in written(sheet(SHEETS[0]), form).claims if claim.sides}
    assert {alike(equation.right) for equation in EQUATIONS} <= formulas


def alike(tree):
    return ascii_text(tree)


@pytest.mark.parametrize("form", WRITTEN)
def test_numbers_stand_where_they_were_read(form):
    worked = sheet((2, 2, 2, 5, "full", "example", 1))
    suffix, options = WRITTEN[form]
    text = worked.render("text" if suffix == ".txt" else form, **options)
    for number in read(text, name=f"sheet{suffix}").numbers:
        line = text.split("\n")[number.at.line - 1]
        source = line[number.at.column - 1 :][: number.at.length]
        assert source == text[number.at.offset : number.at.offset + number.at.length]
        assert digits_of(source) == number.text.replace("-", "")


def digits_of(source):
    """The digits of a number as any of the formats writes it."""
    plain = source.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉−", "0123456789-")).replace(r" \times 10^{", "e")
    mantissa, _, exponent = plain.replace("_", "").replace("{", "").replace("}", "").partition("e")
    return mantissa.replace("-", "") + (f"e{exponent}".replace("-", "") if exponent else "")


def test_what_a_sheet_says_of_itself_is_read():
    reading = written(sheet((2, 2, 1, 4, "hand", "example", 1)), "md")
    assert reading.facts["digits"].startswith("4 decimals")
    assert reading.facts["rounding"].startswith("by hand")
    assert [heading.t for heading in reading.headings if "Backward" in heading.text] == [1, 0]


NAN = float("nan")
LABELS = {
    "one of two": [[0.5, NAN], [0.25, 1.25]],
    "a whole step": [[0.5, NAN], [NAN, NAN]],
    "of a single unit": [[NAN], [0.5]],
}


@pytest.mark.share(3)
@pytest.mark.parametrize("form", [*WRITTEN, "json"])
@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_missing_labels_are_no_fault(label, form):
    params = gatewise.Params.init(2, len(label[0]), seed=1, dtype="float64")
    worked = gatewise.worksheet(params, [[1.0, 2.0], [0.5, 3.0]], label, updates=2)
    suffix, options = WRITTEN.get(form, (".json", {}))
    text = worked.render("text" if suffix == ".txt" else form, **options)
    reading = read(text, name=f"sheet{suffix}")
    assert (reading.unread, reading.remarks) == ((), ())
    report = gatewise.check(text, name=f"sheet{suffix}")
    assert [finding.message for finding in report.findings] == []
