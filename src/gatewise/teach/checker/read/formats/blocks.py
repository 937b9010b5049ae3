"""Blocks set apart, by fences or indentation: worked lines, program text, and what programs print.

Program text is not read, but its numbers are counted. What a program prints is read where a name stands with
it: `f_0 = 0.7350`, `c: [0.9999]`, or the name that was asked for at a prompt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gatewise.teach.checker.read.collect import Collector
from gatewise.teach.checker.read.formats.columns import read_columns, tables_in
from gatewise.teach.checker.read.formats.plain import read_plain
from gatewise.teach.checker.read.formats.prints import (
    heads_array,
    heads_values,
    is_entry,
    is_printed,
    is_worked,
    read_printed,
)
from gatewise.teach.checker.read.prose import is_step_alone

PROGRAMS = {
    "python", "py", "python3", "ipython", "c", "cpp", "c++", "cuda", "java", "js", "javascript", "ts",
    "typescript", "julia", "jl", "r", "matlab", "octave", "rust", "rs", "go", "bash", "sh", "shell",
    "zsh", "sql", "json", "yaml", "yml", "toml", "html", "css", "xml", "makefile", "cmake", "scala",
    "kotlin", "swift", "csharp", "cs", "diff", "lua", "haskell",
}  # fmt: skip
OUTPUTS = frozenset(("output", "out", "stdout"))
OUTPUT_FENCE, CODE_FENCE = "output", "python"  # as notebook.py marks what is in a notebook
_PROGRAM = re.compile(
    r"""
    ^\s*(?:import|from)\s+\w
  | ^\s*(?:for|while|if|elif|else|with|try|def|class)\b.*[:{]\s*$
  | ^\s*(?:return|raise|assert|let|var|const|static|void|int|float|double|public|private|function)\s+\w
  | \b(?:print|printf|println|len|range|zip|enumerate|append)\s*\(
  | \bself\.|\blambda\b.*:|(?<!["'])\b[fr]["']
  | (?<![0-9])\b[A-Za-z_]\w*\.[A-Za-z_]\w*\s*[(\[.]
  | [-+*/]=|==|\{\s*$|\)\s*->
  | ^\s*[})]+;?\s*$|^\s*(?://|/\*|\#include|@\w)|^\s*\w+\s*<-\s
    """,
    re.VERBOSE,
)
_SCALAR = re.compile(
    r"\b(?:np|numpy)\.(?:float|int)[0-9]{1,3}\((?=[-0-9.e+]+\))"
)  # as numpy prints one number
_PROMPT = re.compile(r"\s*(?:>>>|In ?\[[0-9 ]*\]:)\s?(?P<asked>.*)")
_GOES_ON = re.compile(r"\s*\.\.\.(?:\s|\Z)")
_OUT = re.compile(r"\s*Out ?\[[0-9 ]*\]:\s?")
_ASKED = re.compile(
    r"(?:print\()?\s*(?:[A-Za-z]\w*\.)*(?P<name>[^\W\d]\w*(?:\[-?[0-9]+\])?)\s*\)?\s*(?:#.*)?"
)
_LINE = re.compile(r"[^\n]+")
Lines = Sequence[tuple[int, int]]


def is_program(text: str) -> bool:
    """Return whether a line is of a program."""
    ends = text.rstrip().endswith(";") and text.count("[") == text.count("]")
    return ends or _PROGRAM.search(_SCALAR.sub("", text)) is not None


def read_block(
    text: str, start: int, end: int, collector: Collector, language: str = "", asked: str = ""
) -> None:
    """Read `text[start:end]`, a block of one language; `asked` is the name whose value it is, if known."""
    lines = [found.span() for found in _LINE.finditer(text, start, end) if found[0].strip()]
    if not lines:
        return
    if any(_PROMPT.match(text, *line) for line in lines):
        _console(text, lines, collector)
    elif language in PROGRAMS or (language not in OUTPUTS and any(is_program(text[a:b]) for a, b in lines)):
        collector.add_skipped(lines[0][0], lines[-1][1], "code")
    elif asked or language in OUTPUTS:
        _output(text, lines, collector, asked)
    else:
        _lines(text, lines, collector)


def name_asked_for(code: str) -> str:
    """Return the name on the last line of a program, if it is nothing but that; its value is shown."""
    found = _ASKED.fullmatch(code.rstrip().rpartition("\n")[2].strip())
    return found["name"] if found else ""


def _console(text: str, lines: Lines, collector: Collector) -> None:
    """Read prompts, each with what was printed after it."""
    asked, printed = "", list[tuple[int, int]]()
    for line in lines:
        prompt = _PROMPT.match(text, *line)
        if prompt is None and not (not printed and _GOES_ON.match(text, *line)):
            printed.append(line)
            continue
        _output(text, printed, collector, asked)
        printed = []
        collector.add_skipped(*line, "code")
        asked = name_asked_for(prompt["asked"]) if prompt else ""
    _output(text, printed, collector, asked)


def _output(text: str, lines: Lines, collector: Collector, asked: str = "") -> None:
    """Read what a program printed; what has no name is only counted."""
    if not lines:
        return
    first = _OUT.match(text, *lines[0])
    start = first.end() if first else lines[0][0]
    _read(text, [(start, lines[0][1]), *lines[1:]], collector, _is_value, asked)


def _is_value(line: str) -> bool:
    return not is_worked(line)


def _lines(text: str, lines: Lines, collector: Collector) -> None:
    """Read worked lines, among which there may be printed values."""
    _read(text, lines, collector, is_printed)


def _read(
    text: str, lines: Lines, collector: Collector, is_value: Callable[[str], bool], asked: str = ""
) -> None:
    """Read tables, printed values and worked lines, in order; what is none of these is counted."""
    at = 0
    for first, end in [*tables_in(text, lines), (len(lines), len(lines))]:
        mark, between = collector.mark(), lines[at:first]
        for printed, begin, last in _runs(text, between, is_value):
            if printed:
                read_printed(text, begin, last, collector, asked)
            else:
                read_plain(text, begin, last, collector)
        collector.add_rest(between, "output", mark)
        if first < end:
            read_columns(text, lines[first:end], collector)
        at = end


def _runs(text: str, lines: Lines, is_value: Callable[[str], bool]) -> Iterator[tuple[bool, int, int]]:
    """Yield stretches of lines that are printed values, or are not."""
    run: tuple[bool, int, int] | None = None
    depth = 0
    of_array = False  # whether the line before named the array that begins here
    of_step = False  # whether the values of a step follow, one to a line
    for k, (start, end) in enumerate(lines):
        line = text[start:end]
        following = text[slice(*lines[k + 1])] if k + 1 < len(lines) else ""
        begins = heads_values(line, following)
        of_step = begins or (of_step and (depth > 0 or is_entry(line)))
        printed = (run is not None and run[0] and depth > 0) or of_step or of_array or is_value(line)
        of_array = heads_array(line, following)
        printed = printed or of_array
        if is_step_alone(line) and following and not begins:
            printed = is_value(following)
        depth = (depth if run is not None and run[0] == printed else 0) + line.count("[") - line.count("]")
        if run is not None and run[0] == printed:
            run = (printed, run[1], end)
            continue
        if run is not None:
            yield run
        run = (printed, start, end)
    if run is not None:
        yield run
