"""Check a backward pass: compare its gradients with derivatives measured by moving the inputs.

gradient_check.py has `check`, measure.py moves the inputs and compares, report.py says what was found.
"""

from gatewise.learn.derivatives.gradient_check import check
from gatewise.learn.derivatives.report import Comparison, DerivativeReport

__all__ = ["Comparison", "DerivativeReport", "check"]
