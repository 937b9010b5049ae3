"""Cells of one's own, as people write them: none of them is in the table."""

from functools import cache

from gatewise.cells import read_cell

OWN = {
    "a leaky unit": """
        g_t = σ(W_g·x_t + U_g·out_{t-1} + b_g)     # how much leaks
        a_t = tanh(W_a·x_t + b_a)
        out_t = (1 - g_t) ⊙ out_{t-1} + g_t ⊙ a_t
    """,
    "two states, one of them slow": """
        a_t = tanh(W_a·x_t + U_a·out_{t-1} + b_a)
        p_t = sigmoid(W_p·x_t + U_p·out_{t-1} + b_p)
        q_t = sigmoid(W_q·x_t + V_q * slow_{t-1} + b_q)
        fast_t = p_t * fast_{t-1} + (1 - p_t) * a_t
        slow_t = slow_{t-1} + q_t * (fast_t - slow_{t-1}) / 8
        out_t = tanh(fast_t + slow_t)
    """,
    "projected, squared, with softsign": """
        i_t = softsign(W_i @ x_t + U_i @ out_{t-1} + b_i)
        k_t = i_t ⊙ state_{t-1}
        m_t = S @ k_t
        a_t = tanh(W_a @ x_t + m_t - c_a)
        state_t = k_t + 0.5 × a_t^2 + softplus(a_t)
        h_t = tanh(state_t)
        out_t = R @ h_t
    """,
    "out is not carried on": "s_t = M·x_t + v ⊙ s_{t-1}\nout_t = tanh(s_t)",
    "a quotient, 0 past a sequence's end": "s_t = M·x_t + U·out_{t-1}\nq_t = 2 + s_t²\nout_t = v ⊙ tanh(s_t) / q_t",
    "parameters beside one another": "k_t = M·x_t + U·out_{t-1}\nout_t = tanh(k_t ⊙ v - v / (2 + v²))",
    "hard_sigmoid": "a_t = hard_sigmoid(W_a·x_t + U_a·out_{t-1})\nout_t = a_t ⊙ a_t",
    "one gate": "g_t = σ(W_g·x_t + U_g·out_{t-1})\nout_t = g_t",
}  # fmt: skip


@cache
def own_cell(name):
    """Return the cell of these equations."""
    return read_cell(OWN[name], name="own", sizes={"out": "Q"} if "R" in OWN[name] else None)
