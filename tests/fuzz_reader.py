"""A coverage-guided fuzzer for the reader: `python tests/fuzz_reader.py [-max_total_time=600]`.

Needs `pip install atheris`; not part of the tests. It starts from the worked example and from sheets of
every format, and stops at an exception other than ReadingError, or at an input that takes over 5 seconds.
"""

import inspect
import sys
import tempfile
from pathlib import Path

import atheris

import gatewise
from gatewise.checker.read import ReadingError, read

NAMES = ("a.md", "a.tex", "a.txt", "a.json", "a.toml", "a.csv", "a.ipynb", "document")
DATA = Path(__file__).parent / "data"


def instrument() -> None:
    """Watch which branches of the reader are taken."""
    for name, module in list(sys.modules.items()):
        if name.startswith("gatewise.checker.read"):
            for thing in vars(module).values():
                parts = vars(thing).values() if inspect.isclass(thing) else (thing,)
                for part in parts:
                    if inspect.isfunction(part) and part.__module__ == name:
                        atheris.instrument_func(part)


def one_input(data: bytes) -> None:
    """Read one document, whose first byte chooses the format."""
    name = NAMES[data[0] % len(NAMES)] if data else "document"
    try:
        reading = read(data[1:].decode("utf-8", "replace"), name=name)
    except ReadingError:
        return
    for number in reading.numbers:
        place = number.at
        assert 0 <= place.offset <= len(reading.text)


def seeds(folder: Path) -> None:
    """Documents to start from, some of each format, in pieces."""
    sheet = gatewise.worksheet(*_model(), digits=4)
    texts = {f".{format}": [sheet.render(format)] for format in ("md", "tex", "json")}
    texts[".txt"] = [sheet.render("text"), sheet.render("text", unicode=False)]
    for path in DATA.glob("*.*"):
        texts.setdefault(path.suffix, []).append(path.read_text(encoding="utf-8"))
    texts[".toml"] = ['[claims]\n"d_state@t=0" = "-0.05349"\nx = [["1", "2"]]\n']
    texts[".csv"] = ["quantity,value\nd_state@t=0,-0.05349\n"]
    for k, name in enumerate(NAMES):
        for n, text in enumerate(texts.get(Path(name).suffix, [])):
            for piece in range(0, min(len(text), 40_000), 2000):
                (folder / f"{k}-{n}-{piece}").write_bytes(bytes([k]) + text[piece : piece + 2000].encode())


def _model():
    params = gatewise.Params.init(2, 2, seed=1, dtype="float64")
    return params, [[1.0, 2.0], [0.5, 3.0]], [[0.5, 0.1], [1.25, 0.2]]


if __name__ == "__main__":
    instrument()
    with tempfile.TemporaryDirectory() as corpus:
        seeds(Path(corpus))
        arguments = [*sys.argv, corpus, "-timeout=5", "-max_len=4000"]
        atheris.Setup(arguments, atheris.instrument_func(one_input))
        atheris.Fuzz()
