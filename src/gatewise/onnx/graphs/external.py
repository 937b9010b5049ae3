"""Files of external data: weights that lie beside the model, in its own folder and nowhere else."""

from __future__ import annotations

from pathlib import Path

from gatewise.errors import ConvertError
from gatewise.support.files import open_input
from gatewise.support.given import brief

_OUTSIDE = "external data are read from files in the model's folder alone, and not through links"


class ExternalFiles:
    """Reads from the files beside a model: each stretch once, and no more in all than the files have.

    Parameters
    ----------
    folder : Path
        The model's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[str, int, int], bytes] = {}

    def read(self, where: str, location: str, offset: int, needed: int) -> bytes:
        """Return the bytes of a tensor, which messages call `where`.

        Raises
        ------
        ConvertError
            If they lie outside the folder, are not there, or are those of other tensors, too.
        """
        key = (location, offset, needed)
        if key in self._read:
            return self._read[key]
        parts = location.replace("\\", "/").split("/")
        if not location or parts[0] == "" or ".." in parts or ":" in location or "\0" in location:
            raise ConvertError(f"{where} lies in {brief(location)}: {_OUTSIDE}.")
        path = self.folder / location
        try:
            if not path.resolve().is_relative_to(self.folder.resolve()) or path.is_symlink():
                raise ConvertError(f"{where} lies in {brief(location)}, a link: {_OUTSIDE}.")
            with open_input(path, link=False) as file:
                size = file.seek(0, 2)
                self._check(where, location, size, offset, needed)
                file.seek(offset)
                found = file.read(needed)
        except OSError as error:
            raise ConvertError(
                f"{where} lies in {brief(location)}, which cannot be read: {error.strerror or error}. Keep "
                "it beside the model."
            ) from None
        self._read[key] = found
        return found

    def _check(self, where: str, location: str, size: int, offset: int, needed: int) -> None:
        there = max(size - offset, 0)
        if there < needed:
            raise ConvertError(
                f"{where} has {needed:,} bytes, and {brief(location)} has {there:,} of them: it is cut "
                "short, or of another model."
            )
        others = sum(length for name, _, length in self._read if name == location)
        if others + needed > size:
            raise ConvertError(f"{where} lies in {brief(location)} where other tensors lie, too.")
