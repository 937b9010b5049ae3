"""explore.html of a run: the last window of its test as a page to play with, which the report links to."""

from __future__ import annotations

from gatewise.errors import GatewiseError
from gatewise.support.wings.openers import opener
from gatewise.train.data import Windows
from gatewise.train.explore.window import cut_window, last_labelled, refuse_unshown
from gatewise.train.model.model import Model


def window_page(model: Model, windows: Windows, run: str) -> tuple[str, str]:
    """Return the page of a window, as HTML; or "", and why there is none.

    Parameters
    ----------
    windows : Windows
        Of the training: the window is the last one of the test, or of what there is, whose labels are known.
    run : str
        Where the run is.
    """
    numbers = next(part for part in (windows.test, windows.validation, windows.train) if len(part))
    try:
        refuse_unshown(model)
        window = cut_window(model, windows, last_labelled(windows, numbers), run)
        return opener("page of a window")(window), ""
    except GatewiseError as error:
        return "", str(error)
