"""Statistics of the training rows, and the rows of x made with them."""
