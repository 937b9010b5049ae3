"""Estimators for scikit-learn, which they need (`gatewise[sklearn]`): regressor, classifier, forecaster.

    from gatewise.sklearn import LSTMRegressor
    model = LSTMRegressor(hidden_size=32).fit(X, y)     # X (n, time), (n, time, features) or a list of arrays
    model.network_                                      # the network: its gates can be read as ever

They run the training loop of `gatewise fit`, and work in pipelines, grid searches and cross-validation.
"""

from gatewise.support.extras import need

need("sklearn", "sklearn", "gatewise.sklearn")

from gatewise.sklearn.classifier import LSTMClassifier  # noqa: E402  (after the check)
from gatewise.sklearn.forecaster import LSTMForecaster  # noqa: E402
from gatewise.sklearn.regressor import LSTMRegressor  # noqa: E402

__all__ = ["LSTMClassifier", "LSTMForecaster", "LSTMRegressor"]
