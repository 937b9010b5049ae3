"""The worksheet a user holds: made by `worksheet(...)`, read by line id, printed and rendered.

build.py works the lines out, layout.py chooses what is shown, render/ writes it in a medium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np

from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import JOINED
from gatewise.engine.params import Params
from gatewise.expression import Symbol
from gatewise.learn import derivatives
from gatewise.support.given import listed
from gatewise.support.reprs import short_repr
from gatewise.teach.worksheet.derivative_check import is_small, measured
from gatewise.teach.worksheet.layout.contents import Verified
from gatewise.teach.worksheet.layout.document import Block, Document, Facts, Note, Section
from gatewise.teach.worksheet.layout.layout import Layout
from gatewise.teach.worksheet.layout.notation import notation_for
from gatewise.teach.worksheet.layout.notes import rounding_text
from gatewise.teach.worksheet.layout.selection import select
from gatewise.teach.worksheet.layout.tables import gate_legend, norms_by_step, translation
from gatewise.teach.worksheet.layout.uses import used_by
from gatewise.teach.worksheet.render import render
from gatewise.teach.worksheet.work.build import SequenceProblem, Worked
from gatewise.teach.worksheet.work.lines import Line

USUAL_GUARDS = 3  # guard digits; the lines that need more are named
_LAST_BRACKET = re.compile(r"\[[^][]*\]([^][]*)$")


class Worksheet:
    """A cell worked out. `print(sheet)` shows it, `sheet["B2@t=0"]` is a line, `sheet.render("html")` a page.

    Attributes
    ----------
    lines : tuple of Line
        All lines, shown or not, in the order of work.
    losses : tuple of float
        The loss before each update and after the last; empty without labels.
    """

    def __init__(
        self, problem: SequenceProblem, worked: Worked, *, detail: str, notation: str, max_lines: int | None,
        steps: Sequence[int] | None, units: Sequence[int] | None, title: str, facts: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._problem = problem
        self._worked = worked
        self._detail = detail
        self._notation = notation_for(notation, problem.params.cell)
        self.notation = notation
        self._max_lines = max_lines
        trace = worked.traces[0]
        kept = problem.params.cell.carried[-1]
        self._selection = select(kept, trace[kept], steps, units)
        self.title = title
        self._facts = facts
        self.lines: tuple[Line, ...] = tuple(line for working in worked.workings for line in working)
        self._by_id = {line.id: line for line in self.lines}
        self.losses = worked.losses

    def __getitem__(self, id: str) -> Line:
        """Return the line with this id: "B2@t=0", "G1", "P1[W]"; in the second update "B2@t=0#2"."""
        if id not in self._by_id:
            self._refuse_row(str(id))
            known = ", ".join(list(self._by_id)[:3])
            raise KeyError(f"no line {id!r}; ids look like {known}, F1@t=0, B2@t=0, G1, P1[W]")
        return self._by_id[id]

    def _refuse_row(self, id: str) -> None:
        """Say of an id that a row of the sheet has, but no line, which line it belongs to."""
        known = self._worked.workings[0].quantities
        name = re.split("[@#[]", id, maxsplit=1)[0]
        lefts = {part.name if name in JOINED else name for part in known.made_of(Symbol(name))}
        ids = [
            equation.id
            for equation in known.equations
            if equation.left.name in lefts and not equation.left.new
        ]
        if len(ids) > 1:
            raise KeyError(f"{id} is no line of its own: its parts are the lines {listed(ids)}")
        own = id
        while (shorter := _LAST_BRACKET.sub(r"\1", own, count=1)) != own:
            own = shorter
            if own in self._by_id:
                raise KeyError(f"{id} is no line of its own: it is a row of the line {own}")

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __str__(self) -> str:
        return self.render("text")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: HTML, Markdown and text of the same sheet."""
        return {
            "text/html": self.render("html", fragment=True),
            "text/markdown": self.render("md"),
            "text/plain": str(self),
        }

    @cached_property
    def used_by(self) -> dict[str, tuple[str, ...]]:
        """Where each line's value goes: by its id, the ids of the lines that take it, as `uses` says."""
        return used_by(self.lines)

    @property
    def verified(self) -> Verified:
        return self._laid_out[1]

    @property
    def document(self) -> Document:
        """What is shown, before any medium."""
        return self._laid_out[0]

    @overload
    def render(
        self, format: Literal["text", "md", "tex", "html", "json"] = "text", **options: Any
    ) -> str: ...

    @overload
    def render(self, format: Literal["pdf"], **options: Any) -> bytes: ...

    @overload
    def render(self, format: str, **options: Any) -> str | bytes: ...

    def render(self, format: str = "text", **options: Any) -> str | bytes:
        """Write the sheet as "text", "md", "tex", "html", "json" or "pdf" (bytes).

        Options of "text": width, unicode, colour. Raises ArgumentError for an unknown format, or for JSON
        in another notation than the document's, which is the only one it is written in.
        """
        return render(self, format, **options)

    @property
    def summary(self) -> dict[str, Any]:
        """Sizes, settings and losses, as JSON has them beside the lines."""
        problem, working = self._problem, self._worked.workings[0]
        T, D = problem.x.shape
        return {
            "model": {
                "steps": T,
                "input_size": D,
                "hidden_size": problem.params.hidden_size,
                **({} if problem.params.cell is LSTM else _of_cell(problem.params)),
                "gates": list(problem.params.cell.gates),
                "learning_rate": problem.learning_rate,
                "updates": len(self._worked.workings),
            },
            "rounding": working.rounding,
            "ties": working.ties,
            "digits": working.digits,
            "losses": list(self.losses),
        }

    # Laying out ---------------------------------------------------------------------------------------

    @cached_property
    @np.errstate(all="ignore")  # NaN and infinity show on the sheet, not as warnings
    def _laid_out(self) -> tuple[Document, Verified]:
        selection = self._selection
        while True:
            layout = Layout(selection, self._detail, self._notation)
            sections = self._sections(layout)
            fewer = selection.fewer_steps()
            if self._max_lines is None or layout.rows <= self._max_lines or fewer is None:
                break
            selection = fewer
        verified = Verified(self._derivatives, len(layout.checked), sum(layout.checked))
        reason = selection.reason
        if self._max_lines is not None and layout.rows > self._max_lines:
            reason = f"{reason}; " if reason else ""
            reason += f"{layout.rows} lines for these steps, more than the {self._max_lines} asked for"
        shown = (self._header(reason), *sections, self._verification(layout, verified))
        return Document(self.title, shown, self.used_by), verified

    @property
    def _learns(self) -> bool:
        return self._problem.label is not None

    def _sections(self, layout: Layout) -> list[Section]:
        first = self._worked.workings[0]
        sections = [layout.formulas(first, self._learns)]
        for number, working in enumerate(self._worked.workings):
            shown = layout.selection.steps
            sections.append(layout.given(working, self._learns))
            sections += layout.steps(working, "forward", "Forward", shown)
            if self._learns:
                sections.append(layout.phase(working, "loss", "Loss"))
                sections += layout.steps(working, "backward", "Backward", reversed(shown))
                sections.append(layout.phase(working, "gradients", "Gradients of the parameters"))
                after = [self._loss_facts(number)]
                sections.append(layout.phase(working, "update", "Update", after))
        return sections

    def _loss_facts(self, number: int) -> Block:
        before, after = self.losses[number : number + 2]
        return Facts((("loss before", f"{before:.12g}"), ("loss after", f"{after:.12g}")))

    def _header(self, reason: str) -> Section:
        problem = self._problem
        T, D = problem.x.shape
        cell, params = problem.params.cell, problem.params
        sizes = f"T = {T} (steps), D = {D} (inputs), H = {params.hidden_size} (hidden units)"
        projected = [name for name, letter in cell.sizes.items() if letter == "Q"]
        if projected:
            sizes += f", Q = {params.length_of(projected[0])} ({listed(projected)})"
        facts = [("sizes", sizes), *self._facts.items()]
        if cell is not LSTM:
            facts.insert(0, ("cell", f"{cell.name}: {cell.title}"))
        if not self._learns:
            facts.append(("label", "none, so that the sheet ends after the forward pass"))
        else:
            out = self._notation.names.get("out", "out")
            facts.append(("loss", f"L2, ½ Σ ({out} − label)², summed over units and steps"))
            facts.append(("learning rate", f"λ = {problem.learning_rate:g}, SGD"))
        working = self._worked.workings[0]
        facts.append(
            ("digits", f"{working.digits} decimals; significant digits where a value would read as zero")
        )
        facts.append(("rounding", rounding_text(working, self._worked.drift)))
        if reason:
            facts.append(("shown", reason))
        blocks: list[Block] = [Facts(tuple(facts)), Note(gate_legend(cell, self._notation))]
        if self._notation.translation:
            blocks.append(translation(self._notation))
        return Section("header", "", tuple(blocks))

    def _verification(self, layout: Layout, verified: Verified) -> Section:
        facts = [
            (
                "lines",
                f"{verified.lines_reproduced} of {verified.lines_shown} substituted sides give the displayed "
                "result from what is displayed on them",
            )
        ]
        many = [f"{id} ({count})" for id, count in layout.guards.items() if count > USUAL_GUARDS]
        if many:
            facts.append(
                (
                    "guard digits",
                    f"more than {USUAL_GUARDS} on {', '.join(many)}: terms nearly cancel, an entry is far "
                    "smaller than those beside it, or the result lies where rounding turns over",
                )
            )
        blocks: list[Block] = []
        if verified.derivatives is not None:
            report = verified.derivatives
            several = len(self._worked.workings) > 1
            small = is_small(self._problem)
            entries = "all entries" if small else "in random directions and of some entries"
            facts.append(
                (
                    "gradients, update 1" if several else "gradients",
                    f"largest relative difference from {report.method} derivatives {report.max_error:.1e} "
                    f"({entries}; allowed {report.tolerance:.0e})",
                )
            )
            blocks += self._norms()
        return Section("verified", "Verified", (Facts(tuple(facts)), *blocks))

    def _norms(self) -> Iterator[Block]:
        """Tabulate the norms of the gradients, for each update."""
        updates, digits = len(self._worked.grads), self._worked.workings[0].digits
        cell = self._problem.params.cell
        for number, grads in enumerate(self._worked.grads, 1):
            norms = {
                f"‖δ{self._notation.names.get(name, name)}‖": np.linalg.norm(grads[f"d_{name}"], axis=-1)
                for name in (*cell.carried, *(("gates",) if cell.gates else ()))
            }
            yield norms_by_step(norms, digits, number if updates > 1 else None)

    @cached_property
    def _derivatives(self) -> derivatives.DerivativeReport | None:
        return measured(self._problem)

    def __repr__(self) -> str:
        """Name the sizes; `str` is the sheet."""
        (T, D), H = self._problem.x.shape, self._problem.params.hidden_size
        of = "" if self._problem.params.cell is LSTM else f"cell {self._problem.params.cell.name}, "
        sizes = f"{of}T = {T}, D = {D}, H = {H}"
        return short_repr(self, f"{self.title!r}", sizes, f"{len(self.lines)} lines", losses=self.losses)


def _of_cell(params: Params) -> dict[str, Any]:
    """Return what JSON says of the model of another cell than the LSTM."""
    return {"output_size": params.output_size, "cell": params.cell.name}
