"""A model that a command is given: a problem file, or any file of weights that `gatewise.convert` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatewise.errors import ArgumentError, GatewiseError
from gatewise.support.files import named
from gatewise.support.options import as_flags
from gatewise.support.streams import tell

_FLAGS = {
    "layer": "--layer", "reverse": "--reverse", "layers": "--layer NAME",
    "format": "gatewise convert FILE B --from FORMAT",
}  # fmt: skip


def is_of_weights(path: Path | None) -> bool:
    """Say whether a path is one of a run or of a file of weights, and not of a problem file."""
    from gatewise.convert.formats import holds_weights

    return path is not None and holds_weights(path)


def params_of(path: Path, layer: int | str | None, reverse: bool) -> tuple[Any, str]:
    """Return the parameters of one cell of a file of weights, in float64, and what it is called there."""
    from gatewise.convert.problem_file import cell_of

    with as_flags(_FLAGS):
        opened, wanted = _opened(path, layer)
        params, name = cell_of(opened, wanted, reverse)
        _tell(_notes(opened, wanted))
    return params.astype("float64"), f"{name} of {named(path)}"


def problem_of(path: Path, layer: int | str | None, reverse: bool, inputs: Path | None) -> Any:
    """Return a problem of one cell of a file of weights, on the data of an .npz file or on drawn ones."""
    from gatewise.convert import problem_file
    from gatewise.teach.problem.npz import read_npz

    with as_flags(_FLAGS):
        opened, wanted = _opened(path, layer)
        data: dict[str, Any] | None = None
        if inputs is not None:
            stored = read_npz("--inputs", inputs)
            if "x" not in stored.arrays:
                raise GatewiseError(
                    f"{inputs} has no x (T, D): it has {', '.join(stored.arrays) or 'nothing'}."
                )
            params, name = problem_file.cell_of(opened, wanted, reverse)
            _check_width(inputs, stored.arrays["x"].shape, params.input_size, f"{name} of {named(path)}")
            data = {key: stored.arrays[key] for key in ("x", "label", "lengths") if key in stored.arrays}
        problem, notes = problem_file.problem_of(opened, wanted, reverse, data)
        _tell((*_notes(opened, wanted), *notes))
    return problem


def whole_model(path: Path, inputs: Path | None) -> tuple[Any, dict[str, Any] | None]:
    """Return a file of weights or a run as a whole, and the arrays of an .npz file, if one is given."""
    from gatewise.convert import read
    from gatewise.teach.problem.npz import read_npz

    if inputs is None:
        return read(path), None
    stored = read_npz("--inputs", inputs).arrays
    if "x" not in stored:
        raise GatewiseError(f"{inputs} has no x (T, D): it has {', '.join(stored) or 'nothing'}.")
    return read(path), dict(stored)


def _opened(path: Path, layer: int | str | None) -> tuple[Any, int | str | None]:
    """Return a model, or the one layer of it that is named, and which layer of that is meant."""
    from gatewise.convert.converting import read_one
    from gatewise.convert.formats import Choices, format_to_read

    return read_one(path, format_to_read(path, "format"), Choices(layer=layer))


def _notes(opened: Any, layer: int | str | None) -> tuple[str, ...]:
    """Return the notes about the layer that is looked at, and none about the others."""
    from gatewise.convert.problem_file import layer_of
    from gatewise.learn.sequential import notes_about

    return notes_about(opened.notes, layer_of(opened, layer)[0].name)


def _check_width(inputs: Path, shape: tuple[int, ...], width: int, layer: str) -> None:
    """Refuse an x whose rows are not as wide as the layer reads them."""
    if shape and shape[-1] != width:
        raise GatewiseError(
            f"{inputs}: x is {shape}, and {layer} reads {width} {'number' if width == 1 else 'numbers'} at "
            f"each step: x must be (T, {width}). A first layer reads the model's own input, a later one the "
            "outs of the layer before; those of the first are, in Python, "
            "gatewise.convert.read(FILE).layers().trace(x)[0][0].out."
        )


def refuse_of_weights(given: dict[str, Any], why: str) -> None:
    """Refuse options that only one of the two kinds of file has a use for."""
    for name, value in given.items():
        if value is not None and value is not False:
            raise ArgumentError(f"{name}: {why}")


def _tell(notes: tuple[str, ...]) -> None:
    for note in notes:
        tell(f"note: {note}")
