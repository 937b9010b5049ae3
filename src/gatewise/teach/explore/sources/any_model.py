"""Whatever has a cell, as data of a page: parameters, problems, layers, files, runs, checked documents.

Each has its own file: program.py, layers.py, run_page.py, document.py. Here is which of them it is, and what
of the arguments it has no use for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from gatewise.engine.params import Params
from gatewise.errors import ArgumentError, GatewiseError
from gatewise.learn.network import Network
from gatewise.learn.sequential import Sequential, from_network
from gatewise.support.files import as_path, named
from gatewise.support.foreign import opener_of, reader_of
from gatewise.support.given import described
from gatewise.support.wings.openers import opener
from gatewise.teach.checker import check
from gatewise.teach.checker.report import Report
from gatewise.teach.explore.program import program_of_problem
from gatewise.teach.explore.sources.document import notes_of_document, program_of_document
from gatewise.teach.explore.sources.layers import program_of_sequential
from gatewise.teach.explore.sources.paths import kind_of_path
from gatewise.teach.explore.sources.run_page import program_of_window
from gatewise.teach.problem.problem import Problem, load_problem
from gatewise.teach.problem.record import ProblemRecord

Made = tuple[dict[str, Any], tuple[str, ...]]  # the data of a page, and what is to be told
_OF_DATA, _OF_RUN = ("x", "label", "state"), ("at", "series", "data")


@dataclass(frozen=True)
class Given:
    """What `explore` was given beside the model."""

    x: Any = None
    label: Any = None
    state: Any = None
    at: Any = None
    series: Any = None
    data: Any = None
    batch: int | None = None
    seed: int | None = None

    def refuse(self, names: tuple[str, ...], why: str) -> None:
        """Refuse what there is no use for, rather than pass it over.

        Raises
        ------
        ArgumentError
        """
        for name in names:
            if getattr(self, name) is not None:
                raise ArgumentError(f"{name} was given, and {why}.")


def program_of(model: Any, given: Given, frame: dict[str, Any]) -> Made:
    """Return the data of the page of a model; `frame` has what `page_data` takes."""
    if model is None:
        return _of_problem(load_problem(), given, frame)
    if isinstance(model, Params):
        return _of_params(model, given, frame)
    if isinstance(model, ProblemRecord):
        return _of_problem(model, given, frame)
    if isinstance(model, Report):
        return _of_report(model, given, frame)
    if isinstance(model, (str, PathLike)):
        return _of_path(as_path("model", fspath(model), "a model"), given, frame)
    if str(getattr(type(model), "__module__", "")).startswith("gatewise.train."):
        return _of_run(model, given, frame)
    if (reader := reader_of(model)) is not None:
        return _of_live(model, reader, given, frame)
    return _of_layers(model, given, frame)


def _of_live(model: Any, reader: Any, given: Given, frame: dict[str, Any]) -> Made:
    """Return the page of a live model of torch or Keras: of one cell with its state, or as its file opens."""
    one = getattr(model, "num_layers", 0) == 1 and not getattr(model, "bidirectional", True)
    if one and given.x is not None and (foreign := opener_of(model)) is not None:
        params, second, x, label, state = foreign.for_a_sheet(model, given.x, given.label, given.state)
        summed = params if second is None else params.replace(b=params.b + second)
        return _of_params(summed, replace(given, x=x, label=label, state=state), frame)
    opened = opener("layers of a file")(model)
    x, label = (reader.batch_first(model, each) for each in (given.x, given.label))
    named = {"title": f"{opened.path.name}, to play with"}
    return _of_layers(opened, replace(given, x=x, label=label), {**named, **frame})


def _of_params(params: Params, given: Given, frame: dict[str, Any]) -> Made:
    from gatewise.teach.problem.tables import check as of_table  # brings pydantic

    if given.x is None:
        raise ArgumentError(f"x is missing: {described(params)} needs the sequence to work on, (T, D).")
    silent = of_table({}, params.cell)  # what a file means that says nothing more
    problem = Problem(
        params=params, x=given.x, label=given.label, state=given.state, lengths=None, texts={}, seed=None,
        title=None, learning_rate=silent.learning_rate, settings=silent.worksheet,
    )  # fmt: skip
    return _of_problem(problem, replace(given, x=None, label=None, state=None), frame)


def _of_problem(problem: Any, given: Given, frame: dict[str, Any]) -> Made:
    given.refuse(_OF_DATA, "the problem has its own")
    given.refuse(("seed",), "it is for layers without x")
    given.refuse(_OF_RUN, "it is for a run")
    return program_of_problem(problem, batch=given.batch, **frame), ()


def _of_report(report: Report, given: Given, frame: dict[str, Any]) -> Made:
    given.refuse((*_OF_DATA, *_OF_RUN, "batch", "seed"), "the document has its own numbers")
    return program_of_document(report, **frame), notes_of_document(report)


def _of_path(path: Path, given: Given, frame: dict[str, Any]) -> Made:
    kind = kind_of_path(path)
    if kind == "problem":
        return _of_problem(load_problem(path), given, frame)
    if kind == "document":
        return _of_report(_checked(path), given, frame)
    if path.is_dir():
        return _of_run(path, given, frame)
    opened = opener("layers of a file")(path)
    named = {} if opened.run is not None else {"title": f"{path.name}, to play with"}
    return _of_layers(opened, given, {**named, **frame})


def _checked(path: Path) -> Report:
    try:
        return check(path)
    except OSError as error:
        raise GatewiseError(f"{named(path)} cannot be read: {error.strerror or error}.") from None


def _of_run(run: Any, given: Given, frame: dict[str, Any]) -> Made:
    given.refuse((*_OF_DATA, "batch", "seed"), "a run has its own data; at= says which row")
    window = opener("window of a run")(run, given.at, series=given.series, data=given.data)
    return program_of_window(window, **frame), (window.note,)


def _of_layers(model: Any, given: Given, frame: dict[str, Any]) -> Made:
    """Return the page of layers, or of what a file held: layers, a run, a problem."""
    own = str(type(model).__module__).startswith("gatewise.")  # what others made may raise when asked
    if own and getattr(model, "run", None) is not None:
        return _of_run(model.run, given, frame)
    if own and isinstance(getattr(model, "problem", None), Problem):
        return _of_problem(model.problem, given, frame)
    if isinstance(model, Network):
        model = from_network(model)
    layers = (getattr(model, "sequential", None) if own else None) or model
    if not isinstance(layers, Sequential):
        raise ArgumentError(
            f"model is {described(model)}; it must be Params, a Problem, what gatewise.convert.read returns, "
            "a model of torch or Keras, or the path of a run or a file."
        )
    given.refuse(_OF_RUN, "it is for a run")
    if given.x is not None:
        given.refuse(("seed",), "with x nothing is drawn")
    given.refuse(("state",), "layers begin with nothing carried in; it is for Params")
    data, notes = program_of_sequential(
        layers, given.x, given.label, batch=given.batch or 0, seed=given.seed or 0, **frame
    )
    return data, (*layers.notes, *notes)
