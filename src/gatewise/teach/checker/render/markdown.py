"""A report in GitHub-flavoured Markdown, to hand back or to paste into an issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatewise.teach.checker.render.head import evidence, head
from gatewise.teach.checker.render.outline import (
    Group,
    correction,
    explain_command,
    facts,
    headline,
    hidden_line,
    message,
    outline,
)
from gatewise.teach.checker.render.own_terms import in_own_terms
from gatewise.teach.checker.render.words import clean, named, spoken, told, verdict_name
from gatewise.teach.checker.report import Answer, Finding, Report
from gatewise.teach.worksheet.render.markdown import escape


def render_markdown(report: Report) -> str:
    """Return `report` as Markdown."""
    report = in_own_terms(report)
    found = outline(report)
    parts = [f"# Check of {_text(report.name)}", f"**{_text(headline(report))}**"]
    parts += [_text(sentence, 1000) for sentence in head(report)]
    if report.reading:
        rows = [f"- **{_text(name)}**: {_text(why, 1000)}" for name, why in evidence(report)]
        parts += [_details("Why it was read so", rows)]
    if found.mistakes:
        parts += ["## Mistakes", *_groups(found.mistakes, report)]
    if found.follows:
        parts += [
            "## What follows from several",
            _folded(found.follows, f"{told(len(found.follows), 'number')} from these mistakes"),
        ]
    if found.remarks:
        parts += ["## Remarks", *_groups(found.remarks, report)]
    if found.missing:
        parts += [_folded(found.missing, f"{len(found.missing)} more missing")]
    if report.answers:
        parts += ["## Answers", *(_answer(answer) for answer in report.answers)]
    if report.undetectable:
        parts += [
            "## What cannot be seen",
            _details(hidden_line(report), [f"- {escape(spoken(text))}" for text in report.undetectable]),
        ]
    parts += [
        "## Read",
        "\n".join(f"- **{_text(name)}**: {_text(value, 1000)}" for name, value in facts(report)),
    ]
    return "\n\n".join(parts) + "\n"


def _text(string: str, longest: int = 160) -> str:
    return escape(clean(string, longest))


def _code(string: str) -> str:
    """Return text of the document as code; a backtick in it would end that."""
    fence = "``" if "`" in string else "`"
    shown = clean(string)
    space = " " if fence == "``" else ""
    return f"{fence}{space}{shown.replace('``', '` `')}{space}{fence}"


def _groups(groups: Sequence[Group], report: Report) -> Iterator[str]:
    for group in groups:
        finding = group.root
        place = f"Line {finding.at.line}, column {finding.at.column}"
        lines = [f"- **{place}: {verdict_name(finding.verdict)}**, {_text(named(finding.quantity))}"]
        if finding.printed:
            lines.append(f"  - printed: {_code(finding.printed)}")
        if expected := correction(finding):
            lines.append(f"  - should be: {_code(expected)}")
        if said := message(finding):
            lines.append(f"  - {escape(said)}")
        if command := explain_command(finding, report):
            lines.append(f"  - {_code(command)}")
        if group.follows:
            lines.append(
                "\n" + _indented(_folded(group.follows, f"{told(len(group.follows), 'number')} from it"))
            )
        yield "\n".join(lines)


def _folded(findings: Sequence[Finding], summary: str) -> str:
    return _details(summary, [_row(finding) for finding in findings])


def _row(finding: Finding) -> str:
    printed = f", {_code(finding.printed)}" if finding.printed else ""
    return f"- line {finding.at.line}: {_text(named(finding.quantity))}{printed}"


def _details(summary: str, rows: Sequence[str]) -> str:
    listed = "\n".join(rows)
    return f"<details><summary>{_text(summary)}</summary>\n\n{listed}\n\n</details>"


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.splitlines())


def _answer(answer: Answer) -> str:
    asked = _text(answer.text.strip().removeprefix(f"({answer.question})"), 400)
    rows = "\n".join(f"| {_text(named(name))} | {_text(value)} |" for name, value in answer.values)
    table = f"\n\n| quantity | value |\n| :-- | --: |\n{rows}" if rows else ""
    return f"**({_text(answer.question)})** {asked}{table}"
