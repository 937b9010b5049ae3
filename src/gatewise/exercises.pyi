"""What a type checker knows of gatewise.exercises, which __init__.py makes the alias of another module."""

from gatewise.teach.exercises import *
