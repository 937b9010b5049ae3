"""Reports made by hand, for the tests of renderers: a small document with every kind of finding in it."""

from gatewise.teach.checker.read.reading import Place
from gatewise.teach.checker.report import Answer, Finding, Judged, Report

DOCUMENT = r"""# Backward @ t=0

(a) Compute $\delta state_0$.

$\delta state_0 = 0.01803 \times 0.81757 = 0.01474$

$$\delta U = \begin{bmatrix} -0.01938 \\ -0.00132 \end{bmatrix} \begin{bmatrix} 0.53631 \end{bmatrix}
= \begin{bmatrix} -0.01039 \\ -0.00060 \end{bmatrix}$$

$\delta b = \sum_{t=0}^{T} \delta gates_{t+1} = \begin{bmatrix} -0.03641 \end{bmatrix}$

$\Delta_0 ut_0 = -0.01828$ <script>alert(1)</script> & more
"""


def place(text, of, which=1, document=DOCUMENT):
    """Where the `which`-th `of` stands that is followed by the rest of `text`."""
    offset = -1
    for _ in range(which):
        offset = document.index(text, offset + 1)
    offset += text.index(of)
    line = document.count("\n", 0, offset) + 1
    return Place(offset, len(of), line, offset - document.rfind("\n", 0, offset))


def judged(printed, quantity, verdict, which=1):
    return Judged(place(printed, printed, which), printed, quantity, verdict)


MISPRINT = Finding(
    "misprint", place("-0.00132", "-0.00132"), "d_i[0]@t=1", "-0.00132", "-0.00112",
    "-0.00060 in the result follows from -0.00112: one digit is another.", mistake="digit-changed",
)  # fmt: skip
WRONG = Finding(
    "wrong-formula", place(r"\sum_{t=0}^{T} \delta gates_{t+1}", r"\sum_{t=0}^{T} \delta gates_{t+1}"), "d_b",
    r"\sum_{t=0}^{T} \delta gates_{t+1}", "Σₜ₌₀ᵀ δgatesₜ",
    "index shift: δgatesₜ₊₁ instead of δgatesₜ. b was added at every step.", mistake="G3/d_gates_next-for-d_gates",
)  # fmt: skip
FOLLOWS = Finding(
    "follow-through", place("-0.03641", "-0.03641"), "d_b[a]", "-0.03641", "-0.03640",
    "It follows from the formula before it.", root=False, cause=1,
)  # fmt: skip
LOOSE = Finding(
    "follow-through", place("0.01474", "0.01474"), "d_state@t=0", "0.01474", "-0.05348", "", root=False
)
DAMAGED = Finding(
    "notation", place(r"\Delta_0 ut_0", r"\Delta_0 ut_0"), "delta_out@t=0", r"\Delta_0 ut_0", "Δout₀",
    "The letters of Δout₀ have come apart.",
)  # fmt: skip
MISSING = Finding(
    "missing",
    place("# Backward @ t=0", "# Backward @ t=0"),
    "learning_rate",
    "",
    "0.1",
    "λ is nowhere given.",
)

REPORT = Report(
    DOCUMENT,
    (MISPRINT, WRONG, DAMAGED, MISSING, FOLLOWS, LOOSE),
    (
        judged("0.01803", "d_out@t=0", "carried"),
        judged("0.81757", "o@t=0", "exact"),
        judged("0.01474", "d_state@t=0", "follow-through"),
        judged("-0.00132", "d_i[0]@t=1", "misprint"),
        judged("-0.03641", "d_b[a]", "follow-through"),
        judged("-0.01828", "delta_out@t=0", "exact"),
    ),
    unread=2,
    inferred={
        "learning_rate": {"value": "0.1", "low": "0.09983", "high": "0.10017", "outliers": ["b[o]"]},
        "rounding": {"mode": "hand", "digits": 5},
    },
    answers=(
        Answer(
            "a",
            r"(a) Compute $\delta state_0$.",
            place("(a)", "(a)"),
            (("d_state@t=0", "-0.05348"), ("f@t=0", "0.85195")),
        ),
    ),
    undetectable=("An error in δf₀ below 0.5 in the last digit cannot be seen.",),
    name="work.md",
)
SOUND = Report(
    "out_0 = 0.53631\n", (), (Judged(Place(8, 7, 1, 9), "0.53631", "out@t=0", "exact"),), name="good.md"
)
EMPTY = Report("", (), (), enough=False, name="empty.md")
