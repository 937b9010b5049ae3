"""What a type checker knows of gatewise.derivatives, which __init__.py makes the alias of another module."""

from gatewise.learn.derivatives import *
