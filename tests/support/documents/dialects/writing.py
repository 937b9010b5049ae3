"""A whole document in a dialect: its head, its sections in a layout, and where every number of the reading stands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import groupby

from dialects.dialect import LATEX_STEPS, Dialect
from dialects.printing import MARKED, Printer
from dialects.shaping import SHOWN, Shaped, Shaper
from dialects.words import HEADINGS, SENTENCES

from gatewise.cells.known.lstm import EQUATIONS, d_f, delta, delta_out, out, x
from gatewise.expression import Array, Step, Symbol
from gatewise.teach.checker.read.reading import Reading
from gatewise.teach.worksheet.work.working import drop_unit_sum


@dataclass(frozen=True)
class Written:
    """A document; `plain` is what is read of it; `places` are the numbers of the reading it was written of: where each stands, (start, end).

    `spans` are the stretches of its chains, with the id of the line of each and, where it is a general formula,
    the equation's. Offsets are those in `plain`.
    """

    text: str
    name: str
    plain: str
    places: dict[int, list[tuple[int, int]]] = field(repr=False)
    spans: tuple[tuple[int, int, str], ...] = field(repr=False)


OPEN, CLOSE = "\ue003", "\ue004"  # round a chain, with its id


class Writer:
    """Writes one reading."""

    def __init__(self, dialect: Dialect, reading: Reading, H: int, T: int, believed=None) -> None:
        self.dialect, self.H, self.T = dialect, H, T
        self.believed = believed or {}
        self.shaper = Shaper(dialect, reading.claims, H, T)
        self.chains = list(self.shaper.shaped())
        formal = replace(dialect, steps=dialect.steps if dialect.steps in LATEX_STEPS else "sub")
        self.all_plain = dialect.layout == "plain"
        self.formal = Printer(dialect, True) if self.all_plain else Printer(formal, False)
        self.worked = Printer(dialect, True) if dialect.plain else self.formal

    def document(self) -> Written:
        blocks: list[tuple[str, str]] = [("md", self._head())]  # ("md" | "out", text)
        for kind, group in groupby(self.chains, key=lambda chain: self._section(chain.id)):
            chains = list(group)
            blocks.append(("md", f"## {self._heading(kind)}"))
            blocks += self._given(chains) if kind == ("given", None) else self._section_text(chains, kind)
        if self._has_table:
            blocks = self._with_table(blocks)
        if self.dialect.layout == "notebook":
            return self._notebook(blocks)
        text, places, spans = unmarked("\n\n".join(text for _, text in blocks) + "\n")
        return Written(text, "document.md", text, places, spans)

    def _notebook(self, blocks: list[tuple[str, str]]) -> Written:
        cells = []
        for kind, marked in blocks:
            text = unmarked(marked)[0]
            if kind == "md":
                cells.append({"cell_type": "markdown", "metadata": {}, "source": text})
            else:
                output = {"output_type": "stream", "name": "stdout", "text": text + "\n"}
                cells.append(
                    {
                        "cell_type": "code",
                        "metadata": {},
                        "execution_count": 1,
                        "source": "show(step)",
                        "outputs": [output],
                    }
                )
        data = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        plain, places, spans = unmarked("\n\n".join(text for _, text in blocks) + "\n")
        return Written(json.dumps(data, ensure_ascii=False), "document.ipynb", plain, places, spans)

    # The head -------------------------------------------------------------------------------------------

    def _head(self) -> str:
        say, heads = SENTENCES[self.dialect.language], HEADINGS[self.dialect.language]
        parts = [f"# {heads['title']}"]
        if self.dialect.general:
            parts += [f"## {heads['formulas']}", *self._formulas()]
        if self.dialect.rows:
            parts.append(say["rows"])
        if self.dialect.concatenated:
            h_first = self.dialect.weights == "[h, x]"
            both = Array(tuple((node,) for node in ((out.prev, x) if h_first else (x, out.prev))))
            parts.append(say["columns"].format(both=self._inline(self.formal(both))))
        if self.dialect.initial == "words":
            parts.append(say["zero"])
        parts.append(say["own"].format(own=self._symbol(delta), back=self._symbol(delta_out)))
        if self.dialect.derivatives != "d":
            parts.append(say["before"].format(gate=self._symbol(d_f)))
        return "\n\n".join(parts)

    def _symbol(self, node: Symbol) -> str:
        return self._inline(self.formal(node))

    def _inline(self, written: str) -> str:
        return written if self.all_plain else f"${written}$"

    def _formulas(self) -> list[str]:
        lines = []
        for equation in EQUATIONS:
            if equation.phase not in ("forward", "loss"):
                continue
            right = self.believed.get(equation, equation.right)
            right = drop_unit_sum(right) if self.H == 1 else right
            sides = self.shaper._settled(equation.id, equation.left, (right, equation.left))
            if len(sides) < 2:
                continue
            chain = f"{self.formal(equation.left)} = {self.formal(sides[0])}"
            lines.append(f"{OPEN}{equation.id}|{chain}{CLOSE}")
        if self.all_plain:
            return ["\n".join(lines)]
        return [f"$${line}$$" for line in lines]

    # Sections -------------------------------------------------------------------------------------------

    def _section(self, id: str) -> tuple[str, int | None]:
        kind = id[:1]
        if kind not in "FLBGPD":
            return "given", None
        t = int(id.partition("@t=")[2]) if "@t=" in id and kind in "FBD" else None
        return {"D": "B"}.get(kind, kind), t

    def _heading(self, kind: tuple[str, int | None]) -> str:
        name, t = kind
        return HEADINGS[self.dialect.language][name].format(t=self.dialect.first + (t or 0))

    def _chain(self, chain: Shaped, printer: Printer, sep: str = " = ") -> str:
        sides = [printer(side) for side in chain.sides]
        return f"{OPEN}{chain.id}|" + sep.join([printer(chain.left), " = ".join(sides)]) + CLOSE

    def _given(self, chains: list[Shaped]) -> list[tuple[str, str]]:
        lines = []
        for _, group in groupby(chains, key=lambda chain: chain.gate or chain.id[:2]):
            parts = [self._chain(chain, self.formal) for chain in group]
            if self.all_plain:
                lines += parts
            else:
                lines.append("$$" + r", \quad ".join(parts) + "$$")
        return [("md", ("\n" if self.all_plain else "\n\n").join(lines))]

    @property
    def _has_table(self) -> bool:
        if self.dialect.layout != "table" or self.H > 1:
            return False
        return all(len(chain.sides) == 1 for chain in self.chains if chain.id[:1] == "F")

    def _section_text(self, chains: list[Shaped], kind: tuple[str, int | None]) -> list[tuple[str, str]]:
        layout = self.dialect.layout
        if layout == "aligned":
            lines = [self._chain(chain, self.worked, " &= ") for chain in chains]
            return [("md", "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$")]
        lines = [self._chain(chain, self.worked) for chain in chains]
        if layout == "inline":
            first, between, last = SENTENCES[self.dialect.language]["then"]
            return [("md", first + between.join(f"${line}$" for line in lines) + last)]
        if layout == "fence":
            return [("md", "```\n" + "\n".join(lines) + "\n```")]
        if layout == "list":
            return [("md", "\n".join(f"{k}. ${line}$" for k, line in enumerate(lines, 1)))]
        if layout == "plain":
            return [("md", "\n".join(lines))]
        if layout == "notebook":
            return [("out", "\n".join(lines))]
        return [("md", "\n\n".join(f"$${line}$$" for line in lines))]

    def _with_table(self, blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Put one table in place of the sections of the forward pass."""
        heading = "## " + HEADINGS[self.dialect.language]["table"]
        columns = [(f"F{EQUATION_OF[name]}", name) for name in (*SHOWN, "state", "out")]
        head = " | ".join(f"${self.formal(Symbol(name, step=Step()))}$" for _, name in columns)
        rows = [f"| t | {head} |", "|" + "---|" * (len(columns) + 1)]
        values = {chain.id: chain for chain in self.chains}
        for t in range(self.T):
            cells = []
            for id, _ in columns:
                chain = values[f"{id}@t={t}"]
                cells.append(f"{OPEN}{chain.id}|{self.formal(chain.sides[-1])}{CLOSE}")
            rows.append(f"| {t + self.dialect.first} | " + " | ".join(cells) + " |")
        kept, skipping, done = [], False, False
        forward = {f"## {self._heading(('F', t))}" for t in range(self.T)}
        for block in blocks:
            if block[1] in forward:
                skipping = True
                if not done:
                    kept += [("md", heading), ("md", "\n".join(rows))]
                    done = True
                continue
            if not skipping:
                kept.append(block)
            skipping = False
        return kept


EQUATION_OF = {"a": 1, "i": 2, "f": 3, "o": 4, "state": 5, "out": 6}


def unmarked(marked: str):
    """Return a text without its marks, where its numbers stand, and where its chains do."""
    places: dict[int, list[tuple[int, int]]] = {}
    spans: list[tuple[int, int, str]] = []
    open_at: list[tuple[int, str]] = []
    written: list[str] = []
    length = k = 0
    while k < len(marked):
        character = marked[k]
        number = MARKED.match(marked, k)
        if number:
            places.setdefault(int(number[1]), []).append((length, length + len(number[2])))
            written.append(number[2])
            length += len(number[2])
            k = number.end()
        elif character == OPEN:
            end = marked.index("|", k)
            open_at.append((length, marked[k + 1 : end]))
            k = end + 1
        elif character == CLOSE:
            start, id = open_at.pop()
            spans.append((start, length, id))
            k += 1
        else:
            written.append(character)
            length += 1
            k += 1
    return "".join(written), places, tuple(spans)


__all__ = ["Writer", "Written", "unmarked"]
