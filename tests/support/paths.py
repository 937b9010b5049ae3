"""Where things lie in a checkout, for tests that read or run them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
SUPPORT = TESTS / "support"
DOCUMENTS = SUPPORT / "documents" / "data"  # worked LSTMs as people write them
BENCH = ROOT / "bench"
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
PACKAGE = ROOT / "src" / "gatewise"
README = ROOT / "README.md"
