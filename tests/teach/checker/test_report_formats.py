"""Reports in every format: each finding at its place, nothing obeyed that stands in the document, data as documented."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reports import DOCUMENT, EMPTY, FOLLOWS, LOOSE, MISPRINT, REPORT, SOUND, WRONG, place

from gatewise.errors import ArgumentError
from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.render import FORMATS, render
from gatewise.teach.checker.render.columns import excerpt
from gatewise.teach.checker.render.outline import headline, outline
from gatewise.teach.checker.render.words import clean, named
from gatewise.teach.checker.report import ERRORS, VERDICTS, Finding, Judged, Report

NASTY = 'x = 1 \x1b[31mred\x1b[0m \u202eevil\u202c <img src=x onerror="alert(1)"> `` $ | \\ \x00 \ud800'


def nasty_report():
    at = Place(4, 1, 1, 5)
    finding = Finding("misprint", at, NASTY, NASTY, NASTY, NASTY, mistake=NASTY)
    return Report(NASTY, (finding,), (Judged(at, "1", NASTY, "misprint"),), name=NASTY, undetectable=(NASTY,))


# What all formats have in common --------------------------------------------------------------------------


def test_a_finding_stands_in_one_part_of_the_outline_only():
    found = outline(REPORT)
    assert [group.root for group in found.mistakes] == [MISPRINT, WRONG]
    assert found.mistakes[1].follows == (FOLLOWS,)
    assert found.follows == (LOOSE,)
    assert [group.root.verdict for group in found.remarks] == ["notation", "missing"]


@pytest.mark.parametrize("cause", [None, 0, 1, 99, -1])
def test_what_follows_is_shown_whatever_its_cause_is_said_to_be(cause):
    follower = replace(LOOSE, cause=cause)
    found = outline(replace(REPORT, findings=(MISPRINT, follower)))
    shown = [*found.follows, *(f for group in found.mistakes for f in group.follows)]
    assert shown == [follower]


def test_headline_counts():
    assert headline(REPORT) == "2 mistakes, 2 numbers that follow, 2 remarks."
    assert headline(SOUND) == "No mistakes."
    assert headline(EMPTY).startswith("Not enough could be read")


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [
        ("d_i[0]@t=1", "δi₁[0]"), ("d_U[0,1]", "δU[0,1]"), ("d_U[i]", "δU_i"), ("delta_out@t=-1", "Δout₋₁"),
        ("W_new[a][0]", "Wⁿᵉʷ_a[0]"), ("learning_rate", "λ"), ("E(x, y)", "E(x, y)"), ("", ""), ("state@t=12", "state₁₂"),
    ],
)  # fmt: skip
def test_quantities_are_named_in_the_letters_of_the_equations(quantity, shown):
    assert named(quantity) == shown


@pytest.mark.parametrize("width", [20, 40, 74, 200])
@pytest.mark.parametrize("finding", REPORT.findings, ids=lambda finding: finding.quantity)
def test_the_mark_of_an_excerpt_is_under_what_was_printed(finding, width):
    shown, begins, ends = excerpt(DOCUMENT, finding.at, width)
    assert len(shown) <= width
    covered = DOCUMENT[finding.at.offset : finding.at.offset + finding.at.length][:width]
    assert shown[begins:ends].strip("…") in covered
    assert ends - begins == min(len(covered), width)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_shows_every_root_with_its_line(format):
    shown = render(REPORT, format)
    for finding in REPORT.roots:
        assert str(finding.at.line) in shown
        assert (finding.expected in shown) or json.dumps(finding.expected)[1:-1] in shown


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("report", [EMPTY, SOUND, Report("", (), ())], ids=["empty", "sound", "nothing"])
def test_reports_without_findings(format, report):
    assert render(report, format)


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_of_the_document_is_obeyed(format):
    shown = render(nasty_report(), format)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\x00" not in shown
    shown.encode("utf-8")  # a lone surrogate could not be written to a file
    if format == "html":
        assert "<img" not in shown


@pytest.mark.parametrize("format", FORMATS)
def test_places_outside_the_document_do_no_harm(format):
    for at in (Place(10_000, 5, 999, 1), Place(len(DOCUMENT), 0, 13, 1), Place(0, 10_000, 1, 1)):
        assert render(replace(REPORT, findings=(replace(MISPRINT, at=at),)), format)


def test_unknown_formats_and_options_are_refused():
    with pytest.raises(ArgumentError, match="text, json, sarif, md, html"):
        render(REPORT, "pdf")
    with pytest.raises(ArgumentError, match="width"):
        render(REPORT, "json", width=80)


# Text -----------------------------------------------------------------------------------------------------


def test_text_folds_what_follows_under_its_cause():
    shown = render(REPORT, "text")
    assert "work.md:7:42: misprint" in shown
    assert "1 number follows from it: δb_a (line 10)." in shown
    assert "-0.03641 " not in shown.split("What follows")[1]
    assert (
        shown.index("Mistakes")
        < shown.index("What follows")
        < shown.index("Remarks")
        < shown.index("Answers")
    )
    assert "0.1, inferred from the updates, which allow 0.09983 to" in shown


@pytest.mark.parametrize("width", [40, 60, 100])
def test_text_keeps_to_its_width(width):
    for line in render(REPORT, "text", width=width).splitlines():
        assert len(line) <= width or " " not in line.strip() or line.startswith("work.md")


def test_text_without_colour_has_no_escapes_and_with_it_says_the_same():
    plain, painted = render(REPORT, "text"), render(REPORT, "text", colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == plain


def test_ascii_text():
    assert render(REPORT, "text", unicode=False).isascii()


def test_long_formulas_are_cut():
    assert clean("x" * 1000) == "x" * 159 + "…"


# Data -----------------------------------------------------------------------------------------------------


def test_json_has_the_documented_schema():
    data = json.loads(render(REPORT, "json"))
    assert data["schema"] == 1
    assert data["read"] == {"numbers": 6, "unread": 2}
    assert data["findings"][0] == {
        "line": 7, "column": 42, "printed": "-0.00132", "quantity": "d_i[0]@t=1", "verdict": "misprint",
        "expected": "-0.00112", "message": MISPRINT.message, "root": True, "mistake": "digit-changed",
    }  # fmt: skip
    assert [finding["root"] for finding in data["findings"]] == [True] * 4 + [False] * 2
    assert data["numbers"][0] == {
        "line": 5, "column": 19, "printed": "0.01803", "quantity": "d_out@t=0", "verdict": "carried",
    }  # fmt: skip
    assert data["inferred"]["learning_rate"]["value"] == "0.1"
    assert data["answers"][0]["values"][0] == {"quantity": "d_state@t=0", "value": "-0.05348"}


def test_json_takes_values_that_are_no_plain_data():
    import numpy as np

    report = replace(
        REPORT,
        inferred={"learning_rate": {"value": np.float64(0.1), "low": np.float32(0.5), "n": np.int64(3)}},
    )
    data = json.loads(render(report, "json"))
    assert float(data["inferred"]["learning_rate"]["low"]) == 0.5


def test_sarif_has_what_the_standard_requires():
    log = json.loads(render(REPORT, "sarif"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "gatewise"
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(run["results"]) == len(REPORT.findings)
    for result, finding in zip(run["results"], REPORT.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.verdict
        assert result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "work.md"}
        assert 1 <= region["startLine"] <= region["endLine"]
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])
        covered = DOCUMENT[region["charOffset"] :][: region["charLength"]]
        assert DOCUMENT.splitlines()[region["startLine"] - 1][region["startColumn"] - 1 :].startswith(covered)
    expected = {
        "misprint": "error",
        "wrong-formula": "error",
        "notation": "warning",
        "follow-through": "note",
    }
    assert {r["ruleId"]: r["level"] for r in run["results"]} == {**expected, "missing": "warning"}


def test_sarif_offers_a_misprint_s_correction_and_points_to_causes():
    results = json.loads(render(REPORT, "sarif"))["runs"][0]["results"]
    (replacement,) = results[0]["fixes"][0]["artifactChanges"][0]["replacements"]
    region = replacement["deletedRegion"]
    end = region["charOffset"] + region["charLength"]
    mended = DOCUMENT[: region["charOffset"]] + replacement["insertedContent"]["text"] + DOCUMENT[end:]
    assert mended == DOCUMENT.replace("-0.00132", "-0.00112")
    assert "fixes" not in results[1]
    assert results[4]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == WRONG.at.line


def test_a_region_over_several_lines_ends_where_it_ends():
    text = "\\begin{bmatrix} -0.01938 \\\\ -0.00132 \\end{bmatrix} \\begin{bmatrix} 0.53631 \\end{bmatrix}\n= \\begin"
    at = place(text, text)
    log = json.loads(render(replace(REPORT, findings=(replace(MISPRINT, at=at),)), "sarif"))
    region = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["endLine"], region["endColumn"]) == (8, 9)


def test_sarif_names_files_as_uris():
    log = json.loads(render(replace(REPORT, name="a folder/ü#1.md"), "sarif"))
    assert log["runs"][0]["artifacts"][0]["location"]["uri"] == "a%20folder/%C3%BC%231.md"


# Pages ----------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The ids, links and text of a page, and whether its elements are closed in order."""

    VOID = ("meta", "link", "br", "img", "input")

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.text, self.open, self.code = [], [], "", [], ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if attributes.get("href", "").startswith("#"):
            self.links.append(attributes["href"][1:])
        assert not any(name.startswith("on") for name in attributes)
        assert tag not in ("img", "iframe", "object")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "code" in self.open:
            self.code += data


