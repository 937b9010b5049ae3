"""The axes and legends of report.html: days, months and years, numbers in full, legends that cover nothing."""

from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed; pip install 'gatewise[train]'")

from gatewise.train.report import charts, inside

TEXT = "{http://www.w3.org/2000/svg}text"


def ticks(svg, axis="x"):
    """Return the labels of an axis, the lines of each joined."""
    parts = [
        part
        for part in ElementTree.fromstring(svg).iter()
        if re.search(rf"-{axis}tick_\d+$", part.get("id", ""))
    ]
    return [" ".join("".join(map(str.strip, text.itertext())) for text in part.iter(TEXT)) for part in parts]


def legend_and_axes(svg):
    """Return the words of the legend, the lowest height of one, and the height of the top of the axes."""
    named = {part.get("id", "").rpartition("-")[2]: part for part in ElementTree.fromstring(svg).iter()}
    texts = list(named["legend_1"].iter(TEXT))
    heights = [
        float(text.get("y") or re.search(r"translate\(\S+ (\S+)\)", text.get("transform"))[1])
        for text in texts
    ]
    corners = re.findall(
        r"[ML] \S+ (\S+)", next(named["patch_2"].iter("{http://www.w3.org/2000/svg}path")).get("d")
    )
    return [text.text for text in texts], max(heights), min(map(float, corners))


def drawn(first, count, step, size=1.0):
    times = np.datetime64(first, "s") + np.arange(count) * np.timedelta64(step, "s")
    values = np.linspace(size, 1.1 * size, count)
    band = (values[-2:] - size / 10, values[-2:] + size / 10)
    return charts.forecasts(
        "y", times, values, [(times[-2:], values[-2:], band)], "UTC", "quantiles 0.1 to 0.9"
    )


HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("first", "count", "step", "labels"),
    [
        ("2023-05-22", 240, HOUR, ["23 May 2023", "25", "27", "29", "31", "1 Jun"]),
        ("2023-12-31T14:00", 20, HOUR, ["16:00 31 Dec 2023", "20:00", "00:00 1 Jan 2024", "04:00", "08:00"]),
        ("2023-09-26", 115, DAY, ["Oct 2023", "Nov", "Dec", "Jan 2024"]),
        ("2010-01-01", 4000, DAY, ["2010", "2012", "2014", "2016", "2018", "2020"]),
        ("2023-05-22T10:00", 2, HOUR, ["10:00 22 May 2023", "11:00"]),
        ("2023-05-22", 2, DAY, ["22 May 2023", "23"]),
    ],
)  # fmt: skip
def test_the_axis_says_which_days_months_and_years_it_shows(first, count, step, labels):
    """The month in the corner was that of the last tick: 22 to 31 May were labelled "23 … 31 Jun"."""
    assert ticks(drawn(first, count, step)) == labels


@pytest.mark.share(3)
@pytest.mark.parametrize("first", ["2023-05-28", "2023-12-31T23:00", "2024-02-28T12:30:10"])
@pytest.mark.parametrize("step", [1, 900, 6 * HOUR, DAY, 31 * DAY])
@pytest.mark.parametrize("count", [1, 3, 240])
def test_whatever_the_step_the_first_tick_names_the_year(first, step, count):
    labels = [label for label in ticks(drawn(first, count, step)) if label]
    assert re.search(r"\b20\d\d$", labels[0]), labels
    years = [int(found[0]) for label in labels if (found := re.search(r"\b20\d\d$", label))]
    assert years == sorted(set(years)), labels  # once each, where it begins


def test_numbers_of_an_axis_are_written_in_full():
    assert ticks(drawn("2023-05-22", 240, HOUR, 7e8), "y")[1] == "720,000,000"
    assert all(re.fullmatch(r"\d\.\d\d", label) for label in ticks(drawn("2023-05-22", 240, HOUR), "y"))
    assert not any("e" in label for label in ticks(charts.by_step("y", {"LSTM": [2e6, 3e6]}), "y"))


@pytest.mark.parametrize("lives", [[1.9, 2.4, 6.0], [1.0, 30.0, 900.0], [3.0, 3.0, 3.0], [5.0, 20.0, np.inf]])
def test_a_half_life_is_a_plain_number_on_its_axis(lives):
    cell = SimpleNamespace(name="the layer", half_life=np.array(lives), steps=8)
    labels = ticks(inside.memory(cell), "y")
    assert all(re.fullmatch(r"[\d,.]*", label) for label in labels), labels
    assert sum(bool(label) for label in labels) >= 2, labels


def test_gradients_are_in_plain_numbers_or_all_in_powers_of_ten():
    def labels(norms):
        cell = SimpleNamespace(name="the layer", norms={"state": norms, "out": norms / 2})
        return [label for label in ticks(inside.gradients(cell), "y") if label]

    assert all(re.fullmatch(r"[\d.]+", label) for label in labels(np.linspace(0.1, 0.5, 9)))
    assert all(re.fullmatch(r"10−?\d+", label) for label in labels(0.1 ** np.arange(12.0)))


def test_legends_stand_above_the_axes_and_say_what_is_shaded():
    times, values = np.arange(9), np.arange(9.0)
    cell = SimpleNamespace(
        name="the layer",
        half_life=np.arange(1.0, 4),
        norms=dict.fromkeys(("state", "out"), np.ones(8)),
        steps=8,
    )
    pictures = {
        drawn("2023-05-22", 240, HOUR): "quantiles 0.1 to 0.9",
        charts.over_time("y", times, values, values, (values - 1, values + 1), "t", "± 2 standard deviations"):
            "± 2 standard deviations",
        charts.by_step("y", {"LSTM": [1.0, 2.0], "ridge": [1.0, 2.0]}): "ridge",
        charts.learning([{"epoch": 1, "loss": 0.5, "validation_loss": 0.4}]): "best, epoch 1",
        inside.memory(cell): "the window, 8 steps",
        inside.gradients(cell): "‖δout‖",
    }  # fmt: skip
    for svg, said in pictures.items():
        names, lowest, top = legend_and_axes(svg)
        assert said in names
        assert lowest < top, names


def test_a_legend_is_in_the_part_of_a_picture_that_a_phone_shows():
    """A phone shows 350 of a picture's 544 pixels before it is slid: 330 of its 518 points."""
    for names in (
        ["LSTM", "last value", "seasonal 168", "ridge"],
        ["a name of a baseline that is long", "b", "c"],
    ):
        svg = charts.by_step("y", {name: [1.0, 2.0] for name in names})
        legend = next(
            part for part in ElementTree.fromstring(svg).iter() if part.get("id", "").endswith("-legend_1")
        )
        places = [
            float(text.get("x") or re.search(r"translate\((\S+) ", text.get("transform"))[1])
            + 5 * len(text.text)
            for text in legend.iter(TEXT)
        ]
        assert max(places) < 330


@pytest.mark.parametrize("hours", [3, 47, 72, 95, 120, 400, 3000, 30_000])
def test_dates_on_the_axis_without_a_warning(hours, recwarn):
    time = np.datetime64("2024-01-01T00", "s") + np.arange(hours) * np.timedelta64(1, "h")
    charts.forecasts("level", time, np.zeros(hours), [(time[-2:], np.ones(2), None)])
    assert not recwarn.list
