"""What the page's script does, in a browser: a copied row is one line of text, an operand leads to its line."""

from __future__ import annotations

import json
import re
import subprocess
from html import escape

import pytest
from browser import CHROMIUM, NO_CHROMIUM

import gatewise
from gatewise import load_problem, worksheet
from gatewise.teach.checker.read import read

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)

COPIED = """
const copied = (from, to) => {
  const range = document.createRange();
  range.setStart(...from);
  range.setEnd(...to);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
  return event.defaultPrevented ? event.clipboardData.getData("text/plain") : null;
};
const row = (id) => document.getElementById(id);
const whole = (element) => [[element, 0], [element, element.childNodes.length]];
"""


def page_of(cell):
    """The page of a cell's problem, without its policy, which would not let a test's script run."""
    problem = load_problem(cell=cell)
    page = worksheet(problem.params, problem.x, problem.label, learning_rate=0.1).render("html")
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)


def body_of(tmp_path, page, *options):
    """What a page's body holds after its scripts ran: JSON."""
    file = tmp_path / "sheet.html"
    file.write_text(page, encoding="utf-8")
    run = subprocess.run(
        [CHROMIUM, *QUIET, *options, f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    (body,) = re.findall(r"<body[^>]*>(.*?)</body>", run.stdout, re.DOTALL)
    return json.loads(body.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def in_browser(tmp_path, script):
    """What `script` returns on the page of the worked example."""
    told = f"<script>{COPIED}document.body.innerHTML = JSON.stringify((() => {{ {script} }})());</script>"
    return body_of(tmp_path, page_of("lstm").replace("</body>", f"{told}</body>"))


def on_a_phone(tmp_path, cell, script):
    """What `script` returns, a moment after a page of a cell was shown 390 pixels wide: in a frame."""
    told = f"parent.document.body.innerHTML = JSON.stringify((() => {{ {script} }})())"
    page = page_of(cell).replace("</body>", f"<script>setTimeout(() => {{ {told} }}, 500)</script></body>")
    frame = f'<iframe srcdoc="{escape(page)}" style="width: 390px; height: 900px; border: 0"></iframe>'
    return body_of(tmp_path, f"<body>{frame}</body>", "--virtual-time-budget=5000")


def test_a_copied_row_is_one_line_of_text_that_the_checker_reads(tmp_path):
    ids = ["F6@t=0", "B3@t=1", "B8@t=0", "G1", "P1[W]"]
    lines = in_browser(tmp_path, f"return {json.dumps(ids)}.map((id) => copied(...whole(row(id))));")
    assert lines[0] == "F6@t=0   out₀ = tanh(state₀) ⊙ o₀ = tanh(0.78573) × 0.81757 = 0.53631"
    assert lines[1].endswith("× (1 − (0.84980₄)²) = −0.01938")
    for id, line in zip(ids, lines, strict=True):
        assert "\n" not in line
        (claim,) = read(line, name="copied.txt").claims
        assert claim.id == id


def test_several_rows_are_a_line_each_with_what_stands_between_them(tmp_path):
    text = in_browser(
        tmp_path,
        'const from = row("F6@t=0"), to = row("F2@t=1"); return copied([from, 0], [to, to.childNodes.length]);',
    )
    assert [line.split("   ")[0] for line in text.split("\n")] == [
        "F6@t=0",
        "Forward @ t=1",
        "F1@t=1",
        "F2@t=1",
    ]


def test_a_part_of_a_side_is_copied_as_it_is(tmp_path):
    text = in_browser(
        tmp_path,
        'const side = row("F5@t=1").querySelectorAll(".side")[1]; return copied(...whole(side.firstChild));',
    )
    assert text == "= 0.84980 × 0.98118 + 0.87030 × 0.78573"


def test_elsewhere_the_browser_copies_as_ever(tmp_path):
    assert in_browser(tmp_path, 'return copied(...whole(document.querySelector("dd")));') is None


def clicked(tmp_path, page, find):
    """The place in the page, and the text of what has the focus, a moment after a click on what `find` finds."""
    told = (
        f"{find}.dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true }}));"
        "setTimeout(() => { document.body.innerHTML = JSON.stringify("
        "[decodeURIComponent(location.hash), document.activeElement.textContent]) }, 500)"
    )
    told = f'addEventListener("load", () => setTimeout(() => {{ {told} }}, 50))'
    page = page.replace("</body>", f"<script>{told}</script></body>")
    return body_of(tmp_path, page, "--virtual-time-budget=5000")


@pytest.mark.parametrize("place", ["mn", "mtable mtr:last-child mn:last-child"])
def test_a_click_on_an_operand_goes_to_its_line(tmp_path, place):
    """On a number, and anywhere on a matrix."""
    row, to = ("F6@t=0", "F5@t=0") if place == "mn" else ("B7@t=0", "W")
    find = f"document.getElementById('{row}').querySelectorAll('.side')[1].querySelector('{place}')"
    assert clicked(tmp_path, page_of("lstm"), find) == [f"#{to}", to]


def test_without_the_page_s_script_an_operand_is_a_plain_link(tmp_path):
    page = re.sub("<script>.*?</script>", "", page_of("lstm"), flags=re.DOTALL)
    find = "document.getElementById('F6@t=0').querySelectorAll('.side')[1].querySelector('mn a')"
    assert clicked(tmp_path, page, find)[0] == "#F5@t=0"


@pytest.mark.parametrize("cell", ["lstm", "peephole", "projected", "gru", "lstm+clip=3"])
def test_on_a_phone_a_long_formula_scrolls_in_its_own_box_and_fades_where_it_goes_on(tmp_path, cell):
    width, page, boxes = on_a_phone(
        tmp_path,
        cell,
        'const boxes = [...document.querySelectorAll(".sides")].map((box) => {'
        "  const right = box.getBoundingClientRect().right, style = getComputedStyle(box);"
        "  return [box.scrollWidth - box.clientWidth, right, style.overflowX, style.maskSize];"
        "});"
        "return [innerWidth, document.documentElement.scrollWidth, boxes];",
    )
    assert page <= width == 390
    assert any(beyond > 50 for beyond, *_ in boxes)
    for beyond, right, overflow, fade in boxes:
        assert right <= width
        assert overflow == "auto"
        assert (fade == "100% 100%") == (beyond > 0), beyond


def test_the_whole_sheet_copied_is_read_without_a_mistake(tmp_path):
    text = in_browser(tmp_path, 'return copied(...whole(document.querySelector("main")));')
    report = gatewise.check(text, name="copied.txt")
    assert report.findings == ()
    assert report.unread == 0
