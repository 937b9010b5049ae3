"""Tokens cut into clauses, `left = side = side`: rows of an alignment, items of a list, continuations.

One pass with a stack of open brackets. An `=` cannot stand inside a bracket, so one that does ends every
bracket that a damaged document left open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gatewise.teach.checker.read.tokens.lexer import Token
from gatewise.teach.checker.read.tokens.together import glued
from gatewise.teach.checker.read.words import PARAMETERS, STEPPED

MATRICES = {
    "matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "bsmallmatrix",
    "psmallmatrix", "tabular",
}  # fmt: skip
WITH_COLUMNS = {"array", "tabular"}
LONGEST_NAME = 12  # tokens
STARTS_NAME = ("word", "greek", "accent", "partial", "frac")
SEPARATORS = ("row", "comma", "quad", "prose", "cell")
ARROWS = "→⇒"
NAME_PARTS = ("word", "greek", "sub", "sup", "number", "group", "end", "operator", "comma")


@dataclass
class Clause:
    """The sides of a chain as tokens; `continues` if it began with `=`, and so belongs to the one before."""

    sides: list[list[Token]] = field(default_factory=lambda: [[]])
    continues: bool = False
    broken: list[Token] = field(default_factory=list)  # brackets that were never closed, or never opened

    run_on: bool = False  # whether a separator is missing after it

    @property
    def empty(self) -> bool:
        return not any(self.sides)


def clauses(tokens: Iterable[Token]) -> list[Clause]:
    """Return the clauses of one piece of mathematics."""
    return _Cutter(_without_empty_groups(tokens)).cut()


def _without_empty_groups(tokens: Iterable[Token]) -> list[Token]:
    """Drop LaTeX's {}, which stands before an operator at the start of a line and is nothing."""
    kept: list[Token] = []
    for token in tokens:
        if token.kind == "end" and kept and kept[-1].kind == "group":
            kept.pop()
        else:
            kept.append(token)
    return kept


class _Cutter:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.done: list[Clause] = []
        self.clause = Clause()
        self.stack: list[Token] = []
        self.wraps: list[int] = []  # how many brackets were open where each \boxed{ or \color{ began
        self.formulas = _arrays_of_formulas(
            tokens
        )  # arrays and brackets that only hold claims one below the other
        self.equal: list[bool] = []  # whether `=` may stand in each of the open brackets

    def cut(self) -> list[Clause]:
        i = 0
        while i < len(self.tokens):
            i = self.step(i)
        self.finish()
        return self.done

    def step(self, i: int) -> int:
        """Take the token at `i`; returns where to go on."""
        token = self.tokens[i]
        if i in self.formulas:
            columns = token.kind == "begin" and token.text in WITH_COLUMNS
            return self.past_columns(i + 1) if columns else i + 1
        match token.kind:
            case "begin":
                if token.text in MATRICES:
                    self.open(token)
                    if token.text in WITH_COLUMNS:
                        return self.past_columns(i + 1)
            case "finish":
                if token.text in MATRICES:
                    self.close(token, "begin")
            case "wrap" if i + 1 < len(self.tokens) and self.tokens[i + 1].kind == "group":
                self.wraps.append(len(self.stack))
                return i + 2
            case "wrap":
                pass
            case "end" if self.wraps and self.wraps[-1] == len(self.stack):
                self.wraps.pop()
            case "open" | "group":
                before = self.tokens[i - 1].kind if i else ""
                self.open(token, before in ("sub", "sum") or self.names_step(i))
            case "close" | "end":
                self.close(token, "group" if token.kind == "end" else "open")
            case "equals":
                self.equals(token)
            case "member" if not self.stack:
                return self.past_set(i + 1)
            case "comma" if token.text in ARROWS and self.leads_to_value(i):
                self.equals(replace(token, kind="equals", text="="))
            case kind if kind in SEPARATORS:
                self.separator(i)
            case _:
                self.add(token)
        return i + 1

    def names_step(self, i: int) -> bool:
        """Return whether t = stands behind a bracket, as in c^{(t=1)}."""
        ahead = [token for token in self.tokens[i + 1 : i + 4] if token.kind != "open"][:2]
        return len(ahead) == 2 and ahead[0].text in ("t", "k") and ahead[1].kind == "equals"

    def add(self, token: Token) -> None:
        self.clause.sides[-1].append(token)

    def open(self, token: Token, equal: bool = False) -> None:
        self.stack.append(token)
        self.equal.append(equal)
        self.add(token)

    def close(self, token: Token, kind: str) -> None:
        """Close the nearest open bracket of its kind, and what was left open inside."""
        for depth in range(len(self.stack) - 1, max(len(self.stack) - 8, -1), -1):
            if self.stack[depth].kind == kind:
                self.clause.broken += self.stack[depth + 1 :]
                del self.stack[depth:], self.equal[depth:]
                self.add(token)
                return
        self.clause.broken.append(token)

    def equals(self, token: Token) -> None:
        if self.stack and self.equal[-1]:
            self.add(token)
            return
        self.give_up_brackets()
        if len(self.clause.sides) == 2 and (start := _next_claim(self.clause.sides[-1])):
            self.split(start)
        self.clause.sides.append([])
        if len(self.clause.sides) == 2 and not self.clause.sides[0]:
            self.clause.continues = True

    def split(self, start: int) -> None:
        """Begin a claim that nothing separates from the one before: W = [1] U = [2]."""
        side = self.clause.sides[-1]
        rest = side[start:]
        del side[start:]
        self.clause.run_on = True
        self.done.append(self.clause)
        self.clause = Clause([rest])

    def give_up_brackets(self) -> None:
        self.clause.broken += self.stack
        self.stack.clear()
        self.equal.clear()

    def separator(self, i: int) -> None:
        """Take a row's end, a comma or a wide blank: in a matrix it separates entries, elsewhere clauses."""
        token = self.tokens[i]
        if self.stack:
            inner = self.stack[-1]
            matrix = inner.kind == "begin" or inner.text in ("[", ".")
            if matrix or (token.kind == "comma" and inner.kind in ("open", "group")) or token.kind == "prose":
                self.add(token)
            return
        beside = token.kind == "cell" and i > 0 and self.begins_another(i)
        if not beside and (token.kind == "cell" or (token.kind != "prose" and self.goes_on(i))):
            return
        self.finish()

    def begins_another(self, i: int) -> bool:
        """Return whether another claim stands after this &, or after && what is said of the row."""
        if self.tokens[i - 1].kind == "cell":
            return True
        if len(self.clause.sides) < 2 or not self.clause.sides[-1]:
            return False
        ahead = [token.kind for token in self.tokens[i + 1 : i + LONGEST_NAME]]
        name = ahead[: ahead.index("equals")] if "equals" in ahead else []
        return (
            bool(name)
            and name[0] in STARTS_NAME
            and all(kind in (*NAME_PARTS, "cell", *STARTS_NAME) for kind in name)
        )

    def leads_to_value(self, i: int) -> bool:
        """Return whether an arrow stands for =: after what is to be worked out, and before a number alone."""
        before = self.clause.sides[-1]
        if self.stack or len(self.clause.sides) < 2 or len(before) < 3:
            return False
        ahead = self.tokens[i + 1 : i + 4]
        if ahead and ahead[0].text == "-":
            ahead = ahead[1:]
        if not ahead or ahead[0].kind != "number":
            return False
        return len(ahead) < 2 or ahead[1].kind in ("row", "comma", "quad", "prose", "finish", "equals")

    def goes_on(self, i: int) -> bool:
        """Return whether the side before a separator continues: with `=`, an operator, half a matrix."""
        while i < len(self.tokens) and self.tokens[i].kind in ("row", "quad", "cell", "comma"):
            i += 1
        if self.tokens[i - 1].text == ",":
            return False
        if i >= len(self.tokens):
            return False
        token = self.tokens[i]
        return token.kind in ("equals", "operator") or (token.kind == "open" and token.text == ".")

    def past_set(self, i: int) -> int:
        """Return where the set ends that a quantity is said to be in: (0, 1)^{1 × H}."""
        depth = 0
        while i < len(self.tokens):
            kind = self.tokens[i].kind
            if depth == 0 and kind in (*SEPARATORS, "equals"):
                break
            depth += (kind in ("open", "group")) - (kind in ("close", "end") and depth > 0)
            i += 1
        return i

    def past_columns(self, i: int) -> int:
        """Return where the column letters after the beginning of an array end: {rrr}."""
        if i < len(self.tokens) and self.tokens[i].kind == "group":
            for k in range(i, min(i + 200, len(self.tokens))):
                if self.tokens[k].kind == "end":
                    return k + 1
        return i

    def finish(self) -> None:
        """End the clause."""
        self.give_up_brackets()
        if not self.clause.empty:
            self.done.append(self.clause)
        self.clause = Clause()


