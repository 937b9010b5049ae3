"""A report in the terms of its document: the judge counts steps from 0 and has state for c; people do not.

Quantities in findings, sentences and answers get the document's steps and its letters, of which
judge/reading/own_letters.py makes a list. What was printed stays as it was printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from gatewise.teach.checker.render.words import named, quantities_named
from gatewise.teach.checker.report import Finding, Judged, Report

TEXTBOOK = {"state": "c", "out": "h", "label": "y"}
PARAMETERS = ("W", "U", "b", "b_hh", "V")
NO_NAMES = (*PARAMETERS, "W alone", "U alone", "joined")
_LOW, _HIGH = "₀₁₂₃₄₅₆₇₈₉₋", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_DIGITS = "0123456789-"
_ASCII_STEP = re.compile(r"((?:@|(?<![\w=]))t ?= ?)(-?\d{1,9})(?![\w.])")
_SUM = re.compile(f"(ₜ₌)([{_LOW}]+)(ᵀ⁻¹|[{_HIGH}]+)?")
_LOW_STEP = re.compile(rf"(?<=[A-Za-zδΔλ\]̃])([{_LOW}]+)(?![ₐ-ₜ₊])")
_DERIVED = re.compile(rf"(?<=∂)[a-z]+(?=[{_LOW}])")
_QUOTING = ("arithmetic", "notation", "unreadable")  # their sentences have sources of the document in them

# One W on [h, x] has no U beside it: what is said of W and U, and what is said of the one.
_OF_JOINED = (
    (re.compile(r"W and U exchanged in"), "{first} and {second} in the wrong order in"),
    (
        re.compile(r"W multiplies the input xₜ, U the output outₜ₋₁ of the step before\."),
        "W stands on [{first}, {second}], in this order.",
    ),
    (re.compile(r"a W and a U of its own"), "a W of its own"),
    (re.compile(r"(W_\w+) and U_\w+"), "{0}"),
    (re.compile(r"(W(?:_\w+)?) · xₜ \+ U(?:_\w+)? · outₜ₋₁"), "{0} · [{first}, {second}]"),
)


def in_own_terms(report: Report) -> Report:
    """Return the report with the steps and letters of its document."""
    own = _terms_of(report)
    if own is None:
        return report
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


def with_own_sentences(report: Report) -> Report:
    """Return the report with its sentences in the terms of its document, and all names as they are."""
    own = in_own_terms(report)
    findings = (
        replace(finding, expected=said.expected, message=said.message)
        for finding, said in zip(report.findings, own.findings, strict=True)
    )
    return replace(report, findings=tuple(findings), undetectable=own.undetectable)


def _terms_of(report: Report) -> _Terms | None:
    values = {choice.name: choice.value for choice in report.reading}
    first = values.get("first_step", "0")
    shift = int(first) if first.removeprefix("-").isdecimal() else 0
    usual = TEXTBOOK if values.get("notation") == "textbook" else {}
    letters = {**usual, **report.letters}
    if not shift and not letters and not any(finding.shown for finding in report.findings):
        return None
    return _Terms(shift, letters)


class _Terms:
    """The steps and letters of one document."""

    def __init__(self, shift: int, letters: Mapping[str, str]) -> None:
        self.shift, self.letters = shift, letters
        self.names = _names(letters) if letters else None
        self.quantity = lru_cache(maxsize=1 << 14)(self._quantity)

    def finding(self, finding: Finding) -> Finding:
        quoted = finding.verdict in _QUOTING
        return replace(
            finding,
            quantity=self._shown(finding.shown) if finding.shown else self.quantity(finding.quantity),
            expected=self.sentence(finding.expected),
            message=finding.message if quoted else self.sentence(finding.message),
        )

    def _shown(self, name: str) -> str:
        """Return what is in the document's own steps, with its letters in a derivative: ∂h₃/∂h₁."""
        return _DERIVED.sub(lambda found: self.letters.get(found[0], found[0]), name)

    def judged(self, judged: Judged) -> Judged:
        return replace(judged, quantity=self.quantity(judged.quantity))

    def _quantity(self, name: str) -> str:
        """Return an ASCII name, d_state@t=0, as it is read, with other steps and letters: δc₁."""
        said = named(_ASCII_STEP.sub(self._ascii_step, name))
        return self.letters.get(said) or self._in_letters(said)

    def sentence(self, text: str) -> str:
        """Return a sentence with its quantities in the document's steps and letters: δstate₀ as δc₁."""
        text = _SUM.sub(self._sum, text)
        text = _LOW_STEP.sub(lambda found: self._moved(found[1], _LOW), text)
        text = quantities_named(_ASCII_STEP.sub(self._ascii_step, text))
        return self._in_letters(text)

    def _in_letters(self, text: str) -> str:
        if self.names is None:
            return text
        if "joined" in self.letters:
            text = _of_joined(text, self.letters["joined"])
        return self.names.sub(self._letter, text)

    def _letter(self, found: re.Match[str]) -> str:
        """Return what the document calls what was found."""
        if found["stem"]:
            return self._parameter(found["stem"], found["new"] or "", found["gate"], found["part"])
        if name := found["word"]:
            return self.letters.get(f"{name} alone") or self.letters.get(name, name)
        prefix = found["prefix"] or found["by"] or ""
        name = found[0].removeprefix(prefix)
        return f"{'∂L/∂' if prefix == 'dg_' else prefix}{self.letters.get(name, name)}"

    def _parameter(self, stem: str, new: str, gate: str | None, part: str | None) -> str:
        """Return what the document calls a gate's part of a parameter: W_c for W_a, U[c,0] for U[a,0]."""
        of = gate or part or ""
        usual = self.letters.get(of, of).rpartition("_")[2]  # Γ_u is of W_u, and c̃ of W_c
        own = self.letters.get(f"{stem}_{of}", f"{stem}_{unicodedata.normalize('NFD', usual)[:1]}")
        letter, _, index = own.partition("_")
        if part:
            return f"{letter}{new}[{index or part}"
        return f"{letter}{new}_{index}" if index else f"{letter}{new}"

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


