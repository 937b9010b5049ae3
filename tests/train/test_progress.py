"""The lines of a run that goes on."""

import io
from types import SimpleNamespace

from gatewise.train.run.progress import EpochLines


def test_a_run_that_goes_on_after_the_last_step_of_an_epoch():
    state = SimpleNamespace(epoch=2, batch=7, history=[{"epoch": 3, "loss": 0.5, "rate": 0.001}])
    stream = io.StringIO()
    lines = EpochLines(stream)
    with lines.during(state, 5, 7):
        state.epoch, state.batch = 3, 0
        lines.epoch(state)
        state.epoch = 4
        lines.epoch(state)
    first, second = stream.getvalue().splitlines()
    assert first == "epoch 3/5  loss 0.5000  λ 0.001  0:00"
    assert second.endswith("0:00, at most 0:00 left")
