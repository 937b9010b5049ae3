"""Pages to be visited, each made once for a session; a skip in one sentence where there is no browser."""

from pathlib import Path

import pytest
from browser import browse, missing, what_was_wrong

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Without a browser every test of this folder is skipped, all for the same reason."""
    reason = missing()
    for item in items:
        if reason and item.path.is_relative_to(HERE):
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
