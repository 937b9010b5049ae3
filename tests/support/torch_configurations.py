"""A call of torch.nn.LSTM drawn at random, made twice: by torch and by gatewise.torch."""

from dataclasses import dataclass, field

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from gatewise.torch import LSTM

# The largest difference, relative to the largest number of an array. Measured: float32 6e-6, float64 1e-14.
CLOSE = {torch.float32: 1e-4, torch.float64: 1e-11}


@dataclass
class Configuration:
    """The options of a layer, and what it is called with."""

    options: dict
    N: int
    T: int
    dtype: torch.dtype
    form: str  # padded, packed, packed unsorted, unbatched, lengths
    lengths: list = field(default_factory=list)
    with_start: bool = False
    layout: str = "plain"  # plain, strided, expanded, one of a larger array
    learns: tuple = ()  # which of x, h_0, c_0 want a gradient
    frozen: int = 0  # every so many-th weight wants none
    used: tuple = ("out", "h", "c")  # what the loss reads


def drawn(rng, most=9):
    """A configuration."""
    choose = lambda *options: options[int(rng.integers(len(options)))]  # noqa: E731
    hidden = int(rng.integers(1, 2 * most))
    options = {
        "input_size": int(rng.integers(1, 2 * most)),
        "hidden_size": hidden,
        "num_layers": choose(1, 1, 2, 3),
        "bias": choose(True, True, False),
        "batch_first": choose(True, False),
        "bidirectional": choose(True, False),
        "proj_size": choose(0, 0, int(rng.integers(1, hidden)) if hidden > 1 else 0),
    }
    N, T = int(rng.integers(1, most)), int(rng.integers(1, most))
    form = choose("padded", "padded", "packed", "packed unsorted", "unbatched", "lengths")
    if form == "unbatched":
        N = 1
    lengths = rng.integers(0 if form == "lengths" else 1, T + 1, N)
    if form == "packed":
        lengths = sorted(lengths.tolist(), reverse=True)
    return Configuration(
        options, N, T, choose(torch.float32, torch.float64), form, [int(n) for n in lengths],
        choose(True, False), choose("plain", "plain", "strided", "expanded", "part"),
        tuple(name for name in ("x", "h", "c") if rng.random() < 0.7), choose(0, 0, 2, 3),
        choose(("out", "h", "c"), ("out",), ("h",), ("c",), ("out", "c")),
    )  # fmt: skip


def run(lstm, case, seed):
    """What a layer gives for this case, and the gradients of a loss of it, by name."""
    generator = torch.Generator().manual_seed(seed)

    def numbers(*shape):
        return torch.randn(*shape, generator=generator, dtype=case.dtype)

    o = case.options
    directions = 2 if o["bidirectional"] else 1
    Q = o["proj_size"] or o["hidden_size"]
    shape = (case.T, case.N, o["input_size"])
    if case.form == "unbatched":
        shape = (case.T, o["input_size"])
    elif o["batch_first"]:
        shape = (case.N, case.T, o["input_size"])
    leaf = numbers(*shape)
    x = leaf.requires_grad_("x" in case.learns)
    if case.layout == "strided":
        x = x.movedim(-1, 0).contiguous().movedim(0, -1)
    elif case.layout == "expanded":
        x = x.narrow(-2, 0, 1).expand(shape)
    elif case.layout == "part":
        x = torch.cat([x, x * 2], -1)[..., : o["input_size"]]
    start = None
    if case.with_start:
        count = o["num_layers"] * directions
        batch = () if case.form == "unbatched" else (case.N,)
        start = (numbers(count, *batch, Q), numbers(count, *batch, o["hidden_size"]))
        for name, part in zip(("h", "c"), start, strict=True):
            part.requires_grad_(name in case.learns)
    given = x
    if case.form.startswith("packed"):
        given = pack_padded_sequence(
            x, torch.tensor(case.lengths), batch_first=o["batch_first"], enforce_sorted=case.form == "packed"
        )
    if case.form == "lengths":
        out, (h, c) = lstm(given, start, torch.tensor(case.lengths))
    else:
        out, (h, c) = lstm(given, start)
    flat = out.data if isinstance(out, PackedSequence) else out
    found = {"out": flat, "h": h, "c": c}
    loss = sum((found[name] * numbers(*found[name].shape)).sum() for name in case.used)
    sought = {name: p for name, p in lstm.named_parameters() if p.requires_grad}
    sought |= {"x": leaf} if leaf.requires_grad else {}
    if start is not None:
        sought |= {name: p for name, p in zip(("h0", "c0"), start, strict=True) if p.requires_grad}
    gradients = {}
    if loss.requires_grad:
        each = torch.autograd.grad(loss, list(sought.values()), allow_unused=True)
        gradients = {f"d {name}": d for name, d in zip(sought, each, strict=True)}
    kinds = {f"stride {name}": part.stride() for name, part in found.items()}
    return {name: part.detach() for name, part in found.items()}, gradients, kinds


class WithLengths(torch.nn.LSTM):
    """torch's own, with lengths by packing: what `lengths=` of ours is compared with."""

    def forward(self, x, hx=None, lengths=None):
        from gatewise.torch.layer import by_torch

        return by_torch(self, x, hx, lengths)


def pair(case, seed):
    """The same layer of torch's and of ours."""
    torch.manual_seed(seed)
    theirs = WithLengths(**case.options, dtype=case.dtype)
    ours = LSTM(**case.options, dtype=case.dtype)
    ours.load_state_dict(theirs.state_dict())
    for lstm in (theirs, ours):
        for k, p in enumerate(lstm.parameters()):
            p.requires_grad_(not (case.frozen and k % case.frozen == 0))
    return theirs, ours


def differences(case, seed):
    """What differs between torch's answer and ours, as sentences."""
    theirs, ours = pair(case, seed)
    (values, gradients, kinds), (found, found_gradients, found_kinds) = (
        run(lstm, case, seed) for lstm in (theirs, ours)
    )
    wrong = []
    for name, expected in {**values, **gradients}.items():
        actual = {**found, **found_gradients}[name]
        if (
            case.form == "lengths" and expected is None and actual is not None
        ):  # what is not reached: None or 0
            expected = torch.zeros_like(actual)
        if (expected is None) != (actual is None):
            wrong.append(f"{name} is {actual}, of torch {expected}")
        elif expected is not None:
            if actual.shape != expected.shape or actual.dtype is not expected.dtype:
                wrong.append(f"{name} is {actual.shape} {actual.dtype}, of torch {expected.shape}")
            elif actual.numel():
                off = (actual - expected).abs().max() / expected.abs().max().clamp(min=1e-3)
                if not off <= CLOSE[case.dtype]:
                    wrong.append(f"{name} differs by {off:.1e}")
    if case.form != "lengths":
        wrong += [f"{n}: {found_kinds[n]}, of torch {k}" for n, k in kinds.items() if found_kinds[n] != k]
    return wrong


def main():
    """Compare for so many seconds, from a seed on: python torch_configurations.py 1800 7."""
    import sys
    import time

    import numpy as np

    from gatewise.torch import calls

    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    rng, end, count, wrong = np.random.default_rng(seed), time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        case = drawn(rng, most=int(rng.integers(3, 40)))
        found = differences(case, count)
        count += 1
        if found:
            wrong += 1
            print(case, *found[:4], sep="\n    ", flush=True)
    print(f"{count} configurations, {wrong} with differences; {calls()}")


if __name__ == "__main__":
    main()
