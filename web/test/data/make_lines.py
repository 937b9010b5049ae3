"""Writes lines.json: pages of the worked example, of every cell and of larger models, with their worksheets.

Each case has the page's data, and every line that is worked out as text and as LaTeX; those of the LSTM in
the names of torch and Keras, too.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from gatewise.cells import CELLS
from gatewise.cells.known.table import LSTM
from gatewise.engine.params import Params
from gatewise.engine.sizes import shapes_of
from gatewise.expression import latex, text
from gatewise.teach.explore.program import program_of_problem
from gatewise.teach.problem import load_problem
from gatewise.teach.worksheet.create import worksheet
from gatewise.teach.worksheet.layout.notation import notation_for


def sides(line: Any) -> list[Any]:
    """Return a line's left side, formula, substituted side and result, as far as it has them."""
    return [side for side in (line.left, line.formula, line.substituted, line.shown) if side is not None]


def case(name: str, params: Params, x: Any, label: Any, rate: float = 0.1, **options: Any) -> dict[str, Any]:
    """Return a page and the lines of the same worksheet."""
    problem = SimpleNamespace(
        params=params, x=x, label=label, learning_rate=rate, title=name,
        state=None, lengths=None, settings=None,
    )  # fmt: skip
    worked = [line for line in worksheet(params, x, label, learning_rate=rate, **options) if not line.given]
    libraries = {name: notation_for(name, LSTM).rename for name in ("torch", "keras")}
    return {
        "name": name,
        "page": program_of_problem(problem, **options),
        "lines": {line.id: " = ".join(map(text, sides(line))) for line in worked},
        "latex": {line.id: " = ".join(map(latex, sides(line))) for line in worked},
        "renamed": {
            notation: {line.id: " = ".join(text(rename(side)) for side in sides(line)) for line in worked}
            for notation, rename in libraries.items()
            if params.cell is LSTM
        },
        "renamed latex": {
            notation: {line.id: " = ".join(latex(rename(side)) for side in sides(line)) for line in worked}
            for notation, rename in libraries.items()
            if params.cell is LSTM
        },
    }


def drawn(cell_name: str, seed: int, T: int = 3, D: int = 2, H: int = 2, **options: Any) -> dict[str, Any]:
    """Return a case of a cell with weights, data and labels from a seed, one label missing."""
    cell, rng = CELLS[cell_name], np.random.default_rng(seed)
    projects = any("Q" in letters for letters in cell.parameters.values())
    shapes = shapes_of(cell, D, H, max(1, H - 1) if projects else None)
    params = Params.of(
        {key: np.round(rng.uniform(-1.2, 1.2, shape), 2) for key, shape in shapes.items()}, cell
    )
    x = np.round(rng.normal(size=(T, D)), 1)
    label = np.round(rng.uniform(-1, 1, (T, params.output_size)), 1)
    label[0, 0] = np.nan
    return case(f"{cell_name}-{seed}", params, x, label, **options)


def cases() -> Iterator[dict[str, Any]]:
    """Yield all cases."""
    example = load_problem(
        Path(sys.modules["gatewise.teach.problem"].__file__).with_name("worked-example.toml")
    )
    given = example.params, example.x, example.label
    yield case("worked example", *given)
    yield case("worked by hand", *given, rounding="hand")
    yield case("worked example, cut off", *given, ties="truncate", digits=4)
    yield case("worked example with 12 digits", *given, digits=12)
    for seed, name in enumerate(CELLS):
        yield drawn(name, seed, digits=4 + seed % 3)
    yield drawn("lstm", 50, T=9, D=3, H=4)
    yield drawn("lstm", 51, T=3, D=12, H=10)
    tiny = drawn("lstm", 52, T=3, D=2, H=1)["page"]["blocks"][0]["given"]
    large = Params(W=np.array(tiny["W"]) * 9, U=np.array(tiny["U"]) * 9, b=np.array(tiny["b"]) + 9)
    yield case("gates near their ends", large, np.array([[3.0, 1e-7], [2e8, 0.1]]), np.array([[1e-9], [0.5]]))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(list(cases())))
