"""Where the values of JSON and TOML stand: read by their libraries, then found in the text again."""

from __future__ import annotations

from typing import Any

from gatewise.support.files import JsonError, parse_json
from gatewise.teach.checker.read.source import ReadingError

WINDOW = 50_000  # characters within which the next value stands


class Finder:
    """Goes forward through a text and finds one value after the other."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def find(self, value: str) -> tuple[int, int]:
        """Return where `value` stands next, or where the search is if it is not found, as with escapes."""
        start = self.text.find(value, self.at, self.at + WINDOW + len(value))
        if start < 0:
            return self.at, self.at
        self.at = start + len(value)
        return start, self.at

    def quoted(self, value: str) -> tuple[int, int]:
        """Return where the characters of a string in double quotes stand, searched for as `find` does."""
        start, end = self.find(f'"{value}"')
        return (start + 1, end - 1) if end > start else (start, end)


def json_of(text: str, name: str) -> Any:
    """Return JSON whose numbers stay text, so that no digit is lost, or raise ReadingError."""
    try:
        return parse_json(text, parse_float=str, parse_int=str, parse_constant=str)
    except JsonError as error:
        raise ReadingError(f"{name}: {error}.") from None
