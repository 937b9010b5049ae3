"""Arguments that are taken: for each parameter's name a line of Python, for sizes that are drawn.

A parameter that has no row here is given what is hostile alone; test_fuzz_arguments.py asks for a row where it has no
default. A row `target.parameter` goes before one of `parameter`.
"""

from dataclasses import dataclass

# What only another package makes: these are given what is hostile, and refuse it.
OF_OTHERS = ("gatewise.Params.from_torch.lstm", "gatewise.Params.to_torch.lstm")


@dataclass(frozen=True)
class Sizes:
    """The sizes of a problem, and what else its arguments share."""

    D: int
    H: int
    T: int
    N: int  # 0 for a single sequence
    P: int
    dtype: str
    engine: str
    seed: int
    head: str
    layers: int
    directions: int

    @classmethod
    def draw(cls, choose, engines):
        """Mostly small; now and then past the width of a vector."""
        D, H = choose.choice((1, 2, 3, 5, 17)), choose.choice((1, 2, 3, 4, 8, 19))
        T, N = choose.choice((1, 2, 4, 9)), choose.choice((0, 0, 1, 2, 3, 7))
        layers, directions = choose.choice(((1, 1), (1, 1), (2, 1), (1, 2), (2, 2)))
        dtype = choose.choice(("float32", "float32", "float64"))
        engine = choose.choice(engines)
        return cls(D, H, T, N, choose.choice((1, 2, 3)), dtype, engine, choose.randrange(100), choose.choice(("last", "steps")), layers, directions)  # fmt: skip

    @property
    def batch(self):
        return (self.N,) if self.N else ()

    def array(self, *shape, more="", dtype=""):
        """A line for an array of a shape, which needs no helper."""
        made = f"np.random.default_rng({self.seed + len(shape)}).standard_normal({tuple(shape)})"
        return f"{made}{more}.astype({dtype or self.dtype!r})"

    @property
    def params(self):
        return f"gatewise.Params.init({self.D}, {self.H}, seed={self.seed}, dtype={self.dtype!r})"

    @property
    def x(self):
        return self.array(*self.batch, self.T, self.D)

    @property
    def out(self):
        return self.array(*self.batch, self.T, self.H)

    @property
    def state(self):
        part = self.array(*self.batch, self.H)
        return f"(0.5 * {part}, {part})"

    @property
    def whole(self):
        """Whole numbers of one for each sequence."""
        if not self.N:
            return str(self.T)
        return f"np.array({[(k * 7 + self.seed) % (self.T + 1) for k in range(self.N)]})"

    @property
    def trace(self):
        return f"gatewise.forward({self.params}, {self.x}, engine={self.engine!r})"

    @property
    def grads(self):
        return f"gatewise.backward({self.params}, {self.trace}, {self.out})"

    @property
    def architecture(self):
        return (
            f"gatewise.network.Architecture(input_size={self.D}, hidden_size={self.H}, outputs={self.P}, layers={self.layers}, "
            f"bidirectional={self.directions == 2}, head={self.head!r})"
        )

    @property
    def network(self):
        return f"gatewise.network.Network.init({self.architecture}, seed={self.seed}, dtype={self.dtype!r})"

    @property
    def states(self):
        return str([[None] * self.directions] * self.layers).replace("None", self.state)

    @property
    def network_trace(self):
        return f"gatewise.network.forward({self.network}, {self.x}, engine={self.engine!r})"

    @property
    def y(self):
        return self.array(*self.batch, *((self.T,) if self.head == "steps" else ()), self.P)

    @property
    def vector(self):
        return self.array(4 * self.H * (self.D + self.H + 1))

    @property
    def moments(self):
        part = f"np.abs({self.vector})"
        return f"gatewise.optimizers.Moments({part}, {part}, 3)"


FITTED = (
    "gatewise.fit({'y': np.sin(np.arange(80.0))}, 'y', window=4, horizon=2, hidden=2, epochs=1, threads=1)"
)
SHEET = "gatewise.exercises.exercise('fill', 1)"
TABLE = "{'y': np.sin(np.arange(60.0)), 'z': np.arange(60.0) % 5}"
DATASET = f"gatewise.data.read({TABLE}, target='y')"
WINDOWS = f"gatewise.data.Windows.fit({DATASET}, window=4, horizon=2)"
SERIES = "np.sin(np.arange(144.0)).reshape(12, 6, 2)"
SMALL_FIT = "hidden_size=2, epochs=1, batch_size=4, threads=1"
MEMORY = {"sgd": (), "momentum": ("velocity",), "nesterov": ("velocity",), "rmsprop": ("mean_square",), "adam": ("first", "second")}  # fmt: skip

