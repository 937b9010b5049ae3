"""An LSTM on one sequence, written out in NumPy with every quantity by its key: out@1, d_state@0, W_new.

Gates can be held at a value, and the term that carries δstate back can be left out: what pages let people try.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def written_out(W, U, b, x, label, rate=0.1, *, out0=0, state0=0, held=None, carried=True):
    """Return all values; `held` has those of gates by key, as f@1; without `carried`, B2 has its first term alone."""
    held = held or {}
    W, U, b, x, label = (np.asarray(given, dtype=float) for given in (W, U, b, x, label))
    T, H = label.shape
    v = {"W": W, "U": U, "b": b, "learning_rate": np.array(rate)}
    v |= {"out@-1": np.full(H, float(out0)), "state@-1": np.full(H, float(state0))}
    for t in range(T):
        z = W @ x[t] + U @ v[f"out@{t - 1}"] + b
        for k, gate in enumerate("aifo"):
            own = (np.tanh if gate == "a" else sigmoid)(z[k * H : (k + 1) * H])
            v[f"{gate}@{t}"] = np.full(H, float(held[f"{gate}@{t}"])) if f"{gate}@{t}" in held else own
        v[f"state@{t}"] = v[f"a@{t}"] * v[f"i@{t}"] + v[f"f@{t}"] * v[f"state@{t - 1}"]
        v[f"out@{t}"] = np.tanh(v[f"state@{t}"]) * v[f"o@{t}"]
        v[f"x@{t}"], v[f"label@{t}"] = x[t], label[t]
        v[f"loss@{t}"] = np.sum((v[f"out@{t}"] - label[t]) ** 2) / 2
    v["loss"] = sum(v[f"loss@{t}"] for t in range(T))
    v[f"delta_out@{T - 1}"] = np.zeros(H)
    for t in reversed(range(T)):
        v[f"delta@{t}"] = v[f"out@{t}"] - label[t]
        v[f"d_out@{t}"] = v[f"delta@{t}"] + v[f"delta_out@{t}"]
        tanh = np.tanh(v[f"state@{t}"])
        v[f"d_state@{t}"] = v[f"d_out@{t}"] * v[f"o@{t}"] * (1 - tanh**2)
        if t < T - 1 and carried:
            v[f"d_state@{t}"] = v[f"d_state@{t}"] + v[f"d_state@{t + 1}"] * v[f"f@{t + 1}"]
        reaching = {
            "a": v[f"d_state@{t}"] * v[f"i@{t}"], "i": v[f"d_state@{t}"] * v[f"a@{t}"],
            "f": v[f"d_state@{t}"] * v[f"state@{t - 1}"], "o": v[f"d_out@{t}"] * tanh,
        }  # fmt: skip
        for gate, gradient in reaching.items():
            own = v[f"{gate}@{t}"]
            slope = 1 - own**2 if gate == "a" else own * (1 - own)
            v[f"d_{gate}@{t}"] = np.zeros(H) if f"{gate}@{t}" in held else gradient * slope
        gates = np.concatenate([v[f"d_{gate}@{t}"] for gate in "aifo"])
        v[f"d_x@{t}"], v[f"delta_out@{t - 1}"] = W.T @ gates, U.T @ gates
        v[f"d_gates@{t}"] = gates
    v["d_W"] = sum(np.outer(v[f"d_gates@{t}"], x[t]) for t in range(T))
    v["d_U"] = sum(np.outer(v[f"d_gates@{t}"], v[f"out@{t - 1}"]) for t in range(T))
    v["d_b"] = sum(v[f"d_gates@{t}"] for t in range(T))
    return v | {f"{name}_new": v[name] - rate * v[f"d_{name}"] for name in ("W", "U", "b")}
