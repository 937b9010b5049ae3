"""Numbers as students write them: read by gatewise mark and by the page alike, or by neither."""

import json
import random
import shutil
import subprocess
from decimal import Decimal

import pytest
from paths import PACKAGE

from gatewise.teach.exercises import exercise, key_of, mark, read_answers
from gatewise.teach.exercises.marking.reading.written_numbers import decimals_of, written_number

NODE = pytest.mark.skipif(shutil.which("node") is None, reason="node runs the page's script")

WRITTEN = {
    "-0.05348": "-0.05348", "−0.05348": "-0.05348", "- 0,05348": "-0.05348", "`.5`": "0.5", "+5e-2": "0.05", "$0.5$": "0.5",
    "5.": "5", "0.75922.": "0.75922", "≈0.90": "0.90", "ca. 0.15": "0.15", "= 0.75": "0.75", "3/4": "0.75", "15.6 %": "0.156",
    "9.0072×10^-1": "0.90072", "9.0072·10⁻¹": "0.90072", "9.0072e-1": "0.90072", "[0.9]": "0.9", "(0.9)": "0.9", "[[0.9]]": "0.9",
    "tanh(1.47) = 0.90072": "0.90072", "０．７５": "0.75", "0,75": "0.75", ",75": "0.75", ".75": "0.75", "-.05": "-0.05",
    "−\N{THIN SPACE}0.05": "-0.05", r"$\frac{3}{4}$": "0.75", r"\approx 0.9": "0.9", "~0.9": "0.9", "about 0.9": "0.9",
    "0.90072 (rounded)": "0.90072", "= 0.90072 ≈ 0.901": "0.901", r"$9{,}5 \cdot 10^{-1}$": "0.95", "0·75": "0.75", "0.9;": "0.9",
    r"\(0.5\)": "0.5", "1e-3": "0.001", "1,5e-3": "0.0015", "+0.5": "0.5", "5 · 10 ^ -1": "0.5", r"9.0\cdot10^{-1}": "0.90", "10⁻³": "0.001",
    "9.0072 ⋅ 10⁻¹": "0.90072", "9.0072 * 10**-1": "0.90072", "9.0072·10-1": "0.90072", r"\mathbf{0.5}": "0.5", r"\[0.5\]": "0.5", "0.5\\\\": "0.5",
    "\N{NO-BREAK SPACE}0.5\N{NO-BREAK SPACE}": "0.5", "1 234.5": "1234.5", "1\N{NO-BREAK SPACE}234,5": "1234.5", "0.123 45": "0.12345",
    "\ufeff0.5": "0.5", "0.5\u200e": "0.5", "15.6％": "0.156", "15,6 Prozent": "0.156", "ungefähr 0.5": "0.5", "c. 0.5": "0.5", "∼0.5": "0.5",
    "0.5 gerundet": "0.5", "0.5 ✓": "0.5", "0.84980₄": "0.849804", "＋０．５": "0.5", "１ｅ－３": "0.001", "(- 0.5)": "-0.5", r"-\frac{3}{4}": "-0.75", "0.90072…": "0.90072",
    r"15\,\%": "0.15", "5*10^-2": "0.05", "5 x 10^(-2)": "0.05", "2,5 · 10^−1": "0.25", "3,5/7": "0.5", "**0.5**": "0.5", "**0.60010**": "0.60010", "10**-3": "0.001",
}  # fmt: skip
UNREADABLE = [
    "1,000.5", "", "nan", "inf", "1e999", "0x10", "1_0", "٣", "0.1.2", "1" * 100, "0.5 or 0.6", "3/0", "x", "10^", "[0.5, 0.6]", "0.5 0.6x",
    "0.75²", r"\frac{1}{2},6", r"\frac{1}{2}6", "0.5 6", "5 6", "1 3/4", "0, 5", "[0, 5]", "1½", "½", "2 · 3", "1·25", "0.5, x_0 = 0.6", "0.5; b = 0.6", "$0.5$; b = 0.6", "1e-3 0", "①", "5·102",
    "~~0.5~~", "0.5 ± 0.1", "0.5-0.6", "<0.5", "1.234,5", "1'234", "2.10²", "0.5 bis 0.6", "1/2 %", "0 .5", "12 34", "1 2345",
    "=", "≈", "%", "()", "1/2/3", "σ(1.2)", "((", "\\frac{1}{", "1e-999",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_numbers_as_students_write_them(text):
    assert written_number(text) == Decimal(WRITTEN[text])


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_number_is_none(text):
    assert written_number(text) is None


@pytest.mark.parametrize(
    ("text", "count"), [("0.90", 2), ("9.0072e-1", 5), ("15.6 %", 3), ("1.20·10⁻²", 4), ("7", 0), ("1e3", 0)]
)
def test_decimals_are_those_that_are_written(text, count):
    assert decimals_of(written_number(text)) == count


def read_by_the_page(texts, folder):
    """What numberOf of the page's script makes of each text."""
    script = (PACKAGE / "support" / "bundles" / "exercises.js").read_text("utf-8")
    script += "\nconst texts = JSON.parse(require('fs').readFileSync(process.argv[2]));"
    (folder / "run.js").write_text(
        script + "console.log(JSON.stringify(texts.map(gatewise.numberOf)));", "utf-8"
    )
    (folder / "texts.json").write_text(json.dumps(texts))
    command = ["node", "run.js", "texts.json"]
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60).stdout)