OBJECTS = {  # on which a method is called
    "Grads": lambda s: s.grads, "Model": lambda s: FITTED, "Params": lambda s: s.params, "Trace": lambda s: s.trace,
    "Cell": lambda s: "gatewise.cells.GRU",
    "Stepper": lambda s: f"gatewise.Stepper({s.params}, {s.N or None}, engine={s.engine!r})",
    "Worksheet": lambda s: "gatewise.worksheet(gatewise.Params.init(2, 1), [[1.0, 2.0]], [[0.5]])",
    "Dataset": lambda s: DATASET, "Windows": lambda s: WINDOWS, "Preparation": lambda s: f"{WINDOWS}.preparation",
    "Loss": lambda s: "gatewise.losses.gaussian", "Architecture": lambda s: s.architecture, "Network": lambda s: s.network,
    "NetworkStepper": lambda s: f"gatewise.network.NetworkStepper(gatewise.network.Network.init(gatewise.network.Architecture(input_size={s.D}, hidden_size={s.H}, outputs={s.P}), dtype={s.dtype!r}), {s.N or None}, engine={s.engine!r})",
    "Optimizer": lambda s: "gatewise.optimizers.OPTIMIZERS['adam']", "Schedule": lambda s: "gatewise.schedules.SCHEDULES['cosine']",
    "FitConfig": lambda s: f"{FITTED}.config", "ModelStepper": lambda s: f"{FITTED}.stepper()", "Baselines": lambda s: f"{FITTED}.baselines",
    "LSTMRegressor": lambda s: f"gatewise.sklearn.LSTMRegressor({SMALL_FIT}).fit({SERIES}, np.arange(12.0))",
    "LSTMClassifier": lambda s: f"gatewise.sklearn.LSTMClassifier({SMALL_FIT}).fit({SERIES}, np.arange(12) % 2)",
    "LSTMForecaster": lambda s: f"gatewise.sklearn.LSTMForecaster(window=4, {SMALL_FIT}).fit(np.sin(np.arange(40.0)))",
}  # fmt: skip
AFTER = {  # what a class is good for once it is made; its arguments are looked at there
    "sklearn.LSTMRegressor": f".fit({SERIES}, np.arange(12.0))", "sklearn.LSTMClassifier": f".fit({SERIES}, np.arange(12) % 2)",
    "sklearn.LSTMForecaster": ".fit(np.sin(np.arange(40.0)))",
}  # fmt: skip
ALWAYS = {  # so that a call is short
    "gatewise.fit": {"keys": "dict(window=4, horizon=2, hidden=2, epochs=1, threads=1)"},
    "sklearn.LSTMRegressor": {"hidden_size": "2", "epochs": "1", "batch_size": "4", "threads": "1"},
    "sklearn.LSTMClassifier": {"hidden_size": "2", "epochs": "1", "batch_size": "4", "threads": "1"},
    "sklearn.LSTMForecaster": {"hidden_size": "2", "epochs": "1", "batch_size": "4", "threads": "1", "window": "4"},
}  # fmt: skip


def _memory(optimizer):
    return lambda s: (
        f"gatewise.optimizers.OPTIMIZERS[{optimizer!r}].memory({4 * s.H * (s.D + s.H + 1)}, {s.dtype!r})"
    )


