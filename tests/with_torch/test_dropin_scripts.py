"""Five trainings with one import changed: the losses are torch's."""

import importlib
import sys

import paths
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; make test-peers installs it")

from gatewise.torch import LSTM, calls  # noqa: E402

pytestmark = pytest.mark.peers

# How far a loss may be from torch's, relative. Measured at the last of a dozen steps: 3e-6.
CURVE = 2e-4


@pytest.fixture
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(paths.ROOT / "bench"))
    yield
    for name in [name for name in sys.modules if name.startswith("torch_scripts")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["classifier", "characters", "policy", "hydrology", "deepar"])
def test_losses_are_those_of_torch(scripts, name):
    script = importlib.import_module(f"torch_scripts.{name}")
    expected = script.train(torch.nn.LSTM, 8)
    before = calls()
    found = script.train(LSTM, 8)
    after = calls()
    assert found == pytest.approx(expected, rel=CURVE, abs=1e-6)
    assert len(set(found)) == 8
    assert after.fallback == before.fallback, after.reasons
    assert after.native > before.native
