"""Printed numbers: digits, sizes, the error that rounding may leave, and the shapes of misprints."""
