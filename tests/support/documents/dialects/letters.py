"""How the quantities of a worked LSTM are written in a dialect, in LaTeX and in plain text."""

from __future__ import annotations

from dialects.dialect import Dialect

from gatewise.expression import Step, Symbol

# a (what could be written), i, f, o, state, out: in LaTeX and in plain text.
QUANTITIES = {
    "tilde": {"a": r"\tilde{c}", "i": "i", "f": "f", "o": "o", "state": "c", "out": "h"},
    "g": {"a": "g", "i": "i", "f": "f", "o": "o", "state": "c", "out": "h"},
    "gamma": {
        "a": r"\tilde{c}", "i": r"\Gamma_u", "f": r"\Gamma_f", "o": r"\Gamma_o", "state": "c", "out": "a",
    },
    "prime": {"a": "c'", "i": "i", "f": "f", "o": "o", "state": "c", "out": "h"},
    "hat": {"a": r"\hat{c}", "i": "i", "f": "f", "o": "o", "state": "c", "out": "h"},
    "big": {"a": r"\tilde{C}", "i": "i", "f": "f", "o": "o", "state": "C", "out": "h"},
    "example": {"a": "a", "i": "i", "f": "f", "o": "o", "state": r"\text{state}", "out": r"\text{out}"},
}  # fmt: skip
PLAIN = {
    r"\tilde{c}": "c̃", r"\tilde{C}": "C̃", r"\hat{c}": "ĉ", r"\Gamma_u": "Γ_u", r"\Gamma_f": "Γ_f",
    r"\Gamma_o": "Γ_o", r"\text{state}": "state", r"\text{out}": "out",
}  # fmt: skip
# Which letter the weights of a gate have.
OF_GATE = {"a": "c", "i": "i", "f": "f", "o": "o"}
BY_ITSELF = "by_itself_"  # ∂L/∂f_t, before the slope: a symbol of the dialects alone
STACKED = ("W", "U", "b")


