"""What a type checker knows of gatewise.network, which __init__.py makes the alias of another module."""

from gatewise.learn.network import *
