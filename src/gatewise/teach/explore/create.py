"""`explore(...)`: the page of a model, to show in a notebook or to save. sources/ has what is on it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from gatewise.errors import ArgumentError
from gatewise.support.files import as_path, write_file
from gatewise.support.given import described
from gatewise.support.options import as_whole
from gatewise.support.reprs import short_repr
from gatewise.teach.explore.page import page_of
from gatewise.teach.explore.sources.any_model import Given, program_of
from gatewise.teach.problem.draw import MOST_SEED

HEIGHT = 820  # pixels of the frame in a notebook


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
    seed: int | None = None,
    title: str | None = None,
    path: str | PathLike[str] | None = None,
) -> ExplorePage:
    """Make a page to play with: change a number and see everything change, follow any number to its origin.

    Parameters
    ----------
    model : optional
        Params of any cell, with an x; a Problem; what `gatewise.convert.read` returns, a network or a stack
        of layers in one direction, with a head or none; a torch.nn.Module or a keras.Model of such layers;
        the path of a run, of a file of weights, of a problem file or of a document; a trained Model; a Report
        of `check`.
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
    seed : int, optional
        Where x and label of layers start that are drawn, where no x is given: 0.
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
    _refuse_title(title)
    seed = None if seed is None else as_whole("seed", seed, 0, MOST_SEED)
    batch = None if batch is None else as_whole("batch", batch, 0)
    given = Given(x, label, state, at, series, data, batch, seed)
    page = ExplorePage(*program_of(model, given, frame))
    if path is not None:
        page.save(path)
    return page


def _refuse_title(title: object) -> None:
    if title is not None and not (isinstance(title, str) and title.strip()):
        raise ArgumentError(f"title is {described(title)}; it must be text, and not empty.")
