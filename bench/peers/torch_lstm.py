"""torch.nn.LSTM: oneDNN for float32, single operations for float64. Time first, its faster layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import LEARNED_STEPS, LEARNING_RATE, Problem
from peers import Array, Program, gates

torch: Any = None


def start(threads: int) -> dict[str, str]:
    global torch
    import torch as module

    torch = module
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    return {"torch": torch.__version__}


def train(problem: Problem) -> Program:
    lstm, x, delta = _lstm(problem), _series(problem.x).requires_grad_(), _series(problem.delta)

    def run() -> Any:
        _forget_gradients(lstm, x)
        out, _ = lstm(x)
        out.backward(delta)
        return out

    return Program(run, lambda: _results(run(), lstm, x))


def uneven(problem: Problem) -> Program:
    """Packed sequences, torch's way to leave out the steps past a sequence's own length."""
    lstm, x, delta = _lstm(problem), _series(problem.x).requires_grad_(), _series(problem.delta)
    lengths = torch.from_numpy(problem.lengths)
    rnn, T = torch.nn.utils.rnn, problem.x.shape[1]

    def run() -> Any:
        _forget_gradients(lstm, x)
        packed, _ = lstm(rnn.pack_padded_sequence(x, lengths, enforce_sorted=False))
        out, _ = rnn.pad_packed_sequence(packed, total_length=T)
        out.backward(delta)
        return out

    return Program(run, lambda: _results(run(), lstm, x))


def forward(problem: Problem) -> Program:
    lstm, x = _lstm(problem), _series(problem.x)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def run() -> Any:
        return lstm(x)[0]

    return Program(run, lambda: {"out": _plain(run())})


def stream(problem: Problem) -> Program:
    lstm = _lstm(problem)
    steps = [_series(problem.x[:, t : t + 1]) for t in range(problem.x.shape[1])]
    state = None

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def step(x: Any) -> Any:
        nonlocal state
        out, state = lstm(x, state)
        return out

    def results() -> dict[str, Array]:
        nonlocal state
        state = None
        return {"out": np.concatenate([_plain(step(x)) for x in steps], axis=1)}

    return Program(lambda: step(steps[0]), results)


def learn(problem: Problem) -> Program:
    def trained(lstm: Any) -> Any:
        """Make the step. b_hh is left out of the update, for there is one bias here."""
        x, label = _series(problem.x), _series(problem.delta)
        lstm.bias_hh_l0.requires_grad_(False)
        optimizer = torch.optim.SGD(lstm.parameters(), LEARNING_RATE)

        def step() -> None:
            optimizer.zero_grad()
            loss = 0.5 * (lstm(x)[0] - label).square().sum()
            loss.backward()
            optimizer.step()

        return step

    def results() -> dict[str, Array]:
        lstm = _lstm(problem)
        step = trained(lstm)
        for _ in range(LEARNED_STEPS):
            step()
        named = zip("WUb", lstm.parameters(), strict=False)
        return {name: gates.back("torch", parameter.detach().numpy()) for name, parameter in named}

    return Program(trained(_lstm(problem)), results)


def epoch(problem: Problem) -> Program:
    """Train with torch's modules. b_hh takes no part, for there is one bias here."""
    x, label = torch.from_numpy(problem.x), torch.from_numpy(problem.label().copy())
    lengths = None if problem.lengths is None else torch.from_numpy(problem.lengths)
    batches = [torch.from_numpy(chosen) for chosen in problem.batches()]
    pack = torch.nn.utils.rnn.pack_padded_sequence

    def trained() -> tuple[Any, Any, Any]:
        lstm, head = _lstm(problem, batch_first=True), _head(problem)
        lstm.bias_hh_l0.requires_grad_(False)
        parameters = [p for p in (*lstm.parameters(), *head.parameters()) if p.requires_grad]
        optimizer, criterion = torch.optim.Adam(parameters, LEARNING_RATE), torch.nn.MSELoss()

        def run() -> None:
            for chosen in batches:
                given = x[chosen]
                if lengths is not None:
                    given = pack(given, lengths[chosen], batch_first=True, enforce_sorted=False)
                optimizer.zero_grad()
                _, (last_out, _) = lstm(given)
                loss = criterion(head(last_out[-1]), label[chosen])
                loss.backward()
                optimizer.step()
                loss.item()

        return lstm, head, run

    def results() -> dict[str, Array]:
        lstm, head, run = trained()
        run()
        named = zip(("layer0.W", "layer0.U", "layer0.b"), lstm.parameters(), strict=False)
        found = {name: gates.back("torch", parameter.detach().numpy()) for name, parameter in named}
        return found | {"head.W": head.weight.detach().numpy(), "head.b": head.bias.detach().numpy()}

    return Program(trained()[2], results)


def _head(problem: Problem) -> Any:
    head = torch.nn.Linear(problem.U.shape[1], 1, dtype=torch.from_numpy(problem.b).dtype)
    with torch.no_grad():
        for parameter, values in zip(head.parameters(), problem.head(), strict=True):
            parameter.copy_(torch.from_numpy(values))
    return head


def _lstm(problem: Problem, batch_first: bool = False) -> Any:
    H, D = problem.U.shape[1], problem.W.shape[1]
    lstm = torch.nn.LSTM(D, H, batch_first=batch_first, dtype=torch.from_numpy(problem.b).dtype)
    given = (problem.W, problem.U, problem.b, np.zeros_like(problem.b))
    with torch.no_grad():
        for parameter, values in zip(lstm.parameters(), given, strict=True):
            parameter.copy_(torch.from_numpy(gates.to("torch", values)))
    return lstm


def _series(array: Array) -> Any:
    return torch.from_numpy(np.ascontiguousarray(array.swapaxes(0, 1)))


def _plain(series: Any) -> Array:
    plain: Array = series.detach().numpy().swapaxes(0, 1)
    return plain


def _forget_gradients(lstm: Any, x: Any) -> None:
    x.grad = None
    for parameter in lstm.parameters():
        parameter.grad = None


def _results(out: Any, lstm: Any, x: Any) -> dict[str, Array]:
    named = zip(("d_W", "d_U", "d_b"), lstm.parameters(), strict=False)
    grads = {name: gates.back("torch", parameter.grad.numpy()) for name, parameter in named}
    return {"out": _plain(out), "d_x": _plain(x.grad)} | grads


PROGRAMS = {"train": train, "uneven": uneven, "forward": forward, "stream": stream, "learn": learn}
PROGRAMS |= {"epoch": epoch, "epoch-uneven": epoch}
