"""Fixtures that many tests share. Helpers that are plain functions are in helpers.py."""

import io
import signal
import sys

import pytest
from shares import leave_out

from gatewise.engine.passes import available

# A shell starts what runs in the background with Ctrl-C ignored, and what that starts in turn ignores it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=available())
def engine(request):
    """Each engine that can run here, by name: every numerical test runs for every engine."""
    return request.param


@pytest.fixture
def run_here(capsysbinary, monkeypatch):
    """Run the command line in the folder of now; gives exit code, stdout and stderr."""
    from gatewise import cli

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = cli.main(list(map(str, arguments)))
        out, err = capsysbinary.readouterr()
        assert b"Traceback" not in out + err
        return code, out.decode(), err.decode()

    return run


@pytest.fixture
def run(run_here, monkeypatch, tmp_path):
    """Run the command line in an empty folder; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    return run_here


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Of a test marked `share(n)` one case in n runs every time, the others are slow: see `shares.leave_out`."""
    leave_out(items)
