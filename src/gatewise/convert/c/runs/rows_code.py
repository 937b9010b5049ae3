"""From a row of a table to x_t as C: what is remembered of the rows, and what `Preparation` does with one.

Values of the table are double, whatever the network's numbers are: a float would lose the digits that
scaling takes away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.convert.c.runs.ahead_code import AheadCode
from gatewise.convert.c.runs.answer_code import AnswerCode
from gatewise.convert.c.writing import Names, comment, string, table
from gatewise.train.data import Preparation
from gatewise.train.data.reading.cells import LARGEST
from gatewise.train.data.reading.sentinels import Sentinels


class RowsCode:
    """The C of a run's rows.

    Parameters
    ----------
    names : Names
    preparation : Preparation
    answer : AnswerCode
        What is made of the outputs: it says what must be remembered.
    ahead : AheadCode
    """

    def __init__(self, names: Names, preparation: Preparation, answer: AnswerCode, ahead: AheadCode) -> None:
        self.names, self.preparation, self.answer, self.ahead = names, preparation, answer, ahead
        self.scaling = answer.scaling
        self.inputs, self.targets = len(preparation.inputs), len(preparation.targets)
        self.categories = len(preparation.categories)
        self.kept, self.window = answer.kept, answer.window

    def pieces(self) -> Iterator[str]:
        """Yield constants, the struct PREFIX_rows, its reset, and PREFIX_prepare."""
        yield from self._constants()
        yield self._rows_struct()
        yield self._rows_reset()
        if self.scaling.by_series:
            yield self.scaling.take(fallback=self.answer.ages)
        yield self._prepare()
        if self.preparation.extra:
            yield self.ahead.function()

    def arguments(self) -> list[tuple[str, str]]:
        """Return the arguments of a step beside the struct."""
        found = [("const double *", "row")] if self.inputs else []
        found += [("const int *", "categories")] if self.categories else []
        found += [("const double *", "calendar")] if self.preparation.calendar else []
        return [*found, *self.ahead.arguments(), ("double *", "forecast")]

    def prepared(self) -> list[tuple[str, str]]:
        """Return those of them that PREFIX_prepare reads."""
        return [each for each in self.arguments() if each[1] not in ("ahead_categories", "forecast")]

    def _constants(self) -> Iterator[str]:
        prepared, scales = self.preparation, self.preparation.series_scales
        yield from self.scaling.constants("".join(self._uses()), fallback=self.answer.ages)
        if scales:
            yield self._lookup("series", "a series, or -1", [[each.series for each in scales]])
        if self.categories:
            texts = [list(texts) for _, texts in prepared.categories]
            yield self._lookup("category", "a category of a column, or -1", texts)
        if self.inputs:
            yield self._known(self._sentinels())

    def _known(self, missing: list[float]) -> str:
        """Return the function that says NaN of a number that stands for a missing value."""
        p = self.names.prefix
        head = f"static inline double {p}_known(double value)"
        if not missing:
            return f"{head}\n{{\n    return value;\n}}"
        return "\n".join(
            [
                comment("Numbers that stand for a missing value."),
                table(self.names, "double", f"{p}_no_value", np.array(missing)),
                "",
                comment("A value of the table, NaN where it stands for a missing one."),
                head,
                "{",
                "    int n;",
                f"    for (n = 0; n < {len(missing)}; ++n) {{",
                f"        if (value == {p}_no_value[n]) {{",
                "            return (double)NAN;",
                "        }",
                "    }",
                "    return value;",
                "}",
            ]
        )

    def _uses(self) -> Iterator[str]:
        yield self._prepare()
        yield from self.answer.pieces()
        yield self.ahead.function()

    def _sentinels(self) -> list[float]:
        return [float(number) for number in Sentinels(self.preparation.na).numbers if abs(number) <= LARGEST]

    def _lookup(self, what: str, about: str, columns: list[list[str]]) -> str:
        """Return the function that finds the code of a text."""
        p, several = self.names.prefix, what == "category"
        lists = "\n".join(
            f"    static const char *const texts{n}[] = {{{', '.join(map(string, texts))}}};"
            for n, texts in enumerate(columns)
        )
        tries = "\n".join(
            f"    for (j = 0; {f'column == {n} && ' if several else ''}j < {len(texts)}; ++j) {{\n"
            f"        if (strcmp(text, texts{n}[j]) == 0) {{\n            return j;\n        }}\n    }}"
            for n, texts in enumerate(columns)
        )
        given = ("int column, " if several else "") + "const char *text"
        return (
            f"{comment(f'The code of {about}.')}\nstatic inline int {p}_{what}({given})\n{{\n{lists}\n"
            f"    int j;\n{tries}\n    return -1;\n}}"
        )

    def _rows_struct(self) -> str:
        fields = []
        if self.inputs:
            fields.append(f"    double last[{self.inputs}]; /* the last known value of each, NaN before */")
        if self.kept:
            fields += [
                f"    double before[{self.kept}][{self.targets}]; /* targets of the last rows, as learned */",
                "    int oldest; /* the place of the oldest of them */",
            ]
        if self.categories:
            fields.append(f"    int places[{self.categories}]; /* the newest codes */")
        if self.answer.ages:
            fields.append(f"    int age[{self.targets}]; /* rows since a target was known */")
        fields += self.scaling.fields(fallback=self.answer.ages)
        if not fields:
            fields.append("    int nothing;")
        about = comment("What is remembered of the rows.")
        return "\n".join([about, "typedef struct {", *fields, f"}} {self.names.prefix}_rows;"])

    def _rows_reset(self) -> str:
        p, lines = self.names.prefix, []
        if self.inputs:
            lines += each(self.inputs, "self->last[j] = (double)NAN;")
        if self.kept:
            place = f"self->before[j / {self.targets}][j % {self.targets}]"
            lines += each(self.kept * self.targets, f"{place} = (double)NAN;")
            lines.append("    self->oldest = 0;")
        if self.categories:
            lines += each(self.categories, "self->places[j] = -1;")
        if self.answer.ages:
            lines += each(self.targets, f"self->age[j] = {self.window};")
        lines = ["    int j;", *lines] if lines else ["    (void)self;"]
        head = f"static inline void {p}_rows_reset({p}_rows *self)"
        return "\n".join([head, "{", *lines, "}"])

    def _prepare(self) -> str:
        """Return the function that turns a row into x_t."""
        p, real, prepared = self.names.prefix, self.names.real, self.preparation
        given = "".join(f"{kind}{name}, " for kind, name in self.prepared())
        lines = self._refused()
        if self.inputs:
            lines += self._read()
            own = prepared.own_past
            learned = f"j < {own} ? log1p(self->last[j]) : self->last[j]" if prepared.log and own else ""
            value = f"({learned})" if learned else "self->last[j]"
            mean, scale = self.scaling.of("mean"), self.scaling.of("scale")
            changes = []
            if prepared.lag:
                change = f"{self._learned('known[j]')} - self->before[self->oldest][j]"
                changes = [
                    f"        if (j < {own}) {{",
                    f"            scaled = ({change}) / {self.scaling.of('label_scale')}[j];",
                    "        }",
                ]
            ages = [
                f"        if (j < {self.targets}) {{",
                f"            self->age[j] = known[j] != known[j] ? (self->age[j] < {self.window} ? "
                "self->age[j] + 1 : self->age[j]) : 0;",
                "        }",
            ] if self.answer.ages else []  # fmt: skip
            lines += [
                f"    for (j = 0; j < {self.inputs}; ++j) {{",
                "        double scaled;",
                "        if (known[j] == known[j]) { /* not NaN */",
                "            self->last[j] = known[j];",
                "        }",
                *ages,
                f"        scaled = ({value} - {mean}[j]) / {scale}[j];",
                *changes,
                f"        x[j] = ({real})(scaled == scaled ? scaled : 0.0);",
                "    }",
            ]
            if self.kept:
                lines += [
                    *each(self.targets, f"self->before[self->oldest][j] = {self._learned('known[j]')};"),
                    f"    self->oldest = (self->oldest + 1) % {self.kept};",
                ]
        at, cycles = self.inputs, 2 * len(prepared.calendar)
        lines += each(cycles, f"x[{at} + j] = ({real})calendar[j];") if cycles else []
        at += cycles
        one, zero = self.names.number(1), self.names.number(0)
        for mark in prepared.marks:
            gone = " || ".join(f"known[{place}] != known[{place}]" for place in mark)
            lines += [
                comment("missing " + ", ".join(prepared.inputs[place] for place in mark), indent=4),
                f"    x[{at}] = {gone} ? {one} : {zero};",
            ]
            at += 1
        lines += self._places()
        for number, (name, texts) in enumerate(prepared.categories):
            if name not in prepared.embedded:
                value = f"self->places[{number}] == j ? {one} : {zero}"
                lines += [comment(name, indent=4), *each(len(texts), f"x[{at} + j] = {value};")]
                at += len(texts)
        head = f"static inline int {p}_prepare({p}_rows *self, {given}{real} *x)"
        about = comment("Turn a row into x_t; -1, and nothing done, if it is refused.")
        if not any("self->" in line for line in lines):
            lines.insert(0, "    (void)self;")
        return "\n".join([about, head, "{", "    int j;", *lines, "    return 0;", "}"])

    def _learned(self, value: str) -> str:
        return f"log1p({value})" if self.preparation.log else value

    def _refused(self) -> list[str]:
        """Return the lines that refuse a calendar that is none, and what is known ahead and too large."""
        lines, cycles = [], 2 * len(self.preparation.calendar)
        for name in [name for _, name in self.prepared() if name.startswith("calendar")]:
            lines += refuse(cycles, f"!(fabs({name}[j]) <= 1.0)")
        if self.ahead.numbers:
            size = self.preparation.horizon * len(self.ahead.numbers)
            lines += refuse(size, f"fabs({self.names.prefix}_known(ahead[j])) > {LARGEST:g}")
        return lines

    def _read(self) -> list[str]:
        """Return the lines that read the numbers of a row, and refuse it."""
        lines = [
            f"    double known[{self.inputs}];",
            f"    for (j = 0; j < {self.inputs}; ++j) {{",
            f"        known[j] = {self.names.prefix}_known(row[j]);",
            f"        if (fabs(known[j]) > {LARGEST:g}) {{",
            "            return -1;",
            "        }",
        ]
        if self.preparation.log and self.preparation.own_past:
            lines += [
                f"        if (j < {self.preparation.own_past} && known[j] < 0.0) {{",
                "            return -1;",
                "        }",
            ]
        return [*lines, "    }"]

    def _places(self) -> list[str]:
        lines = []
        for n, (name, texts) in enumerate(self.preparation.categories):
            code = f"categories[{n}]"
            known = f"{code} >= 0 && {code} < {len(texts)}"
            if name in self.preparation.static:  # what was said once stays
                lines.append(f"    self->places[{n}] = {known} ? {code} : self->places[{n}];")
            else:
                lines.append(f"    self->places[{n}] = {known} ? {code} : -1;")
        return lines


def refuse(size: int, condition: str) -> list[str]:
    """Return a loop that gives up."""
    inner = [f"        if ({condition}) {{", "            return -1;", "        }"]
    return [f"    for (j = 0; j < {size}; ++j) {{", *inner, "    }"]


def each(size: int, line: str) -> list[str]:
    """Return a loop of one line."""
    return [f"    for (j = 0; j < {size}; ++j) {{", f"        {line}", "    }"]
