"""Worksheets: any LSTM worked out line by line, as the worked example does. `worksheet(...)` makes one.

create.py has that function, lines/ what a line is; build.py makes the lines from traces, layout.py chooses
what is shown, and render/ writes it as text, Markdown, LaTeX, HTML, JSON or PDF.
"""

from gatewise.teach.worksheet.contents import Verified
from gatewise.teach.worksheet.create import worksheet
from gatewise.teach.worksheet.lines.line import Line
from gatewise.teach.worksheet.sheet import Worksheet

__all__ = ["Line", "Verified", "Worksheet", "worksheet"]
