"""The metric that early stopping goes by: of the validation windows, in the target's own units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from gatewise.support.arrays import FloatArray
from gatewise.train.config import ConfigError, FitConfig
from gatewise.train.data import Windows
from gatewise.train.loop.recipe import chosen_loss
from gatewise.train.metrics.scoring import score, why_no_score
from gatewise.train.model.forecasts import joined, levels_of, quantiles_of, restored
from gatewise.train.model.scales import KeptScales


class ValidationMetric:
    """Measures the validation windows of a training by the metric of its configuration.

    Parameters
    ----------
    scales : KeptScales
        Those of the training rows.

    Raises
    ------
    ConfigError
        If the metric has no value on these windows, whatever is predicted.
    """

    def __init__(self, metric: str, config: FitConfig, windows: Windows, scales: KeptScales) -> None:
        self.metric, self.config, self.windows = metric, config, windows
        self.loss, self.options = chosen_loss(config, len(windows.classes or ()))
        self.truth = windows.truth(windows.validation)
        self.scales = scales.of(windows, windows.validation)
        reason = why_no_score(metric, self.truth, self.scales, len(windows.classes or ()))
        if reason:
            raise ConfigError(
                f"metric={metric} has no value on the {len(self.truth):,} validation windows: {reason}. "
                "Choose another metric, or another validation part."
            )

    @classmethod
    def of(cls, config: FitConfig, windows: Windows, scales: KeptScales) -> Self | None:
        """Return that of a configuration; None where the loss decides.

        Raises
        ------
        ConfigError
            If there is a metric, and no validation window to measure it on.
        """
        if config.metric is None or not len(windows.validation):
            return None
        return cls(config.metric, config, windows, scales)

    def __call__(self, outputs: Sequence[FloatArray]) -> dict[str, float]:
        """Return the metric by its name, of the outputs of each batch; nothing if it has no value."""
        numbers = self.windows.validation
        y = joined(outputs, self.config, self.windows, numbers)
        said = restored(y, self.loss, self.options, self.windows, numbers)
        value = score(
            self.metric, self._compared(said), self.truth, self.scales, levels_of(self.loss, self.options)
        )
        return {} if value is None else {self.metric: value}

    def _compared(self, said: FloatArray) -> FloatArray:
        if self.metric == "pinball":
            bounded = self.windows.preparation.non_negative
            return quantiles_of(said, self.loss, self.options, non_negative=bounded)
        return said if self.windows.classes is not None else self.loss.best(said, **self.options)
