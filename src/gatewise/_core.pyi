"""The compiled part of gatewise. Built from cpp/; see CMakeLists.txt."""

from collections.abc import Sequence
from typing import Any, TypedDict

class Build(TypedDict):
    version: str
    compiler: str
    compiler_version: str
    build_type: str
    flags: str
    stable_abi: bool
    free_threaded: bool

def build() -> Build:
    """How this module was compiled."""

def instruction_sets() -> list[str]:
    """Names of the instruction sets that this build, CPU and operating system can run, best first."""

def vector_bytes() -> dict[str, int]:
    """For each of `instruction_sets()`, the width of the vector registers its kernels were compiled for."""

def instruction_set() -> str:
    """Name of the instruction set in use: the best, or the one that GATEWISE_ISA names.

    Decided at the first call and kept. Raises ValueError, with the list, if GATEWISE_ISA names one that
    cannot run here.
    """

def default_threads() -> int:
    """Threads when none are asked for: GATEWISE_THREADS, else the CPUs or OMP_NUM_THREADS, if fewer."""

def release_memory() -> int:
    """Give the system back what waits to be used again, and return how many bytes that were."""

class ForwardRun:
    """A forward pass: its arrays, in the kernels' layout until `field` makes them plain."""

    @property
    def traced(self) -> bool: ...
    @property
    def reverse(self) -> bool: ...
    def field(self, name: str) -> Any:
        """Return an array of the trace, or last_out or last_state; None if it was not kept."""

    def lengths(self) -> list[int]: ...

class Gradients:
    """A backward pass."""

    def field(self, name: str) -> Any:
        """Return a gradient by its name; flat: those of all parameters. None if there is none.

        d_W, d_U, d_b, d_V, d_R, d_x, d_out0, d_state0; if kept, delta_out, d_out, d_h, d_state, d_gates.
        """

def forward(
    W: Any,
    U: Any,
    b: Any,
    x: Any,
    out0: Any,
    state0: Any,
    lengths: Any,
    threads: int,
    trace: bool,
    instruction_set: str | None,
    variant: tuple[Any, Any, bool, float, float] | None = None,
    reverse: bool = False,
) -> ForwardRun | None:
    """Run forward; None if an argument is not an array of the right shape, its last axis contiguous.

    `variant` is None for the plain LSTM, else (V, R, coupled, clip, state_clip), V and R None where the cell
    has none; b may then be None.
    """

def backward(
    run: ForwardRun,
    W: Any,
    U: Any,
    b: Any,
    delta: Any,
    d_last_out: Any,
    d_last_state: Any,
    threads: int,
    inputs: bool,
    keep: bool,
    variant: tuple[Any, Any, bool, float, float] | None = None,
) -> Gradients | None:
    """Run backward; None likewise."""

class NativeStepper:
    """One step at a time; nothing is allocated in `step`."""

    def __init__(
        self,
        W: Any,
        U: Any,
        b: Any,
        batch: int,
        threads: int,
        instruction_set: str | None,
        variant: tuple[Any, Any, bool, float, float] | None = None,
    ) -> None: ...
    def step(self, x: Any) -> Any:
        """Return the next out (N, H), overwritten by the step after the next; None if x does not fit."""

    def reset(self, out0: Any, state0: Any) -> bool:
        """Start again, from zero where None is given; False if the arrays do not fit."""

    @property
    def out(self) -> Any: ...
    @property
    def state(self) -> Any: ...

def train(
    parameters: Any,
    first_moment: Any,
    second_moment: Any,
    x: Any,
    label: Any,
    lengths: Any,
    batches: Any,
    losses: Any,
    units: int,
    adam: bool,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    steps_before: int,
    threads: int,
    instruction_set: str | None,
    variant: tuple[Any, Any, bool, float, float] | None = None,
    bias: bool = True,
) -> int | None:
    """Train in place, len(losses) steps or until a loss is not finite; how many updates were made."""

def head_forward(W: Any, b: Any, z: Any, threads: int, instruction_set: str | None) -> Any:
    """Return y = W·z + b for each row of z; None if an argument is not contiguous or does not fit."""

def head_backward(
    W: Any, z: Any, d_y: Any, threads: int, instruction_set: str | None
) -> tuple[Any, Any] | None:
    """d_z, and d_W with d_b behind it in one vector; None likewise."""

