"""Every page of HTML that gatewise makes has one security policy, from one place, which allows what is in it and no more."""

import base64
import hashlib
import re
import subprocess

import pytest
from browser import CHROMIUM, NO_CHROMIUM
from paths import DOCUMENTS, PACKAGE
from series_files import SMALL, series

import gatewise
from gatewise import cli

POLICY = re.compile(
    r"default-src 'none'; img-src data:; style-src (\S+); script-src (\S+); base-uri 'none'; form-action 'none'"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """One page of each kind, by name; charts of a forecast, of quantiles and of classes."""
    folder = tmp_path_factory.mktemp("pages")
    cli.main(["work", "-o", str(folder / "sheet.html")])
    cli.main(["check", str(DOCUMENTS / "worked-example.md"), "-o", str(folder / "check.html")])
    cli.main(["explore", "-o", str(folder / "explore.html"), "--no-open"])
    cli.main(["exercise", "--kind", "fill", "--to", "html", "-o", str(folder / "exercise")])
    table = series(160)
    kind = {"kind": ["high" if value > 0 else "low" for value in table["load"]]}
    drawn = {**SMALL, "report": True}
    gatewise.fit(table, run=folder / "forecast", **drawn)
    gatewise.fit(table, run=folder / "bands", **{**drawn, "loss": "pinball"})
    classes = {name: value for name, value in drawn.items() if name != "horizon"}
    gatewise.fit(table | kind, run=folder / "classes", **{**classes, "target": "kind", "task": "classify"})
    found = [folder / f"{name}.html" for name in ("sheet", "check", "explore")]
    found += [*sorted((folder / "exercise").glob("*.html")), folder / "forecast" / "explore.html"]
    found += [folder / name / "report.html" for name in ("forecast", "bands", "classes")]
    return found


def contents(page, tag):
    """What is in the elements; data, which have a type, are no script."""
    return re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)


def hashed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_all_pages_have_the_same_policy_of_what_is_in_them(pages):
    assert len(pages) == 9
    for path in pages:
        page = path.read_text("utf-8")
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
        allowed = POLICY.fullmatch(policy)
        assert allowed, (path, policy)
        for tag, sources in zip(("style", "script"), allowed.groups(), strict=True):
            assert [sources] == ([hashed(text) for text in contents(page, tag)] or ["'none'"]), (path, tag)


def test_no_page_has_what_its_policy_would_not_apply(pages):
    for path in pages:
        page = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"<[^>]*\s(style|on\w+)=", page), path
        assert not re.search(r'<(?:link|img|script)[^>]*(?:href|src)="(?!data:)', page), path


def test_the_policy_is_written_in_one_place():
    places = [
        path.name
        for path in PACKAGE.rglob("*")
        if path.suffix in (".py", ".jinja") and "default-src" in path.read_text("utf-8")
    ]
    assert places == ["pages.py"]


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_a_browser_has_nothing_to_complain_of(pages, tmp_path):
    """What a policy forbids stands on the browser's console."""
    begin = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--enable-logging=stderr",
    ]

    def said(path):
        done = subprocess.run(
            [*begin, "--v=0", "--dump-dom", path.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    forbidden = tmp_path / "forbidden.html"
    forbidden.write_text(pages[0].read_text("utf-8").replace("<h1>", '<h1 style="color: red">'))
    assert any(
        "Content Security Policy" in line for line in said(forbidden)
    )  # so that silence means something
    assert {path.name: said(path) for path in pages if said(path)} == {}
