"""Pages to be visited, in one browser for a session; a skip in one sentence where there is none."""

from pathlib import Path

import pytest
from browser import browse, driver, missing, what_was_wrong

HERE = Path(__file__).parent
# Each action is carried out twice: by mouse and by keys, at either width, in either theme. The slow half is the same
# actions over again, each hand at the other width.
HALVES = [pytest.param(0, id="each-hand"), pytest.param(1, id="other-widths", marks=pytest.mark.slow)]


def pytest_collection_modifyitems(items):
    """Without a browser every test of this folder is skipped, all for the same reason."""
    if reason := missing():
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def node():
    """One browser for all tests."""
    with driver() as started:
        yield started


@pytest.fixture(params=HALVES)
def visit(request, node, tmp_path):
    """Carry out a group of actions on pages; nothing may be wrong, and the results are handed on."""

    def tried(group, pages, **given):
        results = browse(node, group, request.param, pages, tmp_path, **given)
        if wrong := what_was_wrong(results):
            pytest.fail("\n".join(wrong), pytrace=False)
        return results

    return tried
