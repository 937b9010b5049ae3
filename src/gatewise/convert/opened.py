"""`Opened`: what a file or folder holds, as far as it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.errors import ConvertError
from gatewise.learn.network import Network
from gatewise.learn.sequential import Sequential, from_network, to_network
from gatewise.support.files import named

if TYPE_CHECKING:
    from gatewise.teach.problem.problem import Problem
    from gatewise.train import Model


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What was read.

    Attributes
    ----------
    path : Path
    format : str
        A key of `FORMATS`.
    sequential : Sequential or None
        Its layers; None of a run, whose network may be more than layers.
    run : Model or None
        A whole model of `gatewise fit`: columns, scaling, network.
    problem : Problem or None
        A problem file: a cell, data, how the sheet looks.
    title : str
        What it is, where its format has several kinds of file.
    renamed : bool
        Whether layers have other names than their tensors: those of the model that was converted to the file.
    """

    path: Path
    format: str
    sequential: Sequential | None = None
    run: Model | None = None
    problem: Problem | None = None
    title: str = ""
    renamed: bool = False

    def layers(self) -> Sequential:
        """Return it as layers one after the other.

        Raises
        ------
        ConvertError
            If it is a network that is more than its layers; the message says why.
        """
        if self.sequential is not None:
            return self.sequential
        try:
            return from_network(self.network())
        except ConvertError as error:
            raise ConvertError(f"{named(self.path)}: {error}") from None

    def network(self) -> Network:
        """Return it as a network: that of a run, or of layers that are one.

        Raises
        ------
        ConvertError
            If the layers are no network; the message says why.
        """
        if self.run is not None:
            return self.run.network
        assert self.sequential is not None
        try:
            return to_network(self.sequential)
        except ConvertError as error:
            raise ConvertError(f"{named(self.path)}: {error}") from None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the file did not say and was taken so."""
        return () if self.sequential is None else self.sequential.notes
