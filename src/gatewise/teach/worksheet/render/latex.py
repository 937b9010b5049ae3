"""A sheet as a complete LaTeX document, with nothing but amsmath: runs through any LaTeX of this century.

The file is plain ASCII. How a formula is written in LaTeX is LatexMarkup, which Markdown uses as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from gatewise.expression import Number, Symbol
from gatewise.expression.printing import LatexPrinter
from gatewise.teach.worksheet.layout.document import Block, Document, Facts, Note, Row, Section, Table
from gatewise.teach.worksheet.render import prose
from gatewise.teach.worksheet.render.box import is_number
from gatewise.teach.worksheet.render.folding import FoldingPrinter, Markup, Padding

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage{amsmath}
\setlength{\textwidth}{170mm}\setlength{\oddsidemargin}{-5mm}
\setlength{\textheight}{245mm}\setlength{\topmargin}{-15mm}
\setlength{\parindent}{0pt}\setlength{\parskip}{0.6ex plus 0.4ex}
\setcounter{MaxMatrixCols}{64}
\setcounter{secnumdepth}{0}
\raggedbottom
% \lefts{id}{x} sets how wide the ids and left sides are in the lines that follow.
\newlength{\idwidth}\newlength{\leftwidth}
\newcommand{\id}[1]{{\footnotesize\ttfamily #1}}
\newcommand{\lefts}[2]{\settowidth{\idwidth}{\id{#1}\quad}\settowidth{\leftwidth}{$#2$}}
% \working{id}{left side}{= sides, each on a line}
\newcommand{\working}[3]{\par\addvspace{1.2ex plus 0.6ex}%
  \makebox[\idwidth][l]{\id{#1}}\makebox[\leftwidth][r]{$#2$}$\begin{aligned}[t]#3\end{aligned}$\par}
\newcommand{\remark}[1]{{\leftskip\idwidth\small\itshape #1\par}}
"""

WIDTH = 66  # characters that fit beside id and left side on the page
ROWS_TOGETHER = 40  # of a table; they fit on a page
# What stands for a letter that LaTeX's text fonts lack.
LETTERS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "%": r"\%", "&": r"\&", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$",
    '"': "''", "δ": r"$\delta$", "Δ": r"$\Delta$", "σ": r"$\sigma$", "λ": r"$\lambda$", "ε": r"$\varepsilon$",
    "Σ": r"$\sum$", "∑": r"$\sum$", "⊙": r"$\odot$", "⊗": r"$\otimes$", "·": r"$\cdot$", "×": r"$\times$",
    "−": "$-$", "±": r"$\pm$", "½": r"$\tfrac12$", "√": r"$\surd$", "∂": r"$\partial$", "∇": r"$\nabla$",
    "≤": r"$\le$", "≥": r"$\ge$", "≠": r"$\ne$", "≈": r"$\approx$", "∞": r"$\infty$", "∈": r"$\in$",
    "→": r"$\to$", "←": r"$\leftarrow$", "‖": r"$\Vert$", "ᵀ": r"$^{T}$", "′": r"$'$", "•": r"$\bullet$",
    "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\dots{}", "⋯": r"$\cdots$",
    "\N{NO-BREAK SPACE}": "~",
}  # fmt: skip
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋₊ₜ", "0123456789-+t")
_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵉʷᵗᶻ", "0123456789-+newtz")
_SHIFTED = re.compile(r"(?P<low>[₀-₉₋₊ₜ]+)|(?P<high>[⁰¹²³⁴-⁹⁻⁺ⁿᵉʷᵗᶻ]+)")


class LatexMarkup(LatexPrinter, Markup):
    """LaTeX for amsmath, and for the part of it that web pages and notebooks understand."""

    nothing = "{}"

    def number(self, node: Number) -> str:
        return super().number(node) if node.text.lstrip("-")[:1].isdigit() else rf"\text{{{node.text}}}"

    def stack(self, lines: Sequence[str]) -> str:
        body = r" \\ ".join(f"& {line}" for line in lines)
        return rf"\begin{{aligned}} {body} \end{{aligned}}"

    def columns(self, rows: Sequence[Sequence[str]], opens: bool = True, closes: bool = True) -> str:
        count = max(len(row) for row in rows)
        body = r" \\ ".join(" & ".join(row) for row in rows)
        left, right = "[" if opens else ".", "]" if closes else "."
        return rf"\left{left} \begin{{array}}{{{'r' * count}}} {body} \end{{array}} \right{right}"

    def pad(self, shown: str, padding: Padding) -> str:
        guard = f"_{{{'0' * padding.guard}}}" if padding.guard else ""
        return rf"{shown}\phantom{{{'.' * padding.point}{'0' * padding.digits}{guard}}}"

    def labelled(self, matrix: str, labels: Sequence[str]) -> str:
        names = r" \\ ".join(rf"\scriptstyle {_label(label)}" for label in labels)
        return rf"{matrix} \begin{{array}}{{l}} {names} \end{{array}}"


