"""From numbers to a worksheet and back: problem files, worksheets, the checker, exercises."""
