"""Looking ahead in a long text: where a sign stands next is remembered, also that it does not."""

from __future__ import annotations

import re
from collections.abc import Callable

_CHARACTER = re.compile(r"[^\n]")


def blanked(text: str) -> str:
    """Return blanks in the place of a text, its lines as they were."""
    return _CHARACTER.sub(" ", text)


class Ahead:
    """Finds what stands next, from places that only go on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[str, int] = {}

    def next(self, sign: str, at: int) -> int:
        """Return where `sign` stands next from `at`, or past the end."""
        return self._remembered(sign, at, lambda: self.text.find(sign, at))

    def next_match(self, name: str, pattern: re.Pattern[str], at: int) -> int:
        """Return where a pattern, remembered by `name`, matches next from `at`, or past the end."""

        def find() -> int:
            found = pattern.search(self.text, at)
            return -1 if found is None else found.start()

        return self._remembered(name, at, find)

    def _remembered(self, name: str, at: int, find: Callable[[], int]) -> int:
        known = self._found.get(name, -1)
        if known < at:
            known = find()
            self._found[name] = known = len(self.text) if known < 0 else known
        return known
