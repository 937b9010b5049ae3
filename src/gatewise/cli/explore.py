"""`gatewise explore`: a model, a window of a run or a checked document in, a page to play with out."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise.cells.known.names import find_known
from gatewise.cli.models import problem_of, refuse_of_weights, whole_model
from gatewise.cli.options import cell_option, given, number_or_name, option
from gatewise.cli.output import STDIN, check_no_input, open_stdin, tell_all
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.files import write_file
from gatewise.support.options import as_flags
from gatewise.support.streams import tell
from gatewise.teach.worksheet.digits import MAX_DIGITS, ROUNDINGS, TIES
from gatewise.teach.worksheet.layout.notation import NOTATIONS

USUAL_NAME = "gatewise-explore.html"
_FLAGS = {
    "layer": "--layer", "reverse": "--reverse", "at": "--at", "series": "--series", "batch": "--batch",
    "model": "--model",
}  # fmt: skip


def explore(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL",
            help="A problem file, weights of torch, Keras or ONNX, a run, or a worked document; - for a "
            "problem on standard input [the worked example].",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        option("--output -o", f"The page [{USUAL_NAME}, or NAME.explore.html, in this folder].", "FILE"),
    ] = None,
    open_it: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open",
            help="Open it in the browser [where there is a screen].",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        str | None,
        option(
            "--at",
            "Of a run: the last row of the window, by its number, from 0, or its time [the test's last].",
            "ROW",
        ),
    ] = None,
    series: Annotated[
        str | None, option("--series", "Of a run: which series, where several have that row.", "NAME")
    ] = None,
    data: Annotated[
        str | None, option("--data", "Of a run: another table than that of the training.", "TABLE")
    ] = None,
    known: Annotated[
        Path | None,
        option("--model", "Of a document: the problem file of what it does not give.", "PROBLEM.toml"),
    ] = None,
    cell: Annotated[
        str | None,
        cell_option(
            "The cell: a name that gatewise cells lists, or the TOML file of one's own [the model's]."
        ),
    ] = None,
    layer: Annotated[
        str | None,
        option("--layer", "One layer of weights or a run, from 0 or by name [all of them].", "N|NAME"),
    ] = None,
    reverse: Annotated[bool, option("--reverse", "Its second direction, which goes backwards.")] = False,
    inputs: Annotated[
        Path | None,
        option("--inputs", "For weights: an .npz file with x (T, D) and label [drawn].", "FILE.npz"),
    ] = None,
    seed: Annotated[
        int | None,
        option("--seed", "Where drawn numbers of a problem or a whole model start [its own, or 0]."),
    ] = None,
    digits: Annotated[int | None, option("--digits", f"Decimals shown, 1 to {MAX_DIGITS} [5].")] = None,
    rounding: Annotated[
        str | None, option("--rounding", "Full precision, or by hand before each use [full].", ROUNDINGS)
    ] = None,
    ties: Annotated[str | None, option("--ties", "How to round [half-up].", TIES)] = None,
    notation: Annotated[
        str | None, option("--notation", "Whose names it begins with [document].", NOTATIONS)
    ] = None,
    learning_rate: Annotated[
        float | None, option("--learning-rate", "Step size of updates [0.1].", "λ")
    ] = None,
    batch: Annotated[int | None, option("--batch", "Which of several sequences, from 0 [0].")] = None,
) -> None:
    """Make a page to play with: change a number and see all others change, follow each to where it came from.

    One offline file: of the worked example, any model, one window of a run, or a document with its verdicts.
    """
    target = output or _usual_name(model)
    check_no_input(target, *(each for each in (model, inputs, known) if each != STDIN))
    check_no_input(target, None if cell is None or find_known(cell) else Path(cell))
    check_no_input(target, None if data == "-" else data)
    frame = given(
        {
            "digits": digits, "rounding": rounding, "ties": ties, "notation": notation,
            "learning_rate": learning_rate,
        }
    )  # fmt: skip
    of_run = {"--at": at, "--series": series, "--data": data}
    of_weights = {"--layer": layer, "--reverse": reverse, "--inputs": inputs}
    of_problem = {"--cell": cell, "--seed": seed}
    try:
        with as_flags(_FLAGS):
            kind = _kind(model)
            if kind != "document":
                refuse_of_weights({"--model": known}, "it is for a document.")
            if kind == "document":
                refuse_of_weights({**of_run, **of_weights, **of_problem}, "it is not for a document.")
                assert model is not None
                page = _of_document(model, known, frame)
            elif kind == "problem":
                refuse_of_weights(of_weights, "it is for a run or a file of weights.")
                refuse_of_weights(of_run, "it is for a run.")
                page = _of_problem(model, cell, seed, batch, frame)
            else:
                refuse_of_weights({"--cell": cell}, "it is for problem files.")
                assert model is not None
                wanted = number_or_name(layer)
                page = _of_weights(model, wanted, reverse, inputs, seed, batch, of_run, frame)
    except GatewiseError as error:
        raise type(error)(_by_flags(str(error))) if type(error) is ArgumentError else error from None
    write_file(target, page.html.encode())
    tell_all(page.notes)
    tell(f"wrote {target}")
    if (_has_screen() if open_it is None else open_it) and not _opened(target):
        tell(f"no browser could be opened here; open {target} in one.")


def _kind(model: Path | None) -> str:
    """Return what a path is: of a problem, of a document, or of weights, a run among them."""
    if model is None or model == STDIN:
        return "problem"
    from gatewise.teach.explore.sources.paths import kind_of_path

    kind = kind_of_path(model)
    if kind == "folder":
        raise GatewiseError(f"{model} is a folder without a run in it: it has no config.toml.")
    return kind


def _of_problem(
    model: Path | None, cell: str | None, seed: int | None, batch: int | None, frame: dict[str, Any]
) -> Any:
    from gatewise.teach.explore import explore as page_of
    from gatewise.teach.problem import load_problem

    try:
        problem = load_problem(open_stdin() if model == STDIN else model, cell=cell, seed=seed)
    except GatewiseError as error:
        raise type(error)(f"{'--' * str(error).startswith('seed=')}{error}") from None
    return page_of(problem, batch=batch, **frame)


def _of_document(model: Path, known: Path | None, frame: dict[str, Any]) -> Any:
    from gatewise.teach.checker import check
    from gatewise.teach.explore import explore as page_of
    from gatewise.teach.problem import load_problem

    report = check(model, model=None if known is None else load_problem(known), name=model.name)
    return page_of(report, **frame)


def _of_weights(
    model: Path, layer: int | str | None, reverse: bool, inputs: Path | None, seed: int | None,
    batch: int | None, of_run: dict[str, Any], frame: dict[str, Any],
) -> Any:  # fmt: skip
    from gatewise.teach.explore import explore as page_of

    if layer is not None or reverse:
        refuse_of_weights(of_run, "it is for a whole run, not for a layer of it.")
        refuse_of_weights({"--seed": seed}, "it is for a problem or a whole model, not for a layer of it.")
        problem = problem_of(model, layer, reverse, inputs)
        return page_of(problem, batch=batch, **frame)
    opened, stored = whole_model(model, inputs)
    if opened.run is None:
        refuse_of_weights(of_run, "it is for a run.")
        x, label = (None, None) if stored is None else (stored.get("x"), stored.get("label"))
        if stored and "lengths" in stored:
            raise GatewiseError(
                f"{inputs} has lengths, and a page of a whole model shows all steps of x. Give the x of one "
                "sequence, cut to its length; or show one layer with --layer, which heeds lengths."
            )
        refuse_of_weights({"--seed": seed if stored else None}, "with --inputs nothing is drawn.")
        title = f"{model.name}, to play with"
        return page_of(opened, x, label, seed=seed, batch=batch, title=title, **frame)
    its_own = {"--inputs": inputs, "--batch": batch, "--seed": seed}
    refuse_of_weights(its_own, "a run has its own data; say which row with --at.")
    return _of_run(model, of_run, frame)


def _of_run(model: Path, of_run: dict[str, Any], frame: dict[str, Any]) -> Any:
    from gatewise.cli.output import warnings_told
    from gatewise.cli.tables import given_table
    from gatewise.teach.explore.create import ExplorePage
    from gatewise.teach.explore.sources.run_page import program_of_window
    from gatewise.train.explore.window import window_of_run

    with warnings_told(), given_table(of_run["--data"]) as source:
        window = window_of_run(model, of_run["--at"], series=of_run["--series"], data=source)
    return ExplorePage(program_of_window(window, **frame), (window.note,))


def _usual_name(model: Path | None) -> Path:
    """Return where a page is written that nobody named: in the current folder, by what it is of."""
    if model is None or model == STDIN:
        return Path(USUAL_NAME)
    return Path(f"{model.resolve().name if model.is_dir() else model.stem}.explore.html")


def _by_flags(message: str) -> str:
    """Return a message that begins with an argument's name in Python, with the option instead."""
    name, _, rest = message.partition("=")
    flags = {"digits", "rounding", "ties", "notation", "learning_rate", "batch"}
    return f"--{name.replace('_', '-')}={rest}" if name in flags else message


def _has_screen() -> bool:
    """Say whether somebody sits at a screen here: a terminal, and where X or Wayland shows windows one."""
    if not sys.stderr or not sys.stderr.isatty():
        return False
    return not sys.platform.startswith("linux") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _opened(page: Path) -> bool:
    try:
        return webbrowser.open(page.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False
