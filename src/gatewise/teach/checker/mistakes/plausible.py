"""Which edits of a cell's equations are mistakes that people make."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import out
from gatewise.cells.known.table import LSTM
from gatewise.cells.quantities import quantities_of
from gatewise.expression import Symbol, walk
from gatewise.teach.checker.mistakes.changes import Edit

Rule = Callable[[Equation, Edit], bool]

# Of the LSTM: gates easily taken for one another, and whose parameters stand in the next row.
EASILY_CONFUSED = {"a": ("i",), "i": ("a", "f", "o"), "f": ("i", "o"), "o": ("i", "f")}
NEXT_ROW = {"a": "i", "i": "f", "f": "o", "o": "f"}
_ALWAYS = (
    "linear", "no-function", "square", "power", "square-inside", "square-inside-of-other", "transpose",
    "order", "block", "bounds", "mean", "complement",
)  # fmt: skip
_SLOPES = ("slope", "slope-twice", "slope-squared", "no-slope")


class Plausible:
    """Says of an edit of a cell's equation whether people make it."""

    def __init__(self, cell: Cell) -> None:
        known = quantities_of(cell)
        self.cell = cell
        others = cell.carried[1:]
        backward = [equation for equation in known.equations if equation.phase == "backward"]
        self.of_step = tuple(e.left.name for e in backward if e.left.name not in ("delta", "d_x"))
        # The gates that a step takes from the one after it, as f_{t+1} in δstate_t.
        self.later = tuple(
            dict.fromkeys(
                node.name
                for equation in backward
                for node in walk(equation.right)
                if isinstance(node, Symbol) and node.name in cell.gates and node.step and node.step.offset > 0
            )
        )
        # Quantities whose time index is easily one off, for they are remembered from one step to another.
        self.remembered = (
            *cell.carried, "x", "label", *(f"d_{name}" for name in others), "d_gates",
            *(f"delta_{name}" for name in known.returning),
        )  # fmt: skip
        # What a step may be thought to take from the one after it.
        self.comes_later = (*self.of_step, "d_gates", "label", *self.later)
        self.order = ["x", *(equation.left.name for equation in cell.forward)]
        after = (*cell.gates[1:], *cell.gates[:1])
        self.next_row = NEXT_ROW if cell is LSTM else dict(zip(cell.gates, after, strict=True))
        kept = ("state_prev", "tanh(state)") if cell is LSTM else ()
        self.rules: Mapping[str, Rule] = {
            "term": lambda _, edit: edit.slug not in ("without-out", "without-1"),
            "factor": lambda equation, edit: not edit.slug.startswith("without-d_")
            and (equation.phase == "backward" or edit.slug not in [f"without-{name}" for name in kept]),
            "sign-first": lambda equation, _: equation.phase == "forward"
            and equation.left.name in cell.carried,
            **dict.fromkeys(("transposed", "rows"), lambda equation, _: equation.phase == "forward"),
            "outer-turned": lambda equation, _: equation.phase == "gradients",
            "index": self._one_step_off,
            "gate": self._neighbouring_gate,
            "quantity": self._known_instead,
            "sign": lambda equation, _: equation.left.name not in cell.gates,
            "function": lambda equation, _: equation.phase == "forward",
            "one-step": lambda equation, edit: edit.slug == "last-only" and equation.phase == "gradients",
            "scale": lambda equation, edit: (equation.left.name, edit.slug)
            in (("delta", "doubled"), ("delta", "halved"), ("loss", "no-half")),
            **dict.fromkeys(_SLOPES, lambda equation, _: equation.phase == "backward"),
            "turned": lambda equation, _: equation.phase == "backward" and equation.left.name != "delta",
            **dict.fromkeys(_ALWAYS, lambda *_: True),
        }  # fmt: skip

    def __call__(self, equation: Equation, edit: Edit) -> bool:
        """Say whether people make this edit."""
        rule = self.rules.get(edit.kind)
        return rule is not None and rule(equation, edit)

    def _one_step_off(self, equation: Equation, edit: Edit) -> bool:
        assert edit.old
        assert edit.new
        assert edit.new.step
        offset = edit.new.step.offset
        if edit.old.name in self.later:
            return equation.phase == "backward" and offset in (0, 1)  # f_{t+1} in B2, f_t in B5
        if edit.old == out and equation.id in ("L1", "B0"):
            return False  # the label is what is taken from another step
        if offset > 0 and edit.new.name not in self.comes_later:
            return False
        return edit.old.name in self.remembered and abs(offset) < 2 and self._is_known(equation, edit.new)

    def _neighbouring_gate(self, _equation: Equation, edit: Edit) -> bool:
        assert edit.old
        assert edit.new
        if edit.old.part:
            return edit.old.name != "b" and edit.new.part == self.next_row[edit.old.part]
        return self.cell is not LSTM or edit.new.name in EASILY_CONFUSED[edit.old.name]

    def _is_known(self, equation: Equation, symbol: Symbol) -> bool:
        """Return whether someone who works `equation` out at step t has a value of `symbol`."""
        if symbol == equation.left:
            return False
        if not symbol.step:
            return True
        if equation.phase == "forward":
            before = self.order[: self.order.index(equation.left.name)]
            return symbol.step.offset < 0 or symbol.name in before
        return symbol.name not in self.of_step or symbol.step.offset >= 0

    def _known_instead(self, equation: Equation, edit: Edit) -> bool:
        assert edit.new
        known = self._is_known(equation, edit.new)
        return known and (equation.phase == "backward" or edit.new.name not in ("W", "U"))
