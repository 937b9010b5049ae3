"""The training loop and what it remembers."""
