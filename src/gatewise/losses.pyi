"""What a type checker knows of gatewise.losses, which __init__.py makes the alias of another module."""

from gatewise.learn.losses import *
