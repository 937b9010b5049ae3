"""The worked example by mpmath at 50 digits, written from the document. It shares no code with gatewise.

One formula of the document after the other, for one hidden unit and two inputs, in plain scalars. Where the
document slips it is put right here: sums go over the steps 0 and 1 that exist; δb adds δgates_t, not
δgates_{t+1}; the boundary out_{-1} = state_{-1} = Δout_1 = 0 is stated; E is summed over the two steps.
"""

from mpmath import mp, mpf

mp.dps = 50

GATES = ("a", "i", "f", "o")
W = {"a": ("0.45", "0.25"), "i": ("0.95", "0.8"), "f": ("0.7", "0.45"), "o": ("0.6", "0.4")}
U = {"a": "0.15", "i": "0.8", "f": "0.1", "o": "0.25"}
B = {"a": "0.2", "i": "0.65", "f": "0.15", "o": "0.1"}
X = (("1", "2"), ("0.5", "3"))
LABEL = ("0.5", "1.25")
LEARNING_RATE = "0.1"


def given():
    """The document's parameters as mpf: W by gate a pair, U and b by gate a number."""
    return (
        {g: tuple(mpf(w) for w in W[g]) for g in GATES},
        {g: mpf(U[g]) for g in GATES},
        {g: mpf(B[g]) for g in GATES},
    )


def sigma(z):
    """σ(z)."""
    return 1 / (1 + mp.exp(-z))


def forward(W, U, b):
    """F1-F6 and L1: a list of the steps' values, and the loss."""
    steps, out, state, loss = [], mpf(0), mpf(0), mpf(0)
    for x_text, label in zip(X, LABEL, strict=True):
        x = tuple(mpf(number) for number in x_text)
        z = {g: W[g][0] * x[0] + W[g][1] * x[1] + U[g] * out + b[g] for g in GATES}
        v = {"x": x, "out_prev": out, "state_prev": state, "a": mp.tanh(z["a"])}
        v |= {g: sigma(z[g]) for g in ("i", "f", "o")}
        state = v["state"] = v["a"] * v["i"] + v["f"] * state
        out = v["out"] = mp.tanh(state) * v["o"]
        v["delta"] = out - mpf(label)
        loss += v["delta"] ** 2 / 2
        steps.append(v)
    return steps, loss


def backward(W, U, steps):
    """B1-B8 at t=1, then t=0: a list of the steps' gradients, in the order of time."""
    found = []
    delta_out, carried = mpf(0), mpf(0)  # Δout_1, and δstate_2 ⊙ f_2
    for v in reversed(steps):
        a, i, f, o = (v[g] for g in GATES)
        d = {"delta_out": delta_out, "d_out": v["delta"] + delta_out}
        d["d_state"] = d["d_out"] * o * (1 - mp.tanh(v["state"]) ** 2) + carried
        d["d_a"] = d["d_state"] * i * (1 - a**2)
        d["d_i"] = d["d_state"] * a * i * (1 - i)
        d["d_f"] = d["d_state"] * v["state_prev"] * f * (1 - f)
        d["d_o"] = d["d_out"] * mp.tanh(v["state"]) * o * (1 - o)
        d["d_x"] = tuple(sum(W[g][k] * d[f"d_{g}"] for g in GATES) for k in (0, 1))
        delta_out = d["delta_out_prev"] = sum(U[g] * d[f"d_{g}"] for g in GATES)
        carried = d["carried"] = d["d_state"] * f
        found.append(d)
    return found[::-1]


def gradients(steps, found):
    """G1-G3: δW, δU, δb by gate."""
    pairs = list(zip(steps, found, strict=True))
    d_W = {g: tuple(sum(d[f"d_{g}"] * v["x"][k] for v, d in pairs) for k in (0, 1)) for g in GATES}
    d_U = {g: sum(d[f"d_{g}"] * v["out_prev"] for v, d in pairs) for g in GATES}
    d_b = {g: sum(d[f"d_{g}"] for _, d in pairs) for g in GATES}
    return d_W, d_U, d_b


def update(W, U, b, d_W, d_U, d_b):
    """P1 for every parameter."""
    rate = mpf(LEARNING_RATE)
    return (
        {g: tuple(W[g][k] - rate * d_W[g][k] for k in (0, 1)) for g in GATES},
        {g: U[g] - rate * d_U[g] for g in GATES},
        {g: b[g] - rate * d_b[g] for g in GATES},
    )
