"""What a document says in words: steps and questions in its headings, labels and the learning rate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STEP = re.compile(r"\bt\s*=\s*(-?[0-9]{1,6})\b")
_STEP_ALONE = re.compile(
    r"[-=#*\s]*+(?:\(?[0-9]{1,2}[).、]\s*+)?(?:时刻|时间步|在|当|時刻|時間步)?\s*+(?<![A-Za-z0-9_])"
    r"t\s*+=\s*+-?[0-9]{1,6}\s*+(?:时|時)?\s*+[:：.]?[-=#*\s]*+"
)
_QUESTION = re.compile(r"[ \t#*]*\(?([a-z])\)(?:\*\*)?[ \t]+(?=\S)")
_UPDATE = re.compile(r"\bupdate ([0-9]{1,4})\b", re.IGNORECASE)
NUMBER = r"[-−+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_LABEL = re.compile(
    rf"\b(?:label|target)s?\b\s*(?:is|are|of|:|=)?\s*(?P<numbers>{NUMBER}(?:\s*,\s*{NUMBER})*)"
)
_RATE = re.compile(
    rf"(?:\b(?:learning[ -]rate|step size|lr)\b(?:\s*\(?\s*(?:λ|η|α)\s*\)?)?|(?<![A-Za-z0-9])[λη])"
    rf"\s*(?:is|of|:|=)?\s*(?P<number>{NUMBER})",
    re.IGNORECASE,
)
_NUMBER = re.compile(NUMBER)
_SUB = re.compile(r"<sub>\s*([^<>\s]{1,12})\s*</sub>", re.IGNORECASE)
_FACT = re.compile(
    r"[-*\s]*\b(?P<name>sizes|loss before|loss after|digits|rounding|shown)(?:\*\*)?"
    r"(?:\s*[:&]\s*|\s{2,})(?P<value>.+)"
)


def fact_in(line: str) -> tuple[str, str] | None:
    """Return what a line of a sheet's header says: its name and value."""
    found = _FACT.match(line)
    return (found["name"], found["value"].strip().removesuffix("\\\\").strip()) if found else None


# Commands of LaTeX that lost their backslash and first letter, which programs take for \b, \t, \n, \f.
_TRUNCATED = {"ullet": "\\bullet", "egin": "\\begin", "imes": "\\times", "abla": "\\nabla", "rac": "\\frac"}
_TRUNCATED_WORD = re.compile(rf"(?<![A-Za-z\\])(?:{'|'.join(_TRUNCATED)})(?![A-Za-z])")


def truncated_commands_in(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield where a command of LaTeX lost its beginning, and what it was."""
    for found in _TRUNCATED_WORD.finditer(text, start, end):
        yield found.start(), found.end(), _TRUNCATED[found[0]]


@dataclass(frozen=True)
class StatedValue:
    """A quantity stated in words: where its name and number stand; `k` counts the labels of one list."""

    name: str
    start: int
    end: int
    number: str
    number_start: int
    k: int = 0


def stated_values(text: str, start: int, end: int) -> Iterator[StatedValue]:
    """Yield the labels and learning rates stated in `text[start:end]`, in order."""
    found = []
    for match in _LABEL.finditer(text, start, end):
        for k, number in enumerate(_NUMBER.finditer(text, match.start("numbers"), match.end("numbers"))):
            found.append(
                StatedValue("label", match.start(), match.start("numbers"), number[0], number.start(), k)
            )
    for match in _RATE.finditer(text, start, end):
        at = match.start("number")
        found += [StatedValue("learning_rate", match.start(), at, match["number"], at)]
    return iter(sorted(found, key=lambda stated_values: stated_values.number_start))


def step_in(line: str) -> int | None:
    """Return the step that a heading names, "Backward @ t=1"; None if it names none or several."""
    steps = {int(found) for found in _STEP.findall(line)}
    return steps.pop() if len(steps) == 1 else None


def is_step_alone(line: str) -> bool:
    """Return whether a line only says which step follows: t = 1, or t=1: with lines drawn beside it."""
    return _STEP_ALONE.fullmatch(line) is not None


def update_in(line: str) -> int | None:
    """Return the update that a heading of our sheets names."""
    found = _UPDATE.search(line)
    return int(found[1]) if found else None


def question_in(line: str) -> str:
    """Return the letter of a question that begins so: "(c) …"."""
    found = _QUESTION.match(line)
    return found[1] if found else ""


def without_markup(line: str) -> str:
    """Return a heading without dollar signs, hashes and asterisks, and with <sub> as an underscore."""
    line = _SUB.sub(r"_\1", line)
    return re.sub(r"[ \t]+", " ", re.sub(r"[$*#`]+", "", line)).strip(" {}")


# In a sentence, quantities are what stands between dollar signs, words with an index, and state, out, gates.
_NAMED = re.compile(
    r"\$(?P<formula>[^$\n]{1,60})\$|\b(?P<word>(?:state|out|gates|[A-Za-z]{1,12}(?=_|<sub>))(?:_[A-Za-z0-9]+)?"
    r"(?:<sub>[^<\n]{1,12}</sub>)?)|(?<=[\s,])(?P<letter>[xWUb])(?=[,.])"
)


def names_in(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where quantities stand in a sentence."""
    for found in _NAMED.finditer(text, start, end):
        if found.lastgroup:
            yield found.span(found.lastgroup)
