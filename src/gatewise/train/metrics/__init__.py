"""How good predictions are: one row for each metric, and functions of arrays that know no model.

`table.METRICS` has the rows: definition, direction, source. `score` gives one number of validation windows.
"""

from gatewise.train.metrics.scoring import score
from gatewise.train.metrics.table import METRICS

__all__ = ["METRICS", "score"]
