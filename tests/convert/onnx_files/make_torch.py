"""Make the fixtures of torch's two exporters again, and of Keras on the torch backend.

    KERAS_BACKEND=torch python tests/convert/onnx_files/make_torch.py

Each NAME.onnx has a NAME.npz beside it: x, lengths where they are given, and y as the library itself gave it.
Files that are to be refused have none.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

HERE = Path(__file__).parent
D, H, P = 5, 4, 3


class Net(nn.Module):
    """A recurrent module, what is taken of it, and a head."""

    def __init__(self, kind="LSTM", take="last", head=True, function=None, **options):
        super().__init__()
        self.rnn = getattr(nn, kind)(D, H, **options)
        width = options.get("proj_size") or H
        features = width * (2 if options.get("bidirectional") else 1)
        self.head = nn.Linear(features, P) if head else nn.Identity()
        self.take, self.function = take, function

    def forward(self, x, lengths=None):
        if lengths is not None:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, last = self.rnn(x)
        if lengths is not None:
            out, _ = pad_packed_sequence(out, batch_first=True)
        h = last[0] if isinstance(last, tuple) else last
        given = {
            "steps": lambda: out,
            "last": lambda: out[:, -1],
            "both": lambda: torch.cat([h[-2], h[-1]], -1),
            "h": lambda: h[-1],
            "swapped": lambda: torch.cat([h[-1], h[-2]], -1),
        }[self.take]()
        given = self.head(given)
        return given if self.function is None else self.function(given)


class Gathered(nn.Module):
    """The last step of each sequence, by its length, of an LSTM that runs over all."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.LSTM(D, H, batch_first=True), nn.Linear(H, P)

    def forward(self, x, lengths):
        out, _ = self.rnn(x)
        places = (lengths - 1).view(-1, 1, 1).expand(-1, 1, H)
        return self.head(out.gather(1, places)[:, 0])


class Turned(nn.Module):
    """An LSTM that is given the steps from the last to the first."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.LSTM(D, H, batch_first=True), nn.Linear(H, P)

    def forward(self, x):
        return torch.tanh(self.head(self.rnn(torch.flip(x, [1]))[0]))


first = {"batch_first": True}
NETS = {
    "last": lambda: Net(**first),
    "steps": lambda: Net(take="steps", function=nn.Softmax(-1), **first),
    "both": lambda: Net(take="both", num_layers=2, bidirectional=True, **first),
    "row": lambda: Net(take="last", num_layers=2, bidirectional=True, function=nn.Sigmoid(), **first),
    "swapped": lambda: Net(take="swapped", bidirectional=True, **first),
    "time_first": lambda: Net(take="steps", head=False, num_layers=2),
    "no_bias": lambda: Net(take="h", bias=False, dropout=0.3, num_layers=2, **first),
    "gru": lambda: Net("GRU", take="steps", bidirectional=True, **first),
    "double": lambda: Net(function=nn.ReLU(), **first).double(),
    "turned": Turned,
}
LEGACY = {
    "rnn": lambda: Net("RNN", nonlinearity="relu", **first),
    "packed": lambda: Net(take="both", num_layers=2, bidirectional=True, **first),
    "packed_steps": lambda: Net(take="steps", **first),
    "gathered": Gathered,
}


def made(make):
    """A module with larger weights than it begins with, all of them random, in inference."""
    torch.manual_seed(3)
    net = make().eval()
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(1.5)
    return net


def data(net, lengths):
    """x, and lengths where they are wanted."""
    draw = np.random.default_rng(5)
    dtype = next(net.parameters()).dtype
    x = torch.as_tensor(draw.standard_normal((3, 7, D)), dtype=dtype)
    return (x, torch.tensor([4, 7, 2])) if lengths else (x,)


def export(name, net, *, dynamo, open_sizes, lengths=False, keep=True, **options):
    """Write NAME.onnx and NAME.npz."""
    given = data(net, lengths)
    names = ["x", "lengths"][: len(given)]
    time_first = not getattr(getattr(net, "rnn", None), "batch_first", True)
    axes = ("t", "n") if time_first else ("n", "t")
    if dynamo:
        sizes = tuple(torch.export.Dim(axis, max=1000) for axis in axes)
        options |= {"dynamic_shapes": (dict(enumerate(sizes)),)} if open_sizes else {}
        options = {"external_data": False, "verbose": False, "optimize": True} | options
    else:
        open_axes = {"x": dict(enumerate(axes)), "lengths": {0: "n"}}
        options |= {"dynamic_axes": open_axes} if open_sizes else {}
    torch.onnx.export(net, given, HERE / f"{name}.onnx", dynamo=dynamo, input_names=names, **options)
    if keep:
        with torch.no_grad():
            y = net(*given)
        arrays = {key: each.numpy() for key, each in zip(names, given, strict=True)}
        if time_first:
            arrays["x"], y = arrays["x"].swapaxes(0, 1), y.swapaxes(0, 1)
        np.savez(HERE / f"{name}.npz", y=y.numpy(), **arrays)


def without_traces(path):
    """Take out of a file where on this machine each node was made."""
    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    for each in (
        model,
        graph,
        *graph.node,
        *graph.input,
        *graph.output,
        *graph.value_info,
        *graph.initializer,
    ):
        each.ClearField("doc_string")
        each.ClearField("metadata_props")
    onnx.save(model, path)


def main():
    """Make all files."""
    warnings.simplefilter("ignore")
    for name, make in NETS.items():
        export(f"torch_{name}", made(make), dynamo=True, open_sizes=name in ("both", "row", "steps"))
        export(f"torch_legacy_{name}", made(make), dynamo=False, open_sizes=name != "last")
    for name, make in LEGACY.items():
        lengths = name in ("packed", "packed_steps", "gathered")
        export(f"torch_legacy_{name}", made(make), dynamo=False, open_sizes=True, lengths=lengths)
    export("torch_external", made(NETS["last"]), dynamo=True, open_sizes=False, external_data=True)
    refused = {"dynamo": True, "open_sizes": False, "keep": False}
    export("refused_torch_unrolled", made(lambda: Net("RNN", **first)), **refused)
    export("refused_torch_projection", made(lambda: Net(proj_size=2, head=False, **first)), **refused)

    import keras

    net = keras.Sequential([keras.layers.Input((7, D)), keras.layers.LSTM(H), keras.layers.Dense(P)])
    net(np.zeros((2, 7, D), np.float32))
    net.export(HERE / "refused_keras_on_torch.onnx", format="onnx", verbose=False)
    for path in HERE.glob("*torch*.onnx"):
        without_traces(path)


if __name__ == "__main__":
    sys.exit(main())