def _arrays_of_formulas(tokens: list[Token]) -> set[int]:
    """Return where arrays begin and end that hold whole claims, as cases do, and the brackets around them."""
    found: set[int] = set()
    opened: list[tuple[int, bool]] = []
    for k, token in enumerate(tokens):
        if token.kind == "begin":
            opened.append((k, False))
        elif token.kind == "equals" and opened:
            opened[-1] = (opened[-1][0], True)
        elif token.kind == "finish" and opened:
            start, formulas = opened.pop()
            if formulas and (tokens[start].text in WITH_COLUMNS or tokens[start].text not in MATRICES):
                found |= {start, k}
                after = tokens[k + 1 : k + 2]
                if start and tokens[start - 1].text in ("{", ".") and tokens[start - 1].kind == "open":
                    found.add(start - 1)
                    if after and after[0].kind == "close":
                        found.add(k + 1)
    return found


def _next_claim(side: list[Token]) -> int:
    """Return where another claim begins after a matrix or number, for a separator is missing; else 0."""
    for k in range(len(side) - 1, max(len(side) - LONGEST_NAME, 0), -1):
        token, before = side[k], side[k - 1]
        if token.kind in ("word", "greek") and before.kind in ("finish", "close", "number"):
            known = token.text in STEPPED or token.text in PARAMETERS or glued(token.text) is not None
            given = token.kind == "greek" or known
            return k if token.gap and given and _is_value(side[:k]) else 0
        if token.kind not in NAME_PARTS:
            return 0
    return 0


def _is_value(side: list[Token]) -> bool:
    """Return whether this is one matrix or one number."""
    if side[-1].kind == "number":
        return len(side) == 1 or (len(side) == 2 and side[0].text == "-")
    if side[0].text == "(" and not any(token.kind in ("comma", "row", "cell") for token in side):
        return False  # a factor: (1 − f²) δ
    depth = 0
    for k, token in enumerate(side):
        depth += (token.kind in ("open", "begin")) - (token.kind in ("close", "finish"))
        if depth == 0:
            return k == len(side) - 1
    return False
