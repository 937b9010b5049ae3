"""Which cell a document has, and its letters: first by its formulas, then by what they usually stand for."""

from __future__ import annotations

import re

from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import CELLS, GRU, GRU_RESET_AFTER, LSTM, MGU, RNN
from gatewise.expression import Add, Array, Expression, Symbol, factors_of, walk
from gatewise.teach.checker.judge.numbers.grids import grids_of
from gatewise.teach.checker.judge.reading.cell.complements import complemented, coupled
from gatewise.teach.checker.judge.reading.cell.heads import find_heads
from gatewise.teach.checker.judge.reading.cell.letters import GRU_LETTERS, Letters, usual_in_lstm
from gatewise.teach.checker.judge.reading.cell.plain_network import know_letters, why_plain
from gatewise.teach.checker.judge.reading.cell.usual import know_pre_activations
from gatewise.teach.checker.judge.reading.cell.weights import find_weights
from gatewise.teach.checker.judge.reading.own import left_of
from gatewise.teach.checker.judge.reading.structure import (
    Activates,
    Carries,
    GateFormula,
    Key,
    Structure,
    complement_of,
    key_of,
)
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.read.words import STEPPED

GRUS = ("gru", "mgu")
CANDIDATES = re.compile(r"(?:tilde|hat|bar|prime|tilda)$|^[gn]$|^cc")
RECURRENT_UNITS = (
    (GRU, re.compile(r"\bGRUs?\b|gated recurrent unit", re.IGNORECASE)),
    (RNN, re.compile(r"\b(?:simple|vanilla|Elman)[ -]?(?:RNN|network)|SimpleRNN", re.IGNORECASE)),
)
_LSTM = re.compile(r"\bLSTMs?\b|long short[- ]term", re.IGNORECASE)


def letters_of(reading: Reading, structure: Structure, cell: str | None = None) -> Letters:
    """Find the cell and its letters by the formulas of a document; `cell` is the one that the user names."""
    letters = Letters()
    carries = _chosen(structure)
    functions = _functions(structure)
    if cell is not None and (
        carries is None or _is_interpolation(carries, structure) != cell.startswith(GRUS)
    ):
        letters.cell = cell_named(cell)
        for key, quantity in GRU_LETTERS.items() if cell.startswith(GRUS) else ():
            letters.know(key, *quantity)
    elif carries is None:
        _without_state(reading, structure, letters)
    elif _is_interpolation(carries, structure):
        _of_gru(carries, structure, letters)
    else:
        forgets = _forgets_by_a_gate(reading, structure)
        _of_lstm(carries, structure, functions, letters, forgets)
    know_pre_activations(reading, letters)
    find_heads(structure, letters)
    find_weights(structure, letters)
    if cell is not None and not letters.cell.name.startswith(cell):
        letters.cell = cell_named(cell)
    return letters


def _chosen(structure: Structure) -> Carries | None:
    """Return the formula that carries the state: one for every step before one of a step."""
    shown = {shows.state for shows in structure.shows}
    found = sorted(
        structure.carries, key=lambda c: (c.state not in shown, c.formula.left.step is None, c.kept is None)
    )
    return found[0] if found else None


def _functions(structure: Structure) -> dict[Key, str]:
    """Return the function that each gate is taken by."""
    found: dict[Key, str] = {}
    each: list[GateFormula | Activates] = [*structure.gates, *structure.activates]
    for gate in each:
        if gate.function:
            found.setdefault(gate.key, gate.function)
    return found


def _is_interpolation(carries: Carries, structure: Structure) -> bool:
    """Return whether this is h_t = (1 − z) h_{t−1} + z h̃: complements, and no output gate shows it.

    Nor is it where letters say that a state is carried by an input or forget gate: (1 − i) c_{t−1} + i g.
    """
    if not carries.complement or any(shows.state == carries.state for shows in structure.shows):
        return False
    gates = (carries.kept, *carries.added)
    of_lstm = any(STEPPED.get(gate[0]) in ("i", "f") for gate in gates if gate is not None)
    return not (of_lstm and STEPPED.get(carries.state[0]) == "state")


def _of_lstm(
    carries: Carries, structure: Structure, functions: dict[Key, str], letters: Letters, forgets: bool
) -> None:
    letters.know(carries.state, "state")
    letters.because["cell"] = carries.formula.source
    one, other = carries.added
    if _like_candidate(one, functions) > _like_candidate(other, functions):
        one, other = other, one
    if usual_in_lstm(other) not in ("i", "f", "o") or functions.get(other) == "tanh":
        letters.know(other, "a")  # else the gate i stands in its place, by mistake
    if carries.kept is None:
        if not _has_forget_gate(structure):
            letters.cell = CELLS["lstm1997"]
        _know_gate(one, "i", letters)
    elif carries.complement and not (carries.complement == "kept" and forgets):
        kept = carries.complement == "added"
        letters.cell = coupled(by_forget_gate=kept)
        letters.know(carries.kept if kept else one, "f" if kept else "i")
    else:
        _know_gate(carries.kept, "f", letters)
        _know_gate(one, "i", letters)
    for shows in structure.shows:
        if shows.state == carries.state:
            _know_gate(shows.gate, "o", letters)
            letters.know(shows.out, "out")


def _has_forget_gate(structure: Structure) -> bool:
    """Return whether a formula is of a forget gate, which the formula of the state then lacks by mistake."""
    keys = [*(gate.key for gate in structure.gates), *(each.key for each in structure.activates)]
    return any(usual_in_lstm(key) == "f" for key in keys)


