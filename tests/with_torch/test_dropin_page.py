"""docs/torch.md: its blocks run one after the other, and print what stands below them."""

import contextlib
import io
import re

import paths
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

pytestmark = pytest.mark.peers

PAGE = (paths.DOCS / "torch.md").read_text(encoding="utf-8")


def test_every_block_prints_what_the_page_says():
    blocks = re.findall(r"^```python\n(.*?)^```\n(?:\n```\n(.*?)^```)?", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 5
    torch.manual_seed(0)
    names = {}
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == expected
