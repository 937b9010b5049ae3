"""What a document's weights stand on, by the formulas of its gates: W on x, U on h, or one W on both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import CELLS, LSTM
from gatewise.expression import Expression, Symbol, walk
from gatewise.teach.checker.judge.reading.cell.letters import LSTM_LETTERS, Letters
from gatewise.teach.checker.judge.reading.joined import STEM
from gatewise.teach.checker.judge.reading.structure import GateFormula, Key, Structure, key_of
from gatewise.teach.checker.read.words import GATE_LETTERS, STEPPED

USUAL_STATES = (("c", ""), ("C", ""))


def find_weights(structure: Structure, letters: Letters) -> None:
    """Find what stands on x and what on h, the letters of x and h, and the gates of weights and biases."""
    for activates in structure.activates:
        name = _quantity_of(activates.key, letters)
        if name in letters.cell.gates:
            letters.know(activates.inner, "z", name)
    state = {key for key, quantity in letters.names.items() if quantity[0] == "state"}
    exchanged = _exchanged(structure, letters)
    peeps = ""
    gates = [gate for gate in structure.gates if _gate_of(gate, letters) is not None]
    own = {gate.key for gate in gates if all(_is_of(weight, gate) for weight in _weights_of(gate))}
    gates = [gate for gate in gates if not (gate.key in own and _has_weights_of_another(gate))]
    stated = [(gate, weighed) for gate in gates for weighed in gate.weighed]
    for gate, weighed in sorted(stated, key=lambda pair: not _is_of(pair[1].weight, pair[0])):
        part = _part_of(gate, letters)
        letters.because.setdefault("weights", gate.formula.source)
        beside_h = len(gate.weighed) > 2 or gate.joined is not None
        if beside_h and _is_state(weighed.vector, state, letters):
            letters.know(weighed.weight, "V", part)
            peeps = gate.formula.source
        elif _is_out(weighed.vector, weighed.offset, letters):
            letters.know(weighed.vector, "out")
            letters.know(weighed.weight, "W" if gate in exchanged else "U", part)
            letters.on_hidden.add(weighed.weight)
        else:
            letters.know(weighed.vector, "x")
            letters.know(weighed.weight, "U" if gate in exchanged else "W", part)
            letters.on_input.add(weighed.weight)
    letters.concatenated = _order_of_most(gates, state, letters)
    for gate in sorted(gates, key=_is_doubtful):
        peeps = _know_joined(gate, state, letters) or peeps
        for weight in _through_a_gate(gate.rest, letters):  # U in U (r ⊙ h)
            letters.know(weight, "U", _part_of(gate, letters))
            letters.on_hidden.add(weight)
        for k, bias in enumerate(sorted(gate.biases[:2], key=lambda bias: not _is_of(bias, gate))):
            letters.know(bias, "b_hh" if k and letters.cell is LSTM else "b", _part_of(gate, letters))
    letters.no_formula = not (letters.on_input or letters.on_hidden or letters.concatenated)
    _of_options(letters, gates, peeps)


def _order_of_most(gates: list[GateFormula], state: set[Key], letters: Letters) -> str:
    """Return in which order most formulas of gates join h and x, the first of equals; "" if none does."""
    orders: Counter[str] = Counter()
    for gate in sorted(gates, key=_is_doubtful):
        vectors = gate.joined[1] if gate.joined is not None else ()
        plain = [each for each in vectors if len(vectors) == 2 or not _is_state(each[0], state, letters)]
        if plain:
            orders["h x" if _is_out(*plain[0], letters) else "x h"] += 1
    return orders.most_common(1)[0][0] if orders else ""


def _is_doubtful(gate: GateFormula) -> tuple[bool, bool]:
    """Return whether W [h, x] of a gate has another gate's weight, and whether both parts are of one step."""
    if gate.joined is None:
        return True, True
    weight, vectors = gate.joined
    return not _is_of(weight, gate), len({offset for _, offset in vectors}) == 1


def _know_joined(gate: GateFormula, state: set[Key], letters: Letters) -> str:
    """Take in W [h_{t−1}, x_t] of a gate; return its formula if it sees the state there, too."""
    if gate.joined is None:
        return ""
    weight, vectors = gate.joined
    peeps = [(key, offset) for key, offset in vectors if len(vectors) > 2 and _is_state(key, state, letters)]
    plain = [each for each in vectors if each not in peeps]
    on_out = [_is_out(key, offset, letters) for key, offset in plain]
    letters.because.setdefault("weights", gate.formula.source)
    letters.know(weight, STEM, _part_of(gate, letters))
    for (key, _), is_out in zip(plain, on_out, strict=True):
        letters.know(key, "out" if is_out else "x")
    return gate.formula.source if peeps else ""


