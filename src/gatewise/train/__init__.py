"""Training on real series: `fit` a table, `load` a run; predict, evaluate, step through a stream.

What can be set is the table of config.py. The loop itself, which knows no files, is in loop/; fit_run.py
brings data, checkpoints and results around it.
"""

from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.fit_table import fit
from gatewise.train.model.model import Model, load
from gatewise.train.model.stepper import ModelStepper
from gatewise.train.run.folder import RunError

__all__ = ["ConfigError", "FitConfig", "Model", "ModelStepper", "RunError", "fit", "load"]
