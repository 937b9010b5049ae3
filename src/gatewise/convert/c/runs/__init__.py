"""A run of `gatewise fit` as C: from a row of the table to x, what is ahead, and from y to a forecast."""
