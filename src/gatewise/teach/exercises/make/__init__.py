"""Exercises of each kind, made of a problem that has been drawn."""
