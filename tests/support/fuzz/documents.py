"""Worked documents for the whole of `gatewise.check`: reader, judge and the report in every format.

What a document may do is asserted by `survives` of damage.py, where the documents and their damage stand, too.
"""

import random

from damage import SUFFIXES, damaged, documents, survives
from fuzz.find import Find
from fuzz.instrument import place_of

MOST = 6000  # characters of a document
MOST_LINES = 80


class Documents:
    """The fuzzer of documents."""

    name = "documents"
    instrument = ("gatewise.teach.checker.",)

    def begin(self):
        """Make the documents."""
        self.known = documents()
        self.texts = [text[:MOST] for _, text in self.known]

    def end(self):
        """Nothing is left behind."""

    def one(self, choose, note):
        """Damage a stretch of a document and check it."""
        suffix, text = choose.choice(self.known)
        if suffix not in (".json", ".ipynb"):
            lines = text.splitlines(keepends=True)
            first = choose.randrange(max(1, len(lines) - 4))
            text = "".join(lines[first : first + MOST_LINES])
        for _ in range(choose.randrange(1, 9)):
            text = damaged(text, choose, self.texts)
        return self.judge(suffix, text, note)

    def from_bytes(self, data, note):
        """Check the document of these bytes; the first of them is its format."""
        suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else ""
        return self.judge(suffix, data[1:].decode("utf-8", "replace"), note)

    def corpus(self):
        """Pieces of the documents."""
        return [
            bytes([SUFFIXES.index(suffix)]) + text[piece : piece + MOST].encode()
            for suffix, text in self.known
            for piece in range(0, min(len(text), 8 * MOST), MOST)
        ]

    def mutated(self, data, choose: random.Random):
        """Bytes of a document with some damage to its text."""
        text = data[1:].decode("utf-8", "replace")
        for _ in range(choose.randrange(1, 4)):
            text = damaged(text, choose, self.texts)
        return data[:1] + text.encode()

    def judge(self, suffix, text, note):
        """Check a document to the end, in every format."""
        note(f"from damage import survives\n\nsurvives({text!r}, 'a{suffix}')\n")
        try:
            survives(text, f"a{suffix}")
        except Exception as error:
            raise Find(
                (type(error).__name__, *place_of(error)), f"{type(error).__name__}: {str(error)[:300]}"
            ) from error
        return "checked"


KINDS = {Documents.name: Documents}
