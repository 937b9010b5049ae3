"""`gatewise work`: a model file in, its worksheet out.

Options are settled here, the command line before the model file; gatewise.worksheet does the work.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise.cli.output import check_stdout, write_stdout
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.files import write_file
from gatewise.worksheet import worksheet
from gatewise.worksheet.digits import MAX_DIGITS, ROUNDINGS, TIES
from gatewise.worksheet.layout import DETAILS
from gatewise.worksheet.notation import NOTATIONS
from gatewise.worksheet.render import FORMATS
from gatewise.worksheet.render.text import NARROWEST, terminal_options

MOST_NUMBERS = 100_000  # in a list such as 0-9; nobody reads a sheet of more steps
COLOURS = {"auto": None, "always": True, "never": False}  # None leaves it to terminal_options
_SAME_AS = {".markdown": ".md", ".htm": ".html", ".text": ".txt"}
_WHERE_NEXT = """
Where to go next
  {0} work --detail reasons            the same, with a sentence for every step
  {0} work --to html -o sheet.html     the same, as a page for the browser
  {0} work my-model.toml               your own LSTM; docs/model-file.md says how to write it down
"""


def _option(names: str, help: str, value: str | Iterable[str] | None = None) -> Any:
    """Make an option; `value` is what stands for its value in the help, or the values it may have."""
    metavar = value if value is None or isinstance(value, str) else "|".join(value)
    return typer.Option(*names.split(), help=help, metavar=metavar, show_default=False)


def work(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL.toml", help="A model file [the worked example].")
    ] = None,
    digits: Annotated[int | None, _option("--digits", f"Decimals shown, 1 to {MAX_DIGITS} [5].")] = None,
    rounding: Annotated[
        str | None, _option("--rounding", "For display, or by hand before each use [full].", ROUNDINGS)
    ] = None,
    ties: Annotated[str | None, _option("--ties", "How to round [half-up].", TIES)] = None,
    detail: Annotated[str | None, _option("--detail", "How much to write out [example].", DETAILS)] = None,
    notation: Annotated[
        str | None, _option("--notation", "Whose names and gate order [document].", NOTATIONS)
    ] = None,
    to: Annotated[
        str | None, _option("--to", "The format [by the suffix of FILE, else text].", FORMATS)
    ] = None,
    output: Annotated[
        Path | None, _option("--output -o", "Where to write [standard output].", "FILE")
    ] = None,
    updates: Annotated[int | None, _option("--updates", "SGD updates in a row [1].")] = None,
    learning_rate: Annotated[
        str | None, _option("--learning-rate", "Step size of the update [0.1].", "λ")
    ] = None,
    batch: Annotated[
        int | None, _option("--batch", "Which of several sequences to work out, from 0 [0].")
    ] = None,
    steps: Annotated[
        str | None, _option("--steps", "Time steps to show [all, or a few of many].", "0,3,10-12")
    ] = None,
    units: Annotated[
        str | None, _option("--units", "Units to write out [all, or one of many].", "0,5")
    ] = None,
    focus: Annotated[str | None, _option("--focus", "Short for --steps 3 --units 2.", "t=3,unit=2")] = None,
    max_lines: Annotated[
        int | None, _option("--max-lines", "Show fewer steps if there would be more lines, each with its id.")
    ] = None,
    ascii: Annotated[bool, _option("--ascii", "Text without letters beyond ASCII.")] = False,
    width: Annotated[int | None, _option("--width", "Columns of text [those of the terminal].")] = None,
    colour: Annotated[
        str | None, _option("--colour --color", "Text in colour [auto: on a terminal].", COLOURS)
    ] = None,
) -> None:
    """Work an LSTM out, step by step: forward, loss, backward, gradients, update.

    Values in brackets hold where neither the command line nor the model file says otherwise.
    """
    from gatewise.model_file import load_model
    from gatewise.model_file.written import read_number

    if output is None:
        check_stdout()
    format = _format(to, output)
    appearance = _appearance(format, output, ascii, width, colour)
    if focus is not None:
        steps, units = _focus(focus, steps, units)
    loaded = load_model(model)
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
    settings = {**loaded.settings.model_dump(), "title": loaded.title} | _given(asked)
    try:
        sheet = worksheet(
            loaded.params, loaded.x, loaded.label, state=loaded.state, lengths=loaded.lengths,
            learning_rate=rate, texts=texts, seed=loaded.seed, **_given(settings),
        )  # fmt: skip
    except GatewiseError as error:
        on_command_line = {*_given(asked), *(["learning_rate"] if learning_rate is not None else [])}
        raise GatewiseError(_traced(str(error), model, on_command_line)) from None
    _deliver(sheet.render(format, **appearance), output)
    if model is None and format == "text" and output is None:
        print(_WHERE_NEXT.format(_program()), end="", file=sys.stderr)
    if not sheet.verified.ok:
        print("gatewise: not everything verified; the last section of the sheet says what.", file=sys.stderr)
        raise typer.Exit(1)


def _traced(message: str, model: Path | None, on_command_line: Collection[str]) -> str:
    """Say where the value stands that `worksheet` refuses; its messages begin with the argument's name."""
    name = re.match(r"\w*", message)[0]  # type: ignore[index]  # matches always
    if name in on_command_line:
        return f"--{name.replace('_', '-')}{message.removeprefix(name)}"
    if model is None:
        return message
    from gatewise.model_file.tables import Settings

    return f"{model}: {'worksheet.' * (name in Settings.model_fields)}{message}"


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _format(to: str | None, output: Path | None) -> str:
    """Return the format that was asked for, by name or by the suffix of the output."""
    if to is not None and to not in FORMATS:
        raise ArgumentError(f"--to {to} is not offered. Choose from: {', '.join(FORMATS)}.")
    if to is None and output is not None:
        suffix = _SAME_AS.get(output.suffix.lower(), output.suffix.lower())
        to = next((name for name, format in FORMATS.items() if format.suffix == suffix), None)
        if to is None:
            raise ArgumentError(
                f"{output} does not say the format by its suffix. Add --to with one of: {', '.join(FORMATS)}."
            )
    if to == "pdf" and output is None and sys.stdout.isatty():
        raise ArgumentError("A PDF is binary and this is a terminal. Name a file: -o sheet.pdf")
    return to or "text"


