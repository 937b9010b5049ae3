"""Which cell a document has, and what its letters are: by its formulas, then by habit."""
