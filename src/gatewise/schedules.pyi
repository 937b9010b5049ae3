"""What a type checker knows of gatewise.schedules, which __init__.py makes the alias of another module."""

from gatewise.learn.schedules import *
