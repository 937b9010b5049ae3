"""A report in the terms of its document: the judge counts steps from 0 and has state for c; people do not.

Quantities in findings, sentences and answers get the document's steps, and where it has the letters of
textbooks those (c, h, y, c̃). What was printed stays as it was printed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gatewise.teach.checker.report import Finding, Judged, Report

TEXTBOOK = {"state": "c", "out": "h", "label": "y"}
_LOW, _HIGH = "₀₁₂₃₄₅₆₇₈₉₋", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_DIGITS = "0123456789-"
_ASCII_STEP = re.compile(r"((?:@|(?<![\w=]))t ?= ?)(-?\d{1,9})(?![\w.])")
_SUM = re.compile(f"(ₜ₌)([{_LOW}]+)(ᵀ⁻¹|[{_HIGH}]+)?")
_LOW_STEP = re.compile(rf"(?<=[A-Za-zδΔλ\]̃])([{_LOW}]+)(?![ₐ-ₜ₊])")
_ASCII_NAME = re.compile(r"(?<![A-Za-z\\])((?:d|delta)_)?(state|out|label|a)(?=@t=|\[\d)")
_NAME = re.compile(rf"(?<![A-Za-z_])([δΔ]?)(state|out|label|a)(?=[{_LOW}ₜ])")
_CANDIDATES = (
    (re.compile(r"\\(?:wide)?tilde\s*\{?\s*[cC]|[cC]\u0303|[cC]_?tilde"), "c\u0303"),
    (re.compile(r"\\(?:wide)?hat\s*\{?\s*[cC]|ĉ|[cC]_?hat"), "ĉ"),
)


def in_own_terms(report: Report) -> Report:
    """Return the report with the steps and letters of its document."""
    values = {choice.name: choice.value for choice in report.reading}
    first = values.get("first_step", "0")
    shift = int(first) if first.removeprefix("-").isdecimal() else 0
    letters = _letters(report.text) if values.get("notation") == "textbook" else {}
    if not shift and not letters and not any(finding.shown for finding in report.findings):
        return report
    own = _Terms(shift, letters)
    return replace(
        report,
        findings=tuple(own.finding(finding) for finding in report.findings),
        numbers=tuple(own.judged(judged) for judged in report.numbers),
        answers=tuple(
            replace(answer, values=tuple((own.quantity(name), value) for name, value in answer.values))
            for answer in report.answers
        ),
        undetectable=tuple(map(own.sentence, report.undetectable)),
    )


def _letters(text: str) -> dict[str, str]:
    """Return the document's letters; that of the candidate only where it is plain."""
    found = next((letter for pattern, letter in _CANDIDATES if pattern.search(text)), "")
    return {**TEXTBOOK, "a": found} if found else dict(TEXTBOOK)


class _Terms:
    """The steps and letters of one document."""

    def __init__(self, shift: int, letters: dict[str, str]) -> None:
        self.shift, self.letters = shift, letters

    def finding(self, finding: Finding) -> Finding:
        quoted = finding.verdict in ("arithmetic", "notation", "unreadable")  # its sentence has sources in it
        return replace(
            finding,
            quantity=finding.shown or self.quantity(finding.quantity),
            expected=self.sentence(finding.expected),
            message=finding.message if quoted else self.sentence(finding.message),
        )

    def judged(self, judged: Judged) -> Judged:
        return replace(judged, quantity=self.quantity(judged.quantity))

    def quantity(self, name: str) -> str:
        """Return an ASCII name, d_state@t=0, with other steps and letters: d_c@t=1."""
        return self._named(_ASCII_STEP.sub(self._ascii_step, name))

    def sentence(self, text: str) -> str:
        """Return a sentence with ASCII names and quantities in Unicode: δstate₀ as δc₁."""
        text = _ASCII_STEP.sub(self._ascii_step, text)
        text = _SUM.sub(self._sum, text)
        text = _LOW_STEP.sub(lambda found: self._moved(found[1], _LOW), text)
        return self._named(text)

    def _named(self, text: str) -> str:
        if not self.letters:
            return text
        return _NAME.sub(self._letter, _ASCII_NAME.sub(self._letter, text))

    def _letter(self, found: re.Match[str]) -> str:
        return f"{found[1] or ''}{self.letters.get(found[2], found[2])}"

    def _ascii_step(self, found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) + self.shift}"

    def _moved(self, digits: str, script: str) -> str:
        plain = digits.translate(str.maketrans(script, _DIGITS))
        if not re.fullmatch(r"-?\d{1,9}", plain):
            return digits
        return str(int(plain) + self.shift).translate(str.maketrans(_DIGITS, script))

    def _sum(self, found: re.Match[str]) -> str:
        end = found[3] or ""
        if end == "ᵀ⁻¹":
            end = "ᵀ" if self.shift == 1 else end
        elif end:
            end = self._moved(end, _HIGH)
        return f"{found[1]}{self._moved(found[2], _LOW)}{end}"
