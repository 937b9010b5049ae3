"""Cells: the equations of the LSTM as data, with the names, order and shapes of all its quantities."""
