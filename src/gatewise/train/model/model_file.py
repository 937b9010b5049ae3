"""`load`: the model of a run folder or of a model file, with everything in it checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

from gatewise.errors import GatewiseError
from gatewise.learn.network import Architecture, Network
from gatewise.support.arrays import FloatArray
from gatewise.support.files import as_path
from gatewise.support.given import one_line
from gatewise.train.config import FitConfig
from gatewise.train.data import Baselines, Preparation
from gatewise.train.model.fits import check_fits
from gatewise.train.model.model import Model
from gatewise.train.model.scales import KeptScales
from gatewise.train.run import checkpoint
from gatewise.train.run.checkpoint import CheckpointError
from gatewise.train.run.documents import ModelDocument, check_document, check_predictor
from gatewise.train.run.folder import Run


def load(run: str | PathLike[str]) -> Model:
    """Load the model of a run folder, or of a model file.

    Raises
    ------
    ArgumentError
        If `run` is no path.
    RunError, CheckpointError
        If there is none, its training has not ended, it is damaged, or a later version made it.
    """
    path = as_path("run", run, "a run folder or of a model file")
    is_file = path.exists() and not path.is_dir()
    fingerprint = None
    if not is_file:
        folder = Run(path)
        fingerprint = folder.check().get("data")
        path = folder.model
        if not path.exists() and not path.is_symlink():
            raise CheckpointError(
                f"{folder.path} has no model yet, for its training has not ended. "
                f"Go on with it: {folder.resuming}"
            )
    arrays, document = checkpoint.load(path, link=is_file)
    if "architecture" not in document:
        raise CheckpointError(
            f"{path} is a checkpoint, not a model; the model of a run is model.safetensors."
        )
    check_document(ModelDocument, document, path)
    try:
        model = _made(arrays, document)
    except GatewiseError as error:
        raise CheckpointError(f"{path} cannot be used: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise CheckpointError(f"{path} is damaged: {type(error).__name__}, {one_line(error)}.") from None
    model.fingerprint = fingerprint
    model.tell_not_finite(f" in {path}")
    return model


def _made(arrays: Mapping[str, FloatArray], document: Mapping[str, Any]) -> Model:
    """Make the model of a file's arrays and document; nothing is allocated for what is only declared."""
    told = document["architecture"]
    if any(array.dtype.kind != "f" for array in arrays.values() if array.dtype != np.int64):
        raise ValueError("its arrays are of another kind than float32 and float64")
    if (layers := told.get("layers", 1)) > len(arrays):
        raise ValueError(f"{layers} layers are declared, and {len(arrays)} arrays are there")
    architecture = Architecture.from_dict(told)
    for name, shape in architecture.shapes().items():
        here = arrays.get(f"weights.{name}")
        if here is None or here.shape != tuple(shape):
            there = "is not there" if here is None else f"is {here.shape}"
            raise ValueError(f"weights.{name} {there}, and {tuple(shape)} is declared")
    preparation = Preparation.from_dict(document["preparation"])
    vector = np.concatenate([arrays[f"weights.{name}"].ravel() for name in architecture.shapes()])
    kept = {
        name.removeprefix("baselines."): array
        for name, array in arrays.items()
        if name.startswith("baselines.")
    }
    config, baselines = FitConfig.of_file(document["config"], "the model"), Baselines.from_arrays(kept)
    check_fits(architecture, config, preparation, baselines)
    scales = (document.get("scales") or {}).get("by_series", {})
    if any(len(row) != len(preparation.targets) for row in scales.values()):
        raise ValueError(f"scales are not of {len(preparation.targets)} targets")
    model = Model(
        Network(architecture, vector),
        config,
        preparation,
        baselines,
        document["history"],
        document["results"],
        document.get("notes", ()),  # 0.1 kept none
        KeptScales.from_dict(document.get("scales")),
    )
    check_predictor(model.results, model.predictor)
    return model
