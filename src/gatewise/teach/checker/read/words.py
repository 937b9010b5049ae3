"""The words that documents have for the quantities of the spec.

They are the worked example's names, those of textbooks (h, c, g, C̃) and those of torch and Keras. They do not
contradict each other but for a few letters, which the notation decides.
"""

from __future__ import annotations


def _table(rows: dict[str, str]) -> dict[str, str]:
    return {word: name for name, words in rows.items() for word in words.split()}


# Names of the spec and the words for them: what has a time index, what is a parameter, and the rest.
STEPPED = _table(
    {
        "a": "a g ctilde Ctilde chat Chat gtilde cbar Cbar cprime Cprime",
        "i": "i",
        "f": "f",
        "o": "o",
        "state": "state c C s cell",
        "out": "out h H hidden",
        "x": "x X input",
        "label": "label target y",
        "gates": "gates",
        "z": "z net",
        "loss": "loss",
        "delta": "delta",
        "carried": "carried",
        "x_hat": "xhat",
    }
)
PARAMETERS = _table(
    {
        "W": "W kernel weight_ih",
        "U": "U R recurrent recurrent_kernel weight_hh",
        "b": "b bias bias_ih",
        "b_hh": "bias_hh",
    }
)
OTHERS = _table(
    {
        "learning_rate": "lambda eta alpha lr learning_rate",
        "missing": "missing nan NaN",
        "T": "T",
        "t": "t",
        "N": "N",
        "D": "D",
    }
)
QUANTITIES = {*STEPPED.values(), *PARAMETERS.values(), *OTHERS.values()}
LOSSES = ("E", "L", "J", "loss", "Loss")
GATE_LETTERS = {
    "ctilde": "a",
    "chat": "a",
    "cbar": "a",
    "Ctilde": "a",
    "Chat": "a",
    "a": "a",
    "i": "i",
    "f": "f",
    "o": "o",
    "g": "a",
    "c": "a",
    "z": "a",
    "C": "a",
}
KEPT_TRANSPOSED = ("kernel", "recurrent", "recurrent_kernel")  # what Keras keeps transposed
FUNCTIONS = {
    "tanh": "tanh",
    "sigma": "sigmoid",
    "sigmoid": "sigmoid",
    "sigm": "sigmoid",
    "sig": "sigmoid",
    "Sigmoid": "sigmoid",
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "Tanh": "tanh",
    "exp": "exp",
    "ln": "log",
    "log": "log",
    "sqrt": "sqrt",
    "abs": "abs",
    "max": "max",
    "relu": "relu",
    "ReLU": "relu",
    "softmax": "softmax",
    "Softmax": "softmax",
    "softplus": "softplus",
}
DERIVED = ("state", "out", "gates", "loss", "x", "a", "i", "f", "o", "W", "U", "b", "z", "b_hh")
WORDS = [
    name for name in (*STEPPED, *PARAMETERS, *OTHERS, "tanh", "sigma", "sigmoid", "logistic") if len(name) > 2
]
# Words that are near one of these, and something else all the same.
OWN_WORDS = {
    "rate",
    "gate",
    "stage",
    "late",
    "inner",
    "labels",
    "cells",
    "inputs",
    "outs",
    "targets",
    "beta",
    "zeta",
    "logit",
    "logits",
}
ACCENTS = ("tilde", "hat", "bar", "prime", "right", "left")  # these two are arrows, of two directions
