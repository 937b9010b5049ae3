"""Every public function: found by walking the faces of the package, so that a new one is fuzzed without a word here.

A target is what can be called: a function, a class, a public method, a row of a table such as LOSSES. What is left out
stands in LEFT_OUT with the reason.
"""

import inspect
import types
from dataclasses import dataclass

import gatewise
import gatewise.sklearn

LEFT_OUT = {
    "made by gatewise alone; nobody calls it, and its methods are called": (
        "gatewise.Model", "gatewise.Worksheet", "data.Baselines", "data.Dataset", "data.Preparation", "data.Windows",
        "derivatives.DerivativeReport", "exercises.Exercise", "exercises.Item", "exercises.Key", "exercises.Marks",
        "losses.Loss", "network.NetworkGrads", "network.NetworkTrace", "optimizers.Optimizer", "schedules.Schedule",
        "train.ModelStepper", "exercises.Answers", "gatewise.Trace", "gatewise.Grads",
    ),
    "a record: it keeps what it is given, and whoever reads it checks": (
        "gatewise.State", "gatewise.Trained", "data.Batch", "derivatives.Comparison", "optimizers.Moments",
        "network.StepTaken",
        "exercises.ExerciseSizes",
    ),
    "pydantic's, which refuses in its own words; FitConfig.of is ours": ("train.FitConfig",),
    "a part of `Windows` that training uses, or that a model is read with": (
        "data.Windows.chunk", "data.Windows.last_values", "data.Windows.stretch_of", "data.Windows.targets_at",
        "data.Windows.walk", "data.Windows.of", "data.Windows.without_gaps",
        "data.Baselines.arrays", "data.Baselines.fit", "data.Baselines.from_arrays", "data.Baselines.predict",
        "data.Dataset.row", "data.Dataset.columns", "data.Dataset.time_text", "data.Preparation.rows",
        "data.Preparation.row", "data.Preparation.from_dict", "data.Preparation.x_of", "data.Preparation.read_row",
        "data.Preparation.as_learned", "data.Preparation.as_given", "data.Windows.season_values",
        "data.Windows.values_before", "gatewise.Model.checked_metric", "gatewise.Model.empty_in",
        "gatewise.Model.forecast", "gatewise.Model.measure", "gatewise.Model.table", "gatewise.Model.test",
        "gatewise.Model.windows", "gatewise.Model.quantiles",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Something to call: `losses.l2`, `gatewise.Params.init`, `gatewise.Stepper.step`."""

    name: str
    parameters: tuple[inspect.Parameter, ...]
    owner: str = ""  # of a method that is called on an object: the class


def faces():
    """(short name, module) of every public module."""
    yield "gatewise", gatewise
    for name in gatewise.__all__:
        if isinstance(module := getattr(gatewise, name), types.ModuleType):
            yield name, module
    yield "sklearn", gatewise.sklearn


def why_left_out(name):
    """The reason why a target is not called, or ""."""
    return next((why for why, names in LEFT_OUT.items() if name in names), "")


def targets(everything=False):
    """Every target once, under the first name it has."""
    seen = set()
    for face, module in faces():
        for name in module.__all__:
            for target, thing in _of(f"{face}.{name}", getattr(module, name)):
                if id(thing) not in seen and (everything or not why_left_out(target.name)):
                    yield target
                seen.add(id(thing))


def _of(name, thing):
    """(target, what it calls) of everything that can be called through a name."""
    if isinstance(thing, dict):
        for key, row in thing.items():
            if _is_ours(row):
                yield _target(f"{name}[{key!r}]", row), row
    elif inspect.isclass(thing) and not issubclass(thing, Exception):
        yield _target(name, thing), thing
        yield from _methods(name, thing)
    elif _is_ours(thing) and not inspect.isclass(thing):
        yield _target(name, thing), thing


def _is_ours(thing):
    """Whether it is a function of the package, or an object of it that can be called."""
    kind = thing if inspect.isfunction(thing) else type(thing)
    return callable(thing) and kind.__module__.startswith("gatewise")


def _methods(name, kind):
    for method, member in inspect.getmembers_static(kind):
        home = next(k for k in kind.__mro__ if method in vars(k))
        if method.startswith("_") or not home.__module__.startswith("gatewise"):
            continue
        if isinstance(member, (classmethod, staticmethod)):
            yield _target(f"{name}.{method}", getattr(kind, method)), member
        elif inspect.isfunction(member):
            yield _target(f"{name}.{method}", member, owner=kind.__name__), member


def _target(name, thing, owner=""):
    parameters = tuple(inspect.signature(thing).parameters.values())
    return Target(name, parameters[1:] if owner else parameters, owner)
