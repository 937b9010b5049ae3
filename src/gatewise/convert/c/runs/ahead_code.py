"""What a run's head reads beside the outs as C: the calendar one step on, and the columns known ahead."""

from __future__ import annotations

from gatewise.convert.c.runs.scaling_code import ScalingCode
from gatewise.convert.c.writing import Names, comment
from gatewise.train.data import Preparation


class AheadCode:
    """The C of what is known ahead.

    Parameters
    ----------
    names : Names
    preparation : Preparation
    scaling : ScalingCode

    Attributes
    ----------
    numbers, categories : tuple of str
        The columns of the arguments ahead and ahead_categories, of which each step of the horizon has a row.
    """

    def __init__(self, names: Names, preparation: Preparation, scaling: ScalingCode) -> None:
        self.names, self.preparation, self.scaling = names, preparation, scaling
        future = preparation.future if preparation.task == "forecast" else ()
        self.numbers = tuple(name for name in future if name in preparation.inputs)
        self.categories = tuple(name for name, _ in preparation.one_hot if name in future)
        self.cycles = 2 * len(preparation.calendar) if preparation.task == "forecast" else 0
        self.horizon = preparation.horizon

    def arguments(self) -> list[tuple[str, str]]:
        """Return the arguments of a step that say what is ahead."""
        found = [("const double *", "calendar_next")] if self.cycles else []
        found += [("const double *", "ahead")] if self.numbers else []
        found += [("const int *", "ahead_categories")] if self.categories else []
        return found

    def about(self, cycles: str) -> list[str]:
        """Say what stands in the arguments."""
        told = []
        if self.cycles:
            told.append(f"calendar_next: as calendar, of the time one step later: {cycles}.")
        if self.numbers:
            told.append(
                f"ahead: what is known ahead, {self.horizon} rows of {len(self.numbers)}, those of the next "
                f"step first, NaN where missing: {_listed(self.numbers)}."
            )
        if self.categories:
            told.append(
                f"ahead_categories: {self.horizon} rows of {len(self.categories)} codes, as in categories: "
                f"{_listed(self.categories)}."
            )
        return told

    def function(self) -> str:
        """Return the function PREFIX_beside, which says what the head reads beside the outs."""
        given = self.arguments()
        width = len(self.preparation.future_places) if self.numbers or self.categories else 0
        lines, declared = [], ["    (void)self;"]
        if self.cycles:
            lines += [
                f"    for (j = 0; j < {self.cycles}; ++j) {{",
                f"        extra[j] = ({self.names.real})calendar_next[j];",
                "    }",
            ]
        steps: list[str] = []
        if self.numbers:
            places = ", ".join(str(self.preparation.inputs.index(name)) for name in self.numbers)
            declared = [
                f"    static const int columns[{len(self.numbers)}] = {{{places}}};",
                f"    double last[{len(self.numbers)}];",
            ]
            lines += [
                f"    for (j = 0; j < {len(self.numbers)}; ++j) {{",
                "        last[j] = self->last[columns[j]];",
                "    }",
            ]
            steps += self._scaled()
        steps += self._ones()
        if width:
            lines += [
                f"    for (n = 0; n < {self.horizon}; ++n) {{",
                f"        {self.names.real} *row = extra + {self.cycles} + n * {width};",
                *steps,
                "    }",
            ]
        head = ", ".join(kind + name for kind, name in given)
        p = self.names.prefix
        return "\n".join(
            [
                comment("Say what the head reads beside the outs."),
                f"static inline void {p}_beside(const {p}_rows *self, {head}, {self.names.real} *extra)",
                "{",
                "    int j" + (", n;" if width else ";"),
                *declared,
                *lines,
                "}",
            ]
        )

    def _scaled(self) -> list[str]:
        """Return the lines that fill and scale the numbers of one step ahead."""
        count, p = len(self.numbers), self.names.prefix
        mean, scale = self.scaling.of("mean"), self.scaling.of("scale")
        return [
            f"        for (j = 0; j < {count}; ++j) {{",
            f"            const double value = {p}_known(ahead[n * {count} + j]);",
            "            double scaled;",
            "            if (value == value) { /* not NaN */",
            "                last[j] = value;",
            "            }",
            f"            scaled = (last[j] - {mean}[columns[j]]) / {scale}[columns[j]];",
            f"            row[j] = ({self.names.real})(scaled == scaled ? scaled : 0.0);",
            "        }",
        ]

    def _ones(self) -> list[str]:
        """Return the lines that say the categories of one step ahead as 0 and 1."""
        one, zero, at, lines = self.names.number(1), self.names.number(0), len(self.numbers), list[str]()
        counts = dict(self.preparation.categories)
        for number, name in enumerate(self.categories):
            place = f"n * {len(self.categories)} + {number}"
            lines += [
                comment(name, indent=8),
                f"        for (j = 0; j < {len(counts[name])}; ++j) {{",
                f"            row[{at} + j] = ahead_categories[{place}] == j ? {one} : {zero};",
                "        }",
            ]
            at += len(counts[name])
        return lines


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"[{n}] {name}" for n, name in enumerate(names))
