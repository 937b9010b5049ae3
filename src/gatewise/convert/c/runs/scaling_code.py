"""How a run's numbers are scaled as C: constants of the whole table, or of each series, copied at a reset.

A series that training has not seen brings a scaling of its own, the numbers that `gatewise predict --inputs`
writes as own_scaling.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gatewise.convert.c.writing import Names, as_numbers, comment, table
from gatewise.support.arrays import FloatArray
from gatewise.train.data import Preparation
from gatewise.train.data.windows.served import scaling_columns, scaling_row

_ABOUT = {
    "mean": "x = (value - mean) / scale.",
    "scale": "The scale of each input.",
    "label_mean": "What targets are counted from,",
    "label_scale": "and divided by, for y.",
    "fallback": "What a window counts from that has no value of a target: the training's mean.",
}


class ScalingCode:
    """The C of a run's scaling.

    Parameters
    ----------
    names : Names
    preparation : Preparation
    """

    def __init__(self, names: Names, preparation: Preparation) -> None:
        self.names, self.preparation = names, preparation
        self.by_series = bool(preparation.series_scales)
        inputs, targets = len(preparation.inputs), len(preparation.targets)
        self.parts = {"mean": inputs, "scale": inputs}
        if preparation.classes is None:
            self.parts |= {"label_mean": targets, "label_scale": targets}
        self.size = sum(self.parts.values())

    def of(self, part: str) -> str:
        """Return the array of a part of the scaling, as the functions of a PREFIX_rows *self have it."""
        return f"self->{part}" if self.by_series else f"{self.names.prefix}_{part}"

    def fields(self, *, fallback: bool) -> list[str]:
        """Return the fields of PREFIX_rows: where each series has its own scaling, that of this one."""
        if not self.by_series:
            return []
        parts = self.parts | ({"fallback": self.parts["label_mean"]} if fallback else {})
        return [f"    double {part}[{size}];" for part, size in parts.items() if size]

    def constants(self, used: str, *, fallback: bool) -> Iterator[str]:
        """Yield the constants that some code uses; of series a row for each."""
        prepared, p = self.preparation, self.names.prefix
        if self.by_series:
            rows = np.array([scaling_row(prepared, each) for each in prepared.series_scales])
            array = as_numbers("the scaling of the series", rows, "float64")
            columns = ", ".join(scaling_columns(prepared))
            yield comment(f"How each series is scaled. In order: {columns}.") + "\n" + table(
                self.names, "double", f"{p}_scalings", array
            )  # fmt: skip
            return
        arrays = {part: np.asarray(getattr(prepared, part)) for part in self.parts}
        if fallback:
            arrays["fallback"] = self._as_learned(arrays["label_mean"])
        for part, array in arrays.items():
            if f"{p}_{part}[" in used:
                numbers = as_numbers(f"the scaling's {part}", array, "float64")
                yield comment(_ABOUT[part]) + "\n" + table(self.names, "double", f"{p}_{part}", numbers)

    def take(self, *, fallback: bool) -> str:
        """Return the function that gives a PREFIX_rows its series' scaling."""
        p, prepared = self.names.prefix, self.preparation
        scales, at, copies = [], 0, []
        for part, size in self.parts.items():
            if part in ("scale", "label_scale"):
                scales.append(f"(j >= {at} && j < {at + size})")
            if size:
                place = f"{at} + j" if at else "j"
                copies += [f"    for (j = 0; j < {size}; ++j) {{",
                           f"        self->{part}[j] = scaling[{place}];", "    }"]  # fmt: skip
            at += size
        if fallback:
            mean = "self->label_mean[j]"
            given = f"expm1({mean})" if prepared.log else mean
            lines = [f"double given = {given};"]
            lines += ["given = given < 0.0 ? 0.0 : given;"] if prepared.non_negative else []
            lines += [f"self->fallback[j] = {'log1p(given)' if prepared.log else 'given'};"]
            copies += [f"    for (j = 0; j < {self.parts['label_mean']}; ++j) {{",
                       *(f"        {line}" for line in lines), "    }"]  # fmt: skip
        return "\n".join(
            [
                comment("Take the scaling of a series; -1, and nothing done, if it is none."),
                f"static inline int {p}_rows_scale({p}_rows *self, const double *scaling)",
                "{",
                "    int j;",
                f"    for (j = 0; j < {self.size}; ++j) {{",
                f"        const int divides = {' || '.join(scales)};",
                "        if (!(fabs(scaling[j]) < HUGE_VAL) || (divides && !(scaling[j] > 0.0))) {",
                "            return -1;",
                "        }",
                "    }",
                *copies,
                "    return 0;",
                "}",
            ]
        )

    def _as_learned(self, mean: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return self.preparation.as_learned(self.preparation.as_given(mean))
