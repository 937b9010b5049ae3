"""The README's Python example runs as it stands and prints what the README says."""

import re
import subprocess
import sys

import paths

README = paths.README.read_text(encoding="utf-8")


def test_the_example_prints_what_the_readme_shows(tmp_path):
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    shown = re.search(r"```\n(forget gate.*?)```", README, re.DOTALL)
    assert code
    assert shown
    assert "in ten lines" in README
    assert len([line for line in code[1].splitlines() if line.strip()]) == 10
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code[1]], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert run.stderr == ""
    assert run.stdout == shown[1]
