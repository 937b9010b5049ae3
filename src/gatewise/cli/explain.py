"""`gatewise explain`: a page about one mistake, or the list of them all."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cells.own.cell_file import find_cell
from gatewise.cli.options import appearance, cell_option, option
from gatewise.cli.output import check_stdout, deliver


def _ids(incomplete: str) -> list[str]:
    """Give the shell the ids that begin with what was typed."""
    from gatewise.teach.explain.lists import ids

    return [id for id in ids() if id.startswith(incomplete)]


def explain(
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="A mistake as reports name it, as B0/label-minus-out or arithmetic [list all].",
            autocompletion=_ids,
            show_default=False,
        ),
    ] = None,
    cell: Annotated[
        str,
        cell_option("Whose mistakes: a cell by name, or the TOML file of one's own [lstm]."),
    ] = "lstm",
    ascii: Annotated[bool, option("--ascii", "Text without letters beyond ASCII.")] = False,
    width: Annotated[int | None, option("--width", "Columns of text [those of the terminal].")] = None,
) -> None:
    """Explain a mistake: the right and the wrong formula, why, and both with numbers; or list them all."""
    from gatewise.teach.explain import explain as page_about
    from gatewise.teach.explain import listing
    from gatewise.teach.worksheet.render.prose import ascii_text

    check_stdout()
    looks = appearance("text", None, ascii, width, None)
    meant = find_cell(cell)
    width, unicode = looks.get("width", 80), looks.get("unicode", True)
    if id is not None:
        shown = page_about(id, meant).text(width, unicode)
    else:
        shown = listing(meant) if unicode else ascii_text(listing(meant))
    deliver(shown, None)
