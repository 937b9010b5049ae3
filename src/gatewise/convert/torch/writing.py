"""A state_dict of layers: tensors by torch's names, in its order of gates."""

from __future__ import annotations

from gatewise.cells.gate_orders import to_library
from gatewise.cells.known.family import lstm as lstm_cell
from gatewise.cells.known.family import options_of
from gatewise.cells.known.names import cell_named
from gatewise.cells.known.table import GRU_RESET_AFTER, RNN, RNN_RELU
from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.convert.tensors import written
from gatewise.convert.torch.metadata import kept
from gatewise.convert.torch.names import CELL, NUMBERED, PLAIN
from gatewise.errors import ConvertError
from gatewise.learn.sequential import Dense, Recurrent, Sequential, apart
from gatewise.support.arrays import FloatArray


def write(opened: Opened, choices: Choices) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of a safetensors file by torch's names, and what is left to the code that loads it."""
    model = opened.layers()
    tensors: dict[str, FloatArray] = {}
    of_torch = opened.format == "torch" and not opened.renamed
    names = _names(model, of_torch=of_torch)
    for name, layer in zip(names, model.layers, strict=True):
        if isinstance(layer, Dense):
            tensors |= {f"{name}.weight": layer.W} | ({} if layer.b is None else {f"{name}.bias": layer.b})
        else:
            tensors |= _tensors_of(name, layer, numbered=not of_torch or NUMBERED.fullmatch(name) is not None)
    return written(tensors, {"format": "pt"} | kept(model.layers, names), choices.dtype), _left_to_code(model)


def _names(model: Sequential, *, of_torch: bool) -> list[str]:
    """Return what each layer is called: as the file that was read had it, else lstm_l0, lstm_l1, …, head."""
    given = [layer.name for layer in model.layers]
    named_so = [
        (NUMBERED if isinstance(layer, Recurrent) and not of_torch else PLAIN).fullmatch(name)
        for name, layer in zip(given, model.layers, strict=True)
    ]
    if all(named_so) and len(set(given)) == len(given):
        return given
    sizes = {(layer.hidden_size, len(layer.cells), layer.cell.name) for layer in model.recurrent}
    dense = len(model.layers) - len(model.recurrent)
    found: list[str] = []
    recurrent = 0
    for layer in model.layers:
        if isinstance(layer, Dense):
            number = sum(name.startswith("head") for name in found)
            found.append("head" if dense == 1 else f"head{number}")
        else:
            kind = {"rnn": "rnn", "rnn-relu": "rnn", "gru-reset-after": "gru"}.get(_base(layer), "lstm")
            found.append(f"{kind}_l{recurrent}" if len(sizes) == 1 else f"{kind}{recurrent}_l0")
            recurrent += 1
    return found


def _tensors_of(name: str, layer: Recurrent, *, numbered: bool) -> dict[str, FloatArray]:
    of, _, number = name.rpartition("_l")
    of += "." * bool(of)
    of, level = (of, f"_l{number}") if numbered else ("" if name == CELL else f"{name}.", "")
    cell, options = layer.cell, options_of(layer.cell)
    plain = options is not None and lstm_cell(bias=options.bias, projected=options.projected) == cell
    others = (GRU_RESET_AFTER, RNN, RNN_RELU)
    if not plain and cell not in (*others, *(cell_named(f"{each.name}+no-bias") for each in others)):
        raise ConvertError(
            f"layer {name}: torch has no cell {cell.name}. It has the LSTM, with a projection or without "
            "bias, the GRU that resets after the product, and the RNN."
        )
    if layer.reverse:
        raise ConvertError(f"layer {name} goes backwards alone; torch's layers go forwards or both ways.")
    tensors = {}
    for direction, params in enumerate(layer.cells):
        end = f"{level}{'_reverse' if direction else ''}"
        arrays = dict(params.arrays)
        for tensor, part in (("weight_ih", "W"), ("weight_hh", "U")):
            tensors[f"{of}{tensor}{end}"] = to_library("torch", arrays[part], gates=cell.parts_of(part))
        two = apart(layer, direction)
        for tensor, array in zip(("bias_ih", "bias_hh"), two or (), strict=False):
            tensors[f"{of}{tensor}{end}"] = to_library("torch", array, gates=cell.parts_of("b"))
        if "R" in arrays:
            tensors[f"{of}weight_hr{end}"] = arrays["R"]
    return tensors


def _base(layer: Recurrent) -> str:
    """Return the name of a layer's cell without its options."""
    return layer.cell.name.partition("+")[0]


def _left_to_code(model: Sequential) -> tuple[str, ...]:
    """Say what the code that loads a state_dict has to do itself."""
    found = [
        f"{layer.function} after {layer.name or 'the Linear'} is for the code that loads it"
        for layer in model.layers
        if isinstance(layer, Dense) and layer.function != "linear"
    ]
    found += [
        f"nonlinearity='relu' of {layer.name or 'the nn.RNN'} is for the code that loads it"
        for layer in model.recurrent
        if _base(layer) == RNN_RELU.name
    ]
    if not model.by_step and any(isinstance(layer, Dense) for layer in model.layers):
        last = next(layer for layer in model.recurrent if layer.returns != "steps")
        at = "out[:, -1]" if last.returns == "row" or len(last.cells) == 1 else "h_n of both directions"
        found.append(f"what stands after {last.name or 'the last layer'} reads {at}")
    found += [
        f"layer {layer.name} becomes a plain Linear; converted back to Keras it is a Dense, unless the file "
        "has kept gatewise's metadata"
        for layer in model.layers
        if isinstance(layer, Dense) and layer.form == "time_distributed"
    ]
    return tuple(found)