def _of_joined(text: str, order: str) -> str:
    """Return a sentence on W and U as one on the W that stands on both, joined in an order: "out x"."""
    first, second = (f"{name}{'ₜ₋₁' if name == 'out' else 'ₜ'}" for name in order.split())
    for pattern, said in _OF_JOINED:

        def instead(found: re.Match[str], said: str = said) -> str:
            return said.format(*found.groups(), first=first, second=second)

        text = pattern.sub(instead, text)
    return text


def _names(letters: Mapping[str, str]) -> re.Pattern[str]:
    """Return the pattern of the names of quantities in sentences, wherever they are no English words."""
    of_parameters = tuple(f"{parameter}_" for parameter in PARAMETERS)
    others = [key for key in letters if key not in NO_NAMES and not key.startswith(of_parameters)]
    names, single = _either(others), _either(key for key in others if len(key) == 1 and key != "x")
    words = _either(key for key in ("state", "out", "label", "x") if key in letters)
    weights = _either(key for key in ("W", "U") if {key, f"{key} alone"} & letters.keys())
    parameters, gates = (
        _either(PARAMETERS),
        _either({key[-1] for key in letters if key[:2] in of_parameters or len(key) == 1}),
    )
    begin = r"(?<![\w\\∂])"
    return re.compile(
        rf"{begin}(?P<prefix>[δΔ]|dg_)?(?P<name>{names})(?=[{_LOW}ₜ])"
        rf"|{begin}(?P<by>[δΔ])(?P<derived>{names})(?![A-Za-z0-9_])"
        rf"|(?<![A-Za-z\\∂])(?P<stem>{parameters})(?P<new>ⁿᵉʷ)?(?:_(?P<gate>{gates})(?![A-Za-z0-9_])|\[(?P<part>{gates})(?=[,\]]))"
        rf"|{begin}(?<![=·−] )(?P<word>{weights})(?![\w\[]| [=·⊗−]| stands)"
        rf"|(?<![A-Za-z\\∂])(?P<plain>{parameters})(?![A-Za-z0-9_])"
        rf"|(?<=1 − )(?P<kept>{single})(?!\w)"
        rf"|{begin}(?P<bare>{single})(?=\(1 − | squared instead| times itself| left out)"
        rf"|(?<=equation of )(?P<one>{single})(?= under)|(?<=under the name of )(?P<other>{single})\b"
        rf"|(?<=tanh\()(?P<inner>{words})(?=\))"
        rf"|{begin}(?P<left>{words})(?= instead of | − (?:label|out)|: | belongs)"
        rf"|(?:(?<=instead of )|(?<=taken at )|(?<=label − )|(?<=out − ))(?P<right>{words})(?!\w)"
    )


def _either(keys: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, keys), key=len, reverse=True)) or "(?!)"