class Letters:
    """Writes symbols in a dialect."""

    def __init__(self, dialect: Dialect, plain: bool) -> None:
        self.dialect, self.plain = dialect, plain
        self._names = QUANTITIES[dialect.letters]

    def base(self, name: str) -> str:
        """Return a quantity without its step."""
        known = {**self._names, "x": "x", "label": "y", "loss": "L", "learning_rate": r"\eta"}
        written = known.get(name, name)
        if self.plain:
            return {r"\eta": "η", **PLAIN}.get(written, written)
        return written

    def symbol(self, node: Symbol) -> str:
        name = node.name
        if name.startswith(BY_ITSELF):
            return self._partial(self._stepped(name.removeprefix(BY_ITSELF), node.step))
        if name in ("d_W", "d_U", "d_b", "d_WU"):
            return self._gradient_of(self._parameter(name[2:], node.part))
        if name in (*STACKED, "WU"):
            written = self._parameter(name, node.part)
            return written + (("_new" if self.plain else r"^{\text{new}}") if node.new else "")
        if name == "delta":
            return self._delta_of(self._stepped("out", node.step), own=True, step=node.step)
        if name == "delta_out":
            return ("Δ" if self.plain else r"\Delta ") + self._stepped("out", node.step)
        if name.startswith("d_"):
            return self._derivative(name[2:], node.step)
        return self._stepped(name, node.step)

    # Steps ------------------------------------------------------------------------------------------

    def number_of(self, step: Step) -> str:
        """Return a step as the dialect counts it."""
        if step.base == "":
            return str(step.offset + self.dialect.first)
        offset = step.offset + (self.dialect.first if step.base == "T" else 0)
        return step.base + (f"{offset:+d}" if offset else "")

    def _stepped(self, name: str, step: Step | None, base: str | None = None) -> str:
        base = self.base(name) if base is None else base
        if step is None:
            return base
        return base + self.index(self.number_of(step))

    def index(self, t: str) -> str:
        number = not t[:1].isalpha()
        if self.plain:
            glued = t if number and not t.startswith("-") else f"_{t}" if len(t) == 1 else f"_{{{t}}}"
            return {
                "sub": f"_{t}" if len(t) == 1 else f"_{{{t}}}", "paren": f"({t})", "bracket": f"[{t}]",
                "glued": glued, "html": f"<sub>{t}</sub>",
            }[self.dialect.steps]  # fmt: skip
        return {
            "sub": f"_{t}" if len(t) == 1 else f"_{{{t}}}", "t=": f"_{{t={t}}}" if number else f"_{{{t}}}",
            "paren": f"({t})", "bracket": f"[{t}]", "sup": f"^{{({t})}}",
            "angle": rf"^{{\langle {t}\rangle}}",
        }[self.dialect.steps]  # fmt: skip

    # Parameters -------------------------------------------------------------------------------------

    def _parameter(self, name: str, part: str) -> str:
        """Return W or U of a gate; with one matrix for both, `name` "WU" is that."""
        gate = OF_GATE.get(part, part)
        if self.dialect.letters == "gamma" and gate == "i":
            gate = "u"
        if self.dialect.letters == "g" and gate == "c":
            gate = "g"
        if self.dialect.letters == "example" and gate == "c":
            gate = "a"
        if not gate:
            return name
        weights = self.dialect.weights
        if name == "b" or name == "WU":
            letter = "b" if name == "b" else "W"
            return f"{letter}^{{({gate})}}" if weights == "W^(f)" and not self.plain else f"{letter}_{gate}"
        meets = "x" if name == "W" else self._names["out"] if len(self._names["out"]) == 1 else "h"
        if weights == "W h, U x":
            return f"{'U' if name == 'W' else 'W'}_{gate}"
        if weights == "W_fx, W_fh":
            return f"W_{{{gate}{meets}}}" if not self.plain else f"W_{gate}{meets}"
        if weights == "W_xf, W_hf":
            return f"W_{{{meets}{gate}}}" if not self.plain else f"W_{meets}{gate}"
        if weights == "W^(f)":
            return f"{name}^{{({gate})}}" if not self.plain else f"{name}_{gate}"
        return f"{name}_{gate}"

    # Derivatives ------------------------------------------------------------------------------------

    def _partial(self, of: str, what: str = "L") -> str:
        if self.plain:
            return f"∂{what}/∂{of}"
        return rf"\frac{{\partial {what}}}{{\partial {of}}}"

    def _gradient_of(self, parameter: str) -> str:
        if self.dialect.derivatives == "d":
            return "d" + parameter
        if self.dialect.derivatives == "delta":
            return ("δ" if self.plain else r"\delta ") + parameter
        return self._partial(parameter)

    def _derivative(self, name: str, step: Step | None) -> str:
        """Return the gradient of the state or the output, or of a gate before its activation."""
        of = self._stepped(name, step)
        kind = self.dialect.derivatives
        if kind == "d":
            return "d" + of
        if kind == "delta" or (name in OF_GATE and kind == "gate"):
            return ("δ" if self.plain else r"\delta ") + of
        if name in OF_GATE:  # ∂L/∂z: z is the sum that the activation is of
            return self._partial(self._sum(name, step))
        return self._partial(of)

    def _sum(self, gate: str, step: Step | None) -> str:
        letter = self._parameter("b", gate).removeprefix("b").strip("^_(){}")
        if step is None:
            return f"z_{letter}"
        t = self.number_of(step)
        if self.dialect.steps in ("paren", "bracket", "sup", "angle"):
            return f"z_{letter}{self.index(t)}"
        return f"z_{{{letter},{t}}}"

    def _delta_of(self, out: str, own: bool, step: Step | None) -> str:
        """Return the gradient that out has from the loss of its own step."""
        if self.dialect.derivatives in ("delta", "d"):
            return self._stepped("", step, "Δ" if self.plain else r"\Delta")
        loss = self._stepped("loss", step)
        return self._partial(out, loss)


__all__ = ["BY_ITSELF", "Letters"]
