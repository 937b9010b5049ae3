"""Documents to damage, and the damage: what the fuzzer and the tests of the whole checker start from."""

import json
import random

from pace import within
from paths import DOCUMENTS

import gatewise
from gatewise.teach.checker.judge.judgement import judge
from gatewise.teach.checker.judge.numbers.sizes import TooLargeError
from gatewise.teach.checker.read import ReadingError, read
from gatewise.teach.checker.render import FORMATS, render

SUFFIXES = (".md", ".tex", ".txt", ".json", ".toml", ".csv", ".ipynb", "")
LONGEST = 5.0  # seconds of CPU for a document of a few pages: far more than any honest one takes
CHARACTERS = 25_000  # and for each so many, a second more
PIECES = (
    "$", "$$", "\\[", "\\]", "\\(", "{", "}", "[", "]", "(", ")", "\\begin{bmatrix}", "\\end{bmatrix}", "&", "\\\\", " = ",
    "+", "-", "\\cdot ", "⊙", "\\otimes ", "^T", "^2", "^{999}", "_{t-1}", "_{t+1}", "_0", "_1", "_{-1}", "_{99999}", "_T",
    "state", "out", "\\delta ", "\\Delta ", "W_a", "U", "b", "x_0", "label_0", "a_t", "\\tanh(", "\\sigma(", "\\sum_{t=0}^{T}",
    "\\sum_t ", "\\sum_{t=0}^{999999}", "\\frac{", "\\text{", "\\lambda", "λ = ", "⎡", "⎢", "⎣", "⎤", "#2", "@t=1", "# Forward @ t=1\n",
    "(c) compute $\\delta W$\n", "with label: 0.5", "\n", "\n\n", ",", ";", "\\quad ", "…", "NaN", "'", '"', "<", "&amp;", "\u202e",
    "\u0303", "½", "½·", "missing", "new", "/", "|", "\\", "```\n",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "-1", "0.5", "-0.05349", "0.00000", "1e300", "-1e308", "1e999999999", "1e-999999999", "1e-320", "9" * 400,
    "0." + "3" * 400, "123456789012345678901234567890", "0.1₂₃", "1e5", ".5", "5.", "1,5",
)  # fmt: skip


def documents():
    """(suffix, text) of real documents: the tests' data, our own sheets in every format, claims."""
    given = (path for path in sorted(DOCUMENTS.glob("*.*")) if path.suffix in SUFFIXES)
    found = [(path.suffix, path.read_text(encoding="utf-8")) for path in given]
    params = gatewise.Params.init(2, 2, seed=1, dtype="float64")
    small = gatewise.Params.init(1, 1, seed=2, dtype="float64")
    for options in ({"digits": 4}, {"rounding": "hand", "detail": "products", "updates": 2}):
        for sheet in (
            gatewise.worksheet(params, [[1.0, 2.0], [0.5, 3.0]], [[0.5, 0.1], [1.25, 0.2]], **options),
            gatewise.worksheet(small, [[1.0]], [[0.5]], **options),
        ):
            found += [(f".{form}", sheet.render(form)) for form in ("md", "tex", "json")]
            found += [(".txt", sheet.render("text")), (".txt", sheet.render("text", unicode=False, width=50))]
    claims = {line.id: [str(value) for value in line.displayed] for line in sheet.lines if "[" not in line.id}
    found.append((".json", json.dumps({"claims": claims})))
    found.append((".toml", "[claims]\n" + "".join(f'"{k}" = {json.dumps(v)}\n' for k, v in claims.items())))
    found.append((".csv", "quantity,value\n" + "".join(f"{k},{v[0]}\n" for k, v in claims.items())))
    return found


def damaged(text, choose: random.Random, others=()):
    """`text` with one thing changed; `others` are documents to take lines from."""
    lines = text.splitlines(keepends=True) or [""]
    at = choose.randrange(len(text) + 1)
    row = choose.randrange(len(lines))
    match choose.randrange(9):
        case 0:
            return text[:at] + choose.choice(PIECES) + text[at:]
        case 1:
            return text[:at] + text[at + choose.randrange(1, 12) :]
        case 2 | 3:
            return _with_number(text, at, choose)
        case 4:
            return "".join(lines[:row] + lines[row + 1 :])
        case 5:
            return "".join([*lines[:row], lines[choose.randrange(len(lines))], *lines[row:]])
        case 6 if others:
            more = choose.choice(others).splitlines(keepends=True) or [""]
            first = choose.randrange(len(more))
            return "".join([*lines[:row], *more[first : first + choose.randrange(1, 6)], *lines[row:]])
        case 7:
            other = choose.randrange(len(lines))
            lines[row], lines[other] = lines[other], lines[row]
            return "".join(lines)
        case _:
            end = at + choose.randrange(1, 30)
            return text[:end] + text[at:]


def _with_number(text, at, choose):
    """The next number after `at` changed: a digit of it, or all of it."""
    start = next((k for k in range(at, len(text)) if text[k].isdigit()), None)
    if start is None:
        return text + choose.choice(NUMBERS)
    end = start
    while end < len(text) and (text[end].isdigit() or text[end] == "."):
        end += 1
    if choose.random() < 0.5:
        place = choose.randrange(start, end)
        return text[:place] + str(choose.randrange(10)) + text[place + 1 :]
    return text[:start] + choose.choice(NUMBERS) + text[end:]


def survives(text, name):
    """Check a document and write the report in every format; what must hold for any text is asserted."""
    with within(LONGEST + len(text) / CHARACTERS):
        _survives(text, name)


def _survives(text, name):
    try:
        reading = read(text, name=name)
    except ReadingError as error:
        assert str(error)  # noqa: PT017
        return
    try:
        report = judge(reading, name=name)
    except TooLargeError as error:
        assert "steps" in str(error)  # noqa: PT017
        return
    source = reading.text
    for entry in (*report.numbers, *report.findings):
        assert 0 <= entry.at.offset <= entry.at.offset + entry.at.length <= len(source)
    assert {number.at for number in reading.numbers} <= {judged.at for judged in report.numbers}
    for form in FORMATS:
        written = render(report, form)
        written.encode("utf-8")
        if form in ("json", "sarif"):
            json.loads(written)
