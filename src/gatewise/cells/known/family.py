"""The LSTM and its relatives: forward equations built from options, each once.

`lstm(peepholes=True, clip=3)` is one cell; its name says its options: "peephole+clip=3". names.py reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from gatewise.cells.cell import Cell
from gatewise.cells.equation import Equation
from gatewise.cells.known.lstm import GATE_NAMES
from gatewise.cells.ways import at_t
from gatewise.errors import ArgumentError
from gatewise.expression import Call, Expression, Symbol, sigmoid, tanh
from gatewise.expression.functions import clipped_at
from gatewise.support.arrays import as_real
from gatewise.support.given import brief, listed
from gatewise.support.options import as_flag

a, i, f, o, x, state, h, out = map(at_t, ("a", "i", "f", "o", "x", "state", "h", "out"))

_PUBLISHED = {
    "": ("LSTM with forget gate", "Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000"),
    "peephole": ("LSTM with peepholes", "Gers and Schmidhuber 2000"),
    "coupled": ("LSTM whose input and forget gate are coupled", "Greff et al. 2017"),
    "projected": ("LSTM with a projected output", "Sak, Senior and Beaufays 2014"),
}
_WITH = {
    "peephole": "with peepholes",
    "coupled": "with coupled input and forget gates",
    "projected": "with a projected output",
}
_WHY = {
    "a": "What could be written to the state, between −1 and 1.",
    "i": "How much of a_t is let in, between 0 and 1.",
    "f": "How much of the old state is kept.",
    "o": "How much of the state is shown outside.",
}


@dataclass(frozen=True)
class LstmOptions:
    """What an LSTM has beside, or instead of, what the worked example's has.

    Attributes
    ----------
    bias : bool
        Whether b is added.
    peepholes : bool
        Whether i and f see the old state, and o the new one, through V.
    coupled : bool
        Whether the input gate decides what is kept, too: 1 − i in place of f.
    projected : bool
        Whether out is R·h, of a length of its own.
    clip : float or None
        What stands inside each gate's activation is kept between −clip and clip.
    state_clip : float or None
        The state is kept between −state_clip and state_clip.
    """

    bias: bool = True
    peepholes: bool = False
    coupled: bool = False
    projected: bool = False
    clip: float | None = None
    state_clip: float | None = None

    def __post_init__(self) -> None:
        for name in ("bias", "peepholes", "coupled", "projected"):
            object.__setattr__(self, name, as_flag(name, getattr(self, name)))
        for name in ("clip", "state_clip"):
            object.__setattr__(self, name, _limit(name, getattr(self, name)))

    @property
    def relatives(self) -> tuple[str, ...]:
        """The cells of the table that it joins; none for the plain LSTM."""
        flags = {"peephole": self.peepholes, "coupled": self.coupled, "projected": self.projected}
        return tuple(name for name, given in flags.items() if given)

    @property
    def name(self) -> str:
        """What options and files call the cell: peephole+coupled+no-bias+clip=3+state-clip=0.5."""
        parts = [*(self.relatives or ("lstm",))]
        parts += [] if self.bias else ["no-bias"]
        parts += [] if self.clip is None else [f"clip={digits_of(self.clip)}"]
        parts += [] if self.state_clip is None else [f"state-clip={digits_of(self.state_clip)}"]
        return "+".join(parts)


def lstm(
    *,
    bias: bool = True,
    peepholes: bool = False,
    coupled: bool = False,
    projected: bool = False,
    clip: float | None = None,
    state_clip: float | None = None,
) -> Cell:
    """Return the LSTM with these options; the same ones give the same cell.

    Parameters
    ----------
    bias : bool
        False leaves b out.
    peepholes : bool
        V_i ⊙ state_{t-1}, V_f ⊙ state_{t-1} and V_o ⊙ state_t beside the sums of these gates (Gers and
        Schmidhuber 2000).
    coupled : bool
        1 − i in place of f (Greff et al. 2017; ONNX's input_forget).
    projected : bool
        out = R·h, with Q entries (Sak, Senior and Beaufays 2014; torch's proj_size).
    clip : float, optional
        The sum inside each gate's activation is kept between −clip and clip (ONNX). Where it is clipped, at
        the limit itself too, the slope is 0.
    state_clip : float, optional
        The state is kept between −state_clip and state_clip likewise (TensorFlow's cell_clip).

    Raises
    ------
    ArgumentError
        If an option is none: a limit must be a finite number above 0.
    """
    return _made(LstmOptions(bias, peepholes, coupled, projected, clip, state_clip))


def options_of(cell: Cell) -> LstmOptions | None:
    """Return the options of an LSTM or of one of its relatives; None for any other cell.

    Raises
    ------
    ArgumentError
        If it is no Cell.
    """
    found = _OPTIONS.get(id(cell))
    if found is None:  # another cell, or one that was made anew, such as by dataclasses.replace
        if not isinstance(cell, Cell):
            raise ArgumentError(f"cell is {brief(cell)}; it must be a Cell.")
        found = next((options for options in _OPTIONS.values() if _made(options) == cell), None)
    return found


_OPTIONS: dict[int, LstmOptions] = {}  # by the cells, which _made keeps


@cache
def _made(options: LstmOptions) -> Cell:
    cell = _cell(options)
    _OPTIONS[id(cell)] = options
    return cell


def _limit(name: str, given: object) -> float | None:
    if given is None:
        return None
    limit = math.nan if isinstance(given, bool) else as_real(given)
    if not 0 < limit < math.inf:
        raise ArgumentError(f"{name}={brief(given)}; a limit must be a finite number above 0, or None.")
    return limit


def digits_of(limit: float) -> str:
    """Write a limit as equations and names have it: 3, 0.5."""
    written = format(Decimal(repr(limit)), "f") if 1e-6 <= limit < 1e16 else repr(limit).replace("e+", "e")
    return written.removesuffix(".0")


def _cell(options: LstmOptions) -> Cell:
    gates = ("a", "i", "o") if options.coupled else ("a", "i", "f", "o")
    rows = f"{len(gates)}H"
    seeing = tuple(gate for gate in gates if gate != "a") if options.peepholes else ()
    columns = "Q" if options.projected else "H"
    parameters: dict[str, tuple[str, ...]] = {"W": (rows, "D"), "U": (rows, columns)}
    parameters |= {"b": (rows,)} if options.bias else {}
    parameters |= {"V": (f"{len(seeing)}H",)} if seeing else {}
    parameters |= {"R": ("Q", "H")} if options.projected else {}
    title, source = _published(options)
    return Cell(
        options.name, title, gates, ("out", "state"), parameters,
        tuple(
            Equation(f"F{number}", "forward", left, right, why)
            for number, (left, right, why) in enumerate(_equations(options, gates, seeing), 1)
        ),
        source, parts={"V": seeing} if seeing else {}, sizes={"out": "Q"} if options.projected else {},
        words={gate: GATE_NAMES[gate] for gate in gates},
    )  # fmt: skip


def _equations(
    options: LstmOptions, gates: tuple[str, ...], seeing: tuple[str, ...]
) -> Iterator[tuple[Symbol, Expression, str]]:
    """Yield left, right and why, in the order of work: with peepholes, o waits for the new state."""

    def gate(left: Symbol) -> tuple[Symbol, Expression, str]:
        name = left.name
        whole: Expression = Symbol("W", name) @ x + Symbol("U", name) @ out.prev
        if options.bias:
            whole = whole + Symbol("b", name)
        why = _WHY[name]
        if name in seeing:
            whole = whole + Symbol("V", name) * (state if name == "o" else state.prev)
            why += f" It sees the {'new' if name == 'o' else 'old'} state."
        if options.clip is not None:
            digits = digits_of(options.clip)
            whole = Call(clipped_at(digits), whole)
            why += f" Its sum is kept between −{digits} and {digits}."
        return left, tanh(whole) if name == "a" else sigmoid(whole), why

    yield from (gate(each) for each in (a, i, f) if each.name in gates)
    if not seeing:
        yield gate(o)
    kept = a * i + ((1 - i) if options.coupled else f) * state.prev
    why = "As much is kept as is not replaced." if options.coupled else "What is let in, plus what is kept."
    if options.state_clip is None:
        yield state, kept, why
    else:
        digits = digits_of(options.state_clip)
        yield state, Call(clipped_at(digits), kept), f"{why} It stays between −{digits} and {digits}."
    if seeing:
        yield gate(o)
    shown = (tanh(state) * o, "The state, squashed, as far as the output gate opens.")
    if options.projected:
        yield h, *shown
        yield out, Symbol("R") @ h, "Fewer numbers, made of all units."
    else:
        yield out, *shown


def _published(options: LstmOptions) -> tuple[str, str]:
    """Return the title of the cell, and where its parts were published."""
    names = options.relatives
    if len(names) < 2:
        title, source = _PUBLISHED["".join(names)]
    else:
        title = f"LSTM {listed([_WITH[name].removeprefix('with ') for name in names])}".replace(
            "LSTM ", "LSTM with ", 1
        )
        source = "; ".join(_PUBLISHED[name][1] for name in names)
    more = [] if options.bias else ["without bias"]
    more += [] if options.clip is None else [f"sums clipped at ±{digits_of(options.clip)}"]
    more += [] if options.state_clip is None else [f"the state clipped at ±{digits_of(options.state_clip)}"]
    return ", ".join([title, *more]), source
