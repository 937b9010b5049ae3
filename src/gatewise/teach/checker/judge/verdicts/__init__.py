"""Quantity by quantity: right, rightly carried on, or where a mistake begins, and which."""
