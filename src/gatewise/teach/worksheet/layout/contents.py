"""What a renderer takes of a worksheet: the document laid out, or every line with all its digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gatewise.learn.derivatives import DerivativeReport
from gatewise.support.reprs import short_repr
from gatewise.teach.worksheet.layout.document import Document
from gatewise.teach.worksheet.work.lines import Line


@dataclass(frozen=True)
class Verified:
    """What was verified on a sheet."""

    derivatives: DerivativeReport | None  # None without labels: nothing was derived
    lines_shown: int  # substituted sides that are displayed
    lines_reproduced: int  # of them, how many give the displayed result from what is displayed

    @property
    def ok(self) -> bool:
        derived = self.derivatives is None or bool(self.derivatives.ok)
        return derived and self.lines_reproduced == self.lines_shown

    def __repr__(self) -> str:
        lines = f"{self.lines_reproduced} of {self.lines_shown} lines reproduced"
        return short_repr(self, "ok" if self.ok else "NOT ok", lines, repr(self.derivatives))


class SheetContents(Protocol):
    """A worksheet as the renderers know it."""

    title: str
    notation: str
    lines: tuple[Line, ...]

    @property
    def used_by(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def document(self) -> Document: ...

    @property
    def summary(self) -> dict[str, Any]: ...

    @property
    def verified(self) -> Verified: ...
