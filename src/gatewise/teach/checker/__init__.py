"""The checker: a worked LSTM in, the mistakes in it out. `check(text)` makes a Report.

checking.py has `check`; read/ turns text into a Reading (reading.py), judge/ a Reading into a Report
(report.py), mistakes/ has the wrong formulas that are known, render/ writes the Report.
"""

from gatewise.teach.checker.checking import check
from gatewise.teach.checker.report import Finding, Report

__all__ = ["Finding", "Report", "check"]
