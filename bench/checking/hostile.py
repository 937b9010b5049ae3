"""How long `gatewise check` takes for long, awkward texts: seconds of CPU of each kind.

    python bench/checking/hostile.py                          a million characters of each kind
    python bench/checking/hostile.py --size 100000 --only words matrix

Each text is repeated, or goes on with other numbers, until it has so many characters; what is more than the
reader takes is refused by it in a sentence, and that is timed, too.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat

from gatewise.errors import GatewiseError
from gatewise.teach.checker.checking import check

ROW = " & ".join(["0.1"] * 100)


def _chains(draw: random.Random) -> Iterator[str]:
    for t in range(1, 10**9):
        a, b, c = (f"{draw.uniform(-2, 2):.4f}" for _ in range(3))
        yield f"$f_{{{t}}} = \\sigma(W_f x_{{{t}}} + U_f h_{{{t - 1}}}) = \\sigma({a} + {b}) = {c}$\n\n"


def _letters(draw: random.Random) -> Iterator[str]:
    for t in range(1, 10**9):
        a, b = (f"{draw.uniform(-2, 2):.4f}" for _ in range(2))
        yield f"$q_{{{t}}} = {a}$ and $p_{{{t}}} = q_{{{t}}} \\cdot q_{{{max(t - 1, 1)}}} + {a} = {b}$\n\n"


def _plain(draw: random.Random) -> Iterator[str]:
    for t in range(1, 10**9):
        a, b = (f"{draw.uniform(-2, 2):.4f}" for _ in range(2))
        yield f"c_{t} = f_{t} * c_{t - 1} + i_{t} * g_{t} = {a} * {b} + 0.3 = {a}\n"


def _begun(text: str, more: str) -> Callable[[random.Random], Iterator[str]]:
    return lambda _: chain([text], repeat(more))


def _repeated(text: str) -> Callable[[random.Random], Iterator[str]]:
    return _begun("", text)


KINDS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "chains": _chains,  # of other numbers, nearly all wrong
    "letters": _letters,
    "plain": _plain,
    "same": _repeated("$f_1 = \\sigma(0.3 \\cdot 0.5 + 0.1) = 0.5622$\n\n"),
    "words": _repeated("the forget gate is f_1 = 0.5 and so on and on, "),  # one line
    "brackets": _begun("$f_1 = ", "("),
    "matrix": _begun("$W = \\begin{bmatrix}", f"{ROW} \\\\ "),
    "rows": _begun("| t | f | i |\n|---|---|---|\n", "| 1 | 0.5 | 0.4 |\n"),
    "tags": _repeated("<table>"),
    "page": _begun("<html><body>", "<p>f<sub>1</sub> = σ(0.3) = 0.5744</p>"),
    "macros": _repeated("\\newcommand{\\a}{\\b\\b} "),
    "items": _repeated("- f_1: 0.5 = 0.6 =\n  ```math\n  = 0.7\n"),
}


def text_of(kind: str, size: int) -> str:
    parts, length = [], 0
    for part in KINDS[kind](random.Random(1)):
        parts.append(part)
        length += len(part)
        if length >= size:
            return "".join(parts)
    raise AssertionError


def main() -> None:
    """Check a text of each kind and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000, help="characters [1,000,000]")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    options = parser.parse_args()
    for kind in options.only:
        text, start = text_of(kind, options.size), time.process_time()
        name = f"{kind}.{'txt' if kind == 'plain' else 'html' if kind == 'page' else 'md'}"
        try:
            report = check(text, name=name)
            said = f"{len(report.numbers):,} numbers, {len(report.roots):,} findings"
        except GatewiseError as error:
            said = str(error)[:70]
        print(f"{kind:10} {time.process_time() - start:6.1f} s  {said}", flush=True)


if __name__ == "__main__":
    main()
