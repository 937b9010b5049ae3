"""`fit_run`: data, network, recipe, checkpoints and results brought together around the loop."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from gatewise.engine.passes import resolve
from gatewise.errors import GatewiseError
from gatewise.learn.network import Network
from gatewise.support.arrays import FloatArray
from gatewise.support.extras import ExtraError
from gatewise.support.info import info
from gatewise.train import report
from gatewise.train.cell_key import name_of, with_cell
from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.data import Baselines, Batch, Dataset, Windows, read
from gatewise.train.data.data_error import quoted
from gatewise.train.data.reading.frames import open_source
from gatewise.train.data.windows.defaults import shortened
from gatewise.train.explore.beside_report import window_page
from gatewise.train.loop.loop import mean_loss, train
from gatewise.train.loop.recipe import make_recipe, network_for, training_batches
from gatewise.train.loop.state import TrainingState
from gatewise.train.metrics.table import METRICS
from gatewise.train.model.forecasts import batches_of
from gatewise.train.model.model import Model
from gatewise.train.model.scales import KeptScales
from gatewise.train.model.validation import ValidationMetric
from gatewise.train.run import checkpoint
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.folder import Run, RunError
from gatewise.train.run.interrupt import Interrupt, Stopped, stop_on_signals
from gatewise.train.run.progress import Silent
from gatewise.train.run.tensorboard import write_rows, writer_class
from gatewise.train.search.tuning import Tuning, shown
from gatewise.train.slow_training import why_slow
from gatewise.train.sources import data_of, with_data

SHOWN = 1e-3  # of a loss: less is not seen where it is shown, and is chance
RUN_OUT = 0.01  # of the learning rate: a schedule that has come so low has ended


def fit_run(
    run: Run | None, keys: Mapping[str, Any], data: Any = None, *,
    resume: bool = False, listener: Silent | None = None, source: str = "fit",
) -> Model:  # fmt: skip
    """Train, in a run folder or without one, from the start or from the folder's checkpoint.

    Raises
    ------
    GatewiseError
        If something given cannot be used; the folder then has what it had.
    Stopped
        If a signal asked for it; the checkpoint is of the last step.
    """
    listener = listener or Silent()
    keys = with_cell(keys)
    if resume:
        if run is None:
            raise RunError("resume needs the run folder to go on with.")
        config = resumed(run, keys)
    else:
        config = FitConfig.make(with_data(keys, data), source)
        if run is not None:
            run.check_free()
    if config.tensorboard:
        if run is None:
            raise RunError("tensorboard needs a run folder to write in.")
        writer_class()  # whether it is there is said before work begins
    dataset, config, notes = completed(config, data)
    windows = windows_of(config, dataset)
    for note in (*windows.notes, *notes):
        listener.say(note)
    if slow := why_slow(config.engine, config.dtype, config.made_cell):
        listener.warn(slow)
    fitting = Fitting(config, windows, run)
    with ExitStack() as stack:
        if run is not None:
            stack.enter_context(run.lock(make=not resume))
            if not resume:
                run.begin_anew()
        interrupt = stack.enter_context(stop_on_signals())
        tuning = Tuning.of(run, config, keys, resume=resume)
        if tuning is not None and not tuning.done:
            if not resume:
                fitting.describe()
            config = tuning.search(windows, windows_of, interrupt, listener)
            windows = windows_of(config, dataset)
            fitting = Fitting(config, windows, run)
        windows.notes += notes
        if resume and (tuning is None or tuning.has_begun):
            fitting.go_on()
        else:
            fitting.begin()
        fitting.train(interrupt, listener)
        with interrupt.at_once(fitting.how_to_finish()):
            return fitting.finish(listener, None if tuning is None else shown(tuning.record))


def resumed(run: Run, keys: Mapping[str, Any]) -> FitConfig:
    """Return the configuration of a run, with what is given anew where the result does not depend on it."""
    run.check()
    config = FitConfig.of_file(FitConfig.read(run.config, own=True), str(run.config))
    for name, (here, given) in config.differences(keys).items():
        if name == "cell":
            here, given = name_of(here), name_of(given)
            given += " with other equations" if here == given else ""
        raise RunError(
            f"{name} is {here} in {run.path}, and {given} was given. A run goes on as it began; "
            "for another configuration start another run."
        )
    return config.model_copy(update=dict(keys))


def make_windows(config: FitConfig, data: Any = None) -> tuple[FitConfig, Windows]:
    """Read the data of a configuration, split and prepare them; complete the configuration by them.

    Raises
    ------
    ConfigError, DataError
        If there is no target, or the data do not suffice.
    """
    dataset, config, notes = completed(config, data)
    windows = windows_of(config, dataset)
    windows.notes += notes
    return config, windows


def completed(config: FitConfig, data: Any = None) -> tuple[Dataset, FitConfig, list[str]]:
    """Read the data of a configuration; return it with a window and a horizon, and what to say of these."""
    if config.target is None:
        names = open_source(data_of(config, data)).names
        raise ConfigError(
            f"target is missing: name the column to predict, as in --target {names[-1] if names else 'y'}. "
            f"There are {quoted(names)}."
        )
    dataset = read(
        data_of(config, data), target=config.target, features=config.features, time=config.time,
        series=config.series, future=config.future, static=config.static, na=config.na,
        skip_rows=config.skip_rows, day_first=config.day_first, categories=config.categories,
        memory=config.memory << 20,
    )  # fmt: skip
    asked, config = config, config.for_data(dataset)
    found = {
        name: None if getattr(asked, name) is not None else getattr(config, name)
        for name in ("window", "horizon")
    }
    return dataset, config, shortened(dataset, **found, by_step=config.tune)


def windows_of(config: FitConfig, dataset: Dataset) -> Windows:
    """Split and prepare a dataset as a configuration asks for; it has a window."""
    assert config.window is not None
    return Windows.fit(
        dataset, task=config.task, window=config.window, horizon=config.horizon, stride=config.stride,
        split=config.split, validation=config.validation, test=config.test, change=config.change,
        calendar=config.cycles, missing=config.missing,
        scale_target=config.loss != "negative_binomial", scale=config.scaled_by, season=config.season or 0,
        past=config.past or "values", log=config.log, non_negative=config.non_negative, short=config.tune,
        seed=config.seed, dtype=config.dtype, memory=config.memory << 20,
    )  # fmt: skip


class Fitting:
    """One training with the files it keeps: the parts of `fit_run`."""

    def __init__(self, config: FitConfig, windows: Windows, run: Run | None) -> None:
        self.config, self.windows, self.run = config, windows, run
        self.fingerprint = windows.fingerprint()
        self.batches = training_batches(config, windows, windows.train, config.batch)
        classes = len(windows.classes or ())
        self.recipe = make_recipe(config, classes, self.batches.count())
        self.scales = KeptScales.fit(windows)
        self.metric = ValidationMetric.of(config, windows, self.scales)
        network = network_for(config, windows)
        self.state = TrainingState.new(network, self.recipe.memory(network.size, network.dtype))
        self.format = checkpoint.format_of(config.cell, windows.preparation.later)
        self.saved = time.monotonic()

    def validation_batches(self) -> Iterable[Batch]:
        """Return the batches to validate with."""
        return batches_of(self.config, self.windows, self.windows.validation)

    def begin(self) -> None:
        """Write down what was asked for, and a checkpoint before the first step; run.json comes last."""
        if self.run is None:
            return
        self.run.write(self.run.config, self.config.to_toml())
        self.run.write_metrics([])
        self.save()
        self.describe()

    def describe(self) -> None:
        """Write run.json: from then on there is a run in the folder."""
        if self.run is None:
            return
        machine = info()
        self.run.describe(
            {
                "data": self.fingerprint,
                "engine": resolve(self.config.engine, self.state.network.dtype, self.config.made_cell),
                "instruction_set": machine["instruction_set"],
                "numpy": machine["numpy"],
                "cpu": machine["cpu"]["model"],
            },
            self.format,
        )

    def go_on(self) -> None:
        """Take the checkpoint's place."""
        assert self.run is not None
        arrays, document = self.run.load_checkpoint()
        if document["data"] != self.fingerprint:
            raise RunError(
                f"the data have changed since {self.run.path} began: their fingerprint was "
                f"{document['data'][:12]} and is {self.fingerprint[:12]}. Put the old data back to go on, or "
                "start another run."
            )
        if (cell := document.get("cell", "lstm")) != self.config.cell:
            raise CheckpointError(
                f"{self.run.checkpoint} does not belong to {self.run.config}: it is of cell {name_of(cell)}, "
                f"and the configuration has {name_of(self.config.cell)}."
            )
        try:
            self.state.restore(arrays, document)
        except (KeyError, ValueError, TypeError) as error:
            reason = f"{type(error).__name__}, {error}"
            raise CheckpointError(
                f"{self.run.checkpoint} does not belong to {self.run.config}: {reason}."
            ) from None
        self.run.write_metrics(self.state.history)

    def train(self, interrupt: Interrupt, listener: Silent) -> None:
        """Run the loop, with a checkpoint now and then and when it is asked to stop."""

        def after_step(state: TrainingState) -> None:
            listener.step(state)
            if interrupt.requested:
                self.save()
                raise Stopped(self.how_to_go_on())
            if time.monotonic() - self.saved >= self.config.checkpoint_every:
                self.save()

        def after_epoch(state: TrainingState) -> None:
            if self.run is not None:
                self.run.add_metrics(state.history[-1])
            if show is not None:
                show(state.history[-1])
            listener.epoch(state)

        with ExitStack() as stack:
            show = None
            if self.run is not None and self.config.tensorboard:
                show = stack.enter_context(write_rows(self.run.tensorboard, self.state.history))
            stack.enter_context(listener.over(self.state, self.config.epochs, self.batches.count()))
            train(
                self.state, self.recipe, self.batches,
                validate=self.validate if len(self.windows.validation) else None,
                after_step=after_step, after_epoch=after_epoch,
            )  # fmt: skip
        self.save()
        if self._still_improves():
            listener.say(f"{self._still_better()} in the last epoch; more epochs may do better")

    def validate(self, network: Network) -> dict[str, float]:
        """Measure the loss and, where one was asked for, the metric that early stopping goes by."""
        outputs: list[FloatArray] | None = None if self.metric is None else []
        found = {"loss": mean_loss(network, self.recipe, self.validation_batches(), outputs)}
        return found if self.metric is None or outputs is None else found | self.metric(outputs)

    def _still_improves(self) -> bool:
        """Return whether the last epoch was the best by more than is shown, and its rate had not run out."""
        decides = f"validation_{self.recipe.decides}"
        values = [row[decides] for row in self.state.history if decides in row]
        if self.state.epoch < self.config.epochs or self.state.stale or len(values) < 2:
            return False
        before = max(values[:-1]) if self.recipe.larger else min(values[:-1])
        runs_out = self.state.history[-1]["rate"] < RUN_OUT * self.config.learning_rate
        return not runs_out and abs(values[-1] - before) > SHOWN * abs(before)

    def _still_better(self) -> str:
        name = self.config.metric
        if name is None:
            return "the validation loss still fell"
        return f"the validation's {name} still {'rose' if METRICS[name].better == 'larger' else 'fell'}"

    def save(self) -> None:
        """Write a checkpoint, if there is a folder for it."""
        if self.run is not None:
            document = {**self.state.document(), "data": self.fingerprint}
            document |= {} if self.config.cell == "lstm" else {"cell": self.config.cell}
            self.run.save_checkpoint(self.state.arrays(), document, self.format)
        self.saved = time.monotonic()

    def how_to_go_on(self) -> str:
        """Say where training stopped and how to go on."""
        where = f"stopped in epoch {self.state.epoch + 1} after step {self.state.step}"
        if self.run is None:
            return f"{where}; without a run folder there is no checkpoint."
        return f"{where}, with a checkpoint. Go on with: {self.run.resuming}"

    def how_to_finish(self) -> str:
        """Say how to have what was stopped after training: test and report."""
        if self.run is None:
            return "stopped while testing; without a run folder nothing of the training is kept."
        return (
            "stopped while testing; training had ended, and nothing of it is lost. Test and report: "
            f"{self.run.resuming}"
        )

    def finish(self, listener: Silent, search: report.SearchTold | None = None) -> Model:
        """Measure the test beside the baselines, and write model, results and report, if wanted."""
        listener.say("testing, beside the baselines")
        # As they will be read back, so that an evaluation later gives the same numbers.
        baselines = Baselines.from_arrays(Baselines.fit(self.windows).arrays())
        model = Model(
            self.state.network, self.config, self.windows.preparation, baselines, self.state.history,
            notes=self.windows.notes, scales=self.scales, fingerprint=self.fingerprint,
        )  # fmt: skip
        model.results = model.test(self.windows)
        if self.run is not None:
            checkpoint.save(self.run.model, *model.contents(), link=False, format=self.format)
            self.run.write(self.run.results, json.dumps(model.results, indent=2, allow_nan=False) + "\n")
            if self.config.report:
                self.write_report(self.run, model, listener, search)
        return model

    def write_report(
        self, run: Run, model: Model, listener: Silent, search: report.SearchTold | None
    ) -> None:
        """Write the report, and beside it the page of a window; what cannot be drawn is said."""
        try:
            page, reason = window_page(model, self.windows, str(run.path))
            if page:
                run.write(run.explore, page)
            shown = run.explore.name if page else ""
            run.write(run.report, report.render(model, self.windows, search, shown, reason))
        except (ExtraError, ValueError, OverflowError) as error:  # the model is there all the same
            if isinstance(error, GatewiseError) and not isinstance(error, ExtraError):
                raise  # such as a full disk
            listener.say(f"no report.html: {error}")
