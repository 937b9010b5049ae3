"""Cells of one's own, as people write them: equations in a text, or in a TOML file."""

from gatewise.cells.own.cell_file import load_cell
from gatewise.cells.own.equations import read_cell

__all__ = ["load_cell", "read_cell"]
