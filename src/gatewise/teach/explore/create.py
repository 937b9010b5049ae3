"""`explore(...)`: the page of a model, to show in a notebook or to save.

opening.py, run_page.py and document.py make what is on it.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from gatewise.engine.params import Params
from gatewise.errors import ArgumentError
from gatewise.learn.network import Network
from gatewise.learn.sequential import Sequential, from_network
from gatewise.support.files import as_path, write_file
from gatewise.support.foreign import opener_of
from gatewise.support.given import described
from gatewise.support.reprs import short_repr
from gatewise.support.wings.openers import opener
from gatewise.teach.checker.report import Report
from gatewise.teach.explore.document import program_of_document
from gatewise.teach.explore.opening import program_of_sequential
from gatewise.teach.explore.page import page_of
from gatewise.teach.explore.program import program_of_problem
from gatewise.teach.explore.run_page import program_of_window
from gatewise.teach.problem.problem import Problem, load_problem
from gatewise.teach.problem.record import ProblemRecord

HEIGHT = 820  # pixels of the frame in a notebook
_DOCUMENTS = (".md", ".markdown", ".tex", ".ipynb", ".html", ".htm")


class ExplorePage:
    """A page to play with. A notebook shows it, `save` writes it, `html` is what stands in the file.

    Attributes
    ----------
    data : dict
        What the page is made of: equations and numbers, as web/src/core/data.ts says.
    notes : tuple of str
        What is to be known: what was drawn, what is not shown.
    """

    def __init__(self, data: dict[str, Any], notes: Sequence[str] = ()) -> None:
        self.data, self.notes = data, tuple(notes)

    @property
    def title(self) -> str:
        """What it is called."""
        return str(self.data["title"])

    @cached_property
    def html(self) -> str:
        """The file, as text."""
        return page_of(self.data)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page in one step, and return where it is.

        Raises
        ------
        ArgumentError, OutputError
            If `path` is no path, or nothing can be written there; an older file is then as it was.
        """
        target = as_path("path", path, "the file to write")
        write_file(target, self.html.encode())
        return target

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the page in a frame of its own."""
        source = html.escape(self.html, quote=True)
        return (
            f'<iframe title="{html.escape(self.title, quote=True)}" srcdoc="{source}" width="100%" '
            f'height="{HEIGHT}" sandbox="allow-scripts allow-downloads" frameborder="0"></iframe>'
        )

    def __repr__(self) -> str:
        """Name what is on it; the page itself is `html`."""
        blocks = [f"{block['name']} ({block['cell']})" for block in self.data["blocks"]]
        return short_repr(self, f"{self.title!r}", f"{self.data['blocks'][0]['steps']} steps", *blocks)


def explore(
    model: Any = None,
    x: ArrayLike | None = None,
    label: ArrayLike | None = None,
    *,
    state: Any = None,
    at: Any = None,
    series: Any = None,
    data: Any = None,
    learning_rate: float | None = None,
    digits: int | None = None,
    rounding: str | None = None,
    ties: str | None = None,
    notation: str | None = None,
    batch: int | None = None,
    seed: int = 0,
    title: str | None = None,
    path: str | PathLike[str] | None = None,
) -> ExplorePage:
    """Make a page to play with: change a number and see everything change, follow any number to its origin.

    Parameters
    ----------
    model : optional
        Params of any cell, with an x; a Problem; what `gatewise.convert.read` returns, a network or a stack
        of layers in one direction, with a linear head or none; a torch.nn.LSTM of one layer; the path of a
        run, of a file of weights, of a problem file or of a document; a trained Model; a Report of `check`.
        Without one, the worked example.
    x : array (T, D) or (N, T, D), optional
        Of a model of several layers drawn if it is not given; of a run it is the window, and of a problem its
        own.
    label : array (T, H) or (N, T, H), optional
        What the outs are to be, NaN where nothing says it; (T, P) or (P,) of a head. Params without a label
        have a forward pass alone.
    state : optional
        What the cell carries into the first step, as for `forward`; with Params.
    at, series, data : optional
        Of a run: the row with which the window ends, by its number or time; of which series; of other data
        than those of the training. By default the last one of the test.
    learning_rate : float, optional
        The step size of updates: 0.1, or the problem's own.
    digits : int, optional
        Decimals shown, 1 to 12: 5, or the problem's own.
    rounding : "full" or "hand", optional
        How the page begins: with full precision, or every line rounded before it is used.
    ties : "half-up", "half-even" or "truncate", optional
        How a number is rounded.
    notation : "document", "torch" or "keras", optional
        Whose names the page begins with; they can be changed on it.
    batch : int, optional
        Which sequence of several, from 0.
    seed : int
        Where numbers that are drawn start.
    title : str, optional
        What the page is called.
    path : str or Path, optional
        Where to save it at once.

    Returns
    -------
    ExplorePage
        It shows itself in a notebook; `save(path)` writes the one offline file.

    Raises
    ------
    ShapeError, DtypeError, ArgumentError
        If numbers do not fit or are not finite, or the model has what a page does not show: more than 128
        hidden units or 500 steps, layers that go both ways.
    GatewiseError
        If a file or run cannot be read.
    """
    frame = {
        "learning_rate": learning_rate, "digits": digits, "rounding": rounding, "ties": ties,
        "notation": notation, "title": title,
    }  # fmt: skip
    frame = {name: value for name, value in frame.items() if value is not None}
    of_run = {"at": at, "series": series, "data": data}
    page = _page(model, x, label, state, of_run, batch, seed, frame)
    if path is not None:
        page.save(path)
    return page


def _page(
    model: Any, x: Any, label: Any, state: Any, of_run: dict[str, Any], batch: int | None, seed: int,
    frame: dict[str, Any],
) -> ExplorePage:  # fmt: skip
    """Make the page of what was given, whatever that is."""
    problem: Any = None
    if model is None:
        problem = load_problem()
    elif isinstance(model, Params):
        problem = _problem_of(model, x, label, state)
        x = label = state = None
    elif isinstance(model, ProblemRecord):
        problem = model
    elif isinstance(model, Report):
        return ExplorePage(program_of_document(model, **frame))
    elif isinstance(model, (str, PathLike)):
        return _of_path(as_path("model", fspath(model), "a model"), x, label, of_run, batch, seed, frame)
    elif type(model).__module__.startswith("gatewise.train."):
        return _of_run(model, of_run, frame)
    elif (foreign := opener_of(model)) is not None:
        params, second, x, label, state = foreign.for_a_sheet(model, x, label, state)
        summed = params if second is None else params.replace(b=params.b + second)
        problem = _problem_of(summed, x, label, state)
        x = label = state = None
    if problem is not None:
        _refuse({"x": x, "label": label, "state": state}, "the problem has its own")
        return ExplorePage(program_of_problem(problem, batch=batch, **frame))
    return _of_layers(model, x, label, of_run, batch, seed, frame)


def _of_path(
    path: Path, x: Any, label: Any, of_run: dict[str, Any], batch: int | None, seed: int,
    frame: dict[str, Any],
) -> ExplorePage:  # fmt: skip
    if path.suffix.lower() == ".toml":
        return _page(load_problem(path), x, label, None, of_run, batch, seed, frame)
    if path.suffix.lower() in _DOCUMENTS:
        from gatewise.teach.checker import check

        return ExplorePage(program_of_document(check(path), **frame))
    if path.is_dir():
        return _of_run(path, of_run, frame)
    opened = opener("layers of a file")(path)
    frame.setdefault("title", f"{path.name}, to play with")
    return _of_layers(opened, x, label, of_run, batch, seed, frame)


def _of_run(run: Any, of_run: dict[str, Any], frame: dict[str, Any]) -> ExplorePage:
    at, series, data = of_run["at"], of_run["series"], of_run["data"]
    window = opener("window of a run")(run, at, series=series, data=data)
    return ExplorePage(program_of_window(window, **frame), (window.note,))


def _of_layers(
    model: Any, x: Any, label: Any, of_run: dict[str, Any], batch: int | None, seed: int,
    frame: dict[str, Any],
) -> ExplorePage:  # fmt: skip
    if getattr(model, "run", None) is not None:
        return _of_run(model.run, of_run, frame)
    if isinstance(getattr(model, "problem", None), Problem):
        return _page(model.problem, x, label, None, of_run, batch, seed, frame)
    if isinstance(model, Network):
        model = from_network(model)
    layers = getattr(model, "sequential", None) or model
    if not isinstance(layers, Sequential):
        raise ArgumentError(
            f"model is {described(model)}; it must be Params, a Problem, what gatewise.convert.read returns, "
            "a torch.nn.LSTM, or the path of a run or a file."
        )
    program, notes = program_of_sequential(layers, x, label, batch=batch or 0, seed=seed, **frame)
    return ExplorePage(program, (*layers.notes, *notes))


def _problem_of(params: Params, x: Any, label: Any, state: Any) -> Any:
    """Return parameters and data as a problem."""
    if x is None:
        raise ArgumentError(f"x is missing: {described(params)} needs the sequence to work on, (T, D).")
    from gatewise.teach.problem.tables import check as of_table  # brings pydantic

    silent = of_table({}, params.cell)  # what a file means that says nothing more
    return Problem(
        params=params, x=x, label=label, state=state, lengths=None, texts={}, seed=None, title=None,
        learning_rate=silent.learning_rate, settings=silent.worksheet,
    )  # fmt: skip


def _refuse(given: dict[str, Any], why: str) -> None:
    for name, value in given.items():
        if value is not None:
            raise ArgumentError(f"{name} was given, and {why}.")
