"""The operators that stand beside recurrent nodes, over NumPy: a table, and a function for each."""
