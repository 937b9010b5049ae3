"""A module of torch: its state_dict, read as a file of it is, and what the module says beside that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from gatewise.convert.formats import Choices
from gatewise.convert.opened import Opened
from gatewise.convert.torch.names import CELL, of_layer
from gatewise.convert.torch.pickled import arrays_of
from gatewise.convert.torch_file import of_tensors
from gatewise.errors import ConvertError
from gatewise.support.extras import need
from gatewise.support.foreign import is_plain

FORMAT = "torch"
_FUNCTIONS = ("Tanh", "ReLU", "Sigmoid", "Softmax")  # of torch.nn, after a Linear in an nn.Sequential


def read(module: Any, choices: Choices) -> Opened:
    """Read a module as it stands; its numbers are copied."""
    torch = need("torch", "torch", "a torch module")
    path = Path(type(module).__name__)
    tensors = module.state_dict()
    if others := [name for name, each in tensors.items() if not isinstance(each, torch.Tensor)]:
        kind = type(tensors[others[0]]).__name__
        raise ConvertError(
            f"{path} keeps {others[0]} as {kind} and not as a tensor, as quantized modules do. Take the "
            "module that it was made from."
        )
    arrays = {name: each.copy() for name, each in arrays_of(path, tensors).items()}
    told = {**dict(_functions(torch, module)), **choices.functions}
    opened = of_tensors(path, arrays, choices._replace(functions=told), as_built=True)
    return Opened(path=path, format=FORMAT, sequential=opened.sequential, title="a torch module")


def batch_first(module: Any, given: Any) -> Any:
    """Return a tensor as an array (N, T, D), also where the module has it as (T, N, D)."""
    torch = need("torch", "torch", "a torch module")
    if not isinstance(given, torch.Tensor) or not is_plain(given) or given.is_complex():
        return given  # what cannot be read is refused where arrays are
    layers = [each for each in module.modules() if isinstance(each, torch.nn.RNNBase)]
    turned = given.dim() == 3 and any(not layer.batch_first for layer in layers[:1])
    array = (given.transpose(0, 1) if turned else given).detach().cpu().resolve_neg()
    return (array if array.dtype is torch.float64 else array.float()).numpy()


def _functions(torch: Any, module: Any) -> Iterator[tuple[str, str]]:
    """Yield the functions that a state_dict does not say, by the names of their layers."""
    for name, each in module.named_modules():
        if isinstance(each, torch.nn.RNN):
            for number in range(each.num_layers):
                yield of_layer(name, f"_l{number}"), each.nonlinearity
        elif isinstance(each, torch.nn.RNNCell):
            yield name or CELL, each.nonlinearity
        elif isinstance(each, torch.nn.Sequential):
            children = list(each.named_children())
            for (own, layer), (_, after) in pairwise(children):
                kind = type(after).__name__
                if isinstance(layer, torch.nn.Linear) and kind in _FUNCTIONS:
                    yield f"{name}.{own}" if name else own, kind.lower()
