"""Which layers a graph is: numbers are followed by labels, and what is found is proved on random data."""
