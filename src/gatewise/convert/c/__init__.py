"""A network as C: numbers and names, a cell's equations as statements, layers, and the rows of a run."""
