"""Training on real series: `fit` a table, `load` a run; predict, evaluate, step through a stream.

fitting.py is `fit`; config.py is the table of what can be set; fit_run.py brings data, checkpoints and
results around the loop, which stands in loop/ and knows no files.
"""

from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.fitting import fit
from gatewise.train.model.model import Model
from gatewise.train.model.model_file import load
from gatewise.train.model.stepper import ModelStepper
from gatewise.train.run.folder import RunError

__all__ = ["ConfigError", "FitConfig", "Model", "ModelStepper", "RunError", "fit", "load"]
