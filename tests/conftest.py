"""Fixtures that many tests share. Helpers that are plain functions are in helpers.py."""

import pytest

from gatewise.engine import available


@pytest.fixture(params=available())
def engine(request):
    """Each engine that can run here, by name: every numerical test runs for every engine."""
    return request.param


@pytest.fixture
def no_report(monkeypatch):
    """Runs in this process write no report.html, which takes ten times as long as a small run."""
    monkeypatch.setattr("gatewise.report.write", lambda *arguments: None)
