"""One way to read a document, and the document translated by it into the quantities of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from gatewise.cells.cell import Cell
from gatewise.cells.known.table import LSTM
from gatewise.expression import Expression, Product, Sigma, Step, Symbol, rebuild, with_symbols
from gatewise.teach.checker.judge.reading.cell.letters import OTHER, USUAL
from gatewise.teach.checker.judge.reading.joined import STEM, Joined, joined_of
from gatewise.teach.checker.judge.reading.own import (
    OF_ONE_STEP,
    is_of_others,
    own_symbol,
    stem_of,
    without_unit,
)
from gatewise.teach.checker.judge.reading.structure import Key
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Claim, Reading, Remark, Side

EXCHANGED = {"W": "U", "U": "W", "d_W": "d_U", "d_U": "d_W"}
ALL_STEPS = (Step("", 0), Step("T", -1))
CALLED = {"next", "prev"}  # how programs call what comes from the step after, and goes to the one before


@dataclass(frozen=True)
class Dialect:
    """One way to read a document.

    Attributes
    ----------
    cell : Cell
        Whose equations it works by.
    names : mapping
        What its letters stand for, as far as it is not what the reader's tables say.
    first_step : int
        The step at which its work begins; h and c of the step before are initial.
    exchanged : bool
        Whether a W that no formula explains stands on h, and a U on x.
    concatenated : str
        "h x" or "x h" where one W stands on both, joined in that order; else "".
    loss : str
        one of `cells.beside.losses`, or "given" for one that is not known.
    by_gate : tuple of str
        Which signs stand for the derivative by a gate itself, not by what stands in its σ: "∂", "d".
    one_step : frozenset of str
        What is stated without a step, of the only one that there is: "f = 0.7350".
    next_is_given : bool
        Whether what comes back from the step after, dc_next, is a number that the document begins with.
    """

    cell: Cell = LSTM
    names: Mapping[Key, tuple[str, str]] = field(default_factory=dict)
    first_step: int = 0
    exchanged: bool = False
    concatenated: str = ""
    loss: str = "half"
    by_gate: tuple[str, ...] = ("∂",)
    one_step: frozenset[str] = frozenset()
    next_is_given: bool = False

    def translated(self, reading: Reading) -> Reading:
        """Return the reading in the quantities of the cell, its first step 0."""
        if self == PLAIN:
            return reading
        peepholes = "V" in self.cell.parameters
        joined = joined_of(reading, self.concatenated, peepholes) if self.concatenated else Joined()
        claims = tuple(part for claim in reading.claims for part in joined.split(self._claim(claim, joined)))
        remarks = tuple(remark for remark in reading.remarks if self._holds(remark))
        return replace(reading, claims=claims, remarks=remarks)

    def _holds(self, remark: Remark) -> bool:
        """Return whether a remark has letters as this dialect has them: Δa is δa, unless a is the output."""
        return remark.symbol is None or self.symbol(remark.symbol).name == remark.symbol.name

    def _claim(self, claim: Claim, joined: Joined) -> Claim:
        left, *sides = (self._side(side, joined) for side in (claim.left, *claim.sides))
        if self.one_step:
            left, *sides = (
                replace(side, tree=with_symbols(side.tree, self._at_one_step)) for side in (left, *sides)
            )
        step = left.tree.step if isinstance(left.tree, Symbol) else None
        if step is not None and not step.base:
            sides = [replace(side, tree=_called_at(side.tree, step.offset)) for side in sides]
        return replace(claim, left=left, sides=tuple(sides))

    def _at_one_step(self, symbol: Symbol) -> Symbol:
        """Return what has steps, and none is written, at the only step that there is."""
        bare = symbol.name.removeprefix("d_").removeprefix("dg_")
        stepped = bare in self.stepped or symbol.name == "delta_out"
        return replace(symbol, step=Step("", 0)) if stepped and symbol.step is None else symbol

    @cached_property
    def stepped(self) -> frozenset[str]:
        """The quantities of the cell that there are at every step."""
        return frozenset(
            ("x", "label", "delta", "z", *(equation.left.name for equation in self.cell.forward))
        )

    def _side(self, side: Side, joined: Joined) -> Side:
        return replace(side, tree=self._tree(side.tree, joined))

    def _tree(self, node: Expression, joined: Joined) -> Expression:
        if isinstance(node, Symbol):
            return self.quantity(node)
        if isinstance(node, Sigma):
            low, high = node.low, node.high
            if (low, high) != ALL_STEPS:  # which a sum without bounds is read as, too
                low, high = self._moved(low) or low, self._moved(high) or high
            return Sigma(low, high, self._tree(node.body, joined))
        node = rebuild(node, lambda child: self._tree(child, joined))
        if self.concatenated and isinstance(node, Product) and len(node.factors) == 2:
            return joined.apart(node) or node
        return node

    def quantity(self, symbol: Symbol) -> Expression:
        """Return what a symbol stands for: a quantity, or what programs call dc_next."""
        name, made = name_of(symbol), self.symbol(symbol)
        called = name is not None and bool(CALLED & {text.strip("()") for text in name.low})
        if not called or made.step is None or not made.name.startswith("d_"):
            return made
        assert name is not None
        is_next = "next" in name.low
        if made.name == "d_state" and self.next_is_given:
            return replace(made, name=f"d_{OTHER}")
        if made.name == "d_state":
            later = replace(made, step=replace(made.step, offset=made.step.offset + 1))
            return Product("hadamard", (later, replace(later, name="f")))
        if made.name == "d_out" and not is_next:
            return replace(made, name="delta_out")
        return made

    def symbol(self, symbol: Symbol) -> Symbol:
        """Return the quantity that a symbol stands for."""
        name = name_of(symbol)
        if name is None:
            return replace(symbol, step=self._moved(symbol.step))
        prefix, word = stem_of(name)
        own = own_symbol(without_unit(symbol))
        step = self._moved(own.step or symbol.step)
        quantity, part = self.names.get((word.rstrip("0123456789") or word, own.part), (USUAL, symbol.part))
        if quantity == USUAL:
            made = self._by_table(replace(symbol, part=part), step, prefix)
        else:
            made = replace(symbol, name=self._derived(quantity, prefix), part=part, step=step)
        if made.name == "d_z" and made.part in self.cell.gates:  # the derivative before the activation
            return replace(made, name=f"d_{made.part}", part="")
        return made

    def _by_table(self, symbol: Symbol, step: Step | None, prefix: str) -> Symbol:
        """Return what the reader's tables made of a symbol, as this dialect has it."""
        name = symbol.name
        if is_of_others(symbol):
            return replace(symbol, name=f"d_{OTHER}" if prefix else OTHER, step=step)
        if self.concatenated and name in ("W", "d_W"):
            name = name.replace("W", STEM)
        elif self.exchanged:
            name = EXCHANGED.get(name, name)
        stem = name.removeprefix("d_")
        if name.startswith("d_") and stem in self.cell.gates and prefix in self.by_gate:
            name = f"dg_{stem}"
        if prefix == OF_ONE_STEP and name == "d_out":
            name = "delta"
        return replace(symbol, name=name, step=step)

    def _derived(self, quantity: str, prefix: str) -> str:
        """Return the name of the derivative by a quantity, as its prefix has it."""
        if not prefix:
            return quantity
        if prefix == OF_ONE_STEP and quantity == "out":
            return "delta"
        if prefix == "delta" and quantity == "out":
            return "delta_out"
        if quantity in self.cell.gates and prefix in self.by_gate:
            return f"dg_{quantity}"
        return f"d_{quantity}"

    def _moved(self, step: Step | None) -> Step | None:
        if step is None or step.base == "t" or not self.first_step:
            return step
        return replace(step, offset=step.offset - self.first_step)


PLAIN = Dialect()


def _called_at(node: Expression, t: int) -> Expression:
    """Return the tree with dc_next, dh_next and c_prev, as programs call them, beside step t."""
    if not isinstance(node, Symbol):
        return rebuild(node, lambda child: _called_at(child, t))
    name = name_of(node)
    called = name is not None and CALLED & {text.strip("()") for text in name.low}
    if not called or node.step is None or not node.step.base:
        return node
    return replace(node, step=Step("", t + node.step.offset))
