"""What the comment at the head of a run's header says of its functions, and what a user is told beside it."""

from __future__ import annotations

from gatewise.convert.c.runs.run_code import RunCode
from gatewise.train.data.reading.cells import LARGEST
from gatewise.train.data.windows.served import scaling_columns


class RunWords:
    """What is said of a run's header.

    Parameters
    ----------
    code : RunCode
    """

    def __init__(self, code: RunCode) -> None:
        self.code, self.preparation, self.window = code, code.preparation, code.window
        self.prefix, self.both_ways = code.names.prefix, code.both_ways

    def about(self) -> list[str]:
        """Return what the comment at the head says of the functions and their arguments."""
        p, prepared = self.prefix, self.preparation
        given = ", ".join(name for _, name in self.code.rows.arguments())
        start = f"{p}_reset(&state{', series' if prepared.series_scales else ''})"
        told, window_start = list[str](), start.replace("_reset(", "_window_reset(")
        if not self.both_ways:
            told.append(
                f"{p}_state state; {start}; then for each row {p}_step(&state, {given}), which returns 0; "
                "or -1 for a row that is refused, and then nothing has changed."
            )
        if self.both_ways:
            told.append(
                f"{p}_window state; {window_start}; then for each row {p}_window_step(&state, {given}), "
                "which returns 0; or -1 for a row that is refused, and then nothing has changed. It "
                f"forecasts from the last {self.window} rows, as `gatewise predict` does, and goes through "
                "them from both ends for each row."
            )
        elif self.window:
            told.append(
                f"{p}_window, {p}_window_reset and {p}_window_step are the same of the last {self.window} "
                f"rows alone, as `gatewise predict` forecasts{self._of_the_last()}: they take {self.window} "
                f"steps for each row. {p}_step goes on from row to row, {self._going_on()}"
            )
        if prepared.missing == "drop":
            told.append(
                "Training has left out windows with missing values, and `gatewise predict` does; a row here "
                "stands all the same, with the last known value."
            )
        told.append("")
        if self.code.inputs:
            names = ", ".join(f"[{n}] {name}" for n, name in enumerate(prepared.inputs))
            told.append(
                f"row: {self.code.inputs} numbers as the table has them, NaN where missing: {names}. Where "
                "one is missing the last known one stands, before the first the training's mean"
                + (", and a mark says so" if prepared.marks else "")
                + f". Refused are numbers beyond {LARGEST:g}"
                + (" and targets below 0, of which the logarithm was learned." if prepared.log else ".")
            )
        if self.code.categories:
            each = "; ".join(
                f"[{n}] {name}: {', '.join(f'{code} {text}' for code, text in enumerate(texts))}"
                for n, (name, texts) in enumerate(prepared.categories)
            )
            told.append(
                f"categories: {self.code.categories} codes, which {p}_category(column, text) finds; -1 where "
                f"missing or unknown. {each}."
                + (f" {', '.join(prepared.static)} may be given once." if prepared.static else "")
            )
        cycles = ", ".join(f"{cycle} {wave}" for cycle in prepared.calendar for wave in ("sin", "cos"))
        where = f"by the clocks of {prepared.zone}" if prepared.zone else "by the clock that the table has"
        if prepared.calendar:
            told.append(f"calendar: {cycles} of the row's time, {where}; {p}_calendar works them out.")
        told += self.code.ahead.about(cycles)
        if prepared.series_scales:
            own = "; ".join(f"[{n}] {name}" for n, name in enumerate(scaling_columns(prepared)))
            told.append(
                f"series: each series has a scaling of its own; {p}_series(name) finds it. Training has seen "
                f"{', '.join(f'{n} {each.series}' for n, each in enumerate(prepared.series_scales))}. For "
                f"another one {' or '.join(self._resets())} takes its scaling instead, own_scaling in what "
                f"`gatewise predict --inputs` writes: {own}."
            )
        return [*told, self.code.answer.about()]

    def notes(self) -> tuple[str, ...]:
        """Return what a user is told beside the header."""
        p, prepared, notes = self.prefix, self.preparation, []
        if self.window:
            last = f"{p}_window_step forecasts from the last {self.window} rows, as gatewise predict does"
            on = f"; {p}_step goes on from row to row, as Model.stepper() does"
            notes.append(last + self._of_the_last() + ("" if self.both_ways else on))
        if prepared.calendar:
            notes.append(f"the program gives the calendar of each row's time; {p}_calendar works it out")
        if prepared.series_scales:
            reset = self._resets()[0]
            notes.append(
                f"each series is scaled by itself; {reset} takes the scaling of one that training has not "
                "seen"
            )
        return tuple(notes)

    def _of_the_last(self) -> str:
        return " the last window of a series" if self.code.run.config.stateful else ""

    def _going_on(self) -> str:
        if self.code.run.config.stateful:
            return (
                "like Model.stepper() and `gatewise predict --rolling`, for this network was trained to "
                "carry what it has seen: a program that is fed row by row takes this one."
            )
        return (
            f"like Model.stepper(); this network was trained on windows of {self.window} rows: reset it from "
            "time to time."
        )

    def _resets(self) -> list[str]:
        p = self.prefix
        return [*([] if self.both_ways else [f"{p}_reset_as"]),
                *([f"{p}_window_reset_as"] if self.window else [])]  # fmt: skip
