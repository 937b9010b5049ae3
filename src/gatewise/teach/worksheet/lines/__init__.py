"""The lines of a sheet: the table they stand in, how each is worked out, and its substituted side."""
