"""`gatewise work`: a problem file in, its worksheet out.

Options are settled here, the command line before the problem file; gatewise.worksheet does the work.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise.cells import LSTM
from gatewise.cells.known.names import find_known
from gatewise.cli.models import is_of_weights, problem_of, refuse_of_weights
from gatewise.cli.options import (
    COLOURS,
    appearance,
    cell_option,
    chosen_format,
    given,
    number_or_name,
    option,
)
from gatewise.cli.output import STDIN, check_no_input, check_stdout, deliver, open_stdin
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.streams import tell
from gatewise.teach.worksheet import worksheet
from gatewise.teach.worksheet.digits import MAX_DIGITS, ROUNDINGS, TIES
from gatewise.teach.worksheet.layout.layout import DETAILS
from gatewise.teach.worksheet.layout.notation import NOTATIONS
from gatewise.teach.worksheet.render import FORMATS

MOST_NUMBERS = 100_000  # in a list such as 0-9; nobody reads a sheet of more steps
_SUFFIXES = {kind.suffix: name for name, kind in FORMATS.items()}
_SUFFIXES |= {".markdown": "md", ".htm": "html", ".text": "text"}
_WHERE_NEXT = """
Where to go next
  {0} work --detail reasons            the same, with a sentence for every step
  {0} work --to html -o sheet.html     the same, as a page for the browser
  {0} work my-model.toml               your own LSTM; docs/problem-file.md says how to write it down
"""
_WHERE_NEXT_CELL = """
Where to go next
  {0} work --cell {1} --detail reasons   the same, with a sentence for every step
  {0} cells {1} --derive                 how its backward pass follows
  {0} work my-model.toml --cell {1}      your own numbers: docs/problem-file.md
