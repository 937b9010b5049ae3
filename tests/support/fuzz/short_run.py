"""A short run of a fuzzer, as the tests have one for each kind."""

import subprocess
import sys

from paths import SUPPORT


def short_run(kind, examples, *options):
    """Fail unless the fuzzer of a kind, in a process of its own, finds nothing in so many examples."""
    count = str(examples)
    command = [sys.executable, str(SUPPORT / "fuzz_run.py"), kind, "--by", "seeds", "--examples", count]
    done = subprocess.run([*command, *options], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-5000:]
    assert f"{kind}, by seeds: {count} in" in done.stdout
