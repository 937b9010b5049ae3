"""Chromium, driven by node, for tests of pages; without them one sentence says what is missing."""

import json
import shutil
import subprocess
from functools import cache
from itertools import product

from paths import ROOT, TESTS

NODE_MODULES = ROOT / "web" / "node_modules"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Each width with each way to work it; theme and motion so that every pair of settings comes up. axe looks at both
# themes in each of them.
SETTINGS = [
    {
        "width": width,
        "hand": hand,
        "dark": (width == 390) != (hand == "keyboard"),
        "reduced": hand == "keyboard",
    }
    for width, hand in product((1280, 390), ("mouse", "keyboard"))
]


@cache
def missing():
    """What a test in a browser lacks on this machine, or nothing."""
    lacks = []
    if shutil.which("node") is None:
        lacks.append("node")
    if not any(map(shutil.which, CHROMIUM)):
        lacks.append("chromium (apt-get install chromium)")
    if not (NODE_MODULES / "playwright-core").is_dir() or not (NODE_MODULES / "axe-core").is_dir():
        lacks.append("web/node_modules (make web-same)")
    return f"tests of the pages in a browser need {' and '.join(lacks)}" if lacks else ""


def browse(group, pages, folder, **given):
    """Carry out tests/web/actions/GROUP.mjs on these pages in each setting; a result for each action and setting."""
    request = {
        "pages": {name: str(path) for name, path in pages.items()},
        "folder": str(folder),
        "settings": SETTINGS,
        **given,
    }
    done = subprocess.run(
        ["node", str(TESTS / "web" / "driver" / "run.mjs"), group],
        input=json.dumps(request, default=lambda array: array.tolist()), capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results, "no action was tried"
    return results


def what_was_wrong(results):
    """Sentences about what was wrong, each with its action and setting."""
    return [
        f"{one['name']} ({one['setting']['width']} px, {one['setting']['hand']}): {wrong}"
        for one in results
        for wrong in one["wrong"]
    ]