def _forgets_by_a_gate(reading: Reading, structure: Structure) -> bool:
    """Return whether a document works with a forget gate of its own, not only mentions one: f_1 has a value.

    Of formulas alone one for f is enough, unless another says that f is 1 − i.
    """
    formulas = [formula for formula in structure.formulas if usual_in_lstm(key_of(formula.left)) == "f"]
    if not _has_forget_gate(structure) or any(complement_of(formula.tree) for formula in formulas):
        return False
    valued = {
        usual_in_lstm(key_of(left))
        for claim in reading.claims
        if (left := left_of(claim)) is not None and grids_of(claim)
    }
    return "f" in valued or "i" not in valued


def _know_gate(key: Key, gate: str, letters: Letters) -> None:
    """Let a formula say which gate a letter is, but that i, f and o are no other's: there it is mistaken."""
    usual = usual_in_lstm(key)
    letters.know(key, usual if usual in ("i", "f", "o") else gate)


def _like_candidate(key: Key, functions: dict[Key, str]) -> int:
    """Return what speaks for a letter being the candidate, and not its gate: its name before its function."""
    usual = usual_in_lstm(key)
    named = (CANDIDATES.search(key[0]) is not None and key[0] != "Gamma") - (usual in ("i", "f", "o"))
    return 2 * named + (functions.get(key) == "tanh") - (functions.get(key) == "sigmoid")


def _of_gru(carries: Carries, structure: Structure, letters: Letters) -> None:
    assert carries.kept is not None
    letters.because["cell"] = carries.formula.source
    update = carries.kept
    candidate = next((key for key in carries.added if key != update), update)
    kept_is_one_minus = carries.complement == "kept"
    letters.know(carries.state, "out")
    reset, after = _reset(structure, candidate, carries.state)
    other = _other_gate(structure, {update, candidate, carries.state})
    if reset == update and other is not None:
        reset, after = other, False  # it has a gate of its own, which the candidate should see h through
    if reset == update:
        letters.cell = MGU if kept_is_one_minus else complemented(MGU, "f")
        letters.know(update, "f")
    else:
        base = GRU_RESET_AFTER if after else GRU
        letters.cell = complemented(base, "u") if kept_is_one_minus else base
        letters.know(update, "u")
    letters.know(candidate, "a")
    if reset is not None:
        letters.know(reset, "r")
    for key, quantity in GRU_LETTERS.items():
        if quantity not in letters.names.values():
            letters.know(key, *quantity)


def _other_gate(structure: Structure, known: set[Key]) -> Key | None:
    """Return a gate of a GRU beside the update gate, with an equation of its own."""
    keys = [gate.key for gate in structure.gates if gate.function == "sigmoid"]
    return next((key for key in keys if key not in known and GRU_LETTERS.get(key) == ("r", "")), None)


def _entries(gate: GateFormula) -> list[Expression]:
    """Return what stands in [r ⊙ h, x] of a gate."""
    arrays = [node for node in walk(gate.formula.tree) if isinstance(node, Array)]
    return [entry for array in arrays for row in array.rows for entry in row]


def _reset(structure: Structure, candidate: Key, state: Key) -> tuple[Key | None, bool]:
    """Return the gate that the candidate sees the state through, and whether after the product with U."""
    for gate in structure.gates:
        if gate.key != candidate:
            continue
        for term in (*gate.rest, *_entries(gate)):
            factors = factors_of(term)
            after = any(isinstance(factor, Add) for factor in factors)
            for node in factors:
                if isinstance(node, Symbol) and node.step is not None and key_of(node) != state:
                    inside = [n for n in walk(term) if isinstance(n, Symbol) and key_of(n) == state]
                    if inside:
                        return key_of(node), after
    return None, False


def _without_state(reading: Reading, structure: Structure, letters: Letters) -> None:
    """Decide by words and letters where no formula carries a state."""
    words = reading.text
    for cell, pattern in RECURRENT_UNITS:
        if (found := pattern.search(words)) is not None and not _LSTM.search(words):
            letters.cell = cell
            letters.because["cell"] = f"the text says {found[0]}"
    named = _stepped_words(reading)
    if letters.cell is LSTM and {"z", "r"} <= named and not named & {"f", "o", "i"}:
        letters.cell = GRU
        letters.because["cell"] = "its gates are z and r"
    alone = [
        gate
        for gate in structure.gates
        if gate.function == "tanh" and any(w.vector == gate.key and w.offset == -1 for w in gate.weighed)
    ]
    if letters.cell is LSTM and alone and not named & {"f", "o", "i", "c", "state"}:
        letters.cell = RNN
        letters.because["cell"] = alone[0].formula.source
    if letters.cell is LSTM and not structure.shows and (why := why_plain(reading)) is not None:
        letters.cell = RNN
        letters.because["cell"] = why
    if letters.cell is RNN:
        know_letters(reading, structure, letters)
    if letters.cell is RNN and alone:
        letters.know(alone[0].key, "out")
    if letters.cell is GRU:
        letters.cell = complemented(GRU, "u")
        for key, quantity in GRU_LETTERS.items():
            letters.know(key, *quantity)
    if letters.cell is LSTM:
        for shows in structure.shows:
            letters.know(shows.gate, "o")
            letters.know(shows.out, "out")
            letters.know(shows.state, "state")
            letters.because.setdefault("cell", shows.formula.source)


def _stepped_words(reading: Reading) -> set[str]:
    found = set()
    for claim in reading.claims:
        left = claim.left.tree
        if isinstance(left, Symbol) and left.step is not None:
            name = name_of(left)
            found.add(left.name if name is None else name.word)
    return found