def _appearance(
    format: str, output: Path | None, ascii: bool, width: int | None, colour: str | None
) -> dict[str, Any]:
    """Return the options of the text renderer; for another format there are none."""
    if format != "text":
        if ascii or width is not None or colour is not None:
            raise ArgumentError(f"--ascii, --width and --colour are for text; this sheet is {format}.")
        return {}
    if width is not None and width < NARROWEST:
        raise ArgumentError(f"--width is {width}; formulas need at least {NARROWEST} columns.")
    if colour is not None and colour not in COLOURS:
        raise ArgumentError(f"--colour {colour} is not offered. Choose from: {', '.join(COLOURS)}.")
    asked = {"width": width, "unicode": False if ascii else None, "colour": COLOURS[colour or "auto"]}
    return (terminal_options(sys.stdout) if output is None else {}) | _given(asked)


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
    for option, given, place in (("--steps", steps, places[1]), ("--units", units, places[2])):
        if given is not None and place is not None:
            raise ArgumentError(
                f"--focus {text} and {option} {given} say the same thing twice; keep one of them."
            )
    return places[1] or steps, places[2] or units


def _deliver(rendered: str | bytes, output: Path | None) -> None:
    """Write to the file, or to standard output in its own encoding."""
    encoding = sys.stdout.encoding if output is None else "utf-8"
    data = rendered if isinstance(rendered, bytes) else rendered.encode(encoding, "replace")
    if output is None:
        write_stdout(data)
    else:
        write_file(output, data)
        print(f"wrote {output}", file=sys.stderr)


def _program() -> str:
    """Return what to type to run this program again."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return "python -m gatewise"
    return started.name if shutil.which(started.name) else str(started)
