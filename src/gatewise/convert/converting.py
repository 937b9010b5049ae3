"""`read` and `model`: from a file or run folder to what it holds, and to another file."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.convert.formats import (
    FORMATS,
    Choices,
    check_named,
    format_named,
    format_to_read,
    format_to_write,
)  # fmt: skip
from gatewise.convert.opened import Opened
from gatewise.errors import ArgumentError, ConvertError, GatewiseError
from gatewise.learn.sequential import RETURNS
from gatewise.support.files import as_path, named, write_file
from gatewise.support.foreign import reader_of
from gatewise.support.given import brief
from gatewise.support.options import as_flag, as_mapping, as_spelled_choice, spelled

DTYPES = ("float32", "float64")


def read(
    path: Any, *, format: str | None = None, layers: Any = (),
    returns: str | None = None, functions: Mapping[str, str] | None = None,
) -> Opened:  # fmt: skip
    """Read a model of any format that `FORMATS` has.

    Parameters
    ----------
    path : str or Path
        A file, or a run folder; or a model that is alive in Python, a torch.nn.Module, a keras.Model or a
        recurrent layer of Keras, which is read as its file would be.
    format : str, optional
        Of a file a key of `FORMATS`; by default what the file is by its name and its first bytes.
    layers : sequence of str, optional
        Which of its layers to take, first to last, by the names that `gatewise convert FILE` lists. All by
        default.
    returns : "steps", "last" or "row", optional
        What the last recurrent layer gives to the layers after it, as for `Recurrent`, of a file of weights
        that does not say: torch, keras-weights. By default "last" where a dense layer follows.
    functions : dict, optional
        The function after a layer of such a file, by the layer's name: one of `FUNCTIONS` of a dense layer,
        tanh or relu of an nn.RNN or SimpleRNN.

    Returns
    -------
    Opened

    Raises
    ------
    ConvertError
        If it cannot be read, or holds what gatewise has not; the message names it.
    ArgumentError
        If there is no such format, or an option is of no use for it.
    """
    if (reader := reader_of(path)) is not None:
        if format is not None:
            raise ArgumentError(f"{spelled('format', format)} is of no use for a model that is no file.")
        choices = Choices(layers=_names(layers), **_left_open(reader.FORMAT, returns, functions))
        live: Opened = reader.read(path, choices)
        return live
    place = as_path("path", path, "a model")
    key = _format_of(place, format, "format")
    return _read(place, key, Choices(layers=_names(layers), **_left_open(key, returns, functions)))


def model(
    a: str | PathLike[str], b: str | PathLike[str], *, of: str | None = None, to: str | None = None,
    layers: Any = (), returns: str | None = None, functions: Mapping[str, str] | None = None,
    dtype: str | None = None, gate_order: str | None = None, layer: int | str | None = None,
    reverse: bool = False, name: str | None = None, lengths: bool = False, scan: bool = False,
) -> tuple[str, ...]:  # fmt: skip
    """Convert a model: read `a`, write `b`.

    Parameters
    ----------
    a : str or Path
        A file, or a run folder.
    b : str or Path
        The file to write; one that is there is replaced once the new one is whole.
    of, to : str, optional
        The formats, keys of `FORMATS`. By default what `a` is, and what the suffix of `b` stands for.
    layers, returns, functions
        Of `a`, as for `read`.
    dtype : "float32" or "float64", optional
        Of what is written. By default that of `a`.
    gate_order : str, optional
        For "safetensors": the library of `gatewise.cells.gate_orders.GATE_ORDERS` in whose order the gates
        are stacked. By default this project's.
    layer : int or str, optional
        For "toml", which holds one cell: the recurrent layer, by its number, from 0, or its name.
    reverse : bool
        For "toml": whether the layer's reverse direction is meant.
    name : str, optional
        For "c": what its names begin with; by default the name of the file.
    lengths : bool
        For "onnx": whether there is an input `lengths` (N,), int32. Of a run there always is.
    scan : bool
        For "onnx": whether layers are written by their equations, as Scan nodes, where ONNX has nodes for
        them, too; see `gatewise.onnx.model_of`.

    Returns
    -------
    tuple of str
        What a user should know: what `a` did not say and was taken so, what `b` leaves to its reader's code.

    Raises
    ------
    ConvertError
        If `a` cannot be read, or `b` cannot express what it holds; the message says which and why, and what
        stood at `b` is as it was.
    ArgumentError
        If an option is not known, or of no use to the format that is written.
    """
    source, target = as_path("a", a, "a model"), as_path("b", b, "the file to write")
    read_as = _format_of(source, of, "of")
    if target.is_dir():
        raise ConvertError(
            f"{named(target)} is a folder; name the file to write in it, as in "
            f"{named(target / source.with_suffix('.onnx').name)}."
        )
    write_as = format_to_write(target) if to is None else format_named("to", to, "writes")
    choices = Choices(
        None if dtype is None else as_spelled_choice("dtype", dtype, DTYPES), _names(layers), layer, reverse,
        None if gate_order is None else as_spelled_choice("gate_order", gate_order, GATE_ORDERS),
        target.stem if name is None and write_as == "c" else name,
        as_flag("lengths", lengths), as_flag("scan", scan), **_left_open(read_as, returns, functions),
    )  # fmt: skip
    _refuse_idle(write_as, choices)
    _refuse_suffix(target, write_as)
    if write_as == "toml":
        opened, wanted = read_one(source, read_as, choices)
        choices = choices._replace(layer=wanted)
    else:
        opened = _read(source, read_as, choices)
    written, notes = FORMATS[write_as].load().write(opened, choices)
    write_file(target, written)
    return (*opened.notes, *notes)


def read_one(place: Path, key: str, choices: Choices) -> tuple[Opened, int | str | None]:
    """Read a model of which one recurrent layer is wanted, and say which of what was read that is.

    A layer that is named is read alone, so that the order of the others does not matter.
    """
    name = choices.layer
    if not isinstance(name, str) or choices.layers or key in ("run", "toml"):
        return _read(place, key, choices), name
    opened = _read(place, key, choices._replace(layers=(name,)))
    is_it = len(opened.layers().layers) == 1  # though it may have been called by its block's name
    return opened, 0 if is_it else name


def _format_of(place: Path, given: str | None, option: str) -> str:
    """Return the format of what is read: as `option` says, else by its name and first bytes."""
    if given is None:
        return format_to_read(place, option)
    key = format_named(option, given, "reads")
    check_named(place, key, option)
    return key


def _left_open(key: str, returns: Any, functions: Any) -> dict[str, Any]:
    """Return the choices that say what a file leaves open; refused where the format says it itself."""
    found: dict[str, Any] = {}
    if returns is not None:
        found["returns"] = as_spelled_choice("returns", returns, RETURNS)
    if functions is not None:
        found["functions"] = as_mapping("functions", functions)
    for name in found:
        if name not in FORMATS[key].asks:
            raise ArgumentError(
                f"{spelled(name, found[name])} is of no use for {FORMATS[key].title}, which says it itself. "
                "Leave it out."
            )
    return found


def _read(place: Path, key: str, choices: Choices) -> Opened:
    """Read a file; what refuses it names the file, whichever part of a reader it comes from."""
    try:
        found: Opened = FORMATS[key].load().read(place, choices)
    except GatewiseError as error:
        if str(error).startswith(named(place)):
            raise
        raise ConvertError(f"{named(place)}: {error}") from error
    return found


def _refuse_idle(key: str, choices: Choices) -> None:
    """Refuse a choice that the format to be written has no use for."""
    for name, value in choices._asdict().items():
        of_reading = name in ("layers", "returns", "functions")
        idle = of_reading or value is None or value is False or name in FORMATS[key].takes
        if not idle:
            raise ArgumentError(
                f"{spelled(name, value)} is of no use for {FORMATS[key].title}. Leave it out."
            )


def _refuse_suffix(target: Path, key: str) -> None:
    """Refuse a name whose suffix says that a file is of another format than it would be."""
    row, whole = FORMATS[key], target.name.lower()
    if whole.endswith(row.targets):
        return
    of_another = any(whole.endswith(other.suffixes) for other in FORMATS.values())
    if of_another or row.written_as:
        raise ConvertError(
            f"{named(target)} would hold {row.title}; call it by its suffix, {row.targets[0]}."
        )


def _names(given: Any) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise ArgumentError(
                f"{spelled('layers').rstrip('=')} has {brief(name)}; they are names, as the file has them."
            )
    return names
