"""A C header: the network step by step, its weights in it, without malloc and any library but libm.

c/ has the parts: cell_code.py one layer from its cell's equations, network_code.py layers and head,
both_ways.py those of both directions, runs/ what leads from a table's row to x and from y to a forecast.
"""

from __future__ import annotations

from gatewise.convert.c import functions
from gatewise.convert.c.both_ways import BothWaysCode
from gatewise.convert.c.network_code import NetworkCode, bytes_of
from gatewise.convert.c.plan import Plan, plan_of, plan_of_network
from gatewise.convert.c.runs.run_code import RunCode
from gatewise.convert.c.runs.run_words import RunWords
from gatewise.convert.c.writing import DIGITS, Names, checked_name, comment
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.errors import ConvertError
from gatewise.support.files import named
from gatewise.support.options import spelled

_TYPES = {"float32": "float", "float64": "double"}


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the header's text, and what the program that includes it should know.

    Raises
    ------
    ConvertError
        If the network cannot go step by step, or needs what only a table has; the message says which and why.
    ArgumentError
        If names cannot begin with `choices.name`.
    """
    prefix = checked_name(choices.name)
    if opened.run is not None:
        try:
            return _of_run(opened, prefix, choices.dtype)
        except ConvertError as error:
            raise ConvertError(f"{named(opened.path)}: {error}") from None
    model = opened.layers()
    try:
        plan = plan_of(model)
        names = Names(prefix, _dtype(choices.dtype, str(model.dtype)))
        text = header_of(plan, names, opened.path.name)
    except ConvertError as error:
        raise ConvertError(f"{named(opened.path)}: {error}") from None
    notes: tuple[str, ...] = (
        () if plan.by_step else ("y after each step is what the model gives of the steps so far",)
    )
    if opened.problem is not None and opened.problem.state is not None:
        notes += ("the header starts from zero: the state that the problem file starts from is left out",)
    return text.encode(), notes


def header_of(plan: Plan, names: Names, source: str) -> str:
    """Return the header of a network that reads x_t and gives y.

    Parameters
    ----------
    plan : Plan
    names : Names
    source : str
        Where the network is from, for the comment.
    """
    network = NetworkCode(names, plan, names.prefix)
    body = network.whole() + "\n\n" + comment(*_about_step(plan)) + "\n" + network.step()
    given = "".join(f", {name}" for _, name in network.step_inputs)
    use = f"{names.prefix}_state state; {names.prefix}_reset(&state); then for each step"
    about = [
        f"{source}, as gatewise writes it: {_layers(plan)}.",
        "",
        f"{use} {names.prefix}_step(&state{given}, y), with x of {plan.input_size} numbers and y of "
        f"{plan.outputs}.",
    ]
    return _joined(names, about, plan, body, inputs=plan.input_size, outputs=plan.outputs)


def _of_run(opened: Opened, prefix: str, dtype: str | None) -> tuple[bytes, tuple[str, ...]]:
    run = opened.run
    assert run is not None
    names = Names(prefix, _dtype(dtype, str(run.network.vector.dtype)))
    code = RunCode(names, run)
    words = RunWords(code)
    plan = plan_of_network(run.network, code.window)
    network = (
        BothWaysCode(names, plan, f"{prefix}_network", code.window)
        if plan.both_ways else NetworkCode(names, plan, f"{prefix}_network")
    )  # fmt: skip
    body = "\n\n".join(filter(None, [network.whole(), network.step(), *code.pieces()]))
    about = [
        f"{opened.path.name}, a run of gatewise fit, as gatewise writes it: {_layers(plan)}.",
        "",
        *words.about(),
    ]
    text = _joined(names, about, plan, body, inputs=code.inputs, outputs=code.outputs, text=code.has_texts)
    return text.encode(), words.notes()


def _about_step(plan: Plan) -> list[str]:
    said = [f"Take x_t, {plan.input_size} numbers, and say y, {plan.outputs} numbers."]
    if not plan.by_step:
        said.append("y is what the model gives of the steps so far, the last of which is this one.")
    if plan.vectors:
        said.append(f"codes: which vector of {', '.join(name for name, _ in plan.vectors)}; -1 for none.")
    if plan.extra:
        said.append(f"extra: {plan.extra} numbers that the head reads beside the outs.")
    return said


def _layers(plan: Plan) -> str:
    told = []
    for label, layer in zip(plan.labels, plan.layers, strict=True):
        told.append(f"{label} ({layer.input_size} to {layer.width})")
    return ", ".join(told)


def _joined(
    names: Names, about: list[str], plan: Plan, body: str, *, inputs: int, outputs: int, text: bool = False
) -> str:
    """Return the whole header: guard, what it is, includes, type, functions, body."""
    guard = f"{names.prefix}_h_included"
    kind = _TYPES[names.dtype]
    about = [
        *about,
        "",
        f"Numbers are {kind} (weights with {DIGITS[names.dtype]} digits, which read back to the same bits): "
        f"{bytes_of(plan, 4 if kind == 'float' else 8):,} bytes of constants. C99 or C++11, libm, no "
        "memory from the heap. Do not compile it with -ffast-math: NaN stands for what is missing or not "
        "finite.",
    ]
    pieces = [
        comment(*about),
        f"#ifndef {guard}\n#define {guard}",
        "#include <math.h>" + ("\n#include <string.h>" if text else ""),
        f"typedef {kind} {names.real};",
        f"enum {{ {names.prefix}_inputs = {inputs}, {names.prefix}_outputs = {outputs} }};",
        functions.definitions(names, body),
        body,
        "#endif",
    ]
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def _dtype(asked: str | None, own: str) -> str:
    dtype = asked or own
    if dtype not in _TYPES:
        raise ConvertError(
            f"its weights are of {dtype}; a C header has float32 or float64: say "
            f"{spelled('dtype', 'float32')}."
        )
    return dtype
