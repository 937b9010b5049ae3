"""`gatewise fit`: data in, a trained network in a run folder out. Its options are the fields of FitConfig."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import join, quote
from typing import Annotated, Any, get_args

import typer

from gatewise.cli.options import completing
from gatewise.cli.output import STDIN, write_stdout
from gatewise.cli.results import results_table
from gatewise.cli.tables import given_table, is_piped
from gatewise.support.streams import tell
from gatewise.support.toml import TomlError
from gatewise.train import FitConfig
from gatewise.train.config import CHOICES, ConfigError, listed, parse_config
from gatewise.train.fit_run import fit_run
from gatewise.train.run.folder import Run, next_folder
from gatewise.train.run.interrupt import Stopped
from gatewise.train.run.progress import listener
from gatewise.train.sources import STDIN as STANDARD_INPUT

_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def fit(config: Path | None, output: Path | None, resume: bool, quiet: bool, **flags: Any) -> None:
    """Train a network on a table: CSV or Parquet, or without one the weather that comes with gatewise.

    Results come in a folder: the model, the metrics of every epoch, the test beside simple baselines, a
    report. Every option is a key of the --config file, too; what the command line says goes first.
    """
    keys = _keys(flags)
    if resume:
        if config is not None:
            raise ConfigError("--resume goes on with the run's own configuration; leave --config out.")
        if output is None:
            raise ConfigError("--resume needs the run folder: gatewise fit --resume -o RUN")
    else:
        keys = (FitConfig.read(config) if config is not None else {}) | keys
        output = output or next_folder(Path("runs"), _name_of(keys.get("data"), flags["data"]))
    # A pipe is taken from the command line alone; - also from a file, which is as much the user's word.
    data = keys.pop("data", None) if keys.get("data") == str(STDIN) or is_piped(flags["data"]) else None
    try:
        with given_table(data) as table:
            model = fit_run(
                Run(output), keys, table, resume=resume, listener=listener(quiet), source=_source(config)
            )
    except Stopped as stopped:
        tell(f"gatewise: {stopped}")
        raise typer.Exit(130) from None
    if not quiet:
        write_stdout(results_table(model.results, model.predictor).encode())
        tell(_next(output, model.config.data, model.preparation.future, model.preparation.horizon))


def _keys(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Read the flags that were given as the values that a configuration has."""
    keys: dict[str, Any] = {}
    for name, value in flags.items():
        if value is None:
            continue
        annotation = FitConfig.model_fields[name].annotation
        if isinstance(value, list):  # an option that was given several times has all that it was given
            value = ",".join(value)
        if dict[str, Any] in (annotation, *get_args(annotation)):
            value = _options(name, value)
        elif {list[str], list[float | str]} & {annotation, *get_args(annotation)}:
            value = listed(value)
        elif list[float] in (annotation, *get_args(annotation)):
            value = [_number(name, part) for part in listed(value)]
        elif float in get_args(annotation) and str in get_args(annotation):
            value = _share_or_time(value)
        keys[name] = value
    return keys


def _share_or_time(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # a date; the data's own times say whether it can be one


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f'--{name.replace("_", "-")} has "{text}"; it must be a number.') from None


def _options(name: str, text: str) -> dict[str, Any]:
    """Read delta=0.5,least=1e-3 as a table: each value as TOML has it."""
    read: dict[str, Any] = {}
    for part in listed(text):
        try:
            read |= parse_config(part)
        except TomlError:
            flag = f"--{name.replace('_', '-')}"
            raise ConfigError(f'{flag} has "{part}"; write options as in delta=0.5,least=0.001.') from None
    return read


def _source(config: Path | None) -> str:
    return "gatewise fit" if config is None else f"{config} or the command line"


def _name_of(data: str | None, named: str | None) -> str:
    """Return what a run folder is called by; `named` are the data that the command line names."""
    return "stdin" if data == str(STDIN) or is_piped(named) else Path(data or "weather").stem


def _next(run: Path, data: str | None, future: Sequence[str], horizon: int) -> str:
    """Say what to do next; a forecast that reads what is known ahead needs rows past the data's end."""
    lines = [f"The run is in {run}"]
    if (run / "report.html").exists():
        lines.append(f"  open {quote(str(run / 'report.html'))}")
    table = "TABLE" if data == STANDARD_INPUT else data
    rolling = ["--rolling"] if future else []
    words = ["gatewise", "predict", str(run), *([table] if table else []), *rolling, "-o", "forecast.csv"]
    lines.append(f"  {join(words)}")
    if future:
        ahead = "the row" if horizon == 1 else f"the {horizon} rows"
        lines.append(
            f"  of what comes after the end: without --rolling, from a table that has {', '.join(future)} "
            f"in {ahead} after it, the other columns empty"
        )
    return "\n".join(lines)


def _parameter(name: str, kind: Any, default: Any, info: Any) -> inspect.Parameter:
    return inspect.Parameter(name, _KEYWORD, default=default, annotation=Annotated[kind, info])


def _of_field(name: str) -> inspect.Parameter:
    """Make the command's parameter of a key: the argument DATA, or an option."""
    field = FitConfig.model_fields[name]
    kinds = {field.annotation, *get_args(field.annotation)}
    plain = kinds & {bool, int, float}
    kind: Any = plain.pop() if len(plain) == 1 and str not in kinds else str
    if kinds & {list[str], list[float], list[float | str], dict[str, Any]}:
        kind = list[str]
    help, default = field.description or "", field.default
    if name == "data":
        return _parameter(name, str | None, None, typer.Argument(metavar="DATA", help=help))
    if default and not isinstance(default, (list, dict)):
        help = f"{help.removesuffix('.')} [{'yes' if default is True else default}]."
    flag = f"--{name.replace('_', '-')}"
    names = f"{flag}/--no{flag[1:]}" if kind is bool else flag
    metavar = "|".join(CHOICES[name]) if name in CHOICES else None
    metavar = f"{metavar}|FILE.toml" if name == "cell" else metavar
    return _parameter(
        name, kind | None, None,
        typer.Option(
            names, help=help, metavar=metavar, show_default=False,
            autocompletion=completing(CHOICES.get(name, ())),
        ),
    )  # fmt: skip


def _own() -> list[inspect.Parameter]:
    """Make the parameters that are no keys: where to write, and how to begin."""
    hidden: dict[str, Any] = {"show_default": False}
    run = typer.Option("--output", "-o", help="The run folder [runs/NAME-1, -2, …].", metavar="RUN", **hidden)
    file = typer.Option("--config", help="A TOML file with the same keys.", metavar="fit.toml", **hidden)
    go_on = typer.Option("--resume", help="Go on with the run in RUN where its checkpoint is.")
    return [
        _parameter("config", Path | None, None, file),
        _parameter("output", Path | None, None, run),
        _parameter("resume", bool, False, go_on),
        _parameter("quiet", bool, False, typer.Option("--quiet", "-q", help="Only errors.")),
    ]


fit.__signature__ = inspect.Signature([*map(_of_field, FitConfig.model_fields), *_own()])  # type: ignore[attr-defined]  # a function has it
fit.__annotations__ = {}  # typer reads the signature
