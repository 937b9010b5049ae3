"""A report in GitHub-flavoured Markdown, to hand back or to paste into an issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatewise.teach.checker.render.outline import (
    LONGEST,
    Group,
    clean,
    counted,
    facts,
    headline,
    named,
    outline,
    spoken,
    verb_for,
    verdict_name,
)
from gatewise.teach.checker.report import Answer, Finding, Report
from gatewise.teach.worksheet.render.markdown import escape


def render_markdown(report: Report) -> str:
    """Return `report` as Markdown."""
    found = outline(report)
    parts = [f"# Check of {_text(report.name)}", f"**{_text(headline(report))}**"]
    if found.mistakes:
        parts += ["## Mistakes", *_groups(found.mistakes)]
    if found.follows:
        parts += ["## What follows from several", _folded(found.follows, "from these mistakes")]
    if found.remarks:
        parts += ["## Remarks", *_groups(found.remarks)]
    if report.answers:
        parts += ["## Answers", *(_answer(answer) for answer in report.answers)]
    if report.undetectable:
        parts += [
            "## What cannot be seen",
            "\n".join(f"- {escape(spoken(text))}" for text in report.undetectable),
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


def _groups(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        finding = group.root
        place = f"Line {finding.at.line}, column {finding.at.column}"
        lines = [f"- **{place}: {verdict_name(finding.verdict)}**, {_text(named(finding.quantity))}"]
        if finding.printed:
            lines.append(f"  - printed: {_code(finding.printed)}")
        if finding.expected:
            lines.append(f"  - should be: {_code(spoken(finding.expected, LONGEST))}")
        if finding.message:
            lines.append(f"  - {escape(spoken(finding.message))}")
        if group.follows:
            lines.append("\n" + _indented(_folded(group.follows, "from it")))
        yield "\n".join(lines)


def _folded(findings: Sequence[Finding], words: str) -> str:
    count = len(findings)
    rows = "\n".join(
        f"- line {finding.at.line}: {_text(named(finding.quantity))}, {_code(finding.printed)}"
        for finding in findings
    )
    summary = f"{counted(count, 'number')} {verb_for(count)} {words}"
    return f"<details><summary>{summary}</summary>\n\n{rows}\n\n</details>"


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.splitlines())


def _answer(answer: Answer) -> str:
    asked = _text(answer.text.strip().removeprefix(f"({answer.question})"), 400)
    rows = "\n".join(f"| {_text(named(name))} | {_text(value)} |" for name, value in answer.values)
    table = f"\n\n| quantity | value |\n| :-- | --: |\n{rows}" if rows else ""
    return f"**({_text(answer.question)})** {asked}{table}"
