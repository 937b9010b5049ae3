"""What draws examples and keeps count: seeds, hypothesis, or atheris, which is guided by coverage.

A kind of fuzzer is an object with `name`, `one(choose, note)`, which draws an example from `choose`, a random.Random, tells
it to `note` as a script, and raises Find, and `instrument`, names of packages whose branches atheris follows.
"""

import collections
import json
import random
import shutil
import sys
import time
import traceback

from fuzz import find as find_module
from paths import ROOT

PLACE = ROOT / "build" / "fuzz"
MOST_FINDS = 25  # of different causes: then something is wrong everywhere
ROUND = 200  # examples of hypothesis between two looks at the clock


class Count:
    """How many examples, how they ended, and the finds, each cause once; kept in a file that survives the process."""

    def __init__(self, kind, driver):
        PLACE.mkdir(parents=True, exist_ok=True)
        self.kind, self.name = kind, f"{kind.name}-{driver}"
        self.file, self.current = PLACE / f"{self.name}.json", (PLACE / f"{self.name}.current").open("w+")
        self.outcomes, self.known, self.finds = collections.Counter(), set(), []
        self.saved = 0.0

    def note(self, script):
        """Write the example down before it is tried: the process may end there."""
        self.script = script
        self.current.seek(0)
        self.current.truncate()
        self.current.write(script)
        self.current.flush()

    def one(self, choose):
        """Try an example; a find of a new cause is raised."""
        from fuzz.find import Find

        try:
            bytes_given = isinstance(choose, bytes)
            self.outcomes[(self.kind.from_bytes if bytes_given else self.kind.one)(choose, self.note)] += 1
        except Find as find:
            self.outcomes["find"] += 1
            if find.key not in self.known:
                find.script = self.script
                raise
        if time.monotonic() - self.saved > 1:
            self.save()

    def found(self, find, how):
        """Keep a find and say it, with a script that repeats it."""
        self.known.add(find.key)
        path = PLACE / f"find-{self.name}-{len(self.finds) + 1}.py"
        path.write_text(f'"""{how}: {find}"""\n{find.script}', encoding="utf-8", errors="replace")
        self.finds.append(str(path))
        print(f"\nFIND ({how}): {find}\n{path}:\n{find.script}", flush=True)
        if find.__cause__ is not None:
            print("".join(traceback.format_exception(find.__cause__)[-6:]), flush=True)
        self.save()
        if len(self.finds) >= MOST_FINDS:
            raise SystemExit(3)

    def save(self):
        """Write the counts where the process that started this one reads them."""
        self.saved = time.monotonic()
        self.file.write_text(json.dumps({"outcomes": self.outcomes, "finds": self.finds}))


def by_seeds(count, seconds, first, examples=None):
    """One example for each number, from `first` on: `--again NUMBER` repeats it."""
    from fuzz.find import Find

    end, number = time.monotonic() + seconds, first
    while time.monotonic() < end and (examples is None or number < first + examples):
        try:
            count.one(random.Random(number))
        except Find as find:
            count.found(find, f"seed {number}")
        number += 1


def by_hypothesis(count, seconds, first):
    """Drawn by hypothesis, which makes what it finds small, in rounds of 200."""
    from fuzz.find import Find
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis import strategies as st
    from hypothesis.errors import Flaky

    end, number = time.monotonic() + seconds, first
    checks = settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)  # fmt: skip
    while time.monotonic() < end:
        number += 1
        try:
            seed(number)(checks(given(st.randoms(use_true_random=False))(count.one)))()
        except Find as find:
            count.found(find, f"hypothesis, round {number}")
        except Flaky:  # seen once and not again: a busy machine, or a thread that wrote at another moment
            count.outcomes["seen once"] += 1


class Bytes(random.Random):
    """A random.Random whose draws are read from bytes, which atheris changes; past their end all are 0."""

    def __new__(cls, data):
        return super().__new__(cls)

    def __init__(self, data):
        super().__init__(0)
        self.data, self.at = data, 0

    def getrandbits(self, count):
        size = -(-count // 8)
        chunk = self.data[self.at : self.at + size]
        self.at += size
        return int.from_bytes(chunk.ljust(size, b"\0"), "little") & ((1 << count) - 1)

    def random(self):
        return self.getrandbits(16) / 2**16

    def _randbelow(self, n):
        return self.getrandbits(n.bit_length() + 8) % n if n > 1 else 0


def by_atheris(count, seconds, first):
    """Guided by the branches that the examples take in the package (pip install atheris)."""
    import atheris
    from fuzz.find import Find
    from fuzz.instrument import functions

    for function in functions(count.kind.instrument):
        atheris.instrument_func(function)
    find_module.LONGEST *= 10  # every branch is counted, in Python

    kind, of_bytes = count.kind, hasattr(count.kind, "from_bytes")

    def one_input(data):
        try:
            count.one(data if of_bytes else Bytes(data))
        except Find as find:
            count.found(find, f"atheris, {len(data)} bytes")

    def mutated(data, most, number):
        choose = random.Random(number)
        if choose.random() < 0.3 or len(data) < 2:
            return bytes(atheris.Mutate(data, most))
        try:
            return kind.mutated(data, choose)[:most]
        except Exception:  # noqa: BLE001  # of what damages, not of what reads
            return data[:most]

    corpus = PLACE / f"{count.name}.corpus"
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir()
    drawn = kind.corpus() if of_bytes else (random.Random(number).randbytes(300) for number in range(200))
    for number, data in enumerate(drawn):
        (corpus / f"{number}").write_bytes(data)
    limits = {"max_total_time": max(1, int(seconds)), "seed": first + 1, "max_len": 20_000 if of_bytes else 1500, "timeout": 3600, "rss_limit_mb": 0, "report_slow_units": 3600, "artifact_prefix": f"{PLACE}/"}  # fmt: skip
    flags = [f"-{name}={value}" for name, value in limits.items()]
    more = {"custom_mutator": mutated} if of_bytes else {}
    atheris.Setup([sys.argv[0], str(corpus), *flags], one_input, **more)
    atheris.Fuzz()


DRIVERS = {"seeds": by_seeds, "hypothesis": by_hypothesis, "atheris": by_atheris}


def last_script(kind, driver):
    """The script of the example that was tried last."""
    path = PLACE / f"{kind}-{driver}.current"
    return (
        path.read_text(encoding="utf-8", errors="replace")
        if path.exists()
        else "# before the first example\n"
    )
