"""Which formula each worked side follows: a right one, in any order of its parts, or a mistaken one."""

from __future__ import annotations

import numpy as np

from gatewise.expression import Expression, Symbol, evaluate
from gatewise.teach.checker.judge.bind.alignment import Alignment, align, match_in_order
from gatewise.teach.checker.judge.bind.arrangement import arranged
from gatewise.teach.checker.judge.bind.statements import Statement, WorkedSide
from gatewise.teach.checker.judge.books.aligned_side import AlignedSide
from gatewise.teach.checker.judge.books.book import Values
from gatewise.teach.checker.judge.books.candidates import candidates_of
from gatewise.teach.checker.judge.books.case import Case
from gatewise.teach.checker.judge.numbers.printed import WrittenNumber, agree

MOST_TRIES = 1_500  # formulas that the sides of a document are compared with, before only right ones are
FAR_OFF = 20  # units of the last digit: no rounding moves the value of a part so far
UNKNOWN = 2.0**-10  # what a number counts in a right formula that stands for what nothing is known of


def align_sides(case: Case) -> None:
    """Find, for every worked side, the formula that it follows."""
    case.operands.clear()
    _Aligner(case).align()


class _Aligner:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.part_worths: dict[Expression, Values | None] = {}  # of parts of formulas
        self.side_worths: dict[int, tuple[Expression, list[Values]]] = {}  # of parts of a side
        self.zeros: dict[int, tuple[Expression, bool]] = {}  # terms by id: whether they are 0

    def align(self) -> None:
        case = self.case
        for statement in case.statements:
            entries = []
            for worked in statement.worked_sides:
                self.side_worths.clear()
                aligned = self._align_side(statement, worked)
                if aligned is not None:
                    entries.append(aligned)
                    for number, base, place in aligned.pairs:
                        case.operands[case.cell(base, place)].append((number, aligned))
            case.aligned_sides[id(statement)] = entries

    def _align_side(self, statement: Statement, worked: WorkedSide) -> AlignedSide | None:
        best: AlignedSide | None = None
        right: Alignment | None = None
        fewest = np.inf
        if statement.left not in self.case.candidates:
            self.case.candidates[statement.left] = list(candidates_of(self.case, statement))
        for mistake, formula in self.case.candidates[statement.left]:
            self.case.tries += 1
            if mistake is not None and self.case.tries > MOST_TRIES:
                break
            unknown = UNKNOWN if mistake is None else 1.0
            alignment, wrong = self._best_order(formula, worked.tree, unknown)
            if alignment is None:
                continue
            if wrong < fewest:
                fewest = wrong
                right = right if mistake else alignment
                best = AlignedSide(statement, worked, alignment, (mistake,) if mistake else ())
            elif wrong == fewest and best is not None and mistake is not None and best.mistakes:
                best.mistakes += (mistake,)
            if wrong == 0 and mistake is None:
                break
        if best is not None and best.mistakes and 2 * fewest > len(best.pairs):
            return None  # most of its numbers stand for something else
        if best is not None and any(sum(map(len, grid)) == 1 for grid, *_ in best.alignment.incomplete):
            return None  # one number for all units, or the work of one unit
        if best is not None:
            best.value, best.right = self.case.value_of(worked.tree), right
        return best

    def _best_order(
        self, formula: Expression, side: Expression, unknown: float
    ) -> tuple[Alignment | None, float]:
        """Align a side with a formula, its terms and factors in their order or in that of the side.

        The second value counts the numbers that do not fit, those for what nothing is known of by `unknown`.
        """
        best, fewest = None, np.inf
        forms = [formula]
        if self.case.tries <= MOST_TRIES:
            worths = self.side_worths
            forms = [arranged(formula, side, self._worth, self._is_zero, unknown < 1, worths), formula]
        for form in forms:
            alignment = align(form, side, self.case.sizes, self._is_zero, self._worth)
            if alignment is None:
                continue
            self._fill_incomplete(alignment)
            wrong = sum(self._unlike(*pair, unknown) for pair in alignment.pairs)
            wrong += len(alignment.incomplete)
            wrong += sum(self._off(*partial, unknown) for partial in alignment.partial_values)
            if wrong < fewest:
                best, fewest = alignment, wrong
            if not wrong:
                break
        return best, fewest

    def _worth(self, part: Expression) -> Values | None:
        """Return what a part of a formula is worth, flat, by what is printed where that is known."""
        if part not in self.part_worths:
            self.part_worths[part] = self._work_out_part(part)
        return self.part_worths[part]

    def _work_out_part(self, part: Expression) -> Values | None:

        def look_up(symbol: Symbol) -> Values:
            base, places = self.case.sizes.cells(symbol)
            cells = [self.case.cell(base, int(place)) for place in np.ravel(places)]
            known = [self.case.printed.get(cell) for cell in cells]
            if any(self._is_assumed(*cell) for cell in cells) and symbol is not part:
                return np.full(np.shape(places), np.nan)
            if all(known):
                values = np.array([numbers[0].value for numbers in known if numbers])
                return values.reshape(np.shape(places))
            return self.case.true(symbol)

        try:
            with np.errstate(all="ignore"):
                return np.ravel(np.asarray(evaluate(part, look_up), dtype=np.float64))
        except (ValueError, KeyError, IndexError, TypeError):
            return None

    def _off(self, number: WrittenNumber, part: Expression, place: int, unknown: float) -> float:
        """Return 1 for a number that is plainly not what a part of a formula is worth, else 0."""
        value = self._worth(part)
        if value is None or place >= value.size or np.isnan(value[place]):
            return unknown
        return float(abs(value[place] - number.value) > FAR_OFF * self.case.style.unit_of(number))

    def _fill_incomplete(self, alignment: Alignment) -> None:
        for grid, base, places in alignment.incomplete:
            if sum(map(len, grid)) <= len(places):
                pairs = match_in_order(grid, places, [self._expected_value(base, place) for place in places])
                alignment.pairs += [(number, base, place) for number, place in pairs]

    def _expected_value(self, base: Symbol, place: int) -> float:
        whole, kept = self.case.cell(base, place)
        prints = self.case.printed.get((whole, kept))
        return prints[0].value if prints else float(self.case.true(whole).ravel()[kept])

    def _unlike(self, number: WrittenNumber, base: Symbol, place: int, unknown: float) -> float:
        """Return 0 for a number that is what is printed for an entry or what it is worth, 1 for another."""
        whole, kept = self.case.cell(base, place)
        prints = self.case.printed.get((whole, kept), ())
        if any(agree(number, known) for known in prints):
            return 0.0
        true = float(self.case.true(whole).ravel()[kept])
        if self.case.style.rounds_to(true, number):
            return 0.0
        return unknown if not prints and (np.isnan(true) or self._is_assumed(whole, kept)) else 1.0

    def _is_assumed(self, base: Symbol, place: int) -> bool:
        """Return whether an entry is an initial value that is taken for 0 because nothing states it."""
        before = base.step is not None and not base.step.base and base.step.offset < 0
        initial = before and base.name in self.case.sizes.cell.carried
        return initial and (base, place) not in self.case.adopted and (base, place) not in self.case.printed

    def _is_zero(self, term: Expression) -> bool:
        """Return whether a term of a bound formula is a boundary value of 0, which need not be written."""
        known = self.zeros.get(id(term))
        if known is None:
            try:
                known = term, not np.any(self.case.true.work_out(term))
            except (ValueError, KeyError, IndexError):
                known = term, False
            self.zeros[id(term)] = known  # it is kept with its term, whose id is then no other's
        return known[1]
