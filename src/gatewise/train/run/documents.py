"""What the JSON documents beside the arrays of a run must hold: checked before anything of them is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from gatewise.support.given import brief
from gatewise.support.keys import fault_in
from gatewise.train.metrics.table import METRICS
from gatewise.train.run.checkpoint import CheckpointError

Count = Annotated[int, Field(ge=0, le=1 << 53)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Row = Annotated[dict[str, bool | Finite], AfterValidator(lambda row: _having(row, ("epoch", "step", "loss")))]
Compared = dict[str, dict[str, Finite | None]]


class TrainingDocument(BaseModel):
    """What a checkpoint says of its arrays."""

    step: Count
    epoch: Count
    batch: Count
    summed: Finite
    counted: Count
    best_loss: float
    stale: Count
    schedule: dict[str, float | None]
    history: list[Row]
    data: str
    cell: str | dict[str, Any] = "lstm"  # as the configuration has it; that of the LSTM is not written


class SeriesRow(BaseModel):
    """The metrics of one series in a test."""

    series: str
    values: Count
    scale: Finite | None = None
    metrics: Compared


class TestResults(BaseModel):
    """The test of a model; none is kept where nothing was tested."""

    model_config = ConfigDict(populate_by_name=True)
    task: str
    of: str
    windows: Count
    since: str = Field("", alias="from")
    to: str = ""
    targets: dict[str, Compared]
    by_step: dict[str, dict[str, list[Finite | None]]] = {}
    metric: str | None = None  # what follows is not in results of 0.2
    reasons: dict[str, dict[str, dict[str, str]]] = {}
    by_step_metric: dict[str, dict[str, list[Finite | None]]] = {}
    left_out: dict[str, dict[str, Count]] = {}
    by_series: dict[str, list[SeriesRow]] = {}


class SeriesScales(BaseModel):
    """What the errors of each series are divided by, a number for each target."""

    season: Annotated[int, Field(ge=1, le=1 << 40)]
    by_series: dict[str, list[Annotated[float, Field(gt=0, allow_inf_nan=False)] | None]]


class ModelDocument(BaseModel):
    """What a model file says of its arrays; preparation and configuration are checked by what reads them."""

    architecture: dict[str, Any]
    config: dict[str, Any]
    preparation: dict[str, Any]
    history: list[Row]
    results: Annotated[dict[str, Any], AfterValidator(lambda results: _results(results))]
    notes: list[str] = []  # 0.1 kept none
    scales: SeriesScales | None = None  # 0.2 kept none


def check_document(kind: Any, document: Mapping[str, Any], path: Any) -> None:
    """Refuse a document that is not of its kind.

    Raises
    ------
    CheckpointError
        The message names the file and the entry.
    """
    if fault := fault_in(kind, document):
        raise CheckpointError(f"{path} is damaged: {fault}.")


def _having(table: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    for name in names:
        if name not in table:
            raise ValueError(f"{name} is missing")
    return table


def _results(results: dict[str, Any]) -> dict[str, Any]:
    if results:
        TypeAdapter(TestResults).validate_json(json.dumps(results), strict=True)
        if ("from" in results) != ("to" in results):
            raise ValueError("from and to belong together")
        if (metric := results.get("metric")) is not None and metric not in METRICS:
            raise ValueError(f"metric is {brief(metric)}")
    return results


def check_predictor(results: Mapping[str, Any], predictor: str) -> None:
    """Refuse results, sound in themselves, in which the network has no metric.

    Raises
    ------
    ValueError
    """
    for rows in results.get("targets", {}).values():
        if not rows.get(predictor):
            raise ValueError(f"results: {predictor} has no metric")
    for series in results.get("by_series", {}).values():
        for row in series:
            if predictor not in row["metrics"]:
                raise ValueError(f"results: {predictor} has no metric of series {brief(row['series'])}")