"""


def work(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL",
            help="A problem file, a run, or weights of torch, Keras or ONNX; - for standard input "
            "[the worked example].",
        ),
    ] = None,
    cell: Annotated[
        str | None,
        cell_option(
            "The cell: a name that gatewise cells lists, or the TOML file of one's own [the model's]."
        ),
    ] = None,
    layer: Annotated[
        str | None,
        option("--layer", "Which layer of a file of weights, from 0 or by name [the only one].", "N|NAME"),
    ] = None,
    reverse: Annotated[bool, option("--reverse", "Its second direction, which goes backwards.")] = False,
    inputs: Annotated[
        Path | None,
        option(
            "--inputs",
            "For weights: an .npz file with x (T, D), D the numbers that this layer reads, which "
            "gatewise convert MODEL lists, and label [drawn].",
            "FILE.npz",
        ),
    ] = None,
    seed: Annotated[
        int | None, option("--seed", "Where numbers that are drawn start [the model's, or 0].")
    ] = None,
    digits: Annotated[int | None, option("--digits", f"Decimals shown, 1 to {MAX_DIGITS} [5].")] = None,
    rounding: Annotated[
        str | None, option("--rounding", "For display, or by hand before each use [full].", ROUNDINGS)
    ] = None,
    ties: Annotated[str | None, option("--ties", "How to round [half-up].", TIES)] = None,
    detail: Annotated[str | None, option("--detail", "How much to write out [example].", DETAILS)] = None,
    notation: Annotated[
        str | None, option("--notation", "Whose names and gate order [document].", NOTATIONS)
    ] = None,
    to: Annotated[
        str | None, option("--to", "The format [by the suffix of FILE, else text].", FORMATS)
    ] = None,
    output: Annotated[Path | None, option("--output -o", "Where to write [standard output].", "FILE")] = None,
    updates: Annotated[int | None, option("--updates", "SGD updates in a row [1].")] = None,
    learning_rate: Annotated[
        str | None, option("--learning-rate", "Step size of the update [0.1].", "λ")
    ] = None,
    batch: Annotated[
        int | None, option("--batch", "Which of several sequences to work out, from 0 [0].")
    ] = None,
    steps: Annotated[
        str | None, option("--steps", "Time steps to show [all, or a few of many].", "0,3,10-12")
    ] = None,
    units: Annotated[
        str | None, option("--units", "Units to write out [all, or one of many].", "0,5")
    ] = None,
    focus: Annotated[str | None, option("--focus", "Short for --steps 3 --units 2.", "t=3,unit=2")] = None,
    max_lines: Annotated[
        int | None, option("--max-lines", "Show fewer steps if there would be more lines, each with its id.")
    ] = None,
    ascii: Annotated[bool, option("--ascii", "Text without letters beyond ASCII.")] = False,
    width: Annotated[int | None, option("--width", "Columns of text [those of the terminal].")] = None,
    colour: Annotated[
        str | None, option("--colour --color", "Text in colour [auto: on a terminal].", COLOURS)
    ] = None,
) -> None:
    """Work an LSTM or another cell out, step by step: forward, loss, backward, gradients, update.

    Values in brackets hold where neither the command line nor the problem file says otherwise.
    """
    from gatewise.teach.problem import load_problem
    from gatewise.teach.problem.written import read_number

    if output is None:
        check_stdout()
    check_no_input(output, model)
    check_no_input(output, None if cell is None or find_known(cell) else Path(cell))
    format = chosen_format("--to", to, output, _SUFFIXES)
    if format == "pdf" and output is None and sys.stdout.isatty():
        raise ArgumentError("A PDF is binary and this is a terminal. Name a file: -o sheet.pdf")
    looks = appearance(format, output, ascii, width, colour)
    if focus is not None:
        steps, units = _focus(focus, steps, units)
    weights = model != STDIN and is_of_weights(model)
    of_weights = {"--layer": layer, "--reverse": reverse, "--inputs": inputs}
    if not weights:
        refuse_of_weights(of_weights, "it is for a run or a file of weights.")
    else:
        refuse_of_weights({"--cell": cell, "--seed": seed}, "it is for problem files.")
    try:
        if weights:
            assert model is not None
            loaded = problem_of(model, number_or_name(layer), reverse, inputs)
        else:
            loaded = load_problem(open_stdin() if model == STDIN else model, cell=cell, seed=seed)
    except GatewiseError as error:
        raise GatewiseError(f"{'--' * str(error).startswith('seed=')}{error}") from None
    rate = loaded.learning_rate
    texts: dict[str, Any] = dict(loaded.texts)
    if learning_rate is not None:
        number = read_number("--learning-rate", learning_rate)
        rate, texts["learning_rate"] = float(number.values), number.texts
    asked = {
        "digits": digits, "rounding": rounding, "ties": ties, "detail": detail, "notation": notation,
        "updates": updates, "batch": batch, "max_lines": max_lines,
        "steps": _numbers("--steps", steps), "units": _numbers("--units", units),
    }  # fmt: skip
    settings = {**loaded.settings.model_dump(), "title": loaded.title} | given(asked)
    try:
        sheet = worksheet(
            loaded.params, loaded.x, loaded.label, state=loaded.state, lengths=loaded.lengths,
            learning_rate=rate, texts=texts, seed=loaded.seed, **given(settings),
        )  # fmt: skip
    except GatewiseError as error:
        on_command_line = {*given(asked), *(["learning_rate"] if learning_rate is not None else [])}
        raise GatewiseError(_traced(str(error), model, on_command_line)) from None
    deliver(sheet.render(format, **looks), output)
    if model is None and format == "text" and output is None:
        next_steps = _WHERE_NEXT if loaded.cell is LSTM else _WHERE_NEXT_CELL
        tell(next_steps.format(_program(), cell).rstrip("\n"))
    if not sheet.verified.ok:
        tell("gatewise: not everything verified; the last section of the sheet says what.")
        raise typer.Exit(1)


def _traced(message: str, model: Path | None, on_command_line: Collection[str]) -> str:
    """Say where the value stands that `worksheet` refuses; its messages begin with the argument's name."""
    name = re.match(r"\w*", message)[0]  # type: ignore[index]  # matches always
    if name in on_command_line:
        return f"--{name.replace('_', '-')}{message.removeprefix(name)}"
    if model is None:
        return message
    from gatewise.teach.problem.tables import Settings

    model = Path("standard input") if model == STDIN else model
    return f"{model}: {'worksheet.' * (name in Settings.model_fields)}{message}"


def _numbers(option: str, text: str | None) -> list[int] | None:
    """Read 0,3,10-12 as [0, 3, 10, 11, 12]."""
    if text is None:
        return None
    numbers: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", part, re.ASCII)
        if ends is None:
            raise ArgumentError(f'{option} is "{text}"; write numbers and ranges, as in 0,3,10-12.')
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if not first <= last < first + MOST_NUMBERS:
            raise ArgumentError(f"{option} has {part.strip()}; a range goes up, by at most {MOST_NUMBERS}.")
        numbers += range(first, last + 1)
    return numbers


def _focus(text: str, steps: str | None, units: str | None) -> tuple[str | None, str | None]:
    """Read t=3,unit=2, either part of which may be left out, as steps and units."""
    places = re.fullmatch(r"\s*(?:t\s*=\s*(\d+))?\s*,?\s*(?:unit\s*=\s*(\d+))?\s*", text, re.ASCII)
    if places is None or not any(places.groups()):
        raise ArgumentError(f'--focus is "{text}"; write a step, a unit or both, as in t=3,unit=2.')
    for name, value, place in (("--steps", steps, places[1]), ("--units", units, places[2])):
        if value is not None and place is not None:
            raise ArgumentError(
                f"--focus {text} and {name} {value} say the same thing twice; keep one of them."
            )
    return places[1] or steps, places[2] or units


def _program() -> str:
    """Return what to type to run this program again."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return "python -m gatewise"
    return started.name if shutil.which(started.name) else str(started)