def test_the_page_holds_the_document_as_it_was_written():
    page = Page(render(REPORT, "html"))
    assert page.code == DOCUMENT.replace("\n", "")


def test_the_page_s_ids_are_unique_and_its_links_lead_somewhere():
    page = Page(render(REPORT, "html"))
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.links) <= set(page.ids)
    assert {f"finding-{k}" for k in range(len(REPORT.findings))} <= set(page.ids)
    assert {f"at-{k}" for k in range(len(REPORT.findings))} <= set(page.ids)


def test_the_page_asks_for_nothing_from_elsewhere():
    page = render(REPORT, "html")
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=\"(?!#|data:,)", page)
    assert "http" not in re.sub(r'http-equiv="Content', "", page)


def test_overlapping_marks_are_shown_piece_by_piece():
    text = "abcdefghij"
    whole = Finding("wrong-formula", Place(1, 6, 1, 2), "d_b", "bcdefg", "x", "m")
    other = Finding("notation", Place(4, 6, 1, 5), "d_b", "efghij", "x", "m")
    number = Judged(Place(2, 3, 1, 3), "cde", "d_b", "exact")
    page = Page(render(Report(text, (whole, other), (number,)), "html"))
    assert page.code == text
    assert {"at-0", "at-1"} <= set(page.ids)


def test_every_verdict_has_its_look():
    findings = tuple(replace(MISPRINT, verdict=verdict) for verdict in VERDICTS)
    page = render(replace(REPORT, findings=findings), "html")
    assert page.count('<div class="note error"') == len(ERRORS)


def test_large_documents_are_rendered_in_time_that_grows_with_them():
    line = r"$x_{0} = 0.5 + 0.25 = 0.75$" + "\n"
    count = 20_000
    numbers = tuple(
        Judged(Place(k * len(line) + column, 3, k + 1, column + 1), "0.5", "x@t=0", "exact")
        for k in range(count)
        for column in (9, 15, 22)
    )
    page = render(Report(line * count, (), numbers), "html")
    assert page.count('class="number sound"') == 3 * count + 1  # and the legend