def adam(
    parameters: Any,
    first: Any,
    second: Any,
    gradients: Any,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    step: int,
) -> bool:
    """Take a step of Adam in place; False if the arrays are not contiguous vectors of one kind and size."""

class NetworkStep:
    """A training step of a network, with the work of a pass kept from call to call.

    sizes are D, H, Q, P, E (numbers beside the outs), K (last rows of x), layers, directions, whether the
    head reads every step, and whether there are biases; variant is (peepholes, coupled, projected, clip,
    state_clip); loss is None where Python has it. What does not fit is answered with False or None.
    """

    def __init__(
        self,
        is_double: bool,
        sizes: Sequence[int],
        variant: Sequence[float],
        loss: str | None,
        loss_numbers: Sequence[float],
        optimizer: str,
        optimizer_numbers: Sequence[float],
        clip: float,
        threads: int,
        instruction_set: str | None,
    ) -> None: ...
    def forward(self, vector: Any, x: Any, extra: Any, lengths: Any, starts: Any, masks: Any) -> bool:
        """Run forward. In tuples: each cell's out0 and state0; the masks of inputs, of cells, of outs."""

    @property
    def y(self) -> Any:
        """What the head returned."""

    def last(self) -> tuple[Any, ...]:
        """Return each cell's last out and state, one after the other."""

    def loss(self, label: Any, weight: Any) -> float | None:
        """Return the loss of the pass, and keep its slope."""

    def update(self, d_y: Any, vector: Any, memory: Any, rate: float, number: int) -> float | None:
        """Take step `number` if the gradient, by d_y or the kept slope, is finite; return its norm."""

def activation(which: str, z: Any, instruction_set: str | None) -> Any:
    """Return the kernels' tanh(z / (2 log2 e)) or sigmoid(z / log2 e) of a contiguous vector, or None."""

# Passes over memory of another library, by plain integers. A series is a pointer and its strides from row to
# row and from step to step, in elements; in packed data both are those of a row. 0 is a pointer to nothing.
#
# sizes are is_double, N, T, D, H, Q, and which rows, counted in gates, are those of a, i, f and o. steps are
# whether in reverse, lengths and batch_sizes, of which at most one is there (int64), and how many rows packed
# data has. parameters are W, U, b, b2 and R.

def recycled(is_double: bool, shape: Sequence[int]) -> Any:
    """Return an array of one to three axes, not cleared, of memory that was given back."""

def lanes(is_double: bool) -> int:
    """Return V, how many units a vector register of the kernels holds here."""

def forward_in_place(
    sizes: tuple[int, ...],
    steps: tuple[bool, int, int, int],
    parameters: tuple[int, int, int, int, int],
    x: tuple[int, int, int],
    out: tuple[int, int, int],
    ends: tuple[int, int, int, int],
    trace: bool,
    threads: int,
) -> Any:
    """Work a layer's direction into `out`; ends: out0 and state0, last_out and last_state.

    Return what a backward pass needs as an array, True without trace, None if the numbers do not fit.
    """

def backward_in_place(
    sizes: tuple[int, ...],
    steps: tuple[bool, int, int, int],
    parameters: tuple[int, int, int, int, int],
    x: tuple[int, int, int],
    out: tuple[int, int, int],
    saved: tuple[int, int],
    ends: tuple[int, int, int, int, int],
    delta: tuple[int, int, int],
    d_x: tuple[int, int, int] | None,
    add: bool,
    gradients: tuple[int, int, int, int, int],
    kept: tuple[tuple[int, int, int] | None, ...] | None,
    threads: int,
) -> bool:
    """Work the gradients, those of the weights into `gradients`; say whether the numbers fitted.

    `saved` is a pointer with its count, `ends` are out0, what reaches the last out and state, and where what
    comes out at the first goes. δx is added to `d_x` if `add`. `kept` takes Δout, δout, δstate, δgates, δh.
    """

def unpack_in_place(
    sizes: tuple[int, ...],
    steps: tuple[bool, int, int, int],
    projected: bool,
    saved: tuple[int, int],
    field: int,
    to: tuple[int, int, int],
) -> bool:
    """Write a, i, f, o or state (0 to 4) of what was saved as a series; say whether the numbers fitted."""
