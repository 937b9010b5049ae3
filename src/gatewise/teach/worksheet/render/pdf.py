"""A sheet as a PDF, set by Typst, which comes as one wheel with its fonts and needs no network.

The optional package `typst` does the work; how the page looks is in assets/sheet.typ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby

from gatewise.expression import Expression, Number, Step, Symbol
from gatewise.expression.functions import written
from gatewise.expression.printing import SpacedPrinter, greek, index, mantissa_and_exponent, places
from gatewise.support.extras import need
from gatewise.teach.worksheet.layout.document import Block, Document, Facts, Note, Row, Section, Table
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.box import is_number
from gatewise.teach.worksheet.render.folding import FoldingPrinter, Markup, Padding

WIDTH = 66  # characters that fit beside id and left side on the page
OPERATORS = {
    "hadamard": "dot.o", "dot": "dot.c", "outer": "times.o", "times": "times", "+": "+", "-": "-",
    "sign": "-", "<": "<",
}  # fmt: skip


class TypstMarkup(SpacedPrinter, Markup):
    """Typst's notation for formulas; every word in it is quoted, so that none is taken for a name."""

    operators = OPERATORS
    nothing = '""'

    def number(self, node: Number) -> str:
        digits, guard, exponent = mantissa_and_exponent(node)
        if not digits[-1:].isdigit():
            return quote(node.text)
        shown = digits + (f"_(guard({quote(guard)}))" if guard else "")
        return f"{shown} times 10^({exponent})" if exponent else shown

    def symbol(self, node: Symbol) -> str:
        letter, word = greek(node.name)
        name = {"δ": "delta", "Δ": "upright(Delta)", "λ": "lambda"}.get(letter, "")
        name = f"{name} {word}" if len(word) <= 1 else f"italic({name}{quote(word)})"
        below = [f"italic({quote(node.part)})"] if node.part else []
        below += [_spaced(index(node.step))] if node.step else []
        entry = quote(f"[{','.join(places(node.entry))}]") if node.entry else ""
        return name + (f"_({' , '.join(below)})" if below else "") + ('^"new"' if node.new else "") + entry

    def array(self, rows: Sequence[Sequence[str]]) -> str:
        return self.columns(rows)

    def columns(self, rows: Sequence[Sequence[str]], opens: bool = True, closes: bool = True) -> str:
        count = max(len(row) for row in rows)
        filled = [[f"cell({row[0]})", *row[1:], *[""] * (count - len(row))] for row in rows]
        body = "; ".join(", ".join(row) for row in filled)
        left, right = ('"["' if opens else "none"), ('"]"' if closes else "none")
        return f"mat(delim: #({left}, {right}), {body})"

    def stack(self, lines: Sequence[str]) -> str:
        return f"stacked({', '.join(lines)})"

    def pad(self, shown: str, padding: Padding) -> str:
        guard = f'_(guard("{"0" * padding.guard}"))' if padding.guard else ""
        digits = "." * padding.point + "0" * padding.digits
        return f"{shown} gap({quote(digits)}{guard})"

    def labelled(self, matrix: str, labels: Sequence[str]) -> str:
        return f"{matrix} thick labels({', '.join(map(quote, labels))})"

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    def condition(self, inner: str) -> str:
        return f"[{inner}]"

    def negative(self, inner: str) -> str:
        return f"-{inner}"

    def call(self, function: str, argument: str, exponent: int) -> str:
        name = written(function, "typst") + (f"^{exponent}" if exponent != 1 else "")
        return f"{name} ({argument})"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{exponent}"

    def transpose(self, inner: str) -> str:
        return f"{inner}^T"

    def quotient(self, top: Expression, bottom: Expression) -> str:
        return f"frac({self(top)}, {self(bottom)})"

    def sigma(self, low: Step, high: Step, body: str) -> str:
        return f"sum_(t = {_spaced(index(low))})^({_spaced(index(high))}) {body}"

    def total(self, inner: str) -> str:
        return f"sum {inner}"


typst = TypstMarkup()


def render_pdf(document: Document) -> bytes:
    """`document` as a PDF of A4 pages: the same bytes every time.

    Raises
    ------
    GatewiseError
        Without the package typst.
    """
    compiler = need("typst", "pdf", "a PDF")
    source = typst_source(document).encode()
    pages: bytes = compiler.compile(source, format="pdf", ignore_system_fonts=True)
    return pages


def typst_source(document: Document) -> str:
    """Return the source that Typst is given."""
    parts = [(files(__package__) / "assets" / "sheet.typ").read_text("utf-8")]
    parts += [f"#set document(title: {quote(document.title)}, date: none)", f"= {sentence(document.title)}"]
    for section in document.sections:
        parts += _section(section)
    return "\n".join(parts) + "\n"


def quote(text: str) -> str:
    """Write a string of Typst."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def sentence(text: str) -> str:
    """Write a sentence in markup: quantities as formulas, everything else as strings."""
    return "".join(
        f"${typst(part)}$" if isinstance(part, Symbol) else f"#{quote(part)};" for part in prose.parts(text)
    )


def _spaced(text: str) -> str:
    """Put spaces around the sign of an index: t - 1."""
    return text.replace("-", " - ").replace("+", " + ").strip()


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield f"\n== {sentence(section.title)}"
    for is_row, group in groupby(section.blocks, lambda block: isinstance(block, Row)):
        blocks = list(group)
        if is_row:
            yield "#working("
            yield from (_row(block) for block in blocks if isinstance(block, Row))
            yield ")"
        else:
            for block in blocks:
                yield from _block(block)


def _row(row: Row) -> str:
    printer = FoldingPrinter(typst, WIDTH)
    lines = []
    for i, side in enumerate(row.sides):
        last = i == len(row.sides) - 1
        first, *more = printer.side(side, row.labels if last else ())
        if last and row.worked:
            first, more = f"result({first})", [f"result({line})" for line in more]
        lines += [f"$= {first}$", *(f"$quad {line}$" for line in more)]
    note = f"[{sentence(row.note)}]" if row.note else "none"
    return f"  ({quote(row.id)}, ${typst(row.left)}$, ({', '.join(lines)},), {note}),"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Note(text):
            yield f"\n{sentence(text)}\n"
        case Facts(pairs):
            shown = (f"([{sentence(name)}], [{sentence(value)}])" for name, value in pairs)
            yield f"#facts({', '.join(shown)})"
        case Table(title, columns, rows):
            numeric = [any(is_number(row[k]) for row in rows) for k in range(len(columns))]
            aligned = ", ".join("right" if right else "left" for right in numeric)
            lines = [
                "(" + ", ".join(f"[{sentence(cell)}]" for cell in row) + ",)" for row in (columns, *rows)
            ]
            yield f"#listing({f'[{sentence(title)}]' if title else 'none'}, ({aligned},), {', '.join(lines)})"
