"""How a report begins: what the document was read as, and how much of it was checked, a sentence each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from gatewise.teach.checker.render.words import clean, counted, named
from gatewise.teach.checker.report import UNUSED, Coverage, ReadingChoice, Report

MOST_PLACES = 6  # stretches of lines that are named
MOST_NEEDED = 3  # quantities that are named as not given

# The choices in the order of the sentence, and how each is said; {} is its value.
ORDER = (
    "cell", "first_step", "weights", "gates", "loss", "derivatives", "letters", "notation", "rounding",
)  # fmt: skip
SAID = {
    "cell": "{}", "first_step": "steps from {}", "weights": "{}", "gates": "gates {}", "loss": "loss {}",
    "derivatives": "derivatives {}", "letters": "letters {}", "notation": "{}",
}  # fmt: skip
CELLS = {
    "lstm": "an LSTM",
    "peephole": "an LSTM with peepholes",
    "coupled": "an LSTM whose input gate is 1 − f",
    "projected": "an LSTM with a projection",
    "lstm1997": "the LSTM of 1997, without a forget gate",
    "gru": "a GRU",
    "gru-reset-after": "a GRU that resets after the product",
    "rnn": "a simple RNN",
    "rnn-relu": "a simple RNN with ReLU",
    "mgu": "a minimal gated unit",
}
NOTATIONS = {
    "document": "the worked example’s letters",
    "textbook": "the letters of textbooks",
    "torch": "torch’s letters",
    "keras": "Keras’ letters",
}


def head(report: Report) -> list[str]:
    """Return the sentences a report begins with; none of a report that knows of neither."""
    return [sentence for sentence in (reading_sentence(report), coverage_sentence(report)) if sentence]


# The reading ----------------------------------------------------------------------------------------------


def reading_sentence(report: Report) -> str:
    """Return what the document was read as, "" if nothing was chosen."""
    if not report.reading:
        return ""
    choices = list(_choices(report))
    first = ", ".join(clean(_said(choice)) for choice in choices if choice.name in ORDER[:2])
    rest = [clean(_said(choice)) for choice in choices if choice.name not in ORDER[:2]]
    return f"Read as: {'; '.join([first, *rest] if first else rest)}."


def _choices(report: Report) -> Iterator[ReadingChoice]:
    """Yield what was chosen, in the order of the sentence, but for a loss that there is nothing of."""
    for choice in sorted(report.reading, key=_place):
        if not (choice.name == "loss" and choice.because == UNUSED):
            yield choice


def _place(choice: ReadingChoice) -> int:
    return ORDER.index(choice.name) if choice.name in ORDER else len(ORDER)


def _said(choice: ReadingChoice) -> str:
    value = choice.value
    match choice.name:
        case "cell":
            value = CELLS.get(value, f"cell {value}")
        case "notation":
            value = NOTATIONS.get(value, value)
        case "rounding":
            digits = re.match(r"(?:rounded to )?([0-9]+)", value)
            return f"rounded to {counted(int(digits[1]), 'decimal')}" if digits else value
    return SAID.get(choice.name, f"{choice.name.replace('_', ' ')} {{}}").format(value)


def evidence(report: Report) -> list[tuple[str, str]]:
    """Return what says so for each choice: its name, and its value with the reason."""
    return [
        (
            choice.name.replace("_", " "),
            clean(f"{choice.value}: {choice.because}" if choice.because else choice.value),
        )
        for choice in _choices(report)
    ]


# The coverage ---------------------------------------------------------------------------------------------


def coverage_sentence(report: Report) -> str:
    """Return how many numbers were checked, and what of the rest; "" where nothing was counted."""
    coverage = report.coverage
    formulas = _formulas(coverage)
    if not coverage.numbers:
        return f"{formulas[:1].upper()}{formulas[1:]}." if formulas else ""
    rest = []
    if coverage.given:
        rest.append(f"{coverage.given} {_is(coverage.given)} given")
    if coverage.uncheckable:
        rest.append(f"{coverage.uncheckable} cannot be checked{_not_given(report)}")
    if coverage.unread:
        rest.append(f"{coverage.unread} {_was(coverage.unread)} not read{_places(coverage)}")
    if coverage.program:
        rest.append(f"{coverage.program} {_stands(coverage.program)} in program text")
    sentence = f"Checked {coverage.checked} of {counted(coverage.numbers, 'number')}"
    sentence += f": {', '.join(rest)}" if rest else ""
    return f"{sentence}; {formulas}." if formulas else f"{sentence}."


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _stands(count: int) -> str:
    return "stands" if count == 1 else "stand"


def _formulas(coverage: Coverage) -> str:
    right, wrong = coverage.formulas, coverage.wrong_formulas
    if not right + wrong:
        return ""
    compared = f"{counted(right + wrong, 'formula')} compared"
    return f"{compared}, {wrong} wrong" if wrong else f"{compared}, {'all ' if right > 1 else ''}right"


def _not_given(report: Report) -> str:
    """Name what the numbers that cannot be checked lack, as far as remarks say it."""
    needed = [
        finding.quantity
        for finding in report.findings
        if finding.verdict == "missing" and not finding.expected and finding.quantity
    ]
    names = [named(quantity) for quantity in dict.fromkeys(needed)]
    if not names:
        return ""
    more = f" and {len(names) - MOST_NEEDED} more" if len(names) > MOST_NEEDED else ""
    return f" ({', '.join(names[:MOST_NEEDED])}{more} {_is(len(names))} not given)"


def _places(coverage: Coverage) -> str:
    """Name where numbers were not read: (3 tables, 2 code blocks: lines 4–9, 20, …)."""
    if not coverage.places:
        return ""
    kinds = Counter(f"{kind} block" if kind == "code" else kind for _, _, kind in coverage.places)
    stretches = [str(first) if first == last else f"{first}–{last}" for first, last, _ in coverage.places]
    one = len(stretches) == 1 and "–" not in stretches[0]
    shown = ", ".join(stretches[:MOST_PLACES]) + (", …" if len(stretches) > MOST_PLACES else "")
    what = ", ".join(counted(count, clean(kind)) for kind, count in kinds.items())
    return f" ({what}: line {shown})" if one else f" ({what}: lines {shown})"
