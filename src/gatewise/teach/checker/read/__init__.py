"""The reader: a document of any of the formats that people write, as claims with places.

`read` takes text, `read_file` a file. source.py has the limits; segments.py finds the mathematics in
Markdown and LaTeX; tokens/ and grammar/ read it; names.py knows the letters;
collect.py puts the claims together.
"""

from gatewise.teach.checker.read.reader import read, read_file, read_text
from gatewise.teach.checker.read.source import MAX_CHARACTERS, ReadingError

__all__ = ["MAX_CHARACTERS", "ReadingError", "read", "read_file", "read_text"]
