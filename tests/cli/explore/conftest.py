"""Models of which `gatewise explore` makes a page, and no browser."""

import webbrowser

import numpy as np
import pytest
from series_files import SMALL, series, write_csv

import gatewise

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed; pip install 'gatewise[train]'"
)


@pytest.fixture(autouse=True)
def no_browser(monkeypatch):
    """No test opens a browser; what would be opened is here."""
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)) or True)
    return opened


@pytest.fixture
def weights(tmp_path):
    """Two layers of torch's in a file, with a linear head, and their values for an x."""
    rng = np.random.default_rng(0)
    shapes = {
        "lstm.weight_ih_l0": (12, 2),
        "lstm.weight_hh_l0": (12, 3),
        "lstm.bias_ih_l0": (12,),
        "lstm.bias_hh_l0": (12,),
    }
    shapes |= {
        "lstm.weight_ih_l1": (12, 3),
        "lstm.weight_hh_l1": (12, 3),
        "lstm.bias_ih_l1": (12,),
        "lstm.bias_hh_l1": (12,),
    }
    shapes |= {"head.weight": (1, 3), "head.bias": (1,)}
    (tmp_path / "two.safetensors").write_bytes(
        safetensors.save({name: rng.normal(size=shape) for name, shape in shapes.items()})
    )
    np.savez(tmp_path / "data.npz", x=rng.normal(size=(5, 2)))
    return tmp_path / "two.safetensors"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run in a folder, of a table beside it."""
    folder = tmp_path_factory.mktemp("trained")
    write_csv(folder / "load.csv", series(160))
    gatewise.fit(
        str(folder / "load.csv"), run=folder / "run", **{**SMALL, "dtype": "float64", "report": True}
    )
    return folder / "run"
