"""A small model by torch's LSTM and by ours, with the same weights, and what is asked of both."""

import torch
import torch._dynamo

from gatewise.torch import LSTM, calls


class Model(torch.nn.Module):
    """A layer, a head on its last step."""

    def __init__(self, kind, **options):
        super().__init__()
        self.lstm = kind(3, 4, batch_first=True, **options)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


def layers(*sizes, **options):
    """The same layer of torch's and of ours."""
    theirs, ours = torch.nn.LSTM(*sizes, **options), LSTM(*sizes, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def both(**options):
    theirs, ours = Model(torch.nn.LSTM, **options), Model(LSTM, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def counted(function):
    """What a function returns, and how many calls were native and fell back meanwhile."""
    before = calls()
    result = function()
    after = calls()
    return result, after.native - before.native, after.fallback - before.fallback


def close(actual, expected):
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def answer(function):
    """What a function returns, or the error that it raises."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


def close_or_same_error(actual, expected):
    if isinstance(expected, tuple):
        assert actual == expected
    else:
        assert actual.dtype is expected.dtype
        close(actual.float(), expected.float())


X = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))


def grads(model, call, x=X):
    call(x).square().sum().backward()
    return [p.grad for p in model.parameters()]
