"""What a type checker knows of gatewise.data, which __init__.py makes the alias of another module."""

from gatewise.train.data import *
