"""Chromium, driven by node, for tests of pages; without them one sentence says what is missing."""

import json
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache
from threading import Timer

from paths import ROOT, TESTS

NODE_MODULES = ROOT / "web" / "node_modules"
DRIVER = TESTS / "web" / "driver" / "run.mjs"
# In the order of driver/browser.mjs: the shell draws the same pages for half of the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
NO_CHROMIUM = "needs Chromium (apt-get install chromium-headless-shell)"
LONGEST = 600  # seconds for one group of actions


@cache
def missing():
    """What a test in a browser lacks on this machine, or nothing."""
    lacks = []
    if shutil.which("node") is None:
        lacks.append("node")
    if CHROMIUM is None:
        lacks.append("chromium (apt-get install chromium-headless-shell)")
    if not (NODE_MODULES / "playwright-core").is_dir() or not (NODE_MODULES / "axe-core").is_dir():
        lacks.append("web/node_modules (make web-same)")
    return f"tests of the pages in a browser need {' and '.join(lacks)}" if lacks else ""


@contextmanager
def driver():
    """Node with one browser, for as long as groups of actions are asked of it."""
    command = ["node", str(DRIVER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        yield node


def browse(node, group, half, pages, folder, **given):
    """Carry out tests/web/actions/GROUP.mjs on these pages; a result for each action and setting."""
    request = {
        "group": group,
        "half": half,
        "pages": {name: str(path) for name, path in pages.items()},
        "folder": str(folder),
        **given,
    }
    watch = Timer(LONGEST, node.kill)
    watch.start()
    try:
        node.stdin.write(json.dumps(request, default=lambda array: array.tolist()) + "\n")
        node.stdin.flush()
        answer = node.stdout.readline()
    finally:
        watch.cancel()
    assert answer, "the driver ended, or took too long"
    said = json.loads(answer)
    assert "error" not in said, said["error"]
    assert said["results"], "no action was tried"
    return said["results"]


def what_was_wrong(results):
    """Sentences about what was wrong, each with its action and setting."""
    return [f"{one['name']} ({setting_of(one)}): {wrong}" for one in results for wrong in one["wrong"]]


def setting_of(one):
    """Return the setting of a result in words."""
    setting = one["setting"]
    theme = "dark" if setting["dark"] else "light"
    motion = ", reduced motion" if setting["reduced"] else ""
    return f"{setting['hand']}, {setting['width']} px, {theme}{motion}"
