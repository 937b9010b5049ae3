"""How numbers are written: decimals, significant digits, ties, guard digits."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from gatewise.expression import Array, Number, ascii, text
from gatewise.teach.worksheet.digits import Style, as_given, exact, quick_texts, style_for, styles_for, tree

ALL_TIES = ("half-up", "half-even", "truncate")


def write(value, digits, ties="half-up", significant=False):
    return Style(digits, significant, ties).number(value).text


TIES = [
    # value, digits, half up, half even, cut off: the decimal that a person reads decides, not the binary
    (0.125, 2, "0.13", "0.12", "0.12"),
    (0.135, 2, "0.14", "0.14", "0.13"),
    (0.35, 1, "0.4", "0.4", "0.3"),  # in binary a little less than 0.35
    (0.45, 1, "0.5", "0.4", "0.4"),  # in binary a little more
    (2.675, 2, "2.68", "2.68", "2.67"),  # Python's round gives 2.67
    (1.005, 2, "1.01", "1.00", "1.00"),
    (-0.125, 2, "-0.13", "-0.12", "-0.12"),
    (0.12499999999999999, 2, "0.12", "0.12", "0.12"),
    (0.12500000000000003, 2, "0.13", "0.13", "0.12"),
    (0.999995, 5, "1.00000", "1.00000", "0.99999"),
    (0.999985, 5, "0.99999", "0.99998", "0.99998"),
    (123456.5, 1, "123456.5", "123456.5", "123456.5"),
]


@pytest.mark.parametrize(("value", "digits", "up", "even", "cut"), TIES)
def test_ties(value, digits, up, even, cut):
    assert [write(value, digits, ties) for ties in ALL_TIES] == [up, even, cut]


@pytest.mark.parametrize("ties", ALL_TIES)
def test_decimals_of_random_numbers_are_those_of_exact_decimals(ties):
    """Floats of all sizes; the quick way by float formatting must never differ from decimal arithmetic."""
    rng = np.random.default_rng(5)
    values = np.concatenate([
        rng.normal(size=500) * 10.0 ** rng.integers(-6, 7, 500),
        rng.integers(-(10**6), 10**6, 500) / 2**10,  # many ties
        rng.integers(-(10**4), 10**4, 500) / 2000,
    ])  # fmt: skip
    for digits in (1, 2, 3, 5, 8, 12):
        style = Style(digits, ties=ties)
        for value in values.tolist():
            assert style.number(value).text == style.write(Decimal(repr(value))), (value, digits)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.0, 5, "0"),
        (-0.0, 5, "0"),
        (1e-30, 5, "0"),  # in a style of decimals; style_for does not choose it for such a number
        (-0.000001, 5, "0"),  # and never -0.00000
        (1.0, 3, "1.000"),  # trailing zeros are kept
        (-7.0, 1, "-7.0"),
        (1234567.0, 2, "1234567.00"),
        (1e-320, 12, "0"),  # below float64's normal numbers
    ],
)
def test_decimals(value, digits, expected):
    assert write(value, digits) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.0000123456, 5, "1.2346e-5"),
        (-1.5e-300, 3, "-1.50e-300"),
        (12345678901.0, 5, "1.2346e10"),
        (9.99996e-7, 5, "1.0000e-6"),
        (5.0, 5, "5.0000"),
        (0.5, 1, "5e-1"),
        (0.0, 5, "0"),
    ],
)
def test_significant_digits(value, digits, expected):
    assert write(value, digits, significant=True) == expected


def test_significant_ties():
    assert [write(1.25e-8, 2, ties, True) for ties in ALL_TIES] == ["1.3e-8", "1.2e-8", "1.2e-8"]


@pytest.mark.parametrize("ties", ALL_TIES)
@pytest.mark.parametrize("digits", range(1, 13))
def test_a_number_that_is_not_zero_never_reads_as_zero(digits, ties):
    """Whatever its size; nor does one beside it in its column."""
    for exponent in range(-300, 300, 7):
        for mantissa in (1.0, 4.9999999, 5.0, 9.9999999999, -3.3):
            value = mantissa * 10.0**exponent
            style = style_for([0.5, value], digits, ties)
            assert Decimal(style.number(value).text) != 0, value
            assert Decimal(style.number(0.5).text) != 0, value


@pytest.mark.parametrize(
    ("values", "digits", "significant"),
    [
        ([0.1, 0.2], 5, False),
        ([0.1, 0.0], 5, False),  # an exact zero is no reason
        ([0.1, -0.0], 5, False),
        ([0.1, 1e-9], 5, True),
        ([0.1, 0.000005], 5, False),  # shows as 0.00001
        ([0.1, 0.0000049], 5, True),
        ([9999999999.0], 5, False),
        ([1e10], 5, True),
        ([999.0], 12, False),
        ([1000.0], 12, True),  # of 16 digits float64 does not hold the last
        ([1e-310], 5, False),
        ([], 5, False),
    ],
)
def test_which_columns_have_significant_digits(values, digits, significant):
    assert style_for(values, digits) == Style(digits, significant)


def test_cut_off_to_zero_is_a_reason_for_significant_digits():
    assert style_for([0.000009], 5, "truncate").significant
    assert not style_for([0.000009], 5, "half-up").significant


@pytest.mark.parametrize("others", [1, 63, 64])
def test_one_tiny_entry_leaves_the_others_their_decimals(others):
    styles = styles_for([1e-9, *[0.5] * others], 5)
    assert [style.significant for style in styles] == [True] + [False] * others


@pytest.mark.parametrize(
    ("value", "guard", "shown", "unicode", "plain"),
    [
        (0.8175744761936437, 0, "0.81757", "0.81757", "0.81757"),
        (0.8175744761936437, 2, "0.8175745", "0.81757₄₅", "0.81757_45"),
        (-0.8175744761936437, 1, "-0.817574", "−0.81757₄", "-0.81757_4"),
        (0.5, 3, "0.50000000", "0.50000₀₀₀", "0.50000_000"),
        (0.0, 3, "0", "0", "0"),
        (0.999999, 1, "0.999999", "0.99999₉", "0.99999_9"),  # without the guard digit it is 1.00000
        (
            0.1,
            20,
            "0.1000000000000000055511151",
            "0.10000₀₀₀₀₀₀₀₀₀₀₀₀₅₅₅₁₁₁₅₁",
            "0.10000_00000000000055511151",
        ),
    ],
)
def test_guard_digits(value, guard, shown, unicode, plain):
    number = Style(5).number(value, guard)
    assert (number.text, text(number), ascii(number)) == (shown, unicode, plain)


def test_guard_digits_of_a_power_of_ten():
    number = Style(3, significant=True).number(1.23456e-7, 2)
    assert (text(number), ascii(number)) == ("1.23₄₆e−7", "1.23_46e-7")


@pytest.mark.parametrize("digits", [3, 6, 12])
def test_a_result_is_doubtful_near_a_tie_and_nowhere_else(digits):
    unit = 10.0**-digits
    style, cut = Style(digits), Style(digits, ties="truncate")
    assert style.doubtful(1.5 * unit, size=1.0)
    assert style.doubtful(1.5 * unit * (1 + 1e-15), size=1.0)
    assert not style.doubtful(1.3 * unit, size=1e-3)
    assert cut.doubtful(3 * unit, size=1.0)
    assert not cut.doubtful(1.5 * unit, size=1e-3)
    assert style.doubtful(1.3 * unit, size=1e13)  # terms so large that the digit is noise
    assert style.doubtful(0.0, size=1.0)  # 1 − tanh²(20) is not 0
    assert not style.doubtful(0.0, size=0.0)


@pytest.mark.parametrize("value", [1e300, 1e-300, 5e-324, np.inf, np.nan])
@pytest.mark.parametrize("significant", [True, False])
def test_any_float_can_be_asked_about(value, significant):
    """No overflow, whatever it is."""
    style = Style(12, significant)
    assert style.doubtful(value, size=1.0) in (True, False)
    assert isinstance(style.number(value).text, str)
    assert style_for([value], 12).digits == 12


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.45, 5, "0.45"), (2.0, 5, "2"), (-3.0, 1, "-3"), (0.0, 5, "0"), (-0.0, 5, "0"), (100.0, 5, "100"),
        (0.123456, 5, None), (1e-5, 5, "0.00001"), (1e-6, 5, None), (1e10, 5, None), (np.nan, 5, None),
    ],
)  # fmt: skip
def test_given_numbers_keep_their_own_digits(value, digits, expected):
    number = as_given(value, digits)
    assert (number and number.text) == expected


def test_exact_is_the_shortest_decimal():
    assert exact(0.1) == Decimal("0.1")
    assert exact(np.float64(0.1)) == Decimal("0.1")
    assert exact(Decimal("0.10")) == Decimal("0.10")


def test_trees():
    one, two = Number("1"), Number("2")
    assert tree(np.array(one, dtype=object)) == one
    assert tree(np.array([one], dtype=object)) == one
    assert tree(np.array([one, two], dtype=object)) == Array(((one,), (two,)))
    assert tree(np.array([[one, two]], dtype=object)) == Array(((one, two),))


def test_cutting_off_leaves_the_noise_of_a_float_out():
    """What stands for 0.3305 after some sums: 0.3304 would be a digit off what its operands give."""
    value = 0.33049999999999996
    assert Style(4, ties="truncate").number(value).text == "0.3305"
    assert Style(6, ties="truncate").number(value).text == "0.330500"
    assert (
        Style(4, ties="truncate").number(0.33049).text == "0.3304"
    )  # digits that mean something are cut off


@pytest.mark.parametrize("ties", ["half-up", "half-even", "truncate"])
def test_entries_of_large_quantities_are_written_like_single_ones(ties):
    rng = np.random.default_rng(5)
    values = np.concatenate(
        [rng.normal(size=300), rng.normal(size=50) * 1e-7, [0, 0.5, -2.5e-6, 123456.5, 2e9, np.inf]]
    )
    for digits in (1, 3, 5, 8, 12):
        quick = quick_texts(values, digits, ties)
        for value, shown in zip(values.tolist(), quick.tolist(), strict=True):
            if shown:
                assert shown == style_for([value], digits, ties).number(value).text
    assert ties == "truncate" or (quick_texts(values, 5, ties)[:300] != "").mean() > 0.9
