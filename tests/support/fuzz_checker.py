"""Two fuzzers for the whole of `gatewise.check`: reader, judge and the report in every format.

    make fuzz                                                # both, ten minutes each
    python tests/support/fuzz_checker.py -max_total_time=600         # atheris, guided by coverage (pip install atheris)
    python tests/support/fuzz_checker.py --hypothesis 600            # hypothesis, for so many seconds of CPU

Not part of the tests; tests/test_check_damaged.py has a short run and what was found. Both start from the
documents of damage.py and stop at an exception other than ReadingError, at a report that breaks a rule of
`survives`, and at a document that takes over 5 seconds of CPU.
"""

import inspect
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

from hypothesis import HealthCheck, given, seed, settings

MOST = 6000  # characters of a document


def with_hypothesis(seconds: float) -> None:
    """Damage drawn by hypothesis, in rounds of 200 documents."""
    from damage import survives
    from test_check_damaged import DAMAGED

    start, number = time.process_time(), 0
    while time.process_time() - start < seconds:
        number += 1
        checks = settings(
            max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        seed(number)(checks(given(DAMAGED)(lambda document: survives(document[1], f"a{document[0]}"))))()
        print(f"{number * 200} documents, {time.process_time() - start:.0f} s of CPU", flush=True)


def _functions() -> Iterator[FunctionType]:
    """Every function of the checker that is imported by now."""
    for name, module in list(sys.modules.items()):
        if name.startswith("gatewise.teach.checker"):
            for thing in list(vars(module).values()):
                for part in [thing, *(vars(thing).values() if inspect.isclass(thing) else ())]:
                    for function in (part, *(getattr(part, at, None) for at in ("fget", "func", "__func__"))):
                        if inspect.isfunction(function) and function.__module__ == name:
                            yield function


def with_atheris(arguments: list[str]) -> None:
    """Damage guided by the branches that the checker takes."""
    import atheris
    from damage import SUFFIXES, damaged, documents, survives

    for function in _functions():
        atheris.instrument_func(function)
    known = documents()
    texts = [text[:MOST] for _, text in known]

    def one_input(data: bytes) -> None:
        suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else ""
        survives(data[1:].decode("utf-8", "replace"), f"a{suffix}")

    def mutated(data: bytes, most: int, number: int) -> bytes:
        choose = random.Random(number)
        if choose.random() < 0.3 or len(data) < 2:
            return bytes(atheris.Mutate(data, most))
        text = data[1:].decode("utf-8", "replace")
        for _ in range(choose.randrange(1, 4)):
            text = damaged(text, choose, texts)
        return (data[:1] + text.encode("utf-8"))[:most]

    with tempfile.TemporaryDirectory() as corpus:
        for k, (suffix, text) in enumerate(known):
            for piece in range(0, min(len(text), 8 * MOST), MOST):
                data = bytes([SUFFIXES.index(suffix)]) + text[piece : piece + MOST].encode()
                (Path(corpus) / f"{k}-{piece}").write_bytes(data)
        # `survives` counts seconds of CPU; this limit is of the clock, and a machine may be paused.
        limits = ["-timeout=3600", f"-max_len={2 * MOST}", "-rss_limit_mb=2048"]
        atheris.Setup([*arguments, corpus, *limits], one_input, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    if "--hypothesis" in sys.argv:
        with_hypothesis(float(sys.argv[-1]))
    else:
        with_atheris(sys.argv)
