"""What torch calls the tensors of a recurrent layer, and what layers read from a state_dict are called."""

from __future__ import annotations

import re
from collections.abc import Iterable

PARTS = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b_ih", "bias_hh": "b_hh", "weight_hr": "R"}
PART = re.compile(
    r"(?P<of>.*?)(?P<what>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?P<end>(_l\d+)?(_reverse)?)"
)
NUMBERED = re.compile(r"(.*)_l\d+")  # a layer of an nn.LSTM, nn.GRU or nn.RNN
PLAIN = re.compile(r"[\w.]+")  # any other
CELL = "cell"  # what an nn.LSTMCell without a prefix is called


def of_layer(block: str, end: str) -> str:
    """Return what a layer of an nn.LSTM is called, by the end of its tensors: encoder_l0; or a cell."""
    number = end.removesuffix("_reverse")
    return f"{block}{number}" if number else block or CELL


def layers_in(block: str, ends: Iterable[str]) -> list[str]:
    """Return what the layers of a block are called, each once; a Linear is a block with no ends."""
    return list(dict.fromkeys(of_layer(block, end) for end in ends)) or [block]