latex = LatexMarkup()


def working(row: Row, printer: FoldingPrinter) -> tuple[str, list[str]]:
    """Return the left side of a row and the lines of its other sides, with & where they line up."""
    lines = []
    for i, side in enumerate(row.sides):
        first, *rest = printer.side(side, row.labels if i == len(row.sides) - 1 else ())
        lines += [f"&= {first}", *(rf"&\quad {line}" for line in rest)]
    return latex(row.left), lines


def render_latex(document: Document) -> str:
    """`document` as a .tex file that compiles as it is."""
    title = escape(document.title)
    parts = [PREAMBLE, rf"\title{{{title}}}\author{{}}\date{{}}", "", r"\begin{document}"]
    parts += [rf"\begin{{center}}\Large\bfseries {title}\end{{center}}"]
    for section in document.sections:
        parts += ["", *_section(section)]
    return "\n".join([*parts, "", r"\end{document}", ""])


def escape(text: str) -> str:
    """Write a sentence in LaTeX: quantities as formulas, everything else in ASCII."""
    return "".join(
        f"${latex(part)}$" if isinstance(part, Symbol) else _escape_words(part) for part in prose.parts(text)
    )


def _escape_words(text: str) -> str:
    shown = []
    end = 0
    for match in _SHIFTED.finditer(text):
        shown.append(_letters(text[end : match.start()]))
        low, high = match["low"], match["high"]
        shown.append(f"$_{{{low.translate(_LOW)}}}$" if low else f"$^{{{high.translate(_HIGH)}}}$")
        end = match.end()
    return "".join([*shown, _letters(text[end:])])


def _letters(text: str) -> str:
    return "".join(
        LETTERS.get(letter) or (letter if letter.isascii() else prose.ascii_text(letter)) for letter in text
    )


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield rf"\section{{{escape(section.title)}}}"
    for is_row, group in groupby(section.blocks, lambda block: isinstance(block, Row)):
        blocks = list(group)
        if is_row:
            yield from _rows([block for block in blocks if isinstance(block, Row)])
        else:
            for block in blocks:
                yield from _block(block)


def _rows(rows: Sequence[Row]) -> Iterator[str]:
    """Consecutive rows, their formulas lined up."""
    printer = FoldingPrinter(latex, WIDTH)
    longest_id = max((row.id for row in rows), key=len)
    longest_left = max((row.left for row in rows), key=lambda left: printer(left).width)
    yield rf"\lefts{{{escape_id(longest_id)}}}{{{latex(longest_left)}}}"
    for row in rows:
        left, lines = working(row, printer)
        body = " \\\\\n  ".join(lines)
        yield f"\\working{{{escape_id(row.id)}}}{{{left}}}{{%\n  {body}}}"
        if row.note:
            yield rf"\remark{{{escape(row.note)}}}"


def escape_id(text: str) -> str:
    return _letters(text)


def _label(label: str) -> str:
    return "".join(
        latex(part) if isinstance(part, Symbol) else rf"\mathrm{{{part}}}" for part in prose.parts(label)
    )


def _block(block: Block) -> Iterator[str]:
    match block:
        case Note(text):
            yield rf"\par\medskip {escape(text)}\par"
        case Facts(pairs):
            yield r"\begin{tabular}{@{}l@{\quad}p{0.78\textwidth}@{}}"
            yield from (rf"{escape(name)} & {escape(value)} \\" for name, value in pairs)
            yield "\\end{tabular}\\par\\medskip"
        case Table():
            yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield rf"\par\medskip\textbf{{{escape(table.title)}}}\par\smallskip"
    numeric = [any(is_number(cell) for cell in column) for column in zip(*table.rows, strict=True)]
    form = "".join("r" if right else "l" for right in numeric) or "l" * len(table.columns)
    for first in range(0, max(1, len(table.rows)), ROWS_TOGETHER):  # a tabular does not break at a page's end
        yield rf"{{\small\begin{{tabular}}{{@{{}}{form}@{{}}}}\hline"
        yield " & ".join(map(escape, table.columns)) + r" \\ \hline"
        rows = table.rows[first : first + ROWS_TOGETHER]
        yield from (" & ".join(map(escape, row)) + r" \\" for row in rows)
        yield r"\hline\end{tabular}}\par\medskip"
