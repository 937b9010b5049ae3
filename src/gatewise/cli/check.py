"""`gatewise check`: a worked LSTM in, what is wrong with it out. gatewise.checker reads and judges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from gatewise.cli.models import is_of_weights, params_of, refuse_of_weights
from gatewise.cli.options import COLOURS, appearance, chosen_format, number_or_name, option
from gatewise.cli.output import STDIN, check_no_input, check_stdout, deliver, open_stdin
from gatewise.errors import ArgumentError
from gatewise.support.files import open_input
from gatewise.support.streams import tell
from gatewise.teach.checker.judge.judgement import ACCEPTED, Rounding
from gatewise.teach.checker.render import FORMATS, render
from gatewise.teach.checker.render.outline import share_read
from gatewise.teach.checker.report import Report

NOTATIONS = ("document", "textbook", "torch", "keras")
_SUFFIXES = {kind.suffix: name for name, kind in FORMATS.items()} | {".markdown": "md", ".htm": "html"}


def check(
    document: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Markdown, LaTeX, HTML, a notebook, or claims; - for standard input."
        ),
    ],
    model: Annotated[
        Path | None,
        option(
            "--model",
            "A problem file, a run or weights of torch, Keras or ONNX, for what the document does not give.",
            "MODEL",
        ),
    ] = None,
    layer: Annotated[
        str | None, option("--layer", "Which layer of a MODEL of weights, from 0 or by name.", "N|NAME")
    ] = None,
    reverse: Annotated[bool, option("--reverse", "Its second direction, which goes backwards.")] = False,
    rounding: Annotated[
        str, option("--rounding", "How numbers may be rounded [auto: as honest work may].", ACCEPTED)
    ] = "auto",
    notation: Annotated[
        str | None, option("--notation", "Whose names it uses [by the names].", NOTATIONS)
    ] = None,
    reading: Annotated[
        str | None,
        option(
            "--reading",
            'What to read it as, as "first-step=1,weights=h x,loss=mse,cell=gru" [found out].',
            "CHOICES",
        ),
    ] = None,
    strict: Annotated[
        bool, option("--strict", "Accept only numbers that follow, and no remarks: exit code 1.")
    ] = False,
    format: Annotated[
        str | None, option("--format", "The format [by the suffix of OUT, else text].", FORMATS)
    ] = None,
    output: Annotated[Path | None, option("--output -o", "Where to write [standard output].", "OUT")] = None,
    ascii: Annotated[bool, option("--ascii", "Text without letters beyond ASCII.")] = False,
    everything: Annotated[
        bool, option("--all", "Text with all that is folded: what follows, what cannot be seen.")
    ] = False,
    width: Annotated[int | None, option("--width", "Columns of text [those of the terminal].")] = None,
    colour: Annotated[
        str | None, option("--colour --color", "Text in colour [auto: on a terminal].", COLOURS)
    ] = None,
) -> None:
    """Check a worked LSTM: which numbers and formulas are wrong, what kind of mistake each is, and where.

    Exit code 1 if there are mistakes; else 0 if enough of it was checked, and 2 if not.
    """
    from gatewise.teach.checker import check as judged
    from gatewise.teach.checker.judge.given.other_model import OtherModelError
    from gatewise.teach.problem import load_problem

    if output is None:
        check_stdout()
    check_no_input(output, document, model)
    chosen = chosen_format("--format", format, output, _SUFFIXES)
    looks = appearance(chosen, output, ascii, width, colour)
    if everything and chosen != "text":
        raise ArgumentError(f"--all is for text; {chosen} has everything.")
    looks |= {"everything": True} if everything else {}
    for name, value, offered in (("--notation", notation, NOTATIONS), ("--rounding", rounding, ACCEPTED)):
        if value is not None and value not in offered:
            raise ArgumentError(f"{name} {value} is not offered. Choose from: {', '.join(offered)}.")
    if STDIN in (document, model):
        open_stdin([document, model])
    if model is not None and model != STDIN and is_of_weights(model):
        known: Any
        known, whose = params_of(model, number_or_name(layer), reverse)
    else:
        refuse_of_weights({"--layer": layer, "--reverse": reverse}, "it is for a --model of weights.")
        known = None if model is None else load_problem(open_stdin() if model == STDIN else model)
        whose = ""
    name = "standard input" if document == STDIN else str(document)
    try:
        report = judged(
            _read(document),
            model=known,
            rounding=cast(Rounding, rounding),
            notation=notation,
            strict=strict,
            name=name,
            reading=reading,
        )
    except OtherModelError as error:
        advice = (
            "Give another --layer, or --reverse?" if whose else "Give the problem that it is of, or none."
        )
        raise ArgumentError(f"{name}: {error.said(whose or str(model))}. {advice}") from None
    deliver(render(report, chosen, **looks), output)
    code = exit_code(report, strict)
    if code == 2:
        tell(f"gatewise: {name}: not enough could be read to judge it: {share_read(report)}.")
    if code:
        raise typer.Exit(code)


def exit_code(report: Report, strict: bool) -> int:
    """Return 1 if there are mistakes (if `strict`, or remarks), else 2 if not enough was checked, else 0."""
    if report.has_mistakes or (strict and report.enough and bool(report.roots)):
        return 1
    return 0 if report.enough else 2


def _read(document: Path) -> str:
    """Return the document as text, or refuse what is not text, naming what it seems to be."""
    from gatewise.teach.checker.read import read_text

    if document == STDIN:
        return read_text(open_stdin(), "standard input")
    with open_input(document, pipe=True) as file:
        return read_text(file, str(document))
