"""One layer of a page: its equations with their mistakes, its quantities, and what is given.

A layer that another one or a head stands on has no loss of its own: its Δ is what that one gives back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatewise.cells.beside.losses import GIVEN, HALF
from gatewise.cells.equation import Equation
from gatewise.cells.own.writing import cell_toml, is_known
from gatewise.cells.quantities import JOINED, at, quantities_of
from gatewise.cells.shapes import Shapes
from gatewise.cells.tree_data import tree_data
from gatewise.engine.params import Params
from gatewise.expression import Expression, Symbol, walk
from gatewise.teach.explore.mistakes import FEW_STEPS, bound_ends, cuts_of, page_mistakes, small, tried
from gatewise.teach.explore.names import quantities_named
from gatewise.teach.explore.packing import packed_numbers
from gatewise.teach.worksheet.work.working import drop_unit_sum


@dataclass(frozen=True, eq=False)
class PageLayer:
    """A layer to show.

    Attributes
    ----------
    params : Params
        Of any cell; worked in float64.
    steps : int
        T.
    x : array (T, D) or None
        None where the layer below gives it.
    label : array (T, H) or None
        NaN where there is none; None where a layer stands on this one, or there is nothing to learn.
    state : dict
        What the cell carries into the first step, by name.
    below : dict or None
        As data.ts has it.
    learns : bool
        Whether there is a backward pass.
    loss : str
        Which one, of a layer with a label, as `cells.beside.losses` names it.
    """

    name: str
    params: Params
    steps: int
    x: Any = None
    label: Any = None
    state: Mapping[str, Any] | None = None
    below: dict[str, Any] | None = None
    learns: bool = True
    loss: str = HALF


def cell_block(layer: PageLayer, learning_rate: float) -> dict[str, Any]:
    """Return a layer as a block of data.ts."""
    params, cell, steps = layer.params, layer.params.cell, layer.steps
    loss = layer.loss if layer.label is not None or not layer.learns else GIVEN
    known = quantities_of(cell, 1, loss)
    sizes = {"D": params.input_size, "H": params.hidden_size}
    sizes |= {letter: params.length_of(name) for name, letter in cell.sizes.items()}
    shapes = Shapes(known, sizes)
    mistakes = tried(cell, loss, small(sizes), min(steps, FEW_STEPS))
    equations, outside = [], set[Symbol]()
    for equation, found in zip(known.equations, mistakes, strict=True):
        if layer.learns or equation.phase == "forward":
            wrong, past = page_mistakes(equation, found, shapes, steps)
            equations.append(_equation(equation, wrong, [each.mistake for each in found], shapes, steps))
            outside |= past
    given = dict(_given(layer, learning_rate, shapes, outside))
    return {
        "name": layer.name,
        "kind": "cell",
        "cell": cell.name,
        **({} if is_known(cell) else {"cellToml": cell_toml(cell)}),
        "steps": steps,
        "sizes": sizes,
        "gates": list(cell.gates),
        "carried": list(cell.carried),
        "joined": {
            name: [f"{prefix}{gate}" for gate in cell.gates]
            for name, prefix in JOINED.items()
            if cell.gates and (layer.learns or name == "gates")
        },
        "byPart": {name: list(parts) for name, parts in known.by_part.items()} if layer.learns else {},
        "quantities": quantities_named(_names(layer, known.equations, given, shapes), shapes),
        "equations": equations,
        "given": given,
        **({"below": layer.below} if layer.below else {}),
    }


def _equation(
    equation: Equation, wrong: list[dict[str, Any]], mistakes: list[Any], shapes: Shapes, steps: int
) -> dict[str, Any]:
    right = _shown(equation.right, shapes)
    row: dict[str, Any] = {
        "id": equation.id,
        "phase": equation.phase,
        "left": tree_data(equation.left),
        "right": tree_data(right),
        "why": equation.why,
        "mistakes": wrong,
    }
    if ends := bound_ends(equation, right, shapes.quantities, steps):
        row["ends"] = ends
    if cuts := cuts_of(equation.right, mistakes):
        row["cuts"] = cuts
    return row


def _shown(right: Expression, shapes: Shapes) -> Expression:
    """Return a formula as a worksheet has it: of a single unit without the Σ over units."""
    return drop_unit_sum(right) if shapes.outputs == 1 else right


def _given(
    layer: PageLayer, learning_rate: float, shapes: Shapes, outside: Iterable[Symbol]
) -> Iterator[tuple[str, Any]]:
    """Yield what is given, by key; the boundary values and the gradients past the ends are 0."""
    params, known, steps = layer.params, shapes.quantities, layer.steps
    for name, values in params.arrays.items():
        yield name, packed_numbers(values)
    if layer.learns:
        yield "learning_rate", learning_rate
    for name, series in (("x", layer.x), ("label", layer.label)):
        if series is not None:
            for t, values in enumerate(np.asarray(series, dtype=np.float64)):
                yield f"{name}@{t}", packed_numbers(values)
    for name in params.cell.carried:
        size = shapes.shape(Symbol(name))
        start = (layer.state or {}).get(name)
        yield (
            f"{name}@-1",
            packed_numbers(np.zeros(size) if start is None else np.asarray(start).reshape(size)),
        )
    if not layer.learns:
        return
    ends = {at(f"delta_{name}", steps - 1) for name in known.returning}
    ends |= {at(known.boundary_of(name), steps) for name in known.carried}
    for symbol in sorted({*ends, *outside}, key=key_of):
        yield key_of(symbol), packed_numbers(np.zeros(shapes.shape(symbol)))


def key_of(symbol: Symbol) -> str:
    """Name a value: d_state@1, W, W_new, d_U.r of a gate's part that has a line of its own."""
    step = f"@{symbol.step.offset}" if symbol.step is not None else ""
    part = f".{symbol.part}" if symbol.part else ""
    return symbol.name + part + ("_new" if symbol.new else "") + step


def _names(
    layer: PageLayer, equations: Iterable[Equation], given: Iterable[str], shapes: Shapes
) -> list[str]:
    """Return all names that stand in a block's equations or are given there, in the order of work."""
    shown = [each for each in equations if layer.learns or each.phase == "forward"]
    names = dict.fromkeys([*layer.params.arrays, *(["learning_rate"] if layer.learns else []), "x"])
    names |= dict.fromkeys(["label"] if layer.label is not None else [])
    names |= dict.fromkeys(each.left.name for each in shown)
    names |= dict.fromkeys(["delta"] if layer.learns else [])
    for equation in shown:
        names |= dict.fromkeys(node.name for node in walk(equation.right) if isinstance(node, Symbol))
    if shapes.quantities.gates:
        names |= dict.fromkeys(name for name in JOINED if layer.learns or name == "gates")
    return list(names | dict.fromkeys(key.partition("@")[0] for key in given))
