"""A .pt or .pth file: tensors by name, which torch reads with weights_only=True."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatewise.convert.tensors import read_weights
from gatewise.convert.torch.unread import check_tensors, check_whole
from gatewise.errors import ConvertError
from gatewise.support.arrays import FloatArray
from gatewise.support.extras import need
from gatewise.support.files import named


def unpickled(path: Path) -> dict[str, FloatArray]:
    """Return the tensors of a state_dict that torch saved, in its order: no code of a file is run.

    Raises
    ------
    ConvertError
        If it holds anything else, or tensors whose numbers are not in it.
    """
    data = read_weights(path)
    check_whole(path, data)
    if "torch" not in sys.modules:  # what tells much from nothing need not wait for it to be imported
        check_tensors(path, data)
    torch = need("torch", "torch", "a .pt file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, of how the file was pickled
            found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception:  # noqa: BLE001  # torch raises many kinds for what is no file of its own
        check_tensors(path, data)
        raise ConvertError(
            f"{named(path)} is no file that torch saved of tensors alone: another pickle, or damaged. "
            "Save model.state_dict(), best with safetensors.torch.save_file."
        ) from None
    tensors = _state_dict(path, found, torch.Tensor)
    if too_large := next((name for name, each in tensors.items() if not _is_held(each, len(data))), None):
        raise ConvertError(
            f"{named(path)}: {too_large} is {tuple(tensors[too_large].shape)}, and the file does not hold so "
            "many numbers. Save tensors that are contiguous and on the CPU."
        )
    return arrays_of(path, tensors)


def arrays_of(path: Path, tensors: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Return dense real tensors as arrays: float64 as it is, every narrower one as float32.

    Raises
    ------
    ConvertError
        If one of them is of other numbers, or has none that could be read.
    """
    read = {}
    for name, each in tensors.items():
        if each.is_meta:
            raise ConvertError(
                f"{named(path)}: {name} is on torch's meta device, where tensors have sizes and no numbers."
            )
        if not each.is_floating_point() or each.is_quantized or str(each.layout) != "torch.strided":
            what = f"{each.layout}, {each.dtype}" if each.is_floating_point() else f"{each.dtype}"
            raise ConvertError(f"{named(path)}: {name} is of {what}; weights are dense real numbers.")
        wide = "float64" in str(each.dtype)
        read[name] = (each if wide else each.float()).detach().cpu().resolve_neg().numpy()
    return read


def _state_dict(path: Path, found: Any, kind: type) -> dict[str, Any]:
    """Return tensors by name: the file's, or the only ones in a checkpoint, as training loops keep them."""

    def is_one(given: Any) -> bool:
        return (
            isinstance(given, dict) and bool(given) and all(isinstance(each, kind) for each in given.values())
        )

    if is_one(found):
        return {str(name): each for name, each in found.items()}
    inside = {name: each for name, each in found.items() if is_one(each)} if isinstance(found, dict) else {}
    if len(inside) == 1:
        return _state_dict(path, next(iter(inside.values())), kind)
    there = f" It has {', '.join(map(str, list(found)[:6]))}." if isinstance(found, dict) and found else ""
    raise ConvertError(
        f"{named(path)} is no state_dict: it is not tensors by name.{there} Save model.state_dict() alone."
    )


def _is_held(tensor: Any, size: int) -> bool:
    """Say whether a tensor is dense, and its numbers lie in a file of so many bytes."""
    plain = str(tensor.layout) == "torch.strided" and tensor.device.type == "cpu"
    return plain and tensor.numel() * tensor.element_size() <= size
