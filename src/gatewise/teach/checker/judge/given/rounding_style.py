"""How the document rounds what it works out: to how many digits, and whether it cuts the others off."""

from __future__ import annotations

import numpy as np

from gatewise.teach.checker.judge.bind.statements import BoundDocument
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.books.opening import open_case
from gatewise.teach.checker.judge.books.verdicts import Verdicts
from gatewise.teach.checker.judge.numbers.printed import PrintedStyle, style_of
from gatewise.teach.checker.judge.verdicts.consequences import Consequences


def infer_style(document: BoundDocument) -> PrintedStyle:
    """Return the style in which the document writes what it works out."""
    style = style_of([number for statement in document.derived for number, _ in statement.results])
    cut_off = PrintedStyle(style.digits, truncates=True)
    case = open_case(document, document.updates[0], style, Verdicts())
    if not any(case.is_printed(base) for base in case.order()):
        return style
    rounded, cut = (_count_explained(case, trial) for trial in (style, cut_off))
    return cut_off if cut > rounded else style


def _count_explained(case: Case, style: PrintedStyle) -> int:
    """Count the results that follow in this style from the numbers printed before, or from exact ones."""
    book = Consequences(case).trial_book()
    count = 0
    for base in case.order():
        size = int(np.prod(case.sizes.shape(base), dtype=int))
        prints = {k: case.printed[base, k][0] for k in range(size) if (base, k) in case.printed}
        if prints:
            values = [np.ravel(book.work_out(case.rule(base))), np.ravel(case.true(base))]
            count += sum(
                any(style.rounds_to(float(value[k]), number) for value in values if k < value.size)
                for k, number in prints.items()
            )
    return count
