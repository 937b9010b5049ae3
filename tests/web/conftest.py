"""Pages to be visited, each made once for a session; a skip in one sentence where there is no browser."""

from pathlib import Path

import pytest
from browser import browse, missing, what_was_wrong

HERE = Path(__file__).parent
# All of the folder takes ten minutes on two cores; these say every time that the pages open and work.
QUICK = (
    "test_the_numbers_that_pages_are_compared_with_are_the_engines",
    "test_stepping",
    "test_holding_a_gate",
)


def pytest_collection_modifyitems(items):
    """Without a browser every test of this folder is skipped, all for the same reason; most are slow."""
    reason = missing()
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        if item.originalname not in QUICK:
            item.add_marker(pytest.mark.slow)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def visit(tmp_path):
    """Carry out a group of actions on pages; nothing may be wrong, and the results are handed on."""

    def tried(group, pages, **given):
        results = browse(group, pages, tmp_path, **given)
        if wrong := what_was_wrong(results):
            pytest.fail("\n".join(wrong), pytrace=False)
        return results

    return tried
