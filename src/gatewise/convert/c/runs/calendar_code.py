"""Sine and cosine of a time's place in its day, week and year as C: what `calendar` of the data works out."""

from __future__ import annotations

from collections.abc import Sequence

from gatewise.convert.c.writing import Names

_PHASES = {
    "hour": "of_day",
    "weekday": "((double)(days % 7) + of_day) / 7.0",
    "year": "((double)day_of_year + of_day) / (double)(365 + leap)",
}
_CODE = """
/*
 * The calendar of a time by the local clock: year 1 or later, month 1 to 12, day 1 to 31, hours since
 * midnight from 0.0 to 24.0. -1, and nothing done, if it is none.
 */
static inline int ${p}_calendar(int year, int month, int day, double hours, double *calendar)
{
    static const int before_month[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const double turn = 6.283185307179586477;
    const double of_day = hours / 24.0;
${body}
    return 0;
}
"""
_DATE = """
    const int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int day_of_year${days_declared};
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || !(hours >= 0.0 && hours <= 24.0)) {
        return -1;
    }
    day_of_year = before_month[month - 1] + (leap && month > 2) + day - 1;
"""
_DAYS = """
    /* days since Monday, the first of January of the year 1 */
    days = 365 * (year - 1) + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + day_of_year;
"""


def calendar_code(names: Names, cycles: Sequence[str]) -> str:
    """Return the function that works out the cycles of a time."""
    weekday, year = "weekday" in cycles, "year" in cycles
    lines = [_DATE.strip("\n").replace("${days_declared}", ", days" if weekday else "")]
    if weekday:
        lines.append(_DAYS.strip("\n"))
    if not weekday and not year:
        lines.append("    (void)day_of_year;")
    for place, cycle in enumerate(cycles):
        lines += [
            f"    calendar[{2 * place}] = sin(turn * ({_PHASES[cycle]}));",
            f"    calendar[{2 * place + 1}] = cos(turn * ({_PHASES[cycle]}));",
        ]
    return names.fill(_CODE, body="\n".join(lines))