CELL = {  # of the constructor
    "name": "'own'", "title": "'Own'", "gates": "('r', 'u', 'a')", "carried": "('out',)", "parameters": "dict(gatewise.cells.GRU.parameters)",
    "forward": "gatewise.cells.GRU.forward", "source": "''", "parts": "{}", "sizes": "{}", "words": "{}",
}  # fmt: skip
ESTIMATED = {
    "cell": "'mgu'", "projection": "None", "forget_bias": "'auto'", "warm_start": "True", "schedule": "'one_cycle'", "schedule_options": "{'rise': 0.5}",
    "early_stopping": "'auto'", "clip_norm": "0", "dropout": "0.0",
}  # fmt: skip
LEAKY = "'g_t = σ(W_g·x_t + U_g·out_{t-1})\\nout_t = (1 - g_t) ⊙ out_{t-1} + g_t'"
ARGUMENTS = {
    **{f"gatewise.Cell.{name}": lambda s, line=line: line for name, line in CELL.items()}, "cell": lambda s: "'gru'", "output_size": lambda s: "None",
    "gatewise.Params.cell": lambda s: "'lstm'", "gatewise.Params.of.cell": lambda s: "'lstm'", "gatewise.Params.from_flat.cell": lambda s: "'lstm'",
    "arrays": lambda s: f"dict(W={s.array(4 * s.H, s.D)}, U={s.array(4 * s.H, s.H)}, b={s.array(4 * s.H)})", "gatewise.Params.replace.arrays": lambda s: f"dict(b={s.array(4 * s.H)})",
    **{f"sklearn.LSTM{kind}.{name}": lambda s, line=line: line for kind in ("Regressor", "Classifier", "Forecaster") for name, line in ESTIMATED.items()},
    "sklearn.LSTMClassifier.class_weight": lambda s: "{0: 2, 1: 0.5}", "sklearn.LSTMForecaster.predict.return_std": lambda s: "False",
    "cells.options_of.cell": lambda s: "gatewise.cells.LSTM", "bias": lambda s: "False", "peepholes": lambda s: "True", "coupled": lambda s: "True",
    "projected": lambda s: "True", "clip": lambda s: "3", "state_clip": lambda s: "0.5",
    "network.Architecture.cell": lambda s: "'lstm'", "projection": lambda s: "0", "gatewise.Params.length_of.name": lambda s: "'out'",
    "derived": lambda s: "False", "gatewise.load_cell.path": lambda s: "'/nonexistent'",
    "equations": lambda s: LEAKY, "cells.read_cell.name": lambda s: "'own'", "cells.read_cell.sizes": lambda s: "{}", "words": lambda s: "{}", "cells.read_cell.source": lambda s: "''",
    "gatewise.Cell.parts_of.name": lambda s: "'W'", "gatewise.Cell.size_of.name": lambda s: "'out'", "gatewise.Cell.equation.name": lambda s: "'u'",
    "gatewise.Cell.rows_of.name": lambda s: "'U'", "gate": lambda s: "'u'", "rows": lambda s: "12", "symbol": lambda s: "gatewise.cells.GRU.forward[0].left",
    "id": lambda s: "'F1'", "phase": lambda s: "'forward'", "left": lambda s: "gatewise.cells.GRU.forward[0].left", "right": lambda s: "gatewise.cells.GRU.forward[0].right", "why": lambda s: "'.'",
    "params": lambda s: s.params, "x": lambda s: s.x, "state": lambda s: s.state, "lengths": lambda s: s.whole, "engine": lambda s: repr(s.engine),
    "threads": lambda s: "2", "delta": lambda s: s.out, "d_last_state": lambda s: s.state, "inputs": lambda s: "True", "keep": lambda s: "True",
    "reverse": lambda s: "True",
    "gatewise.forward.trace": lambda s: "True", "network.forward.trace": lambda s: "True", "gatewise.backward.trace": lambda s: s.trace,
    "network.backward.trace": lambda s: s.network_trace, "network": lambda s: s.network, "architecture": lambda s: s.architecture,
    "network.forward.state": lambda s: s.states, "network.backward.d_last_state": lambda s: s.states, "d_y": lambda s: s.y,
    "network.NetworkStepper.network": lambda s: f"gatewise.network.Network.init(gatewise.network.Architecture(input_size={s.D}, hidden_size={s.H}, outputs={s.P}), dtype={s.dtype!r})",
    "network.NetworkStepper.state": lambda s: f"[[{s.state}]]", "network.NetworkStepper.reset.state": lambda s: f"[[{s.state}]]",
    "network.NetworkStepper.step.x": lambda s: s.array(*s.batch, s.D), "rng": lambda s: "np.random.default_rng(3)",
    "settings": lambda s: f"dict(input_size={s.D}, hidden_size={s.H}, outputs={s.P}, layers=2, dropout=0.5)",
    "gatewise.Stepper.step.x": lambda s: s.array(*s.batch, s.D), "gatewise.Stepper.batch": lambda s: str(s.N or None),
    "network.NetworkStepper.batch": lambda s: str(s.N or None), "batch": lambda s: "0", "extra": lambda s: "None", "network.Network.vector": lambda s: f"{s.network}.vector",
    "W": lambda s: s.array(4 * s.H, s.D), "U": lambda s: s.array(4 * s.H, s.H), "b": lambda s: s.array(4 * s.H), "dtype": lambda s: repr(s.dtype),
    "vector": lambda s: s.vector, "gradient": lambda s: s.vector, "gatewise.Params.gate.name": lambda s: "'f'", "input_size": lambda s: str(s.D),
    "hidden_size": lambda s: str(s.H), "seed": lambda s: str(s.seed), "forget_bias": lambda s: "1.0", "scheme": lambda s: "'glorot'", "t": lambda s: "0",
    "copy": lambda s: "False", "outputs": lambda s: str(s.P), "layers": lambda s: "2", "bidirectional": lambda s: "True", "head": lambda s: "'last'",
    "head_inputs": lambda s: "0", "skip": lambda s: "1", "dropout": lambda s: "0.5", "input_dropout": lambda s: "0.1", "recurrent_dropout": lambda s: "0.1",
    "output_dropout": lambda s: "0.1", "network.Architecture.dropout": lambda s: "0", "y": lambda s: s.y, "label": lambda s: s.out,
    "gatewise.train_steps.steps": lambda s: "3", "batches": lambda s: f"np.array({[[0] * 2, [max(s.N, 1) - 1, 0]]})", "optimizer": lambda s: "'adam'",
    "learning_rate": lambda s: "0.05", "beta1": lambda s: "0.8", "beta2": lambda s: "0.99", "epsilon": lambda s: "1e-7", "moments": lambda s: s.moments,
    "grads": lambda s: s.grads, "rate": lambda s: "0.1", "step": lambda s: "1", "memory": lambda s: "2**20", "largest": lambda s: "1.0", "size": lambda s: "7",
    **{f"optimizers.OPTIMIZERS[{name!r}].memory": _memory(name) for name in ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")},
    "steps": lambda s: "[0]", "units": lambda s: "[0]", "max_lines": lambda s: "200", "texts": lambda s: "{}", "title": lambda s: "'one'", "updates": lambda s: "1",
    "digits": lambda s: "4", "rounding": lambda s: "'hand'", "ties": lambda s: "'half-even'", "detail": lambda s: "'products'", "notation": lambda s: "'torch'",
    "method": lambda s: "'auto'", "directions": lambda s: "2", "elementwise": lambda s: "True", "entries": lambda s: "3", "tolerance": lambda s: "1e-3",
    "derivatives.check.label": lambda s: "None", "backward": lambda s: "gatewise.backward", "base": lambda s: "0.1", "loss": lambda s: "0.5",
    **{f"schedules.SCHEDULES[{name!r}].steps": lambda s: "10" for name in ("constant", "step", "cosine", "one_cycle", "plateau")},
    "known": lambda s: "dict(gatewise.schedules.PLATEAU)", "factor": lambda s: "0.5", "patience": lambda s: "1", "threshold": lambda s: "1e-4", "least_scale": lambda s: "1e-4",
    "options": lambda s: "{}", "losses.LOSSES['cross_entropy'].options": lambda s: "{'classes': 3}", "losses.LOSSES['huber'].options": lambda s: "{'delta': 0.5}",
    "losses.LOSSES['pinball'].options": lambda s: "{'quantiles': (0.2, 0.5)}", "losses.LOSSES['gaussian'].options": lambda s: "{'least': 1e-3}",
    **{f"losses.LOSSES[{name!r}].y": lambda s: s.out for name in ("l2", "mse", "mae", "huber")}, "weight": lambda s: s.array(*s.batch, more=".clip(0)") if s.N else "None",
    **{f"losses.LOSSES[{name!r}].y": lambda s, Q=Q: s.array(*s.batch, s.T, Q * s.H) for name, Q in (("pinball", 3), ("gaussian", 2), ("negative_binomial", 2), ("cross_entropy", 3))},
    **{f"losses.LOSSES[{name!r}].label": lambda s: s.array(*s.batch, s.T, s.H, more=".round().clip(0, 2)") for name in ("negative_binomial", "cross_entropy")},
    "losses.Loss.forecast.y": lambda s: s.array(s.T, 2 * s.P), "losses.Loss.point.y": lambda s: s.array(s.T, 2 * s.P),
    "losses.Loss.forecast.options": lambda s: "{'least': 1e-3}",
    **{f"losses.LOSSES[{name!r}].lengths": lambda s: s.whole if s.N else "None" for name in ("l2", "mse", "mae", "huber", "pinball", "gaussian", "negative_binomial", "cross_entropy")},
    "text": lambda s: "'$W_a = 0.5$ $x_0 = 1$ $$a_0 = 0.5 = 0.6$$'", "model": lambda s: "gatewise.load_problem()", "strict": lambda s: "True", "name": lambda s: "'a.md'",
    "data": lambda s: TABLE, "target": lambda s: "'y'", "run": lambda s: "None", "resume": lambda s: "False", "progress": lambda s: "False",
    "gatewise.load.run": lambda s: "'/nonexistent'", "path": lambda s: "None", "gatewise.Model.save.path": lambda s: "'/dev/null/model'", "train.FitConfig.read.path": lambda s: "'/nonexistent'",
    "rolling": lambda s: "True", "format": lambda s: "'html'", "exercises.render.format": lambda s: "'md'", "solved": lambda s: "True", "kind": lambda s: "'fill'", "variant": lambda s: "2",
    "sizes": lambda s: "gatewise.exercises.ExerciseSizes(steps=2, inputs=1)", "exercise": lambda s: SHEET, "key": lambda s: f"gatewise.exercises.key_of({SHEET})",
    "answers": lambda s: "{'1': '0.5', '2': 'x'}", "keys": lambda s: "dict(window=3, target=['y'])", "exercises.read_answers.keys": lambda s: f"[gatewise.exercises.key_of({SHEET})]",
    "source": lambda s: TABLE, "exercises.read_answers.source": lambda s: "pathlib.Path('/nonexistent')", "train.FitConfig.make.source": lambda s: "'a text'",
    "exercises.read_key.text": lambda s: f"gatewise.exercises.write_key({SHEET})", "features": lambda s: "['z']", "time": lambda s: "None", "series": lambda s: "None",
    "future": lambda s: "['z']", "static": lambda s: "[]", "optional_target": lambda s: "True", "na": lambda s: "[-9999]", "skip_rows": lambda s: "0", "day_first": lambda s: "None",
    "scratch": lambda s: "None", "dataset": lambda s: DATASET, "task": lambda s: "'forecast'", "window": lambda s: "4", "horizon": lambda s: "2", "stride": lambda s: "1", "split": lambda s: "'time'",
    "validation": lambda s: "0.2", "test": lambda s: "0.2", "change": lambda s: "True", "calendar": lambda s: "None", "missing": lambda s: "'fill'", "scale_target": lambda s: "True",
    "numbers": lambda s: "np.array([9, 5, 30])", "values": lambda s: "np.ones((3, 2, 1))",
    "row": lambda s: "{'y': 0.5}", "X": lambda s: SERIES, "sample_weight": lambda s: "np.ones(12)", "classes": lambda s: "[0, 1]",
    "sklearn.LSTMForecaster.fit.series": lambda s: "np.sin(np.arange(40.0))", "sklearn.LSTMForecaster.predict.series": lambda s: "np.sin(np.arange(40.0))",
    "sklearn.LSTMForecaster.score.series": lambda s: "np.sin(np.arange(40.0))", **{f"sklearn.LSTMForecaster.{of}.y": lambda s: "None" for of in ("fit", "score")},
    **{f"sklearn.LSTMRegressor.{of}.y": lambda s: "np.arange(12.0)" for of in ("fit", "partial_fit", "score")}, "return_std": lambda s: "False",
    **{f"sklearn.LSTMClassifier.{of}.y": lambda s: "np.arange(12) % 2" for of in ("fit", "partial_fit")},
}  # fmt: skip


def line_for(target, parameter, sizes):
    """The line that makes a valid argument, or None."""
    row = ARGUMENTS.get(f"{target}.{parameter}") or ARGUMENTS.get(parameter)
    return row(sizes) if row else None
