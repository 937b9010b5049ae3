"""From a network's outputs to a forecast as C: what each loss's outputs say, in the targets' own units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gatewise.convert.c.runs.scaling_code import ScalingCode
from gatewise.convert.c.writing import Names, comment
from gatewise.errors import ConvertError

if TYPE_CHECKING:
    from gatewise.train import Model

# What the outputs of one label say, in place, by loss; ${q} is the number of outputs.
_SAYS = {
    "l2": "", "mse": "", "mae": "", "huber": "",
    "gaussian": "        said[1] = ${least} + ${p}_softplus(said[1]);",
    "negative_binomial": (
        "        said[0] = ${least} + ${p}_softplus(said[0]);\n"
        "        said[1] = ${least} + ${p}_softplus(said[1]);\n"
        "        said[1] = ${sqrt}(said[0] + said[1] * said[0] * said[0]);"
    ),
    "pinball": """\
        for (q = 1; q < ${q}; ++q) { /* in order: a network may say a higher quantile below a lower one */
            const ${real} moved = said[q];
            int at = q;
            for (; at > 0 && said[at - 1] > moved; --at) {
                said[at] = said[at - 1];
            }
            said[at] = moved;
        }""",
}  # fmt: skip
_CLASSES = """
/* Say the probability of each class: softmax. */
static inline void ${p}_answer(const ${p}_rows *self, const ${real} *y, double *forecast)
{
    ${real} most = y[0], sum = ${zero}, power;
    int j;
    (void)self;
    for (j = 1; j < ${count}; ++j) {
        most = y[j] > most ? y[j] : most;
    }
    for (j = 0; j < ${count}; ++j) {
        sum += ${exp}(y[j] - most);
    }
    for (j = 0; j < ${count}; ++j) {
        power = ${exp}(y[j] - most);
        forecast[j] = (double)(power / sum);
    }
}
"""


class AnswerCode:
    """What a run's outputs say.

    Parameters
    ----------
    names : Names
    run : Model
    scaling : ScalingCode
    window : int
        The rows that a forecast by window knows, 0 without one.

    Attributes
    ----------
    kept : int
        How many rows of targets must be remembered.

    Raises
    ------
    ConvertError
        If its loss has no C.
    """

    def __init__(self, names: Names, run: Model, scaling: ScalingCode, window: int) -> None:
        self.names, self.run, self.preparation, self.window = names, run, run.preparation, window
        self.scaling = scaling
        self.kept = max(run.preparation.season, run.preparation.lag)
        self.loss, self.options = run.loss, run.loss_options
        if self.loss.name not in _SAYS and self.preparation.classes is None:
            raise ConvertError(f"what the outputs of loss {self.loss.name} say cannot be written in C.")
        self.columns = self.loss.columns(**self.options)
        self.targets = len(self.preparation.targets)
        self.outputs = int(run.network.architecture.outputs)

    @property
    def ages(self) -> bool:
        """Whether it matters how long ago a target was known: where a window's labels are changes from it."""
        return bool(self.preparation.change and self.window)

    def about(self) -> str:
        """Say what stands in a forecast."""
        prepared = self.preparation
        if prepared.classes is not None:
            classes = ", ".join(f"[{n}] {each}" for n, each in enumerate(prepared.classes))
            return f"forecast: the probability of each class of {', '.join(prepared.targets)}: {classes}."
        what = ", ".join(self.columns) if self.columns != ["value"] else ""
        places = [f"{prepared.horizon} steps ahead"] if prepared.task == "forecast" else []
        places += [f"{self.targets} targets ({', '.join(prepared.targets)})"]
        places += [f"{len(self.columns)} numbers ({what})"] if what else []
        return (
            f"forecast: {self.outputs} numbers in the targets' own units, the last of these changing first: "
            f"{' by '.join(places)}."
        )

    def pieces(self) -> Iterator[str]:
        """Yield the function PREFIX_answer."""
        names, prepared = self.names, self.preparation
        if prepared.classes is not None:
            yield names.fill(_CLASSES, zero=names.number(0), exp=names.function("exp"), count=self.outputs)
            return
        yield self._answer()

    def _answer(self) -> str:
        names, prepared, Q = self.names, self.preparation, len(self.columns)
        p, real = names.prefix, names.real
        says = _SAYS[self.loss.name]
        filled = names.fill(
            says, q=Q, sqrt=names.function("sqrt"), least=names.number(float(self.options.get("least", 0)))
        ) if says else ""  # fmt: skip
        if filled and not filled.startswith("        "):  # `fill` takes the common indentation away
            filled = "\n".join("        " + line for line in filled.splitlines())
        lines = [
            "    int label, q;",
            f"    for (label = 0; label < {self.outputs // Q}; ++label) {{",
            f"        const int k = label % {self.targets}; /* which target */",
            *self._zero(),
            f"        {real} said[{Q}];",
            f"        for (q = 0; q < {Q}; ++q) {{",
            f"            said[q] = y[label * {Q} + q];",
            "        }",
            *([filled] if filled else []),
            f"        for (q = 0; q < {Q}; ++q) {{",
            f"            double value = (double)said[q] * {self.scaling.of('label_scale')}[k];",
            *self._given(),
            f"            forecast[label * {Q} + q] = value;",
            "        }",
            "    }",
        ]
        if not prepared.series_scales and not prepared.change:
            lines.insert(0, "    (void)self;")
        within = "int within, " if self.ages else ""
        head = (
            f"static inline void {p}_answer(const {p}_rows *self, {within}const {real} *y, double *forecast)"
        )
        about = comment("Say in the targets' own units what the network gave.")
        return "\n".join([about, head, "{", *lines, "}"])

    def _zero(self) -> list[str]:
        """Return the lines that find what a label is counted from."""
        prepared = self.preparation
        if not prepared.change:
            return [f"        const double zero = {self.scaling.of('label_mean')}[k];"]
        last = "log1p(self->last[k])" if prepared.log else "self->last[k]"
        if self.ages:
            fallback = self.scaling.of("fallback")
            last = f"within && self->age[k] >= {self.window} ? {fallback}[k] : {last}"
        if not prepared.season:
            return [f"        const double zero = {last};"]
        step = f"(label / {self.targets}) % {prepared.season}"
        return [
            f"        const double ago = self->before[(self->oldest + {step}) % {self.kept}][k];",
            f"        const double last = {last};",
            "        const double zero = ago == ago ? ago : last;",
        ]

    def _given(self) -> list[str]:
        """Return the lines that make a value of what was learned one in the target's units."""
        spread = [n for n, column in enumerate(self.columns) if column == "sd"]
        given = ["value += zero;"]
        given += ["value = expm1(value);"] if self.preparation.log else []
        given += ["value = value < 0.0 ? 0.0 : value;"] if self.preparation.non_negative else []
        if not spread:
            return [f"            {line}" for line in given]
        alone = " && ".join(f"q != {n}" for n in spread)
        return [
            f"            if ({alone}) {{ /* a spread is scaled alone */",
            *(f"                {line}" for line in given),
            "            }",
        ]