def agree(texts, folder):
    for text, read in zip(texts, read_by_the_page(texts, folder), strict=True):
        number = written_number(text)
        assert (read is None) == (number is None), (text, read, number)
        if number is not None:
            assert read["value"] == pytest.approx(float(number), rel=1e-15, abs=0), text
            if "/" not in text and "frac" not in text:
                assert read["decimals"] == decimals_of(number), text


@NODE
def test_the_page_reads_the_same_numbers(tmp_path):
    agree([*WRITTEN, *UNREADABLE], tmp_path)


@NODE
def test_the_page_reads_the_same_of_any_text(tmp_path):
    pieces = [*"0123456789..,,  --+=≈~/%·×*^()[]{}$`_eEx²½①₃−…;a", "10^", "\\cdot", "\\frac{1}{2}", "10⁻¹", "ca.", "0.5", "１", "\xa0", "\u200b",
              "\x85", "\ufeff", " (x)", "\\text{", "tanh(", "1 234", "😀", "\u2028", "**", "\\\\", "rounded", "C."]  # fmt: skip
    draw = random.Random(5)
    agree(["".join(draw.choices(pieces, k=draw.randint(1, 9))) for _ in range(20_000)], tmp_path)


@pytest.mark.parametrize("name", ["lines", "table", "page", "csv", "toml"])
def test_every_way_to_write_a_number_reads_through_every_form(tmp_path, name):
    """The answer of one item in all ways, through text, Markdown, the page's file, CSV and TOML."""
    key = key_of(exercise("fill", 7))
    id = next(item.id for item in key.items if item.form == "number")
    for written, number in WRITTEN.items():
        form, text = {
            "lines": ("a.txt", f"{id} = {written}\n"), "table": ("a.md", f"| id | what | answer |\n| {id} | x | {written} |\n"),
            "page": ("a.json", json.dumps({"gatewise": "answers", "sheet": key.name, "name": "", "answers": {id: written}})),
            "csv": ("a.csv", f'{id};"{written}"\n'), "toml": ("a.toml", f'"{id}" = {json.dumps(written)}\n'),
        }[name]  # fmt: skip
        (tmp_path / form).write_text(text, "utf-8")
        ((answers, _),) = read_answers(tmp_path / form, [key])
        assert written_number(answers.given[id]) == Decimal(number), (written, answers.given)
        assert mark(key, answers.given).unknown == ()
        assert answers.lines_not_read == ()