def _part_of(gate: GateFormula, letters: Letters) -> str:
    name = _gate_of(gate, letters) or ""
    return name if name in letters.cell.gates else ""


def _is_of(weight: Key, gate: GateFormula) -> bool:
    """Return whether a weight or bias has the index of the gate whose formula it stands in: W_f of f_t."""
    word, part = gate.key
    return any(letter in weight[1] for letter in (word[:1], part) if letter)


def _has_weights_of_another(gate: GateFormula) -> bool:
    """Return whether a formula has the weights of another gate, and none of its own.

    i_t = σ(W_o x_t + U_o h_{t−1} + b_o) beside i_t = σ(W_i x_t + …) says nothing of what W_o is: it is wrong.
    """
    letters = {GATE_LETTERS.get(weight[1]) for weight in _weights_of(gate)}
    own = GATE_LETTERS.get(gate.key[0])
    return bool(letters) and None not in letters and own is not None and own not in letters


def _weights_of(gate: GateFormula) -> list[Key]:
    return [*(w.weight for w in gate.weighed), *(gate.joined[:1] if gate.joined is not None else ())]


def _is_state(key: Key, state: set[Key], letters: Letters) -> bool:
    usual = key in USUAL_STATES and key not in letters.names and letters.cell is LSTM
    return key in state or usual


def _is_out(vector: Key, offset: int, letters: Letters) -> bool:
    """Return whether what a weight stands on is the output: what is of the step before and no x."""
    known = letters.names.get(vector, (STEPPED.get(vector[0], ""), ""))[0]
    return known == "out" or (offset == -1 and known != "x")


def _exchanged(structure: Structure, letters: Letters) -> list[GateFormula]:
    """Return the formulas of gates in which W and U stand where most have U and W: a mistake."""
    pairs: dict[tuple[str, str], list[GateFormula]] = {}
    for gate in structure.gates:
        words = {_is_out(w.vector, w.offset, letters): _without_gate(w.weight, gate) for w in gate.weighed}
        if _gate_of(gate, letters) is not None and len(words) == len(gate.weighed) == 2:
            pairs.setdefault((words[False], words[True]), []).append(gate)
    few = [(key, gates, pairs.get(key[::-1], [])) for key, gates in pairs.items() if key[0] != key[1]]
    return [gate for _, gates, others in few if len(gates) < len(others) for gate in gates]


def _without_gate(weight: Key, gate: GateFormula) -> str:
    """Return a weight's letter and index without its gate's: "W" of W_f, "Wx" of W_fx and W_xf in f_t."""
    word, part = gate.key
    letter = next((each for each in (part, word[:1]) if each and each in weight[1]), "")
    return weight[0] + weight[1].replace(letter, "", 1)


def _through_a_gate(terms: tuple[Expression, ...], letters: Letters) -> Iterator[Key]:
    """Yield the weight of each term in which the output of the step before goes through a gate."""
    for term in terms:
        symbols = [node for node in walk(term) if isinstance(node, Symbol)]
        if any(letters.names.get(key_of(node), ("", ""))[0] == "out" for node in symbols if node.step):
            yield from [key_of(node) for node in symbols if node.step is None][:1]


def _gate_of(gate: GateFormula, letters: Letters) -> str | None:
    """Return the quantity of the cell that a gate's formula is for; of a pre-activation, its gate."""
    return _quantity_of(gate.key, letters)


def _quantity_of(key: Key, letters: Letters) -> str | None:
    if (found := letters.names.get(key)) is not None:
        name, part = found
        return part if name == "z" else name
    word, part = key
    if (quantity := LSTM_LETTERS.get((word, part))) is not None and letters.cell.name.startswith("lstm"):
        return quantity[0]
    spec = STEPPED.get(word)
    if spec in letters.cell.gates or (spec == "out" and not letters.cell.gates):
        return spec
    if spec == "z" and part in GATE_LETTERS:
        return GATE_LETTERS[part]
    return None


def _of_options(letters: Letters, named: list[GateFormula], peephole: str) -> None:
    """Take the cell with peepholes, or without a bias, if its formulas have it so."""
    if peephole and letters.cell is LSTM:
        letters.cell = CELLS["peephole"]
        letters.because["cell"] = peephole
    elif named and not any(gate.biases or gate.rest for gate in named):
        option = f"{letters.cell.name}+no-bias"
        if letters.cell in CELLS.values():
            letters.cell = cell_named(option)
            letters.because.setdefault("cell", named[0].formula.source)
            letters.because["bias"] = named[0].formula.source
