"""docs/convert.md prints the table of gate orders as the code has it."""

from __future__ import annotations

from pathlib import Path

from gatewise.cells.gate_orders import GATE_ORDERS
from gatewise.convert import FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "convert.md").read_text(encoding="utf-8")


def rows_after(heading):
    part = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_gate_orders_is_the_code_s():
    assert rows_after("Gate orders") == [
        [
            f"`{name}`", " ".join(order.gates), " ".join(order.letters), str(order.biases),
            "columns" if order.transposed else "rows", " ".join(order.peepholes), " ".join(order.gru),
        ]
        for name, order in GATE_ORDERS.items()
    ]  # fmt: skip


def test_the_table_of_formats_has_a_row_for_each():
    rows = {row[0].strip("`"): row for row in rows_after("The formats")}
    assert list(rows) == list(FORMATS)
    for name, format in FORMATS.items():
        _, file, reads, writes, _ = rows[name]
        assert all(f"`{suffix}`" in file for suffix in format.suffixes)
        assert reads.startswith("yes") == format.reads
        assert writes.startswith("no") != format.writes
