"""All fuzzers: `make fuzz`, or `make fuzz KIND=arguments SECONDS=60`.

    python tests/support/fuzz_run.py --seconds 600 [KIND ...]
    python tests/support/fuzz_run.py arguments --by seeds --examples 300 --first 1
    python tests/support/fuzz_run.py arguments --again 4711        # the example of a seed, as a script

Each kind runs in a process of its own, so that one that ends is seen: what it tried last is a find then, and it goes
on. At the end of each the counts; exit code 1 on a find. What is found is kept in build/fuzz, with a script that
repeats it.
"""

import argparse
import collections
import importlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

from builds import environment

sys.path.append(str(Path(__file__).parent / "documents"))
from fuzz.drivers import DRIVERS, PLACE, Count, last_script
from sanitize import sanitized

KINDS = {  # kind: (module, the drivers of `make fuzz`)
    "arguments": ("fuzz.arguments", ("seeds", "hypothesis", "atheris")),
    "documents": ("fuzz.documents", ("hypothesis", "atheris")),
    "problems": ("fuzz.kinds_teach", ("seeds", "atheris")),
    "configs": ("fuzz.kinds_train", ("seeds", "atheris")),
    "csv": ("fuzz.kinds_train", ("seeds", "atheris")),
    "parquet": ("fuzz.kinds_train", ("seeds",)),
    "onnx": ("fuzz.kinds_convert_onnx", ("seeds",)),
    "runs": ("fuzz.kinds_train", ("seeds",)),
    "hand-ins": ("fuzz.kinds_teach", ("seeds", "atheris")),
    "keys": ("fuzz.kinds_teach", ("seeds", "atheris")),
    "safetensors": ("fuzz.kinds_convert", ("seeds",)),
    "keras": ("fuzz.kinds_convert", ("seeds",)),
    "keras-weights": ("fuzz.kinds_convert", ("seeds",)),
}
SANITIZED = ("arguments",)  # the others are read in Python, and by libraries that are not built for it
LONGEST_END = 180  # seconds that a fuzzer has for its last example, and to end
FOUND = 3  # what a process with finds exits with: 1 is that of an exception which nobody expected
ALLOCATE = "max_allocation_size_mb=2000:hard_rss_limit_mb=6000"  # what is asked for beyond is refused


def kind_of(name):
    """The object that knows how to fuzz a kind."""
    return importlib.import_module(KINDS[name][0]).KINDS[name]()


def watched(name, driver, seconds, options):
    """Run one fuzzer in a process of its own, again where that ends; its finds."""
    sanitize = name in SANITIZED and not options.plain
    changes = {}
    if sanitize:
        broken = {
            "source": options.source,
            "directory": "fuzz-broken",
            "GATEWISE_INSTRUCTION_SETS": "portable",
        }
        changes = sanitized(**(broken if options.source else {}))
        changes["ASAN_OPTIONS"] += f":{ALLOCATE}"
    total, finds, first = collections.Counter(), [], options.first
    begin, runs = time.monotonic(), 0
    while (left := seconds - (time.monotonic() - begin)) > 0 and runs < 20:
        runs += 1
        command = [
            sys.executable,
            __file__,
            name,
            "--inside",
            "--by",
            driver,
            "--seconds",
            str(left),
            "--first",
            str(first),
        ]
        command += ["--examples", str(options.examples)] if options.examples else []
        command += ["--only", options.only]
        result = PLACE / f"{name}-{driver}.json"
        result.unlink(missing_ok=True)
        with (PLACE / f"{name}-{driver}.err").open("w+") as errors:
            try:
                patience = left + LONGEST_END
                code = subprocess.run(
                    command, env=environment(**changes), stderr=errors, timeout=patience
                ).returncode
            except subprocess.TimeoutExpired:
                code = "it does not end"
            errors.seek(0)
            said = errors.read()[-6000:]
        told = json.loads(result.read_text()) if result.exists() else {"outcomes": {}, "finds": []}
        total.update(told["outcomes"])
        finds += told["finds"]
        if code in (0, FOUND):
            break
        if not told["outcomes"]:
            runs = 20  # nothing was tried: it would end so again
        path = PLACE / f"find-{name}-{driver}-ended-{runs}.py"
        path.write_text(last_script(name, driver))
        finds.append(str(path))
        print(f"\nFIND: the process ended ({code}).\n{said}\n{path}:\n{path.read_text()}", flush=True)
        first += 10**6
    how = ", ".join(f"{outcome} {number:,}" for outcome, number in total.most_common())
    spent = time.monotonic() - begin
    print(
        f"{name}, by {driver}{', sanitized' * sanitize}: {sum(total.values()):,} in {spent:.0f} s ({how}); {len(finds)} finds",
        flush=True,
    )
    return finds


def inside(options):
    """The fuzzer itself, in the process that is watched."""
    (name,), (driver,) = options.kinds, [options.by]
    kind = kind_of(name)
    kind.only = options.only
    kind.begin()
    count = Count(kind, driver)
    more = {"examples": options.examples} if driver == "seeds" else {}
    try:
        DRIVERS[driver](count, options.seconds, options.first, **more)
    finally:
        count.save()
        kind.end()
    return FOUND if count.finds else 0


def main():
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    read.add_argument("--seconds", type=float, default=600)
    read.add_argument("--by", choices=DRIVERS, help="what draws [what suits the kind]")
    read.add_argument("--first", type=int, default=0, help="the first seed")
    read.add_argument("--examples", type=int, help="so many seeds at most")
    read.add_argument("--only", default="", help="of arguments: a pattern of the names that are called")
    read.add_argument("--source", type=Path, help="the sources of another compiled core, broken on purpose")
    read.add_argument("--plain", action="store_true", help="without sanitizers")
    read.add_argument("--again", type=int, help="print the example of this seed as a script, and try it")
    read.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = read.parse_args()
    if unknown := set(options.kinds) - set(KINDS):
        read.error(f"no such kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    PLACE.mkdir(parents=True, exist_ok=True)
    if options.inside:
        return inside(options)
    if options.again is not None:
        kind = kind_of(*options.kinds)
        kind.begin()
        print(kind.one(random.Random(options.again), print))
        return 0
    finds = []
    for name in options.kinds or KINDS:
        for driver in [options.by] if options.by else KINDS[name][1]:
            finds += watched(name, driver, options.seconds, options)
    return bool(finds)


if __name__ == "__main__":
    sys.exit(main())
