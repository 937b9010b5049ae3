"""The package as installed: one version, typed, light to import, and an honest `info`."""

import json
import os
import re
import subprocess
import sys
from importlib import metadata, resources

import numpy as np
import pytest
from packaging.specifiers import SpecifierSet
from paths import ROOT

import gatewise
from gatewise.support.info import OPTIONAL, info

# `import gatewise` may bring NumPy and nothing else; what the command line and extras use comes when asked.
COMMAND_LINE = ["typer", "click", "rich", "pydantic", "jinja2"]
EXTRAS = ["typst", "torch", "jax", "keras", "tensorflow", "onnx", "sklearn", "matplotlib", "pandas", "polars"]
HEAVY = [*COMMAND_LINE, *EXTRAS, "pyarrow", "IPython", "nbformat"]


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True
    )


# What packages of the peers' extra, which the pins leave out, ask of packages that are pinned.
ASKED_BY_PEERS = {"mpmath": "<1.4"}  # sympy 1.14, which torch 2.13 brings


def test_pins_leave_room_for_the_peers():
    """`make test-peers` installs torch under these pins."""
    pins = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    assert len(pins) > 30
    for name, asked in ASKED_BY_PEERS.items():
        assert pins[name] in SpecifierSet(asked)


def test_every_wing_and_room_has_a_place_in_the_architecture():
    described = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "gatewise"
    folders = {path.parent.name for depth in ("*", "*/*") for path in package.glob(f"{depth}/__init__.py")}
    assert sorted(name for name in folders if f"`{name}/`" not in described) == []


def test_the_architecture_names_files_that_are_there():
    described = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_/]+\.(?:py|cpp|hpp|toml|js|mjs|ts|typ))`", described)
    files = ["/pyproject.toml", *(path.as_posix() for path in (ROOT / "web").glob("*.*"))]
    files += [
        path.as_posix()
        for folder in ("src", "cpp", "tests", "bench", "web/src")
        for path in (ROOT / folder).rglob("*.*")
    ]
    assert len(named) > 50
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in files)] == ["fit.toml"]


PAGES = [
    path
    for folder in (".", "docs", "docs/benchmarks", "docs/explore")
    for path in (ROOT / folder).glob("*.md")
]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PATH = re.compile(r"`((?:src|cpp|tests|docs|bench|examples|web)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_and_paths_of_a_page_lead_to_something(page):
    """Except the changelog, which speaks of what was, and files that a recipe makes."""
    text = page.read_text(encoding="utf-8")
    made = set(re.findall(r"^New file `([^`]+)`", text, re.MULTILINE))
    links = [link for link in _LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    paths = (
        [] if page.name == "CHANGELOG.md" else [path for path in _PATH.findall(text) if "NAME" not in path]
    )
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [path for path in paths if not (ROOT / path).exists() and path not in made] == []


def test_one_version_everywhere():
    assert gatewise.__version__ == metadata.version("gatewise")


def test_types_are_shipped():
    package = resources.files("gatewise")
    assert package.joinpath("py.typed").is_file()
    assert package.joinpath("_core.pyi").is_file()


def test_command_is_installed():
    (command,) = metadata.entry_points(group="console_scripts", name="gatewise")
    assert callable(command.load())


def test_import_brings_nothing_heavy():
    result = run_python(f"import gatewise, sys; print(*[name for name in {HEAVY} if name in sys.modules])")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_public_names_exist():
    missing = [name for name in gatewise.__all__ if not hasattr(gatewise, name)]
    assert missing == []
    assert len(gatewise.__all__) == len(set(gatewise.__all__))


def test_info_is_complete_and_json():
    facts = info()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["version"] == gatewise.__version__
    assert facts["numpy"] == np.__version__
    assert facts["instruction_set"] in facts["instruction_sets"]
    assert facts["cpu"]["model"]
    assert 1 <= facts["cpu"]["available"] <= facts["cpu"]["logical"]
    assert set(facts["packages"]) <= set(OPTIONAL)


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="cannot restrict a process to some CPUs here"
)
def test_info_counts_the_cpus_this_process_may_use():
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from gatewise.support.info import info; print(info()['cpu']['available'])"
    )
    assert run_python(code).stdout.strip() == "1"


def test_info_refuses_an_instruction_set_that_cannot_run():
    result = run_python("from gatewise.support.info import info; info()", GATEWISE_ISA="neon")
    assert result.returncode != 0
    assert "EngineError: GATEWISE_ISA=neon cannot run here; this build and CPU offer: " in result.stderr
