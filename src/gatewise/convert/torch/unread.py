"""Why a .pt file is not read, told without torch: a zip that ends too soon, a pickle of more than tensors."""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path

from gatewise.errors import ConvertError
from gatewise.support.files import named
from gatewise.support.given import listed, one_line

_ZIP, _PICKLE, _PICKLE_2 = b"PK\x03\x04", "data.pkl", b"\x80"
_MOST = 20_000_000  # bytes of a pickle that are looked through: that of 10,000 tensors has 1,500,000
_PARTS = 5  # pickles one after the other in a file of torch before 1.6
_TENSORS = ("torch", "collections", "builtins", "__builtin__", "numpy", "_codecs", "copyreg", "copy_reg")
_LONGEST = 80  # characters of a name in a message


def check_whole(path: Path, data: bytes) -> None:
    """Refuse a file that begins as a zip and has no end of one.

    Raises
    ------
    ConvertError
    """
    if not data.startswith(_ZIP):
        return
    try:
        zipfile.ZipFile(io.BytesIO(data)).close()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ConvertError(
            f"{named(path)} is cut short or damaged: a zip, as torch writes it, without the "
            f"list of what it holds at the end of its {len(data):,} bytes. Copy or download it again."
        ) from None


def check_tensors(path: Path, data: bytes) -> None:
    """Refuse a file whose pickle names other classes than those of tensors: a whole model, or settings.

    Nothing is unpickled: the names are looked for alone.

    Raises
    ------
    ConvertError
    """
    code = list(dict.fromkeys(name for name in _classes(data) if not _is_of_tensors(name)))
    if code:
        names = listed([one_line(name)[:_LONGEST] for name in code[:3]])
        raise ConvertError(
            f"{named(path)} is a whole model or more than tensors: its pickle has objects of {names}, and "
            "code of a file is never run. Save torch.save(model.state_dict(), FILE), best with "
            "safetensors.torch.save_file."
        )


def _is_of_tensors(name: str) -> bool:
    return name.split(".")[0] in _TENSORS and not name.startswith("torch.nn.modules.")


def _classes(data: bytes) -> Iterator[str]:
    """Go through the names of classes and functions in the pickle of a file; none of what cannot be read."""
    try:
        yield from _named_in(_pickle_of(data))
    except (ValueError, OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError, IndexError):
        return  # torch says that it is damaged


def _pickle_of(data: bytes) -> bytes:
    if not data.startswith(_ZIP):
        return data if data.startswith(_PICKLE_2) else b""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for about in archive.infolist():
            if about.filename.rpartition("/")[2] == _PICKLE and about.file_size <= _MOST:
                return archive.read(about)
    return b""


def _named_in(pickled: bytes) -> Iterator[str]:
    """Go through the names that a pickle asks for, or several pickles one after the other."""
    file = io.BytesIO(pickled)
    for _ in range(_PARTS):
        texts = ["", ""]  # the last two, of which STACK_GLOBAL makes a name
        kept: dict[int, str] = {}  # texts to which the pickle comes back by their numbers
        count, last = 0, ""
        for about, value, _place in pickletools.genops(file):
            number = value if isinstance(value, int) else count
            if about.name == "GLOBAL":
                yield str(value).replace(" ", ".", 1)
            elif about.name == "STACK_GLOBAL":
                yield ".".join(texts)
            elif "GET" in about.name and number in kept:
                texts = [texts[1], kept[number]]
            elif about.name == "MEMOIZE" or "PUT" in about.name:
                count += 1
                if last:
                    kept[number] = last
            elif isinstance(value, str):
                texts = [texts[1], value]
            last = value if isinstance(value, str) and about.name != "GLOBAL" else ""
