"""What a type checker knows of gatewise.optimizers, which __init__.py makes the alias of another module."""

from gatewise.learn.optimizers import *
