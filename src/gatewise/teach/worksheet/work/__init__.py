"""From parameters and data to lines: each quantity in the order of work, with its formula and its digits."""
