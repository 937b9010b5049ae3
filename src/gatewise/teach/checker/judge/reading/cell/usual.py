"""Letters that no formula of a document explains: what they usually mean."""

from __future__ import annotations

from gatewise.cells.known.table import LSTM
from gatewise.expression import Symbol
from gatewise.teach.checker.judge.reading.cell.letters import LSTM_LETTERS, OTHER, USUAL, Letters
from gatewise.teach.checker.judge.reading.own import stem_of, word_and_index
from gatewise.teach.checker.read.names import name_of
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.checker.read.words import GATE_LETTERS, PARAMETERS

GATE_OF_PAIR = {"f": "f", "i": "i", "u": "i", "o": "o", "c": "a", "g": "a", "a": "a"}
ON = {"x": "W", "h": "U", "a": "U", "s": "U"}
PRE_ACTIVATIONS = ("a", "net")
NEIGHBOURS = {"next", "prev"}
CALLED_ONCE = ("state", "out")


def usual_letters(reading: Reading, letters: Letters) -> None:
    """Let letters that no formula explains mean what they usually mean."""
    words = {name.word for symbol in reading.symbols if (name := name_of(symbol)) is not None}
    if "yhat" in words and words & {"h", "out", "a"}:
        letters.know(("yhat", ""), "head")
    programs = {"da", "a"} if any(map(_is_of_neighbour, reading.symbols)) else set()
    if "Gamma" in words or words & programs:
        letters.know(("a", ""), "out")
    if letters.cell.name.startswith(("lstm", "peephole", "coupled")):
        for key, quantity in LSTM_LETTERS.items():
            letters.know(key, *quantity)
    _paired_letters(reading, letters)
    _update_gate(reading, letters)


def _is_of_neighbour(symbol: Symbol) -> bool:
    """Return whether this is da_next or a_prev, as programs call the output of the step after or before."""
    name = name_of(symbol)
    return name is not None and stem_of(name)[1] == "a" and bool(NEIGHBOURS & set(name.low))


def know_pre_activations(reading: Reading, letters: Letters) -> None:
    """Let a_{f,2} and net_o be what stands in the gate's function, where the index is the gate's letter."""
    keys = {key for key in map(word_and_index, reading.symbols) if key is not None}
    gates = {
        (word, part): GATE_LETTERS[part]
        for word, part in keys
        if word in PRE_ACTIVATIONS and part in GATE_LETTERS
    }
    for (word, part), gate in gates.items():
        others = {letter for each, letter in gates if each == word}
        if gate in letters.cell.gates and others & {"f", "o"}:
            letters.know((word, part), "z", gate)


def _paired_letters(reading: Reading, letters: Letters) -> None:
    """Let W_xf and W_fx be what stands on x in the gate f; which letter is the gate all pairs say."""
    pairs = {
        key
        for symbol in reading.symbols
        if symbol.name.removeprefix("d_") in ("W", "U")
        and (key := word_and_index(symbol)) is not None
        and len(key[1]) == len("xf")
    }
    for gate, source in ((0, 1), (1, 0)):
        fits = all(part[gate] in GATE_OF_PAIR and part[source] in ON for _, part in pairs)
        if fits and letters.cell.gates == LSTM.gates:
            for word, part in pairs:
                letters.know((word, part), ON[part[source]], GATE_OF_PAIR[part[gate]])
            return


def _update_gate(reading: Reading, letters: Letters) -> None:
    """Let W_u be the input gate's, where no W_i is: what Coursera calls Γ_u."""
    keys = {
        key: symbol.name.removeprefix("d_")
        for symbol in reading.symbols
        if (key := word_and_index(symbol)) is not None and key[1] in ("u", "i")
    }
    if letters.cell.gates == LSTM.gates and all(part == "u" for _, part in keys):
        for (word, part), quantity in keys.items():
            if quantity in (*PARAMETERS.values(), "z"):
                letters.know((word, part), "z" if quantity == "z" else USUAL, "i")


def one_letter_each(reading: Reading, letters: Letters) -> None:
    """Let what formulas call by one letter be nothing else by its usual letters: s where c is the state."""
    called = {what[0]: word for (word, _), what in letters.names.items() if what[0] in CALLED_ONCE}
    for symbol in reading.symbols:
        known, key = called.get(symbol.name.removeprefix("d_")), word_and_index(symbol)
        if known is not None and key is not None and key[0][:1].lower() != known[:1].lower():
            letters.know(key, OTHER)
