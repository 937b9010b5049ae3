"""The one table of what can be set: fields are keys of fit.toml, flags of `gatewise fit`, arguments of `fit`.

None means that the others decide: `FitConfig.resolved` and `for_data` put a value there, which the run folder
keeps. It is one table, and so one file, however long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gatewise.cells import CELLS, Cell
from gatewise.cells.memory import has_bias_of_f
from gatewise.compiled import how_to_get_it, missing
from gatewise.engine.passes import available, resolve
from gatewise.errors import ArgumentError, EngineError, GatewiseError
from gatewise.learn.losses import LOSSES
from gatewise.learn.network.architecture import half_of, has_recurrent_mask, projects
from gatewise.learn.network.parameters import starting_forget_bias
from gatewise.learn.optimizers import OPTIMIZERS
from gatewise.learn.schedules import SCHEDULES
from gatewise.support.files import Limit, as_path, named, read_input
from gatewise.support.given import brief, check_order
from gatewise.support.keys import in_words, one_of, under_a_table, unknown
from gatewise.support.options import as_flag, as_mapping
from gatewise.support.toml import TomlError, parse_toml
from gatewise.train.cell_key import as_kept, cell_of, name_of
from gatewise.train.data import Dataset
from gatewise.train.data.prepare.calendar import CYCLES
from gatewise.train.data.windows.defaults import default_lengths
from gatewise.train.metrics.table import CHOOSING, as_metric, checked_metric

CHOICES: dict[str, tuple[str, ...]] = {
    "task": ("forecast", "regress", "classify"),
    "split": ("time", "group"),
    "missing": ("fill", "drop", "error"),
    "past": ("values", "changes"),
    "scale": ("auto", "table", "series"),
    "loss": tuple(LOSSES),
    "metric": CHOOSING,
    "optimizer": tuple(OPTIMIZERS),
    "schedule": tuple(SCHEDULES),
    "dtype": ("float32", "float64"),
    "engine": ("auto", *available()),
    "cell": tuple(CELLS),
}
"""What the keys that have a few values may have."""
_NO_MORE = f": {missing}. {how_to_get_it().removesuffix('.')}" if missing else ""
LOSS_OF: dict[str, str] = {"forecast": "mae", "regress": "mae", "classify": "cross_entropy"}
_OPTIONS = {
    f"{kind}_options": {name for row in rows.values() for name in row.options}
    for kind, rows in (("loss", LOSSES), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES))
}
_DISTRIBUTIONS = ("gaussian", "negative_binomial")
MOST_SKIPPED = 1_000_000_000  # rows; what counts them has 32 bits
LIMIT = Limit(1_000_000, "a configuration has less by far: give one such as the config.toml of a run")
NOT_OF_THE_RESULT = ("data", "memory", "threads", "checkpoint_every", "tensorboard", "report")
"""What may differ when a run is resumed: no bit depends on it. Of the data, the fingerprint is compared."""
_SINCE_0_2: dict[str, Any] = {
    "categories": [], "scale": "auto", "season": None, "past": None, "log": False, "non_negative": False,
    "metric": None, "tune": False, "report": True,
}  # fmt: skip
"""Not in files of runs that have nothing else there, as those of before: without them, it is meant."""
_OF_CELLS = ("cell", "projection")
"""Not in files of the LSTM, which are those of before cells: without them, it is meant."""


class ConfigError(GatewiseError):
    """A configuration cannot be used."""


def _set(default: Any, section: str, description: str, **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"section": section}, **limits)


class FitConfig(BaseModel):
    """What `fit` is told. A field's description is its help."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    data: str | None = _set(
        None,
        "data",
        "A CSV or Parquet file, - for standard input; without one, the weather that comes with gatewise.",
    )
    target: list[str] | None = _set(None, "data", "The column or columns to predict.", min_length=1)
    features: list[str] | None = _set(
        None,
        "data",
        "The columns to predict from, beside the target's own past; texts are categories [all numbers].",
    )
    future: list[str] = _set([], "data", "Of them, those known ahead, such as holidays or prices.")
    static: list[str] = _set([], "data", "Columns that are one number or category for each series.")
    categories: list[str] = _set(
        [],
        "data",
        "Columns of texts or numbers that are categories; a text column that is named above is one anyway.",
    )
    time: str | None = _set(None, "data", "The column with the time [the rows are in order].")
    series: str | None = _set(None, "data", "The column that names the series, where there are many.")
    task: Annotated[str, one_of(CHOICES["task"])] = _set(
        "forecast", "data", "What to learn: the target ahead, or at the window's end, or its class."
    )
    window: int | None = _set(
        None,
        "data",
        "Rows that the network looks back over; 0: each series whole [by the time step: 168 hours, 28 days, "
        "52 weeks, 24 months, 12 quarters, 8 years; fewer where the table is short].",
        ge=0,
    )
    horizon: int | None = _set(
        None,
        "data",
        "Rows ahead that are predicted at once, of a forecast [by the time step: 24 hours, 7 days, 4 weeks, "
        "12 months, 4 quarters, else 12; fewer where the table is short; without tune 24].",
        ge=1,
    )
    stride: int = _set(1, "data", "Rows from one window to the next, in training.", ge=1)
    split: Annotated[str, one_of(CHOICES["split"])] = _set(
        "time", "data", "Validation and test are the last part of the time, or whole series."
    )
    validation: float | str = _set(
        0.15, "data", "Share of the rows for validation, or the date where it begins."
    )
    test: float | str = _set(0.15, "data", "Share of the rows for the test, or the date where it begins.")
    missing: Annotated[str, one_of(CHOICES["missing"])] = _set(
        "fill",
        "data",
        "Missing values of features: the last one known and a mark, windows left out, or an error.",
    )
    scale: Annotated[str, one_of(CHOICES["scale"])] = _set(
        "auto",
        "data",
        "Scale columns by mean and spread of the table, or of each series; auto: by validation, with tune.",
    )
    skip_rows: int = _set(
        0,
        "data",
        "Rows of a CSV file to leave out after the header, such as one of units.",
        ge=0,
        le=MOST_SKIPPED,
    )
    day_first: bool | None = _set(
        None, "data", "In times such as 1/2/2013 the day comes first [told by the rows of the column]."
    )
    na: list[float | str] = _set(
        [], "data", "What stands for a missing value, beside empty cells and NA: -9999, unknown."
    )
    calendar: list[str] | None = _set(
        None,
        "data",
        "Cycles of the time as features: hour, weekday, year, or none [those that training has seen whole].",
        min_length=1,
    )
    change: bool | None = _set(
        None, "data", "Learn the change from the last value instead of the value [for a forecast]."
    )
    season: int | None = _set(
        None,
        "data",
        "With change: learn the change from the value so many rows before; 0: from the last one [0].",
        ge=0,
    )
    past: Annotated[str, one_of(CHOICES["past"])] | None = _set(
        None,
        "data",
        "How the network reads the target's own past: as values, or as changes over the season [values].",
    )
    log: bool = _set(False, "data", "Learn log(1 + y) of each target y, which is at least 0.")
    non_negative: bool = _set(False, "data", "Take predictions below 0 for 0.")

    memory: int = _set(
        1024, "data", "Megabytes of the data in memory; what is more goes to scratch files in TMPDIR.", ge=1
    )

    cell: Annotated[Any, AfterValidator(as_kept)] = _set(
        "lstm", "network", "The cell of every layer: one that there is, or the TOML file of one's own."
    )
    projection: int | None = _set(
        None,
        "network",
        "Outs of a layer, Q, of a cell that projects them [half of the hidden units].",
        ge=1,
    )
    hidden: int = _set(64, "network", "Hidden units of a layer, H.", ge=1)
    layers: int = _set(1, "network", "Layers, one above the other.", ge=1)
    bidirectional: bool = _set(False, "network", "Read each window in both directions.")
    skip: int = _set(
        0,
        "network",
        "Last rows of the window that the head reads as well, a linear part beside the LSTM.",
        ge=0,
    )
    dropout: float = _set(0.0, "network", "Share of the units left out between layers.", ge=0, lt=1)
    output_dropout: float = _set(0.0, "network", "Share of the units left out before the head.", ge=0, lt=1)
    input_dropout: float = _set(
        0.0, "network", "Share of the inputs left out, the same at every step.", ge=0, lt=1
    )
    recurrent_dropout: float = _set(
        0.2, "network", "Share of the units left out where they meet U, the same at every step.", ge=0, lt=1
    )
    forget_bias: float | None = _set(1.0, "network", "What the forget gate's bias starts at.")

    loss: Annotated[str, one_of(CHOICES["loss"])] | None = _set(
        None, "training", "What is made small [mae; cross_entropy for classes]."
    )
    quantiles: list[float] | None = _set(
        None, "training", "The quantiles of loss pinball [0.1,0.5,0.9].", min_length=1
    )
    metric: Annotated[str, BeforeValidator(as_metric)] | None = _set(
        None,
        "training",
        "What decides which epoch is best, in the target's units, and comes first in the results [the loss; "
        "mae, mase of several series, accuracy].",
    )
    loss_options: dict[str, Any] = _set({}, "training", "Its options, such as delta=0.5 of huber.")
    optimizer: Annotated[str, one_of(CHOICES["optimizer"])] = _set(
        "adam", "training", "How the weights follow the gradient."
    )
    learning_rate: float = _set(0.001, "training", "Step size λ.", gt=0)
    optimizer_options: dict[str, Any] = _set({}, "training", "Its options, such as momentum=0.9.")
    schedule: Annotated[str, one_of(CHOICES["schedule"])] = _set(
        "cosine", "training", "How λ goes on over the run."
    )
    schedule_options: dict[str, Any] = _set({}, "training", "Its options, such as warmup=100.")
    clip: float = _set(1.0, "training", "Longest gradient, by its norm; 0 for no limit.", ge=0)
    epochs: int = _set(20, "training", "Times through the training windows, at most.", ge=1)
    batch: int = _set(64, "training", "Windows in a step.", ge=1)
    patience: int = _set(
        5, "training", "Epochs without a better validation loss before it ends; the best weights stay.", ge=1
    )
    tune: bool = _set(
        True,
        "training",
        "Choose by a short search on validation blocks what is not given of scale, season, past, loss, "
        "window, learning_rate, skip, dropouts, epochs, patience.",
    )
    stateful: bool = _set(
        False,
        "training",
        "Walk along each series in windows, carrying out and state over (truncated backpropagation).",
    )
    seed: int = _set(0, "training", "Where the random numbers start.", ge=0)
    dtype: Annotated[str, one_of(CHOICES["dtype"])] = _set("float32", "training", "Precision of the weights.")
    engine: Annotated[str, one_of(CHOICES["engine"], _NO_MORE)] = _set(
        "auto", "training", "Which engine runs."
    )
    threads: int | None = _set(
        None, "training", "Threads at most; the result does not depend on it [all CPUs].", ge=1
    )
    checkpoint_every: float = _set(10.0, "training", "Seconds between checkpoints.", ge=0)
    tensorboard: bool = _set(False, "training", "Write the metrics for TensorBoard, too: RUN/tensorboard.")
    report: bool = _set(
        True, "training", "Draw the report and the page to play with: RUN/report.html and RUN/explore.html."
    )

    @classmethod
    def make(cls, keys: Mapping[str, Any], source: str = "the configuration") -> Self:
        """Check `keys` and put values where the others decide.

        Raises
        ------
        ConfigError
            If a key is not known, a value is not of its kind, or two do not go together.
        """
        keys = _table("keys", keys)
        for table, known in _OPTIONS.items():
            options = keys.get(table)
            for name in options if isinstance(options, Mapping) else ():
                if name in cls.model_fields and name not in known:
                    raise ConfigError(f"{table}.{name} is no option; {under_a_table([table])}")
        try:
            return cls.model_validate(dict(keys)).resolved()
        except ValidationError as error:
            raise ConfigError(in_words(error, cls, source)) from None

    @classmethod
    def read(cls, path: Path, *, own: bool = False) -> dict[str, Any]:
        """Read the keys of a TOML file, as they are written: of the user's, or of a run's `own`."""
        path, own = as_path("path", path, "a configuration"), as_flag("own", own)
        try:
            return parse_config(read_input(path, LIMIT, pipe=not own, link=not own).decode("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ConfigError(f"{named(path)} cannot be read: {reason}.") from None
        except TomlError as error:
            raise ConfigError(f"{named(path)}: {error}") from None

    @classmethod
    def of_file(cls, keys: Mapping[str, Any], source: str) -> Self:
        """Read the keys of a run's own file: what it does not say is as before there were such keys."""
        return cls.make({**_SINCE_0_2, **_table("keys", keys)}, source)

    def resolved(self) -> Self:
        """Return the same with a value wherever the others decide it, all of them going together."""
        forecast = self.task == "forecast"
        loss = self.loss or LOSS_OF[self.task]
        update: dict[str, Any] = {
            "loss": loss,
            "change": forecast and loss != "negative_binomial" if self.change is None else self.change,
            "quantiles": (self.quantiles or [0.1, 0.5, 0.9]) if loss == "pinball" else self.quantiles,
            **self._of_cell(),
        }
        chosen = self.model_copy(update=update)
        chosen._check()
        return chosen

    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """Return the same with other values of some keys, checked."""
        return self.make({**self.to_dict(), **_table("settings", settings)})

    def _of_cell(self) -> dict[str, Any]:
        """Return what the cell decides about and nobody gave: a forget gate's bias, a mask, a projection."""
        cell, given = self.made_cell, self.model_fields_set
        found: dict[str, Any] = {}
        if "forget_bias" not in given or self.forget_bias is None:
            found["forget_bias"] = starting_forget_bias(cell)
        if "recurrent_dropout" not in given and not has_recurrent_mask(cell):
            found["recurrent_dropout"] = 0.0
        if self.projection is None and projects(cell):
            found["projection"] = half_of(self.hidden)
        return found

    @property
    def made_cell(self) -> Cell:
        """The cell itself, whose name or equations `cell` has."""
        return cell_of(self.cell)

    def _check_cell(self) -> None:
        """Refuse what the cell does not have, and an engine that does not have the cell."""
        cell, name = self.made_cell, name_of(self.cell)
        if self.forget_bias is not None and not has_bias_of_f(cell):
            raise ConfigError(
                f"forget_bias={self.forget_bias}: cell {name} has no bias of a forget gate; leave it out."
            )
        if self.recurrent_dropout and not has_recurrent_mask(cell):
            raise ConfigError(
                f"recurrent_dropout={self.recurrent_dropout}: cell {name} has no matrix U that meets what it "
                "gave before; leave it out."
            )
        if self.projection is not None and not projects(cell):
            raise ConfigError(
                f"projection={self.projection}: cell {name} does not project its output; leave it out."
            )
        try:
            resolve(self.engine, np.dtype(self.dtype), cell)
        except EngineError as error:
            raise ConfigError(str(error)) from None

    def _check(self) -> None:
        """Refuse what does not go together: nothing that is set is ignored."""
        self._check_cell()
        task, loss, forecast, classes = self.task, self.loss, self.task == "forecast", self.task == "classify"
        refused = (
            (
                not forecast and self.horizon is not None,
                f"horizon={self.horizon} is for task forecast; task {task} predicts one value a window",
            ),
            (not forecast and bool(self.change), f"change is for task forecast; the task is {task}"),
            (
                classes and loss != "cross_entropy",
                f"loss={loss} is not for classes; task classify has cross_entropy",
            ),
            (
                not classes and loss == "cross_entropy",
                f"loss=cross_entropy is for classes; the task is {task}",
            ),
            (
                bool(self.season) and not self.change,
                f"season={self.season} is for labels that are changes; set change to true, or leave it out",
            ),
            (
                self.past == "changes" and not self.change,
                "past=changes is for labels that are changes; set change to true, or leave it out",
            ),
            (
                self.window is not None and (self.season or 0) > self.window,
                f"season={self.season} rows are more than the window has, {self.window}",
            ),
            (
                loss == "negative_binomial" and bool(self.change),
                "loss=negative_binomial is for counts, not for changes; set change to false",
            ),
            (
                loss != "pinball" and self.quantiles is not None,
                f"quantiles are for loss pinball; the loss is {loss}",
            ),
            (
                not _rising(self.quantiles or ()),
                f"quantiles are {brief(self.quantiles)}; each is between 0 and 1, in rising order",
            ),
            (
                classes and (self.log or self.non_negative),
                "log and non_negative are for numbers; task classify has classes",
            ),
            (
                self.log and loss in _DISTRIBUTIONS,
                f"loss={loss} says a standard deviation, and that of log(1 + y) is none of y; with log, loss "
                "pinball gives an interval",
            ),
            (
                self.window == 0 and forecast,
                "window=0 takes each series whole, which a forecast cannot: give a number of rows",
            ),
            (
                not set(self.calendar or ()) <= {*CYCLES} and self.calendar != ["none"],
                f"calendar is {brief(self.calendar)}; it can have {', '.join(CYCLES)}, or none alone",
            ),
            (
                self.window is not None and 0 < self.window < self.skip,
                f"skip={self.skip} rows are more than the window has, {self.window}",
            ),
            (self.stateful and self.skip > 0, "skip is not for stateful, which has a label at every step"),
            (self.stateful and self.window == 0, "stateful needs a window, the rows of each chunk"),
            (
                self.stateful and self.bidirectional,
                "stateful reads forwards only; set bidirectional to false",
            ),
            (self.stateful and self.stride != 1, "stateful walks step by step; leave stride at 1"),
        )
        for holds, message in refused:
            if holds:
                raise ConfigError(f"{message}.")
        self._check_metric()

    def _check_metric(self) -> None:
        """Refuse a metric that the task or the loss does not have, or by which nothing could be decided."""
        if self.metric is None:
            return
        try:
            checked_metric(self.metric, task=self.task, loss=self.loss or "mae", window=self.window)
        except ArgumentError as error:
            raise ConfigError(str(error)) from None

    def for_data(self, dataset: Dataset) -> Self:
        """Return the same with a window and a horizon that suit the data, where they were left open."""
        check_order("for_data", {"dataset": dataset}, {"dataset": Dataset})
        forecast = self.task == "forecast"
        if self.window is not None and (self.horizon is not None or not forecast):
            return self
        window, horizon = default_lengths(
            dataset, by_step=self.tune, horizon=self.horizon if forecast else 0, skip=self.skip,
            split=self.split, validation=self.validation, test=self.test, seed=self.seed,
        )  # fmt: skip
        return self.model_copy(
            update={
                "window": window if self.window is None else self.window,
                "horizon": horizon if forecast else None,
            }
        )

    @property
    def cycles(self) -> bool | list[str]:
        """The cycles of the calendar as `Windows.fit` takes them."""
        return True if self.calendar is None else [name for name in self.calendar if name != "none"]

    @property
    def scaled_by(self) -> str:
        """What is scaled as one, the table or each series, as `Windows.fit` takes it."""
        return "series" if self.scale == "series" else "table"

    def differences(self, keys: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return the keys that decide about the result and have another value here: (here, given)."""
        keys = as_mapping("keys", keys)
        if odd := sorted(set(keys) - set(type(self).model_fields)):
            raise ConfigError(
                unknown(brief(odd[0]), odd[0], list(type(self).model_fields), "the configuration")
            )
        return {
            name: (getattr(self, name), value)
            for name, value in keys.items()
            if name not in NOT_OF_THE_RESULT and getattr(self, name) != value
        }

    def to_dict(self) -> dict[str, Any]:
        """Return every key with its value, as `make` takes them."""
        left_out = _OF_CELLS if self.cell == "lstm" else ()
        kept = {name: value for name, value in self.model_dump().items() if name not in left_out}
        return {name: value for name, value in kept.items() if _SINCE_0_2.get(name, ...) != value}

    def to_toml(self) -> str:
        """Write every key that has a value, with its description, as `read` takes it."""
        lines: list[str] = []
        section = ""
        for name, field in type(self).model_fields.items():
            if name not in self.to_dict() and name != "tune":
                continue
            if field.json_schema_extra["section"] != section:  # type: ignore[index]
                section = field.json_schema_extra["section"]  # type: ignore[index,assignment]
                lines += ["", f"# {section}"]
            value = getattr(self, name)
            written = f"# {name} is not set" if value is None else f"{name} = {_toml(value)}"
            lines.append(f"{written:<40}  # {field.description}")
        return "\n".join(lines[1:]) + "\n"

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Name what is not as by default."""
        defaults = {
            name: field.get_default(call_default_factory=True)
            for name, field in type(self).model_fields.items()
        }
        return [(name, getattr(self, name)) for name in defaults if getattr(self, name) != defaults[name]]


def parse_config(text: str) -> dict[str, Any]:
    """Parse the TOML of a configuration, whole or a key of it.

    Raises
    ------
    TomlError
    """
    return parse_toml(
        text, longest_key="loss_options.delta", deepest="a list of names, the deepest, has 1 level"
    )


def _table(name: str, given: Any) -> Mapping[str, Any]:
    """Read a mapping of keys."""
    try:
        return as_mapping(name, given)
    except ArgumentError as error:
        raise ConfigError(str(error)) from None


def _toml(value: Any) -> str:
    """Write one value; a JSON text, number or list of them is TOML as it stands."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(part)}" for name, part in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one that TOML does not take


def _rising(numbers: Iterable[float]) -> bool:
    given = [0.0, *numbers, 1.0]
    return all(low < high for low, high in pairwise(given))


def listed(text: str) -> list[str]:
    """Read a,b,c as a command line has it."""
    names = [name.strip() for name in text.split(",")]
    if "" in names:
        raise ArgumentError(f'"{text}" has an empty name; write names with commas between, as in a,b.')
    return names
